"""Forms from JSON Schema: drawn, read back, and every mistake beside its field."""

from pathlib import Path

import pytest

from common.errors import UserError
from provisioning.blueprints import blueprint_named
from provisioning.blueprints.loader import load_blueprint
from provisioning.forms import fields_of, read_posted, validate

DATABASE = blueprint_named("database").inputs
NAMESPACE = blueprint_named("namespace").inputs


def test_a_form_that_was_drawn_reads_back_as_its_values() -> None:
    wanted: dict[str, object] = {"engine": "mysql", "engine_version": "8.0", "instance_class": "db.t3.small"}
    wanted |= {"allocated_storage": 30, "deletion_protection": True}
    posted = {field.path: str(field.value) for field in fields_of(DATABASE, wanted)}
    assert read_posted(DATABASE, posted) == wanted


def test_nested_values_and_lists_of_objects_come_back_in_their_shape() -> None:
    posted = {
        "inputs.quota.limits.cpu": "20",
        "inputs.networkPolicies.defaultDeny": "on",
        "inputs.networkPolicies.allowIngress": "ingress-nginx\n\n monitoring ",
    }
    assert read_posted(NAMESPACE, posted) == {
        "quota": {"limits.cpu": "20"},
        "networkPolicies": {
            "defaultDeny": True,
            "allowIngress": [{"fromNamespace": "ingress-nginx"}, {"fromNamespace": "monitoring"}],
        },
    }


def test_a_number_that_is_none_is_kept_as_typed_and_named() -> None:
    values = read_posted(DATABASE, {"inputs.allocated_storage": "much"})
    errors = validate(DATABASE, values)
    drawn = {field.path: field for field in fields_of(DATABASE, values, errors)}
    assert drawn["inputs.allocated_storage"].value == "much"
    assert drawn["inputs.allocated_storage"].errors[0].message == "It must be a whole number."


def test_what_developers_must_not_reach_is_refused_by_name() -> None:
    errors = validate(DATABASE, {"multi_az": False})
    assert "inputs.multi_az" in {error.path for error in errors}


def test_a_broken_blueprint_is_refused_with_the_line(tmp_path: Path) -> None:
    text = (blueprint_named("database").folder / "blueprint.yaml").read_text()
    (tmp_path / "blueprint.yaml").write_text(text.replace("effect: approve", "effect: shrug", 1))
    with pytest.raises(UserError) as refused:
        load_blueprint(tmp_path)
    line = next(number for number, each in enumerate(text.splitlines(), 1) if "effect: approve" in each)
    assert refused.value.fields[0].line == line
