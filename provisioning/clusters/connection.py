"""How a cluster is reached: by its row, or where CAIRN_KUBECONFIG leads."""

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from common.errors import FieldError, ProviderError, UserError
from common.http import reachable_address
from integrations.kubernetes.kubeconfig import Credentials, read_kubeconfig
from provisioning.models.cluster import Cluster

if TYPE_CHECKING:
    from integrations.kubernetes.client import Client

#: Seconds to connect and to wait for an answer: for workers, and for pages.
PATIENT, QUICK = (5.0, 30.0), (2.0, 5.0)

_clients: dict[tuple[int, object], tuple[Credentials, "Client"]] = {}
_lock = Lock()


def credentials_of(cluster: Cluster) -> Credentials:
    """Where it is and who we are there. Raises ProviderError for a kubeconfig that cannot be used, and UserError for an
    address that may not be reached: it is looked up anew each time, and connections go to what was found."""
    if cluster.configured:
        return read_kubeconfig(_kubeconfig())
    return Credentials(
        cluster.server,
        token=cluster.bearer,
        authority=cluster.authority.encode(),
        address=checked_address(cluster.server),
    )


def client_of(cluster: Cluster | None, *, timeouts: tuple[float, float] = PATIENT) -> "Client":
    """A client for ``cluster``, or for where CAIRN_KUBECONFIG leads; ProviderError where that is nowhere.

    A process keeps its connections and what discovery told, until the credentials are others.
    """
    from integrations.kubernetes.client import Client

    key = (cluster.pk if cluster else 0, timeouts)
    credentials = credentials_of(cluster) if cluster else read_kubeconfig(_kubeconfig())
    with _lock:
        kept = _clients.get(key)
        if kept is None or kept[0] != credentials:
            kept = _clients[key] = (credentials, Client(credentials, timeouts=timeouts))
    return kept[1]


def checked_address(server: str) -> str:
    """The address of ``server``, if a cluster may be there. UserError names the field ``server``."""
    parts = urlsplit(server)
    try:
        address = reachable_address(server)
    except UserError as error:
        raise UserError(error.message, id=error.id, hint=error.hint, fields=[_about_server(error)]) from None
    if parts.scheme == "http" and not address.is_loopback:
        message = "The token would travel in the clear."
        raise UserError(message, id="cluster-in-the-clear", fields=[FieldError("server", message, "Write https://.")])
    return str(address)


def _about_server(error: UserError) -> FieldError:
    return FieldError("server", error.message, error.hint)


def _kubeconfig() -> Path:
    if not settings.KUBECONFIG or not Path(settings.KUBECONFIG).exists():
        raise ProviderError(
            "No cluster is configured.",
            permanent=True,
            id="cluster-missing",
            hint="Set CAIRN_KUBECONFIG to a kubeconfig of the cluster that namespaces are made in, or add one on the "
            "page Clusters.",
        )
    return Path(settings.KUBECONFIG)
