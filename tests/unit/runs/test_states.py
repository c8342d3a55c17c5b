"""The table of transitions, and that it is obeyed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Conflict
from runs.states import ACTIVE, FINAL, LEASED, STATES, TRANSITIONS, may_change
from runs.transition import Fenced, transition
from tests.unit.runs.conftest import Scripted


def test_every_state_has_its_line_and_leads_only_to_states() -> None:
    assert set(TRANSITIONS) == set(STATES)
    assert all(after <= set(STATES) for after in TRANSITIONS.values())


def test_what_has_ended_stays_ended() -> None:
    assert all(not TRANSITIONS[state] for state in FINAL)


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_from_every_state_at_work_an_end_can_be_reached(state: str) -> None:
    reached, seen = {state}, set()
    while reached - seen:
        seen |= reached
        reached |= {after for before in reached for after in TRANSITIONS[before]}
    assert {"failed", "cancelled"} <= reached


def test_only_a_queued_run_is_taken_by_a_worker() -> None:
    assert [state for state in STATES if may_change(state, "running")] == ["queued"]
    assert {"running", "cancelling"} == LEASED


@given(wishes=st.lists(st.sampled_from(STATES), max_size=12))
def test_no_sequence_of_wishes_leaves_the_table(wishes: list[str]) -> None:
    state, path = "queued", ["queued"]
    for wish in wishes:
        if may_change(state, wish):
            state = wish
            path.append(state)
    assert sum(step in FINAL for step in path) <= 1
    assert not any(step in FINAL for step in path[:-1])


@pytest.mark.parametrize(("before", "after"), [(b, a) for b in STATES for a in STATES])
def test_the_row_moves_exactly_where_the_table_allows(begin, before: str, after: str) -> None:  # type: ignore[no-untyped-def]
    run = begin(Scripted("one"))
    type(run).objects.filter(pk=run.pk).update(state=before)
    history = run.events.count()
    if may_change(before, after):
        assert transition(run.pk, after).state == after
        assert run.events.count() == history + 1
        return
    with pytest.raises(Conflict):
        transition(run.pk, after)
    run.refresh_from_db()
    assert (run.state, run.events.count()) == (before, history)


def test_who_holds_an_old_epoch_changes_nothing(begin) -> None:  # type: ignore[no-untyped-def]
    run = begin(Scripted("one"))
    type(run).objects.filter(pk=run.pk).update(state="running", epoch=5)
    with pytest.raises(Fenced):
        transition(run.pk, "succeeded", epoch=4)
    run.refresh_from_db()
    assert run.state == "running"
