"""A branch with one changed file, pushed from the bare copy: there is no work tree, and nothing is forced."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from common.errors import CairnError, NotFound, ProviderError
from integrations.git.cache import locked
from integrations.git.client import SECONDS_TO_ASK, SECONDS_TO_FETCH, SECONDS_TO_READ, Repository, Snapshot
from integrations.git.environment import git_environment
from integrations.git.failures import failure
from integrations.git.process import GitFailed, run_git
from integrations.git.remote import Remote
from integrations.proposing import Change, branch_taken, changed_meanwhile, no_branch

COMMITTER = {"GIT_COMMITTER_NAME": "Cairn", "GIT_COMMITTER_EMAIL": "cairn@localhost"}
#: Neither signatures nor submodules nor tags go along, whatever the copy says.
_PUSH = ("push", "--quiet", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no")
_TAKEN = re.compile(r"already exists|non-fast-forward|fetch first|cannot lock ref|stale info", re.IGNORECASE)
_FORBIDDEN = re.compile(
    r"permission to .* denied|not allowed to push|write access|read-only|insufficient permission"
    r"|unable to create|unpack(?:er)? (?:failed|error)|error: 403|access denied",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"remote rejected|hook declined|protected branch|pre-receive|prohibited", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f<>]+")


class ProposingRepository(Repository):
    """A repository that changes are pushed to. Errors are those of :class:`Repository`, and those of a refused push."""

    def propose(self, snapshot: Snapshot, change: Change) -> str:
        """Push ``change``, which was made of ``snapshot``, to its new branch; returns the commit.

        Conflict when the file was changed meanwhile or the branch is there already.
        """
        snapshot = self._newest(snapshot, change)
        with locked(self._folder, seconds=SECONDS_TO_FETCH):
            commit = self._mended(lambda: self._made(snapshot, change))
            try:
                target = f"{commit}:refs/heads/{change.branch}"
                self._git(
                    *_PUSH, "--", self._remote.url, target, timeout=SECONDS_TO_FETCH, folder=self._folder, disk=True
                )
            except GitFailed as failed:
                raise refused_push(self._remote.url, change.branch, failed.stderr) from None
        return commit

    def _newest(self, snapshot: Snapshot, change: Change) -> Snapshot:
        """The branch as it is now, on which the change is put: others may have pushed other files."""
        names = [f"refs/heads/{change.base}", f"refs/heads/{change.branch}"]
        try:
            out = self._git("ls-remote", "--", self._remote.url, *names, timeout=SECONDS_TO_ASK)
        except GitFailed as failed:
            raise failure(self._remote.url, failed.stderr) from None
        pairs = [line.partition("\t") for line in out.decode("utf-8", "replace").splitlines()]
        heads = {name: commit for commit, _, name in pairs}
        if names[0] not in heads:
            raise no_branch(self._remote.url, change.base)
        if names[1] in heads:
            raise branch_taken(self._remote.url, change.branch)
        if heads[names[0]] == snapshot.commit:
            return snapshot
        now = self.snapshot(change.base)
        if now.entries.get(change.path) != snapshot.entries[change.path]:
            raise changed_meanwhile(self._remote.url, change.path)
        return now

    def _made(self, snapshot: Snapshot, change: Change) -> str:
        """The commit, in the copy alone."""
        self._fetch(snapshot.commit, snapshot.ref)
        mode = self._mode(snapshot.commit, change.path)
        blob = self._written("hash-object", "-w", "--stdin", stdin=change.content)
        with tempfile.TemporaryDirectory(prefix="cairn-index-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self._written("read-tree", snapshot.commit, more=index)
            self._written("update-index", "--cacheinfo", f"{mode},{blob},{change.path}", more=index)
            tree = self._written("write-tree", more=index)
        author = {"GIT_AUTHOR_NAME": _clean(change.author.name), "GIT_AUTHOR_EMAIL": _clean(change.author.email)}
        arguments = ("commit-tree", tree, "-p", snapshot.commit, "-F", "-")
        return self._written(*arguments, stdin=change.message.encode(), more=author | COMMITTER)

    def _mode(self, commit: str, path: str) -> str:
        """An executable file stays one. Links and submodules are no files."""
        literally = {"GIT_LITERAL_PATHSPECS": "1"}
        out = self._written("ls-tree", "-z", "--full-tree", commit, "--", path, more=literally)
        mode = out.partition(" ")[0]
        if not mode.startswith("100"):
            raise NotFound(f"There is no file {path} in {self._remote.url}.", id="not-in-file")
        return mode

    def _written(self, *arguments: str, stdin: bytes = b"", more: Mapping[str, str] | None = None) -> str:
        """What a command prints that touches nothing but the copy and the index that it is given."""
        environment = git_environment(str(self._folder), Remote("", "file"), None, None) | dict(more or {})
        out = run_git(arguments, environment=environment, timeout=SECONDS_TO_READ, folder=self._folder, stdin=stdin)
        return out.decode("utf-8", "replace").strip()


def refused_push(url: str, branch: str, stderr: str) -> CairnError:
    """The error to show for git's words about a push to ``url``. Pure."""
    if _TAKEN.search(stderr):
        return branch_taken(url, branch)
    if _FORBIDDEN.search(stderr):
        hint = "Its token under integrations in app-config.yaml, or the portal's key, needs the right to push. "
        message = f"{url} does not let the portal push."
        return ProviderError(message, permanent=True, id="push-forbidden", hint=f"{hint}Or change the file there.")
    if _REFUSED.search(stderr):
        message = f"{url} refuses the branch {branch}.{_words(stderr)}"
        hint = "Have branches that begin with cairn/ allowed there, or change the file there."
        return ProviderError(message, permanent=True, id="push-refused", hint=hint)
    return failure(url, stderr)


def _words(stderr: str) -> str:
    """What the server's own rules say, without what might stand in an address."""
    lines = [line.removeprefix("remote:").strip() for line in stderr.splitlines() if line.startswith("remote:")]
    said = re.sub(r"//[^/@\s]+@", "//", " ".join(filter(None, lines)))[:200].rstrip(".")
    return f" It says: {said}." if said else ""


def _clean(text: str) -> str:
    """Names of people as git takes them; it refuses empty ones."""
    return _UNSAFE.sub(" ", text).strip(" .,:;\"'\\") or "Somebody"
