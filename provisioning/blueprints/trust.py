"""What a module of a source that is not trusted may not do. Pure.

Terraform runs what a module says with the portal's rights, and planning alone runs data sources and provisioners. So
what is not known to be harmless is refused, with its line and the way out.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath

from common.errors import FieldError
from integrations.terraform.hcl import (
    Attribute,
    Block,
    Call,
    HclProblem,
    check_template,
    fields_of,
    in_module,
    plain_text,
    read,
    reference,
)

TRUST_IT = "or have a platform admin trust the source"
_TOP = {
    "variable",
    "output",
    "locals",
    "resource",
    "data",
    "ephemeral",
    "module",
    "terraform",
    "moved",
    "removed",
    "check",
}
_BUILT_IN = "terraform.io/builtin/terraform"
_REGISTRIES = ("registry.terraform.io/", "registry.opentofu.org/")
#: Functions that read files. Their first argument is a path.
_READERS = {
    "file", "filebase64", "filebase64sha256", "filebase64sha512", "filemd5", "filesha1", "filesha256", "filesha512",
    "fileexists", "fileset", "templatefile",
}  # fmt: skip
#: Functions that find out about the machine, or make templates of any text.
_NEVER = {"abspath", "pathexpand", "templatestring"}
#: Settings of resources that providers read files for.
_PATHS = {
    "aws_s3_object": {"source"},
    "aws_s3_bucket_object": {"source"},
    "aws_s3_object_copy": {"source"},
    "aws_lambda_function": {"filename"},
    "aws_lambda_layer_version": {"filename"},
}


def refused(files: Mapping[str, bytes], providers: Collection[str]) -> Iterator[FieldError]:
    """What the module in ``files`` (by path below ``module/``) may not do; the file is the error's ``path``.

    ``providers`` are those that may be used, such as ``hashicorp/aws``.
    """
    folders = {str(PurePosixPath(path).parent) for path in files if path.endswith(".tf")}
    for folder in sorted(folders):
        names = sorted(path for path in files if path.endswith(".tf") and str(PurePosixPath(path).parent) == folder)
        yield from _folder(folder, {name: files[name] for name in names}, folders, providers)
    for path in sorted(files):
        if path.endswith((".tf.json", ".tofu", ".tofu.json")):
            yield _wrong(path, 1, "Modules are written as .tf", f"Write it in HCL, {TRUST_IT}.")
        elif path.endswith(".tftpl"):
            yield from _template(path, files[path])


def _folder(
    folder: str, files: Mapping[str, bytes], folders: Collection[str], providers: Collection[str]
) -> Iterator[FieldError]:
    read_files: dict[str, Block] = {}
    for path, data in files.items():
        try:
            block = read(data.decode("utf-8"))
            list(block.all_blocks())  # all labels are read here, so that what is wrong with one is named
            read_files[path] = block
        except HclProblem as problem:
            yield _wrong(path, problem.line, problem.message, "Terraform itself says more: `terraform fmt`.")
        except UnicodeDecodeError:
            yield _wrong(path, 1, "It is not text in UTF-8")
    sources = _required_providers(read_files.values())
    for path, block in read_files.items():
        try:
            yield from _Searcher(path, folder, sources, folders, providers).search(block)
        except HclProblem as problem:
            yield _wrong(path, problem.line, problem.message, f"Write it plainly, {TRUST_IT}.")


def _required_providers(blocks: Collection[Block]) -> dict[str, str]:
    """Where each provider comes from by its local name, as far as it is said."""
    found = {}
    for block in blocks:
        for inner in (each for top in block.blocks if top.kind == "terraform" for each in top.blocks):
            if inner.kind == "required_providers":
                for name, attribute in inner.attributes.items():
                    source = fields_of(attribute.expression).get("source")
                    found[name] = (plain_text(source) or "?") if source is not None else f"hashicorp/{name}"
    return found


class _Searcher:
    """Searches one file."""

    def __init__(
        self,
        path: str,
        folder: str,
        sources: Mapping[str, str],
        folders: Collection[str],
        providers: Collection[str],
    ) -> None:
        self._path, self._folder, self._sources = path, folder, sources
        self._folders, self._providers = folders, providers

    def search(self, file: Block) -> Iterator[FieldError]:
        """Everything that the file may not do."""
        for block in file.blocks:
            yield from self._top(block)
        for block in file.all_blocks():
            if block.kind == "provisioner":
                yield self._wrong(block.line, f"A {' '.join(block.labels)} provisioner runs programs", "Take it out")
        for call in file.calls():
            yield from _reading(self._path, call)

    def _top(self, block: Block) -> Iterator[FieldError]:
        if block.kind == "terraform":
            yield from self._settings(block)
        elif block.kind == "provider":
            yield self._wrong(block.line, "The portal configures providers", "Take the block out")
        elif block.kind not in _TOP:
            yield self._wrong(block.line, f"A module may not hold {block.kind or 'this'} blocks", "Take it out")
        elif block.kind == "module":
            yield from self._module(block)
        elif block.kind in {"resource", "data", "ephemeral"}:
            yield from self._object(block)
        elif block.kind == "check":
            for inner in block.blocks:
                yield from self._object(inner) if inner.kind == "data" else ()

    def _settings(self, block: Block) -> Iterator[FieldError]:
        for inner in block.blocks:
            if inner.kind == "required_providers":
                for name, attribute in inner.attributes.items():
                    yield from self._provider(name, attribute.line)
            else:
                yield self._wrong(inner.line, f"The portal decides on {inner.kind}", "Take the block out")

    def _module(self, block: Block) -> Iterator[FieldError]:
        source = block.attributes.get("source")
        text = source.text if source else None
        target = str(PurePosixPath(self._folder, text)) if text and text.startswith("./") else ""
        if ".." in PurePosixPath(text or "..").parts or target not in self._folders:
            where = f" {text}" if text else ""
            message = f"The module{where} is not one of this folder"
            line = source.line if source else block.line
            yield self._wrong(line, message, "Copy it below module/ and name it by ./")

    def _object(self, block: Block) -> Iterator[FieldError]:
        kind = block.labels[0] if block.labels else ""
        if kind == "terraform_remote_state":
            yield self._wrong(block.line, "It reads the state of something else", "Make it an input")
            return
        chosen = block.attributes.get("provider")
        local = (reference(chosen.expression) or "?").split(".")[0] if chosen else kind.split("_")[0]
        yield from self._provider(local, block.line, kind)
        for name in _PATHS.get(kind, ()):
            if name in block.attributes:
                yield from self._file(block.attributes[name])

    def _file(self, attribute: Attribute) -> Iterator[FieldError]:
        if not is_inside(in_module(attribute.expression)):
            yield self._wrong(attribute.line, f"{attribute.name} may lead outside the module", _BEGIN)

    def _provider(self, local: str, line: int, kind: str = "") -> Iterator[FieldError]:
        source = self._sources.get(local, _BUILT_IN if local == "terraform" else f"hashicorp/{local}")
        for registry in _REGISTRIES:
            source = source.removeprefix(registry)
        if source not in {_BUILT_IN, *self._providers}:
            what = f"{kind} needs the provider {source}" if kind else f"The provider {source}"
            allowed = ", ".join(sorted(self._providers))
            hint = f"Allowed are {allowed} (CAIRN_BLUEPRINT_PROVIDERS)"
            yield self._wrong(line, f"{what}{', which' if kind else ''} is not allowed", hint)

    def _wrong(self, line: int, message: str, way_out: str) -> FieldError:
        return _wrong(self._path, line, message, f"{way_out}, {TRUST_IT}.")


_BEGIN = 'Begin the path with "${path.module}/", without .. in it'


def _reading(path: str, call: Call) -> Iterator[FieldError]:
    if call.name in _NEVER:
        yield _wrong(path, call.line, f"{call.name}() is not for modules", f"Do without it, {TRUST_IT}.")
    if call.name not in _READERS:
        return
    rest = in_module(call.arguments[0]) if call.arguments else None
    pattern = plain_text(call.arguments[1]) if call.name == "fileset" and len(call.arguments) > 1 else ""
    if not is_inside(rest) or pattern is None or ".." in pattern or pattern.startswith("/"):
        yield _wrong(path, call.line, f"{call.name}() may lead outside the module", f"{_BEGIN}, {TRUST_IT}.")
    elif call.name == "templatefile" and not (rest or "").endswith(".tftpl"):
        yield _wrong(path, call.line, "Templates are files that end in .tftpl", f"Rename it, {TRUST_IT}.")


def is_inside(rest: str | None) -> bool:
    """Whether what follows ``path.module`` stays below it."""
    return rest is not None and (rest == "" or rest.startswith("/")) and ".." not in PurePosixPath(rest).parts


def _template(path: str, data: bytes) -> Iterator[FieldError]:
    try:
        calls = check_template(data.decode("utf-8"))
    except HclProblem as problem:
        yield _wrong(path, problem.line, problem.message, f"Write it plainly, {TRUST_IT}.")
    except UnicodeDecodeError:
        yield _wrong(path, 1, "It is not text in UTF-8")
    else:
        for call in calls:
            if call.name in _READERS | _NEVER:
                yield _wrong(path, call.line, f"A template may not call {call.name}()", f"Take it out, {TRUST_IT}.")


def _wrong(path: str, line: int, message: str, hint: str = "") -> FieldError:
    return FieldError(f"module/{path}", f"{message.rstrip('.')}.", hint, line=line)
