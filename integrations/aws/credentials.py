"""Keys of an account from where they are kept: variables, a shared credentials file, or a program that prints them.

What was found is never part of an error: neither values nor what a program said.
"""

import configparser
import json
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from common.errors import ProviderError

NAMES = {
    "AWS_ACCESS_KEY_ID": "access_key_id",
    "AWS_SECRET_ACCESS_KEY": "secret_access_key",
    "AWS_SESSION_TOKEN": "session_token",
}
COMMAND_SECONDS = 30
MOST_BYTES = 64 * 1024
#: Keys that end sooner are of no use for a phase.
LEAST_LEFT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Keys:
    """What AWS tools sign with. ``expires`` is an aware moment, None for keys that stay."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    expires: datetime | None = None

    def environment(self) -> dict[str, str]:
        """As AWS tools read them."""
        found = {name: str(getattr(self, attribute)) for name, attribute in NAMES.items()}
        return {name: value for name, value in found.items() if value}

    @property
    def shown(self) -> str:
        """The end of the key's name: enough to tell which one it is."""
        return f"…{self.access_key_id[-4:]}"


def from_environment(prefix: str, environment: Mapping[str, str]) -> Keys:
    """Those in ``<prefix>AWS_ACCESS_KEY_ID`` and so on."""
    found = {attribute: environment.get(f"{prefix}{name}", "") for name, attribute in NAMES.items()}
    for name, attribute in NAMES.items():
        if attribute != "session_token" and not found[attribute]:
            hint = "Set it where web and workers are started, or give it as a file by the same name with _FILE behind."
            raise _unusable(f"{prefix}{name} is not set", hint)
    return Keys(found["access_key_id"], found["secret_access_key"], found["session_token"])


def from_file(path: Path, profile: str) -> Keys:
    """Those of ``profile`` in a shared credentials file. A ``credential_process`` in it is not run."""
    parser = configparser.RawConfigParser()
    try:
        text = path.read_text()
        parser.read_string(text)
    except OSError as error:
        raise _unusable(f"{path} cannot be read ({error.strerror})", "The worker's user must be able to.") from None
    except (configparser.Error, UnicodeDecodeError):
        raise _unusable(
            f"{path} is no credentials file", "It has sections in brackets and lines name = value."
        ) from None
    if not parser.has_section(profile):
        raise _unusable(f"{path} has no profile {profile}", "Profiles are the names in brackets.")
    found = {attribute: parser.get(profile, name.lower(), fallback="") for name, attribute in NAMES.items()}
    if not found["access_key_id"] or not found["secret_access_key"]:
        hint = "It needs aws_access_key_id and aws_secret_access_key; programs that it names are not run."
        raise _unusable(f"the profile {profile} in {path} has no keys", hint)
    return Keys(found["access_key_id"], found["secret_access_key"], found["session_token"])


def from_command(
    command: Sequence[str], *, allowed: Collection[str], environment: Mapping[str, str], now: datetime
) -> Keys:
    """Those that a program prints as JSON in the shape of the AWS CLI's ``credential_process``.

    ``allowed`` are the programs that may be run, by their full path; it gets ``environment`` and nothing else.
    """
    program = command[0]
    if program not in allowed:
        hint = "Whoever runs the portal allows it by its full path in CAIRN_CREDENTIAL_COMMANDS."
        raise _unusable(f"{program} may not be run here", hint)
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _unusable(f"{program} took longer than {COMMAND_SECONDS} s", "", permanent=False) from None
    except OSError as error:
        raise _unusable(f"{program} cannot be run ({error.strerror})", "Check its path and its mode.") from None
    if done.returncode:
        raise _unusable(
            f"{program} ended with {done.returncode}", "Run it by hand as the worker's user.", permanent=False
        )
    return _printed(program, done.stdout, now)


def _printed(program: str, output: bytes, now: datetime) -> Keys:
    hint = "It prints {Version: 1, AccessKeyId, SecretAccessKey, SessionToken, Expiration} as JSON and nothing else."
    try:
        said: Any = json.loads(output[:MOST_BYTES])
        keys = Keys(
            _text(said["AccessKeyId"]),
            _text(said["SecretAccessKey"]),
            _text(said.get("SessionToken") or ""),
            _moment(said.get("Expiration")),
        )
        whole = said.get("Version") == 1 and keys.access_key_id and keys.secret_access_key
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise _unusable(f"{program} did not print credentials", hint)
    if keys.expires and keys.expires < now + LEAST_LEFT:
        raise _unusable(f"{program} printed credentials that have ended", "Have it renew them.", permanent=False)
    return keys


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise TypeError
    return given


def _moment(given: object) -> datetime | None:
    if given is None:
        return None
    found = datetime.fromisoformat(_text(given))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _unusable(why: str, hint: str, *, permanent: bool = True) -> ProviderError:
    message = f"The account's credentials cannot be used: {why}."
    return ProviderError(message, permanent=permanent, id="cloud-credentials", hint=hint)
