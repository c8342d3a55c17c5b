"""What git prints, read. Pure."""

from dataclasses import dataclass

_FILES = {b"100644", b"100755", b"100664"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a commit: the id of its contents, and its size in bytes."""

    id: str
    size: int


def advertised(out: str, ref: str) -> tuple[str, str] | None:
    """Commit and name that ``git ls-remote --symref`` gives for ``ref`` (or HEAD); a branch wins over a tag."""
    refs: dict[str, str] = {}
    head = ""
    for line in out.splitlines():
        value, _, name = line.partition("\t")
        if value.startswith("ref: ") and name == "HEAD":
            head = value.removeprefix("ref: ").removeprefix("refs/heads/")
        elif name:
            refs[name] = value
    if not ref:
        return (refs["HEAD"], head or "HEAD") if "HEAD" in refs else None
    # An annotated tag is an object of its own; what it points at is what counts.
    for name in (f"refs/heads/{ref}", f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}"):
        if name in refs:
            return refs[name], ref
    return None


def tags(out: str) -> dict[str, str]:
    """``git ls-remote --tags``: the commit that each tag stands for, annotated ones included."""
    lines = [line.partition("\t") for line in out.splitlines()]
    refs = {name.removeprefix("refs/tags/"): value for value, _, name in lines if name.startswith("refs/tags/")}
    return {name: refs.get(f"{name}^{{}}", value) for name, value in refs.items() if not name.endswith("^{}")}


def no_files(out: bytes) -> tuple[str, ...]:
    """The paths in ``git ls-tree -r -z --long`` that :func:`listing` leaves out: links and submodules."""
    lines = [line.partition(b"\t") for line in out.split(b"\0")]
    return tuple(path.decode("utf-8", "replace") for about, _, path in lines if path and about.split()[0] not in _FILES)


def listing(out: bytes) -> dict[str, Entry]:
    """``git ls-tree -r -z --long``: files by path. Links, submodules and names that are not UTF-8 are left out."""
    found = {}
    for line in out.split(b"\0"):
        about, _, path = line.partition(b"\t")
        parts = about.split()
        if len(parts) != 4 or parts[0] not in _FILES:
            continue
        try:
            found[path.decode()] = Entry(parts[2].decode(), int(parts[3]))
        except ValueError:
            continue
    return found


def batch(out: bytes) -> dict[str, bytes]:
    """``git cat-file --batch``: contents by id; what is missing is not there."""
    found = {}
    at = 0
    while (end := out.find(b"\n", at)) >= 0:
        parts = out[at:end].split()
        if len(parts) != 3:
            at = end + 1
            continue
        size = int(parts[2])
        found[parts[0].decode()] = out[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return found
