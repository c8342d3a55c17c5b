"""Namespaces for a branch: their names. Pure."""

import hashlib
import re

from common.errors import FieldError

LONGEST_BRANCH = 250
_LONGEST_SLUG = 48


def made_for(subject: str, branch: str) -> str:
    """What says which branch of what: ``component:default/orders@feature/x``."""
    return f"{subject}@{branch}"


def name_for(subject: str, branch: str) -> str:
    """A name for the namespace that a cluster takes. Branches of like names (``a/b``, ``a-b``) get different ones."""
    words = f"{re.split(r'[/:]', subject)[-1]}-{branch}".lower()
    slug = re.sub(r"[^a-z0-9]+", "-", words).strip("-")[:_LONGEST_SLUG].strip("-") or "branch"
    mark = hashlib.sha256(made_for(subject, branch).encode()).hexdigest()[:6]
    return f"b-{slug}-{mark}"


def wrong_branch(branch: object) -> list[FieldError]:
    """What is wrong with the name of a branch."""
    if not isinstance(branch, str) or not branch.strip():
        return [FieldError("branch", "This is needed.", "Such as feature/checkout.")]
    if len(branch) > LONGEST_BRANCH:
        return [FieldError("branch", f"It has at most {LONGEST_BRANCH} characters.")]
    if not branch.isprintable() or branch != branch.strip():
        return [FieldError("branch", "It holds characters that no branch has.")]
    return []
