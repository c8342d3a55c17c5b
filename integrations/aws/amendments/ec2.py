"""EC2: the tags of a launch template are its own, not those of what is launched from it."""

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplateVersion

_version = LaunchTemplateVersion.__init__


def amend() -> None:
    """DescribeLaunchTemplateVersions as AWS answers it."""
    LaunchTemplateVersion.__init__ = _without_own_tags  # type: ignore[method-assign, assignment]


def _without_own_tags(self: LaunchTemplateVersion, template: Any, number: int, data: dict[str, Any], text: str) -> None:
    given = data.get("TagSpecifications", [])
    data["TagSpecifications"] = [tags for tags in given if tags.get("ResourceType") != "launch-template"]
    _version(self, template, number, data, text)
