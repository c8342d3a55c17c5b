"""Whether the files of a version can be taken: exactly as what ships is checked, and that its module does no harm."""

import tempfile
from collections.abc import Collection
from pathlib import Path

from common.errors import UserError
from provisioning.blueprints.definition import Blueprint
from provisioning.blueprints.loader import load_blueprint
from provisioning.blueprints.package import BLUEPRINT, MODULE, Files, unpack
from provisioning.blueprints.trust import refused
from provisioning.sources.base import Fault, Refused

LONGEST_BLUEPRINT = 256 * 1024


def check(files: Files, *, trusted: bool, providers: Collection[str]) -> Blueprint:
    """What the files say; Refused with everything that is wrong."""
    if len(files[BLUEPRINT]) > LONGEST_BLUEPRINT:
        raise Refused([Fault(f"It is larger than {LONGEST_BLUEPRINT // 1024} KB.", "Say less.")])
    module = {path.removeprefix(MODULE): data for path, data in files.items() if path.startswith(MODULE)}
    harm = [] if trusted else [Fault(e.message, e.hint, e.path, e.line) for e in refused(module, providers)]
    if unreadable := [path for path in module if path.endswith(".tf") and not _is_text(module[path])]:
        raise Refused([Fault("It is not text in UTF-8.", file=f"{MODULE}{path}", line=1) for path in unreadable])
    try:
        blueprint = _loaded(files)
    except UserError as error:
        wrong = [Fault(e.message, e.hint, line=e.line, field=e.path) for e in error.fields]
        raise Refused([*(wrong or [Fault(error.message, error.hint)]), *harm]) from None
    if blueprint.backend == "terraform" and not any(path.endswith(".tf") for path in module):
        harm.append(Fault("There is no module.", "Put Terraform files into module/.", MODULE))
    if harm:
        raise Refused(harm)
    return blueprint


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _loaded(files: Files) -> Blueprint:
    with tempfile.TemporaryDirectory(prefix="cairn-blueprint-") as folder:
        unpack(files, Path(folder, "blueprint"))
        return load_blueprint(Path(folder, "blueprint"))
