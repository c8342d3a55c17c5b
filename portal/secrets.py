"""Secrets that a one-machine installation makes for itself, kept in the data folder at 0600."""

import os
import secrets
from pathlib import Path


def data_secret(data: Path, name: str) -> str:
    """The secret ``name`` of the installation in ``data``; made on first use.

    Written by link, so that two processes that start together agree on one value.
    """
    file = data / "secrets" / name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_name(f".{name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()
