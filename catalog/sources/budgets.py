"""What a host still answers, as it is kept with a source. Pure."""

from typing import Any

from integrations.rest import Budget


def budget_facts(budget: Budget | None) -> dict[str, Any]:
    """Limit, remaining and the moment of the reset; nothing where the host tells nothing."""
    if budget is None:
        return {}
    told = {"limit": budget.limit, "remaining": budget.remaining, "reset": budget.reset.isoformat()}
    return {"budget": told}
