"""What a Location entity points at. Pure."""

from typing import Any

from catalog.ingest.documents import Problem
from catalog.model.urls import is_address, resolve_url


def location_reads(spec: dict[str, Any], url: str) -> tuple[tuple[str, ...], Problem | None]:
    """The absolute addresses to be read next, in order, or what forbids it.

    A Location in a file that came by URL may only name URLs; one in a local file may name files beside it.
    """
    own = "url" if is_address(url) else "file"
    kind = spec.get("type", own)
    if kind not in {own, "url"}:
        message = 'Registered locations must be of an allowed type ["url"]'
        return (), Problem("location", message, ("spec", "type"), "Leave type out; targets are relative to this file.")
    targets = [*([spec["target"]] if spec.get("target") else []), *(spec.get("targets") or [])]
    return tuple(dict.fromkeys((resolve_url(target, url) if kind == own else target) for target in targets)), None
