"""The environment that Terraform sees: what is listed here and nothing else. Pure.

A worker's environment holds the portal's own secrets, so nothing is inherited.
"""

import re
from collections.abc import Mapping
from pathlib import Path

_ALLOWED = re.compile(r"TF_HTTP_[A-Z_]+|TF_VAR_\w+|AWS_[A-Z0-9_]+|(?i:https?_proxy|no_proxy)|SSL_CERT_(FILE|DIR)")
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
CLI_CONFIG = "terraform.rc"
#: A provider such as AWS reads a schema of hundreds of megabytes at each start and ends soon: collecting garbage at
#: every doubling is a quarter of the processor time of a plan, and saves a twentieth of its memory.
GARBAGE = "400"


def clean_environment(workspace: Path, given: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a command in ``workspace``.

    ``given`` may hold the state backend's address and credentials, secret variables, cloud credentials and proxies;
    ValueError names anything else.
    """
    if refused := sorted(name for name in given if not _ALLOWED.fullmatch(name)):
        raise ValueError(f"Terraform is not to be given {', '.join(refused)}")
    return {
        "PATH": SEARCH_PATH,
        "HOME": str(workspace),
        "LANG": "C.UTF-8",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "TF_DATA_DIR": str(workspace / ".terraform"),
        "TF_CLI_CONFIG_FILE": str(workspace / CLI_CONFIG),
        "CHECKPOINT_DISABLE": "1",
        "GOGC": GARBAGE,
        **given,
    }


def secrets_in(given: Mapping[str, str]) -> list[str]:
    """The values of ``given`` that must never be shown."""
    secret = re.compile(r"TF_HTTP_PASSWORD|TF_VAR_\w+|AWS_(SECRET_ACCESS_KEY|SESSION_TOKEN)")
    return [value for name, value in given.items() if secret.fullmatch(name)]
