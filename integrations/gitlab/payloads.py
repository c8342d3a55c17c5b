"""What GitLab answers, read. Pure."""

from dataclasses import dataclass
from typing import Any

from integrations.payload import field, text, texts


@dataclass(frozen=True, slots=True)
class Project:
    """A project. ``default_branch`` is empty while nothing has been pushed."""

    id: int
    path: str
    default_branch: str = ""
    topics: tuple[str, ...] = ()
    visibility: str = "private"
    fork: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A group by its full path; ``parent`` is the id of the one around it, 0 for none."""

    id: int
    path: str
    name: str
    description: str = ""
    avatar: str = ""
    parent: int = 0
    web: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a group, or a user of the whole."""

    username: str
    name: str = ""
    avatar: str = ""
    email: str = ""
    web: str = ""
    active: bool = True


def project(item: Any) -> Project:
    """A project of a list, or one alone."""
    return Project(
        id=field(item, "id", kind=int),
        path=field(item, "path_with_namespace"),
        default_branch=text(item, "default_branch"),
        topics=texts(item, "topics") or texts(item, "tag_list"),
        visibility=text(item, "visibility") or "private",
        fork=bool(item.get("forked_from_project")),
        archived=bool(item.get("archived")),
    )


def group(item: Any) -> Group:
    """A group of a list, or one alone."""
    return Group(
        id=field(item, "id", kind=int),
        path=field(item, "full_path"),
        name=text(item, "name"),
        description=text(item, "description"),
        avatar=text(item, "avatar_url"),
        parent=item.get("parent_id") or 0,
        web=text(item, "web_url"),
    )


def person(item: Any) -> Person:
    """A member; access tokens of groups and projects appear as bots, which are no people."""
    username = field(item, "username")
    bot = bool(item.get("bot")) or (username.startswith(("group_", "project_")) and "_bot" in username)
    return Person(
        username=username,
        name=text(item, "name"),
        avatar=text(item, "avatar_url"),
        email=text(item, "public_email"),
        web=text(item, "web_url"),
        active=item.get("state", "active") == "active" and not bot,
    )


def file_path(item: Any) -> str:
    """The path of an entry of a tree when it is a file; empty for everything else."""
    is_file = field(item, "type") == "blob" and item.get("mode") != "120000"
    return str(field(item, "path")) if is_file else ""
