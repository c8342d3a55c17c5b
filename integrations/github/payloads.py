"""What GitHub answers, read. Pure."""

from dataclasses import dataclass
from typing import Any

from integrations.payload import field, text, texts


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository. ``id`` stays when it is renamed; ``pushed_at`` changes with every push to any branch."""

    id: int
    full_name: str
    default_branch: str
    pushed_at: str
    visibility: str = "public"
    topics: tuple[str, ...] = ()
    fork: bool = False
    archived: bool = False

    @property
    def name(self) -> str:
        """Without its owner."""
        return self.full_name.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Person:
    """A user account."""

    login: str
    name: str = ""
    email: str = ""
    avatar: str = ""
    bio: str = ""


@dataclass(frozen=True, slots=True)
class Team:
    """A team; ``parent`` is the slug of the one that it is nested in."""

    slug: str
    name: str
    description: str = ""
    parent: str = ""
    avatar: str = ""


def repository(item: Any) -> Repository:
    """A repository of a list, or one alone."""
    visibility = text(item, "visibility") or ("private" if item.get("private") else "public")
    return Repository(
        id=field(item, "id", kind=int),
        full_name=field(item, "full_name"),
        default_branch=text(item, "default_branch") or "main",
        pushed_at=text(item, "pushed_at"),
        visibility=visibility,
        topics=texts(item, "topics"),
        fork=bool(item.get("fork")),
        archived=bool(item.get("archived") or item.get("disabled")),
    )


def tree(body: Any) -> tuple[list[str], bool]:
    """The paths of the files of a tree, and whether GitHub left some out."""
    entries = field(body, "tree", kind=list)
    files = [field(entry, "path") for entry in entries if entry.get("type") == "blob" and entry.get("mode") != "120000"]
    return files, bool(body.get("truncated"))


def person(item: Any) -> Person:
    """A user; members of lists come without name and email."""
    return Person(
        field(item, "login"), text(item, "name"), text(item, "email"), text(item, "avatar_url"), text(item, "bio")
    )


def team(item: Any) -> Team:
    """A team of an organisation."""
    parent = item.get("parent")
    return Team(
        slug=field(item, "slug"),
        name=field(item, "name"),
        description=text(item, "description"),
        parent=field(parent, "slug") if parent else "",
        avatar=text(item, "avatar_url"),
    )
