"""Rules as people write them, and what is wrong with them, by line."""

import pytest

from common.errors import UserError
from provisioning.blueprints import blueprint_named
from provisioning.rules.definition import PlatformRule
from provisioning.rules.reading import read_rule, rule_of, written

BLUEPRINTS = [blueprint_named(name) for name in ("cache", "container-registry", "database", "namespace")]
GOOD = """\
# Money has a second pair of eyes.
when:
  environment: production
  price.monthly: {over: 500}
effect: approve
reason: More than 500 a month
approvers: group:default/finance
count: 2
escalation: {after_hours: 4, to: role:platform-admin}
priority: 10
blueprints: [database]
tests:
  - given: {environment: production, price.monthly: 501}
    holds: true
  - given: {environment: production, price.monthly: 500}
    holds: false
  - given: {environment: production}
    holds: unknown
"""


def read(text: str) -> PlatformRule:
    document = read_rule(text)
    return rule_of("rule", document.value, BLUEPRINTS, document)


def wrong(text: str) -> list[tuple[str, int | None]]:
    with pytest.raises(UserError) as refused:
        read(text)
    assert refused.value.id == "policy-invalid"
    return [(field.path, field.line) for field in refused.value.fields]


def test_a_rule_is_read_with_its_tests() -> None:
    rule = read(GOOD)
    assert (rule.approvers, rule.count, rule.priority, rule.blueprints) == (
        "group:default/finance",
        2,
        10,
        ("database",),
    )
    assert rule.escalation
    assert (rule.escalation.after_hours, rule.escalation.to) == (4, "role:platform-admin")


def test_what_is_written_reads_as_the_same() -> None:
    document = read_rule(GOOD)
    assert read(written(document.value)) == read(GOOD)


@pytest.mark.parametrize(
    ("before", "after", "path", "line"),
    [
        ("environment: production", "enviroment: production", "when.enviroment", 3),
        ("environment: production", "environment: prod", "when.environment", 3),
        ("price.monthly: {over: 500}", "price.yearly: {over: 500}", "when.price.yearly", 4),
        ("price.monthly: {over: 500}", "price.monthly: {above: 500}", "when.price.monthly.above", 4),
        ("price.monthly: {over: 500}", "price.monthly: {over: dear}", "when.price.monthly.over", 4),
        ("price.monthly: {over: 500}", "price.monthly: 500", "when.price.monthly", 4),
        ("price.monthly: {over: 500}", "inputs.quota.limits.cpu: {over: 5}", "when.inputs.quota.limits.cpu", 4),
        ("price.monthly: {over: 500}", "inputs.engine: oracle", "when.inputs.engine", 4),
        ("price.monthly: {over: 500}", "inputs.engine: {over: 5}", "when.inputs.engine.over", None),
        (
            "price.monthly: {over: 500}",
            "inputs.deletion_protection: {over: 5}",
            "when.inputs.deletion_protection.over",
            4,
        ),
        ("price.monthly: {over: 500}", "requester.role: boss", "when.requester.role", 4),
        ("price.monthly: {over: 500}", "environment: {}", "when.environment", None),
        ("price.monthly: {over: 500}", "data_class: {in: []}", "when.data_class.in", 4),
        ("price.monthly: {over: 500}", "data_class: {in: secret}", "when.data_class.in", 4),
        ("price.monthly: {over: 500}", "data_class: 7", "when.data_class", 4),
        ("price.monthly: {over: 500}", "any: []", "when.any", 4),
        ("price.monthly: {over: 500}", "any: [{nothing: 1}]", "when.any.0.nothing", 4),
        ("price.monthly: {over: 500}", "time: {from: noon, until: monday 08:00}", "when.time.from", 4),
        ("price.monthly: {over: 500}", "time: [{days: monday}, {zone: Moon}]", "when.time.1.zone", 4),
        ("effect: approve", "effect: maybe", "effect", 5),
        ("reason: More than 500 a month", "reason: ''", "reason", 6),
        ("group:default/finance", "finance", "approvers", 7),
        ("count: 2", "count: 0", "count", 8),
        ("count: 2", "cuont: 2", "cuont", 8),
        ("after_hours: 4", "after_hours: 0", "escalation.after_hours", 9),
        ("to: role:platform-admin", "to: group:default/finance", "escalation.to", 9),
        ("blueprints: [database]", "blueprints: [databases]", "blueprints.0", 11),
        ("price.monthly: 501", "price.monthly: 499", "tests.0", 13),
        ("    holds: unknown", "    holds: maybe", "tests.2.holds", 18),
        ("price.monthly: 501", "now: yesterday", "tests.0.given.now", 13),
    ],
)
def test_what_is_wrong_is_named_with_its_line(before: str, after: str, path: str, line: int | None) -> None:
    assert before in GOOD
    text = GOOD.replace(before, after)
    if after == "environment: {}":
        text = text.replace("  environment: production\n", "")
    found = wrong(text)
    assert path in dict(found), found
    assert line is None or dict(found)[path] == line


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "7", "a: 1\n---\nb: 2\n", "effect: deny", "x" * 30_000])
def test_what_is_no_rule_at_all_is_refused(text: str) -> None:
    assert wrong(text)


@pytest.mark.parametrize("key", ["approvers: owner", "count: 2", "escalation: {after_hours: 1, to: owner}"])
def test_only_rules_that_ask_have_people(key: str) -> None:
    assert wrong(f"effect: deny\nreason: No\n{key}\n") == [(key.partition(":")[0], 3)]
