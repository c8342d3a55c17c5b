"""The environment and the options that git runs with: nothing of ours and nothing of the machine's. Pure."""

import base64
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address

from integrations.git.remote import Remote

SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
#: Redirects are refused because they could lead inside, past the check of the host's address.
_OPTIONS = {
    "protocol.allow": "never",
    "protocol.https.allow": "always",
    "protocol.http.allow": "always",
    "protocol.ssh.allow": "always",
    "protocol.file.allow": "always",
    "protocol.ext.allow": "never",
    "core.hooksPath": "/dev/null",
    "core.askPass": "",
    "credential.helper": "",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "fetch.recurseSubmodules": "false",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
}
_SSH = ("ssh", "-oBatchMode=yes", "-oConnectTimeout=10", "-oStrictHostKeyChecking=yes", "-oForwardAgent=no")


def git_environment(
    home: str, remote: Remote, address: IPv4Address | IPv6Address | None, login: tuple[str, str] | None
) -> dict[str, str]:
    """The whole environment of a command that talks to ``remote``.

    ``address`` is where its host was found to be: git goes there and asks no resolver again. ``login`` (user, token)
    goes to that host alone, and stands neither in a file nor in a command line.
    """
    options = dict(_OPTIONS)
    environment = {
        "PATH": SEARCH_PATH,
        "HOME": home,
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_PROTOCOL_FROM_USER": "0",
    }
    if address and remote.scheme in {"http", "https"}:
        port = remote.port or (443 if remote.scheme == "https" else 80)
        shown = f"[{address}]" if address.version == 6 else str(address)
        options["http.curloptResolve"] = f"{remote.host}:{port}:{shown}"
    if address and remote.scheme == "ssh":
        environment["GIT_SSH_COMMAND"] = " ".join((*_SSH, f"-oHostName={address}", f"-oHostKeyAlias={remote.host}"))
        environment["GIT_SSH_VARIANT"] = "ssh"
    if login and remote.scheme == "https":
        secret = base64.b64encode(":".join(login).encode()).decode()
        options[f"http.{remote.scheme}://{remote.netloc}/.extraHeader"] = f"Authorization: Basic {secret}"
    return environment | _as_variables(options)


def _as_variables(options: Mapping[str, str]) -> dict[str, str]:
    found = {"GIT_CONFIG_COUNT": str(len(options))}
    for number, (name, value) in enumerate(options.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found
