"""What the backend must know of a state and of a lock. Pure: the rest of a state is nobody's business."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from common.errors import UserError


@dataclass(frozen=True, slots=True)
class StateHead:
    """A state's identity: ``lineage`` says whose history it is, ``serial`` where in it, ``md5`` (hex) which bytes."""

    lineage: str
    serial: int
    md5: str


def read_state(body: bytes, content_md5: str = "") -> StateHead:
    """The head of a state document; UserError when it is none, or is not what ``content_md5`` (base64) says."""
    digest = hashlib.md5(body, usedforsecurity=False)
    if content_md5 and _decoded(content_md5) != digest.digest():
        raise UserError("The state was damaged on its way: its MD5 differs.", id="state-damaged")
    document = _object(body, "a Terraform state")
    lineage, serial = document.get("lineage"), document.get("serial")
    if document.get("version") != 4 or not isinstance(lineage, str) or not 0 < len(lineage) <= 64:
        raise UserError("This is not a Terraform state of version 4 with a lineage.", id="state-invalid")
    if type(serial) is not int or not 0 <= serial < 2**63:
        raise UserError("This state has no usable serial.", id="state-invalid")
    return StateHead(lineage, serial, digest.hexdigest())


def with_a_lineage(body: bytes, lineage: str) -> bytes:
    """``body`` as the first state of ``lineage`` when it has none.

    That is how Terraform leaves a state which it was about to send for the first time and could not.
    """
    document = _object(body, "a Terraform state")
    if document.get("lineage"):
        return body
    return json.dumps({**document, "lineage": lineage, "serial": 1}).encode()


def read_lock(body: bytes) -> dict[str, Any]:
    """Terraform's LockInfo; UserError without an ID."""
    info = _object(body, "a LockInfo")
    if not isinstance(info.get("ID"), str) or not 0 < len(info["ID"]) <= 255:
        raise UserError("This LockInfo has no ID.", id="lock-invalid")
    return info


def _object(body: bytes, what: str) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise UserError(f"This is not {what}.", id="state-invalid")
    return document


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
