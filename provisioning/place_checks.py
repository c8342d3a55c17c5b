"""What clusters and cloud accounts have in common on their way in: names, environments, who uses them."""

import re
from collections.abc import Iterator

from common.errors import Conflict, FieldError
from provisioning.blueprints import offered
from provisioning.models import CloudAccount, Cluster
from provisioning.models.cluster import CONFIGURED

_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
MOST_NAMED = 3


def environments_offered(backend: str) -> list[str]:
    """Every environment that a blueprint of ``backend`` offers, in the order in which they are first named."""
    return list(dict.fromkeys(name for each in offered() if each.backend == backend for name in each.environments))


def name_mistakes(name: object, *, configured: bool) -> Iterator[FieldError]:
    """What is wrong with the name of a cluster or an account."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield FieldError("name", "It needs a name.", "At most 63 small letters, digits and dashes, such as prod-eu.")
    elif name == CONFIGURED and not configured:
        yield FieldError("name", f"{name} is what the portal's own configuration leads to.", "Take another name.")


def environment_mistakes(given: object, backend: str, *, configured: bool) -> Iterator[FieldError]:
    """What is wrong with the environments that it serves."""
    known = environments_offered(backend)
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        yield FieldError("environments", "It must be a list of names.", f"Of {', '.join(known)}.")
        return
    for name in given:
        if name not in known:
            yield FieldError("environments", f"No blueprint offers {name[:80]}.", f"Of {', '.join(known)}.")
    if not given and not configured:
        yield FieldError("environments", "At least one is needed.", f"Of {', '.join(known)}.")


def require_unused(target: Cluster | CloudAccount, word: str) -> None:
    """Raise Conflict that names what still stands there."""
    if target.configured:
        raise Conflict(
            f"This {word} comes from the portal's own configuration.",
            id="target-configured",
            hint="Change CAIRN_KUBECONFIG or the AWS_* variables instead.",
        )
    rows = target.resources.exclude(state="deleted").order_by("pk")
    if names := [str(row) for row in rows[: MOST_NAMED + 1]]:
        rest = f" and {rows.count() - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        raise Conflict(
            f"The {word} {target.name} is in use by {', '.join(names[:MOST_NAMED])}{rest}.",
            id="target-in-use",
            hint="Have them deleted first. Until then it can be kept from serving new ones by its environments.",
        )
