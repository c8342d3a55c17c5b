"""The configuration around a blueprint's module. Pure, but for copying the module.

Developers' values go into ``terraform.tfvars.json`` as data; what the platform imposes is literal in
``main.tf.json``, where no variable can reach it. Secrets are ephemeral variables, which neither plan nor
state holds, but for those that say so.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MODULE_FOLDER, MAIN, VALUES = "module", "main.tf.json", "terraform.tfvars.json"
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_MODULE_FILES = (".tf", ".tf.json", ".tftpl")


@dataclass(frozen=True, slots=True)
class RootModule:
    """A module to instantiate under ``name``.

    ``inputs`` are the developer's values, ``imposed`` the platform's, ``secrets`` the names of inputs that come
    through ``TF_VAR_<name>``; they are ephemeral but for ``secrets_in_state``, which the provider can take in no other
    way. ``outputs`` maps each output to whether it is sensitive. ``providers`` are the provider
    blocks by local name.
    """

    name: str
    inputs: Mapping[str, Any]
    imposed: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    secrets_in_state: frozenset[str] = frozenset()
    outputs: Mapping[str, bool] = field(default_factory=dict)
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: What is taken on: the provider's identifier by the address inside the module.
    imports: Mapping[str, str] = field(default_factory=dict)

    def main(self) -> dict[str, Any]:
        """The content of ``main.tf.json``; ValueError for a name that is not one or is given twice."""
        self._check_names()
        variables: dict[str, Any] = {name: {} for name in self.inputs}
        variables |= {
            name: {"type": "string", "sensitive": True, "ephemeral": name not in self.secrets_in_state}
            for name in self.secrets
        }
        references = {name: f"${{var.{name}}}" for name in variables}
        document: dict[str, Any] = {
            "terraform": {"required_version": ">= 1.11", "backend": {"http": {}}},
            "module": {self.name: {"source": f"./{MODULE_FOLDER}", **literal(self.imposed), **references}},
        }
        if variables:
            document["variable"] = variables
        if self.imports:
            document["import"] = [
                {"to": f"module.{self.name}.{address}", "id": literal(identifier)}
                for address, identifier in sorted(self.imports.items())
            ]
        if self.providers:
            document["provider"] = literal(self.providers)
        if self.outputs:
            document["output"] = {
                name: {"value": f"${{module.{self.name}.{name}}}", "sensitive": sensitive}
                for name, sensitive in self.outputs.items()
            }
        return document

    def _check_names(self) -> None:
        names = [*self.inputs, *self.imposed, *self.secrets]
        for name in [self.name, *names, *self.outputs]:
            if not _IDENTIFIER.fullmatch(name):
                raise ValueError(f"“{name}” is not a name that Terraform knows")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{', '.join(twice)} would be given twice")


def literal(value: Any) -> Any:
    """``value`` spelled so that Terraform's JSON syntax reads it as itself and not as a template."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, Mapping):
        return {key: literal(item) for key, item in value.items()}
    return [literal(item) for item in value] if isinstance(value, list | tuple) else value


def module_digest(module: Path) -> str:
    """SHA-256 over the names and contents of a module's files."""
    digest = hashlib.sha256()
    for path in _files(module):
        body = path.read_bytes()
        digest.update(f"{path.relative_to(module).as_posix()}\0{len(body)}\0".encode() + body)
    return digest.hexdigest()


def write_workspace(workspace: Path, module: Path, root: RootModule) -> str:
    """Put ``root`` and a copy of ``module`` into ``workspace``, over what was there; returns the copy's digest."""
    main = json.dumps(root.main(), indent=2)
    workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = workspace / MODULE_FOLDER
    shutil.rmtree(copy, ignore_errors=True)
    for path in _files(module):
        target = copy / path.relative_to(module)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    _write_private(workspace / MAIN, main)
    _write_private(workspace / VALUES, json.dumps(dict(root.inputs), indent=2))
    return module_digest(copy)


def _files(module: Path) -> Iterator[Path]:
    for path in sorted(module.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.name.endswith(_MODULE_FILES):
            yield path


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
