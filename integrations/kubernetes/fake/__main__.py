"""Run the emulated API: ``python -m integrations.kubernetes.fake --port N [--state FILE]``."""

import argparse
import json
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from integrations.kubernetes.fake import VERSION
from integrations.kubernetes.fake.cluster import Cluster
from integrations.kubernetes.fake.server import make_server


def main() -> None:
    """Serve until interrupted."""
    arguments = _arguments()
    state: Path | None = arguments.state
    cluster = Cluster()
    if state and state.exists():
        cluster.restore(json.loads(state.read_text()))
    if state:
        cluster.keep(partial(_write, state))
    server = make_server(cluster, arguments.port)
    print(f"Kubernetes API {VERSION} on http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m integrations.kubernetes.fake", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one and prints it")
    parser.add_argument("--state", type=Path, help="a JSON file that keeps the objects over a restart")
    return parser.parse_args()


def _write(path: Path, state: Mapping[str, Any]) -> None:
    """Replace the file as a whole, so that a crash leaves the old one or the new one."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(state, file)
    fresh.replace(path)


if __name__ == "__main__":
    main()
