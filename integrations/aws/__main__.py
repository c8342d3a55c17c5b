"""Run the emulated account: ``python -m integrations.aws --port N``."""

import argparse
import logging

from moto import __version__
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from integrations.aws.amendments import amend


def main() -> None:
    """Serve until interrupted. Every call that Terraform makes would be a line of log; only failures are."""
    parser = argparse.ArgumentParser(prog="python -m integrations.aws", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    amend()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server(arguments.host, arguments.port, application, threaded=True)
    print(f"AWS emulator (moto {__version__}) on http://{arguments.host}:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
