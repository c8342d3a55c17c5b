"""Blueprints in folders and repositories, as the tests of sources make them."""

import subprocess
from pathlib import Path

from provisioning.models import BlueprintSource
from provisioning.source_actions import add_source
from provisioning.sources.sync import claim, sync_claimed

BLUEPRINT = """\
name: {name}
title: Message queue
version: {version}
owner: group:default/platform-team
icon: mail
description: A queue on SQS.
backend: terraform
environments: [development, production]
entity: {{type: queue}}
inputs:
  type: object
  required: [retention]
  additionalProperties: false
  properties:
    retention: {{title: Kept for, type: integer, minimum: 1, maximum: 14, default: 4, "ui:options": {{unit: days}}}}
imposed:
  - set: {{encrypted: true}}
policy:
  - when: {{environment: production}}
    effect: approve
    approvers: role:approver
    reason: Production
price:
  currency: EUR
  dated: "2026-11-01"
  per_unit: {{inputs.retention: 0.5}}
outputs:
  label: {{title: Label}}
"""
MODULE = """\
variable "name" { type = string }
variable "retention" { type = number }
variable "encrypted" { type = bool }
resource "terraform_data" "queue" {
  input = { name = var.name, retention = var.retention, encrypted = var.encrypted }
}
output "label" { value = terraform_data.queue.output.name }
"""


def files(name: str = "queue", version: str = "1.0.0", **more: str) -> dict[str, str]:
    """The files of a blueprint that is right; ``more`` by path, with ``__`` for a slash and ``_`` for a dot."""
    found = {
        "blueprint.yaml": BLUEPRINT.format(name=name, version=version),
        "README.md": f"# {name}\n\nSends **messages**.\n",
        "module/main.tf": MODULE,
    }
    return found | more


def write(folder: Path, found: dict[str, str]) -> None:
    """Put files into ``folder``."""
    for name, text in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def git(folder: Path, *arguments: str) -> str:
    """The real git, as somebody."""
    who = ("-c", "user.name=Alice", "-c", "user.email=alice@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Repository:
    """A repository that versions are tagged in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        git(path, "init", "--quiet")

    @property
    def url(self) -> str:
        """Its address."""
        return f"file://{self.path}"

    def tag(self, tag: str, found: dict[str, str], *, below: str = "", force: bool = False) -> str:
        """Commit ``found`` and tag it; answers the commit."""
        write(self.path / below, found)
        git(self.path, "add", "--all")
        git(self.path, "commit", "--quiet", "--allow-empty", "-m", tag)
        git(self.path, "tag", "-m", tag, *(["--force"] if force else []), tag)
        return git(self.path, "rev-parse", "HEAD")


def read_now(source: BlueprintSource) -> BlueprintSource:
    """Have it read as a worker does."""
    BlueprintSource.objects.filter(pk=source.pk).update(asked_at=source.created_at)
    taken = claim(source.pk)
    assert taken
    sync_claimed(taken)
    return BlueprintSource.objects.get(pk=source.pk)


def source_of(target: str, by, kind: str = "git", **more) -> BlueprintSource:  # type: ignore[no-untyped-def]
    """A source that has been read."""
    return read_now(add_source(kind=kind, target=target, by=by, **more))
