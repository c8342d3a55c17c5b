"""Run the emulated account: ``python -m integrations.aws --port N``."""

import argparse
import hashlib
import logging

from moto import __version__
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.rds.models import DBInstance
from werkzeug.serving import make_server


def main() -> None:
    """Serve until interrupted. Every call that Terraform makes would be a line of log; only failures are."""
    parser = argparse.ArgumentParser(prog="python -m integrations.aws", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    _tell_instances_apart()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server(arguments.host, arguments.port, application, threaded=True)
    print(f"AWS emulator (moto {__version__}) on http://{arguments.host}:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def _tell_instances_apart() -> None:
    """moto gives all database instances one resource id, by which Terraform looks for the one that it has made."""

    def resource_id(instance: DBInstance) -> str:
        return f"db-{hashlib.sha256(instance.db_instance_identifier.encode()).hexdigest()[:26].upper()}"

    DBInstance.dbi_resource_id = property(resource_id, lambda instance, fixed: None)  # type: ignore[assignment]


if __name__ == "__main__":
    main()
