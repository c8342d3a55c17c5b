"""One file from bytes to verdicts."""

from typing import Any

import pytest

from catalog.ingest.documents import FileResult, Problem
from catalog.ingest.file import process_file
from catalog.model.kinds import DEFAULT_KINDS, Kind
from common.errors import NotFound

URL = "https://github.com/example-org/shop/blob/main/catalog-info.yaml"
HEAD = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: orders\n"
SPEC = "spec:\n  type: service\n  lifecycle: production\n  owner: orders-team\n"


def judged(text: str, **options: Any) -> FileResult:
    return process_file(text.encode(), url=URL, **options)


def problem(text: str, **options: Any) -> Problem:
    [found] = judged(text, **options).problems
    return found


def test_good_documents_are_taken_beside_a_broken_one() -> None:
    result = judged(f"{HEAD}{SPEC}---\nmetadata: {{name\n---\n{HEAD.replace('orders', 'returns')}{SPEC}")
    assert [str(entity.ref) for entity in result.entities] == ["component:default/orders", "component:default/returns"]
    assert not result.accepted


def test_a_problem_names_field_line_and_what_to_do() -> None:
    found = problem(HEAD + SPEC.replace("lifecycle", "lifecycel"))
    assert (found.field, found.line) == ("spec", 5)
    assert found.hint == "Did you mean lifecycle by lifecycel?"


def test_a_kind_in_the_wrong_case_is_pointed_out() -> None:
    found = problem(HEAD.replace("Component", "component") + SPEC)
    assert found.stage == "unknown-kind"
    assert "Did you mean Component?" in found.hint


@pytest.mark.parametrize("annotations", ["", "0", "false", '""'])
def test_annotations_that_are_nothing_count_as_none(annotations: str) -> None:
    [entity] = judged(f"{HEAD}  annotations: {annotations}\n{SPEC}").entities
    assert entity.document["metadata"]["annotations"] == {}


def test_annotations_are_no_list_even_if_that_is_empty() -> None:
    found = problem(f"{HEAD}  annotations: []\n{SPEC}")
    assert (found.stage, found.message) == ("envelope", "metadata.annotations must be a valid object")


def test_annotations_are_no_placeholder() -> None:
    found = problem(f"{HEAD}  annotations: {{$text: https://github.com/other/shop/blob/main/x}}\n{SPEC}")
    assert (found.stage, found.field) == ("policy", "metadata.annotations.$text")


def test_what_a_document_says_about_its_own_origin_is_not_looked_at() -> None:
    [entity] = judged(f"{HEAD}  annotations: {{backstage.io/managed-by-location: 1, a: b}}\n{SPEC}").entities
    assert entity.document["metadata"]["annotations"] == {"a": "b"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ("status: {}\nother: 1\n", "other"),
        ("status: {}\n", "metadata.title"),
        ("status: {}\nspec: 1\n", "metadata.title"),
    ],
)
def test_fields_of_what_comes_out_are_looked_at_last(change: str, field: str) -> None:
    assert problem(f"{HEAD}  title: 1\n{change}").field == field
    assert problem(f"{HEAD}{SPEC}status: {{}}\n").field == "status"


def test_what_is_wrong_with_metadata_is_told_in_the_order_of_its_schema() -> None:
    assert problem(f"{HEAD}  title: 1\n  etag: 2\n  uid: 3\n{SPEC}").field == "metadata.uid"


def test_a_label_without_a_name_is_wrong_for_its_name() -> None:
    assert problem(f"{HEAD}  labels: {{'': 1}}\n{SPEC}").message.startswith('"labels." is not valid')


def test_a_title_that_javascript_takes_for_blank_is_refused() -> None:
    found = problem(f'{HEAD}  links: [{{url: "https://a", title: "\\ufeff\\u3000"}}]\n{SPEC}')
    assert found.message.startswith('"links.0.title" is not valid; expected a non empty string')
    assert not judged(f'{HEAD}  links: [{{url: "https://a", title: "\\x1f"}}]\n{SPEC}').problems


def test_a_placeholder_that_is_no_url_is_refused() -> None:
    found = problem(HEAD + SPEC + "  x: {$text: 'https://['}\n")
    assert (found.stage, found.field) == ("preprocess", "spec.x")
    assert found.message.endswith("https://[: Invalid URL")


