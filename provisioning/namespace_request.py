"""A ``NamespaceRequest`` manifest as the namespace blueprint's inputs. Pure."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class NamespaceRequest:
    """A manifest that was read: who wants which namespace.

    ``owner_ref`` is a group's entity ref (``group:default/orders-team``); ``environment`` is None where the
    manifest names none; ``inputs`` are those of the ``namespace`` blueprint: ``description``, ``quota``
    (``{"requests.cpu": "10", …}``) and ``networkPolicies`` (``{"defaultDeny": bool, "allowIngress":
    [{"fromNamespace": NAME}]}``).
    """

    name: str
    owner_ref: str
    environment: str | None
    inputs: dict[str, Any]


def parse(text: str) -> NamespaceRequest:
    """The request in ``text`` (YAML or JSON, one document).

    Raises UserError whose fields name every mistake with its path in the manifest, line and hint.
    """
    raise NotImplementedError
