"""What the catalog API costs over HTTP: ``python benchmarks/bench_api.py [COUNT]``.

Fills a database of its own with COUNT entities (default 10,000), serves it by granian with two workers on loopback, and
asks with a token that is checked: the median of one client that asks what nobody has asked since the last change, the
median when it asks again, and the rate of 32 clients. Prints a table; compare, do not gate. The load comes from the
same cores and takes its share of them: less where wrk is installed.
"""

import asyncio
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("CAIRN_LOG_LEVEL", "WARNING")
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

NEW, ALONE, TOGETHER, CLIENTS = 30, 300, 3000, 32
BASE = "/api/catalog"
FACETS = "facet=spec.type&facet=spec.lifecycle&facet=metadata.tags&facet=relations.ownedBy"
REFS = json.dumps({"entityRefs": [f"component:default/service-{n}" for n in range(50)]})
QUESTIONS: dict[str, tuple[str, str]] = {
    "by-name": (f"{BASE}/entities/by-name/component/default/service-7", ""),
    "by-refs of 50": (f"{BASE}/entities/by-refs", REFS),
    "page of 20 by offset": (f"{BASE}/entities?filter=kind=component&limit=20&offset=200", ""),
    "ordered query of 20": (
        f"{BASE}/entities/by-query?limit=20&filter=kind=component&orderField=metadata.name,asc",
        "",
    ),
    "full-text query of 20": (
        f"{BASE}/entities/by-query?limit=20&filter=kind=component&fullTextFilterTerm=service-77"
        "&fullTextFilterFields=metadata.name&orderField=metadata.name,asc",
        "",
    ),
    "four facets": (f"{BASE}/entity-facets?{FACETS}", ""),
    "four facets of components": (f"{BASE}/entity-facets?{FACETS}&filter=kind=component", ""),
    "all components in full": (f"{BASE}/entities?filter=kind=component", ""),
}


@contextmanager
def served(database: str) -> Iterator[int]:
    """The portal on a free port, on the database of that name."""
    from django.conf import settings

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ["DATABASE_URL"] = _url_of(settings.DATABASES["default"], database)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--no-ws", "--log-level", "error", "portal.wsgi:application"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings"},
    )
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _url_of(settings: dict[str, str], name: str) -> str:
    host = settings["HOST"]
    user = settings["USER"]
    if host.startswith("/"):
        return f"postgresql://{user}@/{name}?host={host}"
    return f"postgresql://{user}:{settings['PASSWORD']}@{host}:{settings['PORT'] or 5432}/{name}"


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz")  # ours
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server does not answer")


class Client:
    """One connection that is kept."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**24)

    async def ask(self, path: str, body: str) -> None:
        method = "POST" if body else "GET"
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        self._writer.write(head.encode())
        head_bytes = await self._reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head_bytes[:20], head_bytes[:300]
        lower = head_bytes.lower()
        if b"content-length:" in lower:
            length = int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            await self._reader.readexactly(length)
            return
        while (size := int((await self._reader.readline()).strip() or b"0", 16)) > 0:
            await self._reader.readexactly(size + 2)
        await self._reader.readexactly(2)


async def timed(client: Client, path: str, body: str) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    await client.ask(path, body)
    return (time.perf_counter() - begun) * 1000


async def measure(port: int, token: str, path: str, body: str) -> tuple[float, float, float]:
    """Medians in milliseconds of one client that asks something new, and the same again; the rate of CLIENTS."""
    alone = Client(port, token)
    await alone.open()
    joint = "&" if "?" in path else "?"
    news = [await timed(alone, f"{path}{joint}never-asked={n}", body) for n in range(NEW)]
    times = [await timed(alone, path, body) for _ in range(ALONE)]
    again = statistics.median(times)
    rate = (
        rate_by_wrk(port, token, path, body)
        if shutil.which("wrk")
        else await rate_by_us(port, token, path, body, again)
    )
    return statistics.median(news), again, rate


async def rate_by_us(port: int, token: str, path: str, body: str, median: float) -> float:
    """Answers a second that CLIENTS connections of ours get."""
    count = max(CLIENTS, min(TOGETHER, int(4000 / median)))
    clients = [Client(port, token) for _ in range(CLIENTS)]
    await asyncio.gather(*(client.open() for client in clients))

    async def share(client: Client) -> None:
        for _ in range(count // CLIENTS):
            await client.ask(path, body)

    begun = time.perf_counter()
    await asyncio.gather(*map(share, clients))
    return count // CLIENTS * CLIENTS / (time.perf_counter() - begun)


def rate_by_wrk(port: int, token: str, path: str, body: str) -> float:
    """The same by wrk, which takes far less of the cores that the server is measured on."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        lines = [f'wrk.headers["Authorization"] = "Bearer {token}"']
        if body:
            lines += ['wrk.method = "POST"', f"wrk.body = {json.dumps(body)}"]
            lines += ['wrk.headers["Content-Type"] = "application/json"']
        script.write("\n".join(lines))
        script.flush()
        command = ["wrk", "-t1", f"-c{CLIENTS}", "-d4s", "-s", script.name, f"http://127.0.0.1:{port}{path}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in said, said
    return float(said.partition("Requests/sec:")[2].split()[0])


def run(count: int) -> None:
    """Everything, on the database that the settings name."""
    from bench_catalog import write_folder
    from django.db import connection

    from accounts.actions import create_token, create_user
    from catalog.actions import register_source, sync_source

    user = create_user(name="bench", role="platform-admin")
    _, token = create_token(user=user, scopes=["admin"], by=user)
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder), count)
        begun = time.perf_counter()
        sync_source(source=register_source(kind="folder", target=folder, by=user), by=user)
        print(f"{'empty to everything visible':28} {(time.perf_counter() - begun) * 1000:9.0f} ms")
    with connection.cursor() as cursor:
        connection.ensure_connection()
        cursor.execute("VACUUM ANALYZE")  # as autovacuum does within a minute
    database = str(connection.settings_dict["NAME"])
    connection.close()
    with served(database) as port:
        for name, (path, body) in QUESTIONS.items():
            new, again, rate = asyncio.run(measure(port, token, path, body))
            print(f"{name:28} {new:9.2f} ms {again:9.2f} ms again {rate:9.0f} a second by {CLIENTS}")


if __name__ == "__main__":
    from bench_catalog import main

    main(run)