def test_documents_within_quotes_that_never_close_are_none_when_strict() -> None:
    text = f"{HEAD}{SPEC}---\nmetadata: 'x\n---\n{HEAD.replace('orders', 'returns')}{SPEC}"
    assert [v.outcome for v in judged(text, strict=True).verdicts] == ["valid", "yaml-error"]
    assert [v.outcome for v in judged(text).verdicts] == ["valid", "yaml-error", "valid"]


def test_after_too_many_aliases_nothing_more_is_reached_when_strict() -> None:
    bomb = "a: &a x\nlist:\n" + "  - *a\n" * 101
    text = f"{HEAD}{SPEC}---\n{bomb}---\n{HEAD}{SPEC}"
    assert [v.outcome for v in judged(text, strict=True).verdicts] == ["valid", "yaml-error", "not-reached"]
    assert [v.outcome for v in judged(text).verdicts] == ["valid", "yaml-error", "valid"]


def test_a_placeholder_is_read_beside_the_file() -> None:
    asked: list[str] = []

    def read(address: str) -> bytes:
        asked.append(address)
        return b"openapi: 3.1.0\n"

    text = HEAD.replace("Component", "API") + SPEC + "  definition:\n    $text: ./openapi.yaml\n"
    [entity] = judged(text, read=read).entities
    assert entity.document["spec"]["definition"] == "openapi: 3.1.0\n"
    assert asked == ["https://github.com/example-org/shop/tree/main/openapi.yaml"]


def test_a_placeholder_may_not_leave_the_repository() -> None:
    other = "https://github.com/other-org/other/blob/main/openapi.yaml"
    found = problem(HEAD.replace("Component", "API") + SPEC + f"  definition:\n    $text: {other}\n")
    assert (found.stage, found.field) == ("preprocess", "spec.definition")


def test_a_placeholder_that_cannot_be_read_says_why() -> None:
    def read(address: str) -> bytes:
        raise NotFound("There is nothing there.")

    found = problem(HEAD + SPEC + "  links:\n    $yaml: ./links.yaml\n", read=read)
    assert "There is nothing there." in found.message


def test_a_map_with_more_than_a_placeholder_is_left_alone() -> None:
    [entity] = judged(HEAD + SPEC + "  extra:\n    $text: ./a\n    b: {$text: ./c}\n").entities
    assert entity.document["spec"]["extra"] == {"$text": "./a", "b": {"$text": "./c"}}


def test_an_entity_that_waits_for_a_data_file_is_undetermined() -> None:
    template = HEAD.replace("backstage.io/v1alpha1", "scaffolder.backstage.io/v1beta3").replace("Component", "Template")
    [verdict] = judged(f"{template}spec:\n  type: service\n  steps:\n    - $yaml: ./step.yaml\n").verdicts
    assert verdict.outcome == "undetermined"


def test_infinity_is_stored_as_nothing() -> None:
    [entity] = judged(HEAD + SPEC + "  most: .inf\n").entities
    assert entity.document["spec"]["most"] is None


def test_a_custom_kind_is_a_record() -> None:
    kinds = {**DEFAULT_KINDS, "Queue": Kind("Queue", ("example.com/v1",), {"type": "object", "required": ["url"]})}
    text = "apiVersion: example.com/v1\nkind: Queue\nmetadata:\n  name: q\nspec:\n  url: x\n"
    assert judged(text, kinds=kinds).entities
    assert problem(text.replace("url: x", "size: 1"), kinds=kinds).message == "must have required property 'url'"


def test_references_in_fields_without_a_schema_may_be_maps() -> None:
    [entity] = judged(HEAD + SPEC + "  dependencyOf:\n    - {kind: Component, name: Web}\n").entities
    assert ("component:default/web", "dependsOn") in {(r.source, r.type) for r in entity.relations}


def test_a_reference_without_a_kind_is_refused_where_none_is_meant() -> None:
    found = problem(HEAD + SPEC + "  dependsOn:\n    - orders-db\n")
    assert (found.stage, found.field, found.line, found.column) == ("relations", "spec.dependsOn.0", 10, 7)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ("  description:\n", "Nothing is written there"),
        ("  description: 1\n", "into quotes"),
        ("  tags: [Java]\n", "small letters"),
        ("  namespace: ${{ values.x }}\n", "skeleton"),
    ],
)
def test_a_hint_fits_what_is_written(change: str, hint: str) -> None:
    assert hint in problem(HEAD + change + SPEC).hint


def test_a_missing_part_of_the_envelope_is_named() -> None:
    assert problem("apiVersion: backstage.io/v1alpha1\nmetadata: {name: x}\n").hint == "Add kind at the root."
