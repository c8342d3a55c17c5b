"""What people fill in to register a source, and what it would bring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from catalog.ingest.pipeline import Gathered, gather
from catalog.ingest.wanted import Wanted
from catalog.models import Entity, Source
from catalog.models.source import SourceKind
from catalog.sources.options import cleaned
from catalog.sources.registry import sampling_reader
from common.errors import FieldError, UserError

#: So many repositories or people of an organisation are read to show what it would bring.
SAMPLE = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of the form; ``path`` is where its value stands in the options, and a list is written with commas."""

    path: str
    label: str
    hint: str = ""
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What a kind of source is asked for."""

    kind: str
    title: str
    target: str
    hint: str
    fields: Sequence[Asked] = ()


_PATH_HINT = (
    "A path from the root of each repository; * stands for one folder, ** for any. catalog-info.yaml without it."
)
_NAMES = Asked("topics", "Topics", "Separated by commas; projects that have all of them.", is_list=True)
FORMS: Mapping[str, Form] = {
    form.kind: form
    for form in (
        Form(
            SourceKind.URL,
            "File",
            "Address of the file",
            "As the browser shows it, for example https://github.com/example-org/orders/blob/main/catalog-info.yaml",
        ),
        Form(
            SourceKind.GIT,
            "Git repository",
            "Address of the repository",
            "As git clones it, for example https://git.example.com/shop/orders.git",
            (
                Asked("ref", "Branch, tag or commit", "The default branch without it."),
                Asked("path", "Files", "A path; * stands for one folder, ** for any. catalog-info.yaml without it."),
            ),
        ),
        Form(
            SourceKind.GITHUB,
            "GitHub organisation",
            "Organisation",
            "Its name, or its address on a GitHub of your own.",
            (
                Asked("catalog_path", "Files", _PATH_HINT),
                Asked("filters.repository", "Repositories", "A regular expression that fits their whole name."),
                Asked("filters.branch", "Branch", "The default branch of each without it."),
                Asked("filters.topic.include", "Topics", "Separated by commas; one of them is enough.", is_list=True),
            ),
        ),
        Form(SourceKind.GITHUB_ORG, "GitHub people", "Organisation", "Its members and teams become Users and Groups."),
        Form(
            SourceKind.GITLAB,
            "GitLab group",
            "Group",
            "Its path, or its address on a GitLab of your own.",
            (
                Asked("catalog_path", "Files", _PATH_HINT),
                Asked("project_pattern", "Projects", "A regular expression that is found in their path."),
                Asked("branch", "Branch", "The default branch of each without it."),
                _NAMES,
            ),
        ),
        Form(SourceKind.GITLAB_ORG, "GitLab people", "Group", "Its members and groups become Users and Groups."),
    )
}


def options_of(form: Form, given: Mapping[str, str]) -> dict[str, Any]:
    """The options that the answers of ``form`` mean; what is left empty is not there. Pure."""
    options: dict[str, Any] = {}
    for asked in form.fields:
        text = given.get(asked.path, "").strip()
        value: Any = [part.strip() for part in text.split(",") if part.strip()] if asked.is_list else text
        if value:
            *above, name = asked.path.split(".")
            holder = options
            for part in above:
                holder = holder.setdefault(part, {})
            holder[name] = value
    return options


@dataclass(frozen=True, slots=True)
class Preview:
    """What a source would bring: each entity, with the one that has its name in the catalog already."""

    gathered: Gathered
    entities: list[tuple[Wanted, Entity | None]] = field(default_factory=list)
    #: How many repositories or people were read, and how many there are, when not all were.
    sample: tuple[int, int] | None = None


def preview(kind: str, target: str, options: Mapping[str, Any], by: User) -> Preview:
    """Read a source without keeping anything. Raises what is wrong with it as a whole."""
    target, kept = cleaned(kind, target, options)
    source = Source(kind=kind, target=target, options=kept)
    gathered = gather(source, reader=sampling_reader(source, SAMPLE))
    if gathered.error:
        raise gathered.error
    rows = Entity.objects.visible_to(by).light().filter(ref__in=list(gathered.wanted)).select_related("source")
    known = {row.ref: row for row in rows}
    entities = [(entity, known.get(ref)) for ref, entity in sorted(gathered.wanted.items())]
    return Preview(gathered, entities, gathered.facts.get("sample"))


def require_web_address(kind: str, target: str) -> None:
    """Files that people register are on the web; UserError for an address that is not."""
    if kind == SourceKind.URL and not target.startswith(("http://", "https://")):
        message, hint = "That is no web address.", "It begins with https:// and ends with the file's name."
        raise UserError(message, hint=hint, fields=[FieldError("target", message)])


def known_form(kind: str) -> Form:
    """The form of ``kind``; UserError for one that nobody registers."""
    if kind not in FORMS:
        raise UserError(f"{kind} is no kind of source that is registered.", hint=f"Kinds are {', '.join(FORMS)}.")
    return FORMS[kind]
