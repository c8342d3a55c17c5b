"""Pushes as GitHub and GitLab tell of them, in our words. Pure.

Sources: GitHub's reference of the event ``push``, GitLab's of ``Push Hook``.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from metrics.intake.events import Ignored, RepositoryPush, Unreadable

#: GitHub names no more commits in a delivery; which files a longer push touched is not told.
MOST_COMMITS = 2048
_BRANCH = "refs/heads/"
_NOBODY = "0" * 40


def github(body: Any) -> RepositoryPush | Ignored:
    """GitHub's ``push``."""
    repository = _object(body, "repository")
    told = not body.get("forced") and not body.get("created")
    return _push(body, repository, "full_name", "html_url", told and len(body.get("commits") or ()) < MOST_COMMITS)


def gitlab(body: Any) -> RepositoryPush | Ignored:
    """GitLab's ``Push Hook``."""
    commits = body.get("commits") or ()
    told = body.get("total_commits_count", len(commits)) <= len(commits) and body.get("before") != _NOBODY
    return _push(body, _object(body, "project"), "path_with_namespace", "web_url", told)


def _push(body: Any, repository: dict[str, Any], name: str, web: str, told: bool) -> RepositoryPush | Ignored:
    ref = _text(body, "ref")
    if not ref.startswith(_BRANCH):
        return Ignored(f"{ref} is no branch")
    if body.get("deleted") or body.get("after") == _NOBODY:
        return Ignored("the branch was deleted")
    branch = ref.removeprefix(_BRANCH)
    commits = [commit for commit in body.get("commits") or () if isinstance(commit, dict)]
    return RepositoryPush(
        host=urlsplit(_text(repository, web)).netloc.lower(),
        repository=_text(repository, name),
        branch=branch,
        is_default=branch == repository.get("default_branch"),
        # A push that names no commit moved the branch: any file may be another one.
        paths=tuple(sorted(set(_paths(commits)))) if told and commits else None,
    )


def _paths(commits: Iterable[dict[str, Any]]) -> Iterable[str]:
    for commit in commits:
        for name in ("added", "modified", "removed"):
            yield from (path for path in commit.get(name) or () if isinstance(path, str))


def _object(body: Any, name: str) -> dict[str, Any]:
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, dict):
        raise Unreadable(f"{name} is missing")
    return found


def _text(holder: dict[str, Any], name: str) -> str:
    found = holder.get(name)
    if not isinstance(found, str) or not found:
        raise Unreadable(f"{name} is missing")
    return found
