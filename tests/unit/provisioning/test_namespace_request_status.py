"""The status of a NamespaceRequest: one phase, three conditions, and moments that only change with them."""

from typing import Any

import pytest

from provisioning.custom_resource.status import PHASES, Standing, status_of
from provisioning.states import STATES

EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def conditions(status: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {each["type"]: (each["status"], each["reason"]) for each in status["conditions"]}


def test_every_state_of_a_request_has_a_phase() -> None:
    assert set(PHASES) == set(STATES)


@pytest.mark.parametrize(
    ("standing", "phase", "accepted", "approved", "ready"),
    [
        (Standing(0), "Pending", "Unknown", "Unknown", "False"),
        (Standing(1, "awaiting_approval"), "WaitingForApproval", "True", "Unknown", "False"),
        (Standing(1, "provisioning"), "Applying", "True", "True", "False"),
        (Standing(1, "fulfilled", ready=True), "Ready", "True", "True", "True"),
        (Standing(1, "rejected"), "Rejected", "True", "False", "False"),
        (Standing(2, "failed", ready=True), "Failed", "True", "True", "True"),
        (Standing(1, problem={"reason": "OverBudget", "message": "No."}), "Invalid", "False", "Unknown", "False"),
        (Standing(1, "awaiting_approval", deleting=True, ready=True), "Deleting", "True", "Unknown", "True"),
        (Standing(1, "rejected", deleting=True, ready=True), "DeletionRefused", "True", "False", "True"),
    ],
)
def test_phase_and_conditions(standing: Standing, phase: str, accepted: str, approved: str, ready: str) -> None:
    status = status_of(standing, {}, EARLY)
    assert status["phase"] == phase
    found = {name: value for name, (value, _) in conditions(status).items()}
    assert found == {"Accepted": accepted, "Approved": approved, "Ready": ready}
    assert all(each["message"] and each["reason"] for each in status["conditions"])


def test_only_a_condition_that_turns_gets_a_new_moment() -> None:
    before = status_of(Standing(1, "awaiting_approval"), {}, EARLY)
    after = status_of(Standing(1, "provisioning"), before, LATE)
    moments = {each["type"]: each["lastTransitionTime"] for each in after["conditions"]}
    assert moments == {"Accepted": EARLY, "Approved": LATE, "Ready": EARLY}
    assert status_of(Standing(1, "provisioning"), after, LATE) == after


def test_a_problem_is_said_in_reason_and_message() -> None:
    status = status_of(Standing(3, problem={"reason": "UnknownTeam", "message": "There is no team x."}), {}, EARLY)
    assert conditions(status)["Accepted"] == ("False", "UnknownTeam")
    assert (status["message"], status["observedGeneration"]) == ("There is no team x.", 3)
