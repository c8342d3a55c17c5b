"""Terraform's ``aws`` provider block. Pure.

Keys and the endpoint come through the environment, never through a file.
"""

from collections.abc import Mapping
from typing import Any

from integrations.aws.emulator import REGION, is_emulated

#: What a real account has and an emulator does not.
_EMULATED = {
    "skip_credentials_validation": True,
    "skip_metadata_api_check": True,
    "skip_requesting_account_id": True,
    "s3_use_path_style": True,
}


def aws_provider(aws: Mapping[str, str], *, default_tags: Mapping[str, str], role: str = "") -> dict[str, Any]:
    """The block for the account that the ``AWS_*`` variables ``aws`` lead to, taking on ``role`` where there is one."""
    block: dict[str, Any] = {
        "region": aws.get("AWS_REGION", REGION),
        "default_tags": [{"tags": dict(default_tags)}],
    }
    if role:
        block["assume_role"] = [{"role_arn": role, "session_name": "cairn"}]
    return block | _EMULATED if is_emulated(aws) else block
