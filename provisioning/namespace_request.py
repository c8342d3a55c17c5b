"""A ``NamespaceRequest`` manifest as the namespace blueprint's inputs. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common.errors import FieldError, UserError
from common.yaml12 import YamlDocument, YamlProblem, load_documents
from provisioning.namespace_inputs import check_inputs, check_name, list_words, mistyped

API_VERSION, KIND = "platform.example.com/v1", "NamespaceRequest"
MOST_BYTES = 64 * 1024

_FIELDS: dict[str, frozenset[str]] = {
    "": frozenset({"apiVersion", "kind", "metadata", "spec"}),
    "metadata": frozenset({"name", "labels", "annotations"}),
    "spec": frozenset({"team", "environment", "description", "quota", "networkPolicies"}),
}


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
    document = _document(text)
    mistakes = [_placed(mistake, document) for mistake in _mistakes(document.value)]
    if mistakes:
        raise UserError("The NamespaceRequest cannot be used as it is.", fields=mistakes)
    return _read(document.value)


def _document(text: str) -> YamlDocument:
    data = text.encode()
    if len(data) > MOST_BYTES:
        raise UserError(
            f"A NamespaceRequest has at most {MOST_BYTES // 1024} KiB.", hint="Send one manifest at a time."
        )
    try:
        documents = [each for each in load_documents(data, positions=True) if each.problem or each.value is not None]
    except YamlProblem as problem:
        raise _unreadable(problem) from None
    if len(documents) != 1:
        count = f"{len(documents)} documents" if documents else "nothing"
        raise UserError(f"Send exactly one NamespaceRequest, not {count}.")
    if broken := documents[0].problem:
        raise _unreadable(broken)
    return documents[0]


def _unreadable(problem: YamlProblem) -> UserError:
    place = FieldError("", problem.message, line=problem.line, column=problem.column)
    return UserError(f"Line {problem.line}: {problem.message}", fields=[place])


def _placed(mistake: FieldError, document: YamlDocument) -> FieldError:
    """``mistake`` with the place of its field, or of the nearest field around it that is there."""
    best = max((path for path in document.positions if _covers(path, mistake.path)), key=len, default=())
    line, column = document.positions.get(best, (document.line, 1))
    return FieldError(mistake.path, mistake.message, mistake.hint, line, column)


def _covers(position: tuple[str | int, ...], path: str) -> bool:
    written = written_path(position)
    return path == written or path.startswith((f"{written}.", f"{written}["))


def written_path(position: tuple[str | int, ...]) -> str:
    """``("spec", "allowIngress", 0)`` as ``spec.allowIngress[0]``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in position)
    return "".join(parts).removeprefix(".")


def _mistakes(document: Any) -> Iterator[FieldError]:
    if not isinstance(document, dict):
        yield FieldError("", "A NamespaceRequest is a mapping.", f"Begin with apiVersion: {API_VERSION}")
        return
    yield from _wrong_kind(document)
    yield from _unknown(document, "")
    for part in ("metadata", "spec"):
        section = document.get(part)
        if not isinstance(section, dict):
            yield mistyped(part, section, "a mapping")
            continue
        yield from _unknown(section, part)
        yield from (_metadata if part == "metadata" else _spec)(section)


def _wrong_kind(document: Mapping[str, Any]) -> Iterator[FieldError]:
    for name, wanted in (("apiVersion", API_VERSION), ("kind", KIND)):
        given = document.get(name)
        if given != wanted:
            said = "is missing" if given is None else f"is {given!r}"
            yield FieldError(name, f"{name} {said}.", f"Write {name}: {wanted}")


def _unknown(section: Mapping[str, Any], prefix: str) -> Iterator[FieldError]:
    known = _FIELDS[prefix]
    for name in section:
        if name not in known:
            path = f"{prefix}.{name}" if prefix else name
            yield FieldError(path, f"There is no field {path}.", f"Known here: {list_words(known)}.")


def _metadata(metadata: Mapping[str, Any]) -> Iterator[FieldError]:
    yield from check_name(metadata.get("name"), "metadata.name")


def _spec(spec: Mapping[str, Any]) -> Iterator[FieldError]:
    team = spec.get("team")
    if team is None or team == "":
        yield FieldError(
            "spec.team", "The owning team is missing.", "Name a group of the catalog, such as orders-team."
        )
    elif not isinstance(team, str):
        yield mistyped("spec.team", team, "a text")
    if not isinstance(spec.get("environment", ""), str):
        yield mistyped("spec.environment", spec["environment"], "a text")
    yield from check_inputs(_inputs(spec), "spec")


def _inputs(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {name: spec[name] for name in ("description", "quota", "networkPolicies") if name in spec}


def _read(document: Mapping[str, Any]) -> NamespaceRequest:
    spec = document["spec"]
    return NamespaceRequest(
        document["metadata"]["name"], _group_ref(spec["team"]), spec.get("environment") or None, _inputs(spec)
    )


def _group_ref(team: str) -> str:
    """A team as people write it (``orders-team``, ``default/orders-team``) as an entity ref."""
    kind, colon, rest = team.rpartition(":")
    namespace, slash, name = rest.rpartition("/")
    return f"{kind if colon else 'group'}:{namespace if slash else 'default'}/{name}".lower()
