"""What is kept with a source about its reading: what the host still answers, and how much was looked at. Pure."""

from typing import Any

from integrations.rest import Budget


def budget_facts(budget: Budget | None) -> dict[str, Any]:
    """Limit, remaining and the moment of the reset; nothing where the host tells nothing."""
    if budget is None:
        return {}
    told = {"limit": budget.limit, "remaining": budget.remaining, "reset": budget.reset.isoformat()}
    return {"budget": told}


def sample_facts(read: int, there: int) -> dict[str, Any]:
    """How many of how many were read; nothing when that is all."""
    return {"sample": (read, there)} if read < there else {}
