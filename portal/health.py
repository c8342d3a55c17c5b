"""Whether the process lives, and whether everything it needs answers."""

import time
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from runs.models import Heartbeat, Run


def alive(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> HttpResponse:
    """Each part and its state; 503 when one that requests need does not answer."""
    parts = {name: _ask(check) for name, check in CHECKS.items()}
    ok = all(part["ok"] for part in parts.values())
    return JsonResponse({"status": "ready" if ok else "not-ready", "parts": parts}, status=200 if ok else 503)


def _ask(check: Callable[[], str]) -> dict[str, Any]:
    begun = time.monotonic()
    try:
        state, ok = check(), True
    except Exception as error:
        state, ok = f"{type(error).__name__}: {error}".splitlines()[0][:200], False
    return {"ok": ok, "state": state, "ms": round((time.monotonic() - begun) * 1000, 1)}


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    left = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if left:
        raise RuntimeError(f"{len(left)} migrations are not applied; run manage.py migrate")
    return "applied"


def _redis() -> str:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)
    client.ping()
    return "answers"


def _workers() -> str:
    if not Heartbeat.objects.workers_live():
        raise RuntimeError("no worker has swept for a while; scheduler or worker is gone")
    return f"{Run.objects.active().count()} runs at work"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "redis": _redis,
    "workers": _workers,
}
