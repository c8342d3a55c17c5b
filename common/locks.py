"""Locks that PostgreSQL keeps for the length of a transaction."""

import hashlib

from django.db import connection


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def hold(name: str) -> None:
    """Wait for the lock ``name`` and hold it until the transaction ends. Needs an open transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_key(name)])


def try_hold(name: str) -> bool:
    """Take the lock ``name`` until the transaction ends, or answer False at once. Needs an open transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_key(name)])
        return bool(cursor.fetchone()[0])
