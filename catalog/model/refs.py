"""Entity references: ``[<kind>:][<namespace>/]<name>``."""

from dataclasses import dataclass

DEFAULT_NAMESPACE = "default"


class BadReference(ValueError):
    """A text that is no entity reference; the message is Backstage's."""


@dataclass(frozen=True, slots=True)
class EntityRef:
    """A reference with its parts as written; ``str()`` gives the canonical lower-case text."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.namespace}/{self.name}".lower()


def parse_ref(text: str, *, default_kind: str = "", default_namespace: str = DEFAULT_NAMESPACE) -> EntityRef:
    """Read a reference; parts keep their case. BadReference when it is not one, or lacks a kind."""
    if not text:
        raise BadReference("Entity reference must not be empty")
    colon, slash = text.find(":"), text.find("/")
    kind: str | None = None
    namespace: str | None = None
    rest = text
    if colon != -1 and (slash == -1 or colon < slash):
        kind, rest = text[:colon], text[colon + 1 :]
    if (cut := rest.find("/")) != -1:
        namespace, rest = rest[:cut], rest[cut + 1 :]
    if kind == "" or namespace == "" or rest == "":
        raise BadReference(f'Entity reference "{text}" was not on the form [<kind>:][<namespace>/]<name>')
    if not (kind or default_kind):
        raise BadReference(
            f'Entity reference "{text}" had missing or empty kind (e.g. did not start with "component:" or similar)'
        )
    return EntityRef(kind or default_kind, namespace or default_namespace, rest)
