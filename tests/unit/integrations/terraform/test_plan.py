"""What a plan may show."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from integrations.terraform.plan import SENSITIVE, UNKNOWN, sanitise


def plan(*actions: str, **change: Any) -> dict[str, Any]:
    return {
        "applyable": True,
        "complete": True,
        "variables": {"password": {"value": "hunter2hunter2"}},
        "prior_state": {"secret": "hunter2hunter2"},
        "resource_changes": [{"address": "aws_db_instance.this", "change": {"actions": list(actions), **change}}],
    }


def fields(raw: dict[str, Any]) -> list[tuple[str, Any, Any, bool]]:
    return [(f.path, f.before, f.after, f.sensitive) for f in sanitise(raw).changes[0].fields]


def test_an_update_shows_only_what_differs() -> None:
    raw = plan("update", before={"size": 20, "name": "x"}, after={"size": 50, "name": "x"})
    assert fields(raw) == [("size", 20, 50, False)]


def test_values_known_after_apply_say_so() -> None:
    assert fields(plan("create", before=None, after={}, after_unknown={"arn": True})) == [("arn", None, UNKNOWN, False)]


def test_sensitive_values_are_masked_on_both_sides() -> None:
    raw = plan(
        "update",
        before={"password": "hunter2-old"},
        after={"password": "hunter2-new"},
        before_sensitive={"password": True},
        after_sensitive={"password": True},
    )
    assert fields(raw) == [("password", SENSITIVE, SENSITIVE, True)]


def test_a_value_that_was_sensitive_stays_masked_when_the_mask_is_gone() -> None:
    raw = plan("update", before={"p": "same-secret"}, after={"p": "same-secret!"}, before_sensitive={"p": True})
    assert "same-secret" not in json.dumps(sanitise(raw).as_json())


def test_nested_values_have_paths() -> None:
    raw = plan("create", before=None, after={"tags": {"Team": "orders"}, "rules": [{"port": 5432}]})
    assert fields(raw) == [("rules.0.port", None, 5432, False), ("tags.Team", None, "orders", False)]


def test_either_order_of_delete_and_create_is_a_replacement() -> None:
    for actions in (("delete", "create"), ("create", "delete")):
        kept = sanitise(plan(*actions, before={"e": 1}, after={"e": 2}, replace_paths=[["e"]]))
        assert (kept.summary.replace, kept.summary.create, kept.changes[0].forces) == (1, 0, ("e",))


def test_known_secrets_are_taken_out_of_unmarked_values() -> None:
    raw = plan("create", before=None, after={"url": "https://u:hunter2hunter2@host"})
    kept = sanitise(raw, clean=lambda text: text.replace("hunter2hunter2", "•••"))
    assert kept.changes[0].fields[0].after == "https://u:•••@host"


def test_reading_and_leaving_alone_are_no_changes() -> None:
    assert sanitise(plan("no-op", before={}, after={})).changes == ()
    assert sanitise(plan("read", before=None, after={})).changes == ()


def test_an_errored_plan_is_incomplete() -> None:
    assert not sanitise({**plan("create", before=None, after={}), "errored": True}).complete


def test_the_digest_follows_the_content_and_nothing_else() -> None:
    first = plan("update", before={"a": 1, "b": 1}, after={"a": 2, "b": 2})
    again = plan("update", before={"b": 1, "a": 1}, after={"b": 2, "a": 2})
    other = plan("update", before={"a": 1, "b": 1}, after={"a": 2, "b": 3})
    assert sanitise(first).digest == sanitise(again).digest != sanitise(other).digest


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
_masks = st.recursive(
    st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@given(before=_values, after=_values, unknown=_masks, sensitive=_masks)
def test_any_plan_can_be_sanitised(before: Any, after: Any, unknown: Any, sensitive: Any) -> None:
    raw = plan("update", before=before, after=after, after_unknown=unknown, after_sensitive=sensitive)
    assert "hunter2" not in json.dumps(sanitise(raw).as_json())
