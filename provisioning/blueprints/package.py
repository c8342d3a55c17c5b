"""The files of a blueprint, taken out of their place: what counts, limits, and a digest. Pure, but for writing them."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from common.errors import FieldError

BLUEPRINT, README, MODULE = "blueprint.yaml", "README.md", "module/"
MOST_FILES, MOST_BYTES, MOST_BYTES_OF_ALL = 200, 1024 * 1024, 4 * 1024 * 1024

Files = Mapping[str, bytes]


def counts(path: str) -> bool:
    """Whether ``path`` in a blueprint's folder is part of it; tests and examples beside it are not."""
    parts = PurePosixPath(path).parts
    return path in {BLUEPRINT, README} or (path.startswith(MODULE) and not any(part.startswith(".") for part in parts))


def wrong_paths(sizes: Mapping[str, int], links: Iterable[str]) -> list[FieldError]:
    """What cannot be taken: links, odd names, and more than there is room for. ``sizes`` are bytes by path."""
    found = [FieldError(path, "It is a link or a submodule.", "Put the file itself there.") for path in links]
    found += [FieldError(path, "Files have plain relative names.", "Rename it.") for path in sizes if not _plain(path)]
    found += [
        FieldError(path, f"It is larger than {MOST_BYTES // 1024} KB.", "Keep large files elsewhere.")
        for path, size in sizes.items()
        if size > MOST_BYTES
    ]
    if len(sizes) > MOST_FILES:
        found.append(FieldError(BLUEPRINT, f"There are {len(sizes)} files.", f"At most {MOST_FILES} are taken."))
    if sum(sizes.values()) > MOST_BYTES_OF_ALL:
        most = MOST_BYTES_OF_ALL // 1024 // 1024
        found.append(
            FieldError(BLUEPRINT, f"Its files are larger than {most} MB together.", "Keep large files elsewhere.")
        )
    return found


def _plain(path: str) -> bool:
    parts = path.split("/")
    return len(path) <= 400 and path.isprintable() and "\\" not in path and not {"", ".", ".."} & set(parts)


def digest_of(files: Files) -> str:
    """SHA-256 over names and contents."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode() + bytes(files[path]))
    return digest.hexdigest()


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a blueprint in a folder that is trusted to hold no surprises."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    found = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: path.read_bytes() for name, path in found.items() if counts(name)}


def unpack(files: Files, folder: Path) -> None:
    """Write ``files`` into ``folder``, all of them or none; what was there is replaced."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    making = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unpacking-"))
    try:
        for path, content in files.items():
            target = making / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        _put(making, folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _put(making: Path, folder: Path) -> None:
    """Another process may put the same there meanwhile."""
    try:
        os.rename(making, folder)
    except OSError:
        if not folder.is_dir() or digest_of(read_folder(folder)) != digest_of(read_folder(making)):
            shutil.rmtree(folder, ignore_errors=True)
            os.rename(making, folder)
