"""Where provider packages are found on this machine, and Terraform's own configuration file.

A read-only filesystem mirror is used instead of a plugin cache: Terraform links to its packages, so a workspace
costs no copy, and concurrent ``init`` is safe, which the cache is not.
"""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")
_PSEUDO = {"proc", "sys", "dev", "run", "tmp"}


def find_mirror(configured: str = "", *, root: Path = Path("/"), home: Path | None = None) -> Path | None:
    """The folder that holds ``<registry>/<namespace>/<type>/…``; None when this machine has none.

    ``configured`` wins and is not questioned. Otherwise the folders that Terraform itself would look into, then any
    mirror at most three levels below ``root``, as images for air-gapped use have it. A folder found by looking must
    belong to root or to us and be writable by nobody else: providers are programs that we are about to run.
    """
    if configured:
        return Path(configured)
    return next((folder for folder in _candidates(root, home or Path.home()) if _is_mirror(folder)), None)


def cli_config(mirror: Path | None) -> str:
    """The text of the CLI configuration: providers from ``mirror`` only, or from the registry when there is none."""
    if mirror is None:
        return "disable_checkpoint = true\n"
    path = json.dumps(str(mirror))
    return f"disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = {path}\n  }}\n}}\n"


def _candidates(root: Path, home: Path) -> Iterator[Path]:
    yield home / ".terraform.d/plugins"
    yield home / ".local/share/terraform/plugins"
    for share in ("usr/local/share", "usr/share"):
        yield root / share / "terraform/plugins"
    tops = sorted(top for top in root.iterdir() if top.name not in _PSEUDO and not top.is_symlink())
    for pattern in ("*", "*/*", "*/*/*"):
        for top in tops:
            yield from _holders(top, pattern.removeprefix("*").removeprefix("/"))


def _holders(top: Path, below: str) -> list[Path]:
    try:
        found = [top] if not below else sorted(top.glob(below))
    except OSError:
        return []
    return [folder for folder in found if _holds_providers(folder)]


def _holds_providers(folder: Path) -> bool:
    """False, too, for what we may not look into."""
    try:
        return any((folder / registry).is_dir() for registry in REGISTRIES)
    except OSError:
        return False


def _is_mirror(folder: Path) -> bool:
    try:
        mode = folder.stat()
    except OSError:
        return False
    theirs = mode.st_uid not in {0, os.geteuid()}
    return _holds_providers(folder) and not theirs and not mode.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
