"""What each kind of source takes beside its target, and the one way to write its target. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, ValidationError

from catalog.models.source import SourceKind
from common.errors import FieldError, UserError
from integrations.git.remote import parse_remote

_TEXT = {"type": "string", "minLength": 1, "maxLength": 500}
_TEXTS = {"type": "array", "items": _TEXT, "maxItems": 500}
_FLAG = {"type": "boolean"}


def _schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


_TOPICS = _schema(include=_TEXTS, exclude=_TEXTS)
_VISIBILITY = {"type": "array", "items": {"enum": ["public", "private", "internal"]}}
_FILTERS = _schema(
    repository={**_TEXT, "format": "regex"},
    branch=_TEXT,
    topic=_TOPICS,
    visibility=_VISIBILITY,
    allow_forks=_FLAG,
    allow_archived=_FLAG,
)
SCHEMAS: Mapping[str, dict[str, Any]] = {
    SourceKind.GIT: _schema(ref=_TEXT, path=_TEXT),
    SourceKind.GITHUB: _schema(host=_TEXT, catalog_path=_TEXT, filters=_FILTERS),
    SourceKind.GITHUB_ORG: _schema(host=_TEXT),
    SourceKind.GITLAB: _schema(
        host=_TEXT,
        catalog_path=_TEXT,
        project_pattern={**_TEXT, "format": "regex"},
        branch=_TEXT,
        fallback_branch=_TEXT,
        topics=_TEXTS,
        exclude=_TEXTS,
        skip_forks=_FLAG,
        include_archived=_FLAG,
    ),
    SourceKind.GITLAB_ORG: _schema(host=_TEXT),
}
#: Kinds that read an organisation or a group, with the host that they mean when none is named.
ORGANISATIONS: Mapping[str, str] = {
    SourceKind.GITHUB: "github.com",
    SourceKind.GITHUB_ORG: "github.com",
    SourceKind.GITLAB: "gitlab.com",
    SourceKind.GITLAB_ORG: "gitlab.com",
}
_OWNER = re.compile(r"^[\w.-]+(?:/[\w.-]+)*$")


def cleaned(kind: str, target: str, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Target and options as they are kept; UserError names the field that cannot be used."""
    target = target.strip()
    if not target:
        raise UserError("A source needs a target.", fields=[FieldError("target", "is empty")])
    if not isinstance(options, Mapping):
        raise _refused("options", "must be an object")
    _check(kind, options)
    kept = dict(options)
    if kind in ORGANISATIONS:
        return _organisation(kind, target, kept.pop("host", "")), kept
    if kind == SourceKind.GIT:
        parse_remote(target)
    return target, kept


def owner_of(target: str) -> tuple[str, str]:
    """Host and organisation (or group with its path) of the target of a source of an organisation."""
    parts = urlsplit(target)
    return parts.netloc, parts.path.strip("/")


def _check(kind: str, options: Mapping[str, Any]) -> None:
    schema = SCHEMAS.get(kind, _schema())
    checker = Draft202012Validator.FORMAT_CHECKER
    for error in Draft202012Validator(schema, format_checker=checker).iter_errors(dict(options)):
        path = ".".join(("options", *(str(part) for part in error.absolute_path)))
        raise _refused(path, *_words(error))


def _words(error: ValidationError) -> tuple[str, str]:
    """What is wrong, and the way out."""
    if error.validator == "format":
        return f"{error.instance} is no regular expression.", "Escape what stands for itself with a backslash."
    if error.validator == "additionalProperties":
        known = error.schema["properties"] if isinstance(error.schema, Mapping) else {}
        return "Something here is no option of this kind.", f"Known: {', '.join(known) or 'none'}."
    return f"{error.message}.", ""


def _organisation(kind: str, target: str, host: str) -> str:
    """``https://HOST/OWNER``, from that or from the owner alone."""
    written = target if "://" in target else f"https://{host or ORGANISATIONS[kind]}/{target}"
    parts = urlsplit(written)
    owner = parts.path.strip("/").removeprefix("groups/").removeprefix("orgs/")
    nested = kind in {SourceKind.GITLAB, SourceKind.GITLAB_ORG}
    # Somebody's own GitLab may be read whole; of gitlab.com that would be the world.
    whole = nested and not owner and parts.netloc.lower() != "gitlab.com"
    named = _OWNER.match(owner) and (nested or "/" not in owner)
    if parts.scheme not in {"https", "http"} or not parts.netloc or not (named or whole):
        raise _refused("target", f"{target} is no organisation.", "Write its name, or https://HOST/NAME.")
    if host and parts.netloc.lower() != host.lower():
        raise _refused("options.host", f"The target is on {parts.netloc}.", "Leave the option out.")
    mark = f"#{parts.fragment}" if parts.fragment else ""
    return f"https://{parts.netloc.rpartition('@')[2].lower()}/{owner}".rstrip("/") + mark


def _refused(field: str, message: str, hint: str = "") -> UserError:
    return UserError(f"{field}: {message}", id="bad-source", hint=hint, fields=[FieldError(field, message, hint)])


def pattern_of(text: Any) -> Callable[[str], bool]:
    """A test for names by the regular expression ``text``, which has to fit from the beginning to the end."""
    expression = re.compile(str(text or ".*"))
    return lambda name: expression.fullmatch(name) is not None
