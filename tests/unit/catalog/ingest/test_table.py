"""Entities from a table."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.ingest.table import BadTable, Row, rows_of
from catalog.ingest.upload import MOST_BYTES, format_of, judged_upload, text_of
from catalog.model.custom import kind_of
from catalog.model.kinds import DEFAULT_KINDS, Kinds
from common.errors import NotFound

QUEUE = {
    "name": "Queue",
    "apiVersions": ["example.com/v1"],
    "relations": [{"field": "feeds", "relation": "feeds", "inverse": "isFedBy"}],
    "schema": {
        "properties": {
            "size": {"type": "integer"},
            "fast": {"type": "boolean"},
            "zones": {"type": "array"},
            "deep": {"type": "object", "properties": {"rate": {"type": "number"}}},
        }
    },
}
KINDS: Kinds = {**DEFAULT_KINDS, "Queue": kind_of(QUEUE)}


def rows(text: str) -> list[Row]:
    return list(rows_of(text, KINDS))


def documents(text: str) -> list[dict[str, Any]]:
    return [row.document for row in rows(text)]


def unread(address: str) -> bytes:
    raise NotFound(f"There is no file {address}.")


def test_a_row_is_an_entity() -> None:
    [found] = documents(
        "kind,name,namespace,title,description,type,lifecycle,owner,system,tags,dependsOn,spec.tier,"
        "metadata.annotations.github.com/project-slug\n"
        'Component,orders,shop,Orders,"Takes\norders",service,production,ops,shop,java; grpc,component:a;component:b,1,'
        "o/orders\n"
    )
    assert found == {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {
            "name": "orders",
            "namespace": "shop",
            "title": "Orders",
            "description": "Takes\norders",
            "tags": ["java", "grpc"],
            "annotations": {"github.com/project-slug": "o/orders"},
        },
        "spec": {
            "type": "service",
            "lifecycle": "production",
            "owner": "ops",
            "system": "shop",
            "dependsOn": ["component:a", "component:b"],
            "tier": "1",
        },
    }


def test_the_kinds_schema_says_what_a_cell_is() -> None:
    header = "kind,name,spec.size,spec.fast,spec.zones,spec.deep.rate,spec.feeds,spec.note"
    [found] = documents(f"{header}\nQueue,q,12,TRUE,a;b,0.5,component:a; component:b,c;d\n")
    assert found["apiVersion"] == "example.com/v1"
    spec = {"size": 12, "fast": True, "zones": ["a", "b"], "deep": {"rate": 0.5}}
    assert found["spec"] == spec | {"feeds": ["component:a", "component:b"], "note": "c;d"}


def test_lists_that_a_kind_needs_may_be_left_out() -> None:
    assert [found["spec"] for found in documents("kind,name,type\nGroup,ops,team\nUser,alice,\n")] == [
        {"type": "team", "children": []},
        {"memberOf": []},
    ]


def test_the_catalogs_own_export_is_a_table() -> None:
    [found] = documents("ref,title,type,lifecycle,owner\ncomponent:shop/orders,Orders,service,x,group:default/ops\n")
    assert (found["kind"], found["metadata"]["namespace"], found["metadata"]["name"]) == ("Component", "shop", "orders")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_rows_are_counted_as_spreadsheets_do_and_empty_ones_left_out(separator: str) -> None:
    text = "Kind,Name,Owner\r\nSystem,a,ops\r\n,,\r\nSystem,b,ops\r\n\r\n".replace(",", separator)
    assert [(row.number, row.document["metadata"]["name"]) for row in rows(text)] == [(2, "a"), (4, "b")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "first row must name the columns"),
        ("a,b\n", "Nobody knows the column a"),
        ("name,owner\n", "first row must name the columns"),
        ("kind,name,ownr\n", "Did you mean owner?"),
        ("kind,name,,owner\n", r"\(without a name\)"),
        ("kind,name,Name\n", "is there twice"),
        ("kind,name,spec.\n", "Nobody knows the column"),
        ("kind,name,status.x\n", "Nobody knows the column"),
        ("kind,name\n" + "System,a\n" * 20_001, "more than 20,000 rows"),
        (",".join(["kind", "name", *(f"spec.a{n}" for n in range(300))]), "more than 200 columns"),
        (f'kind,name\n"{"x" * 200_000}",a\n', "cannot be read as CSV"),
    ],
)
def test_what_is_no_table_is_said(text: str, says: str) -> None:
    with pytest.raises(BadTable, match=says):
        rows(text)


def test_a_row_that_cannot_be_read_is_told_and_stops_no_other() -> None:
    found = rows("kind,name,spec.a,spec.a.b\nSystem,a,1,2\nSystem,b,,,5\nSystem,c,,2\n")
    assert [(row.number, bool(row.error)) for row in found] == [(2, True), (3, True), (4, False)]
    assert "has 5 cells, and the header has 4" in found[1].error


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    with contextlib.suppress(BadTable):
        judged_upload(f"kind,name,owner\n{text}", "csv", address="upload:a.csv", read=unread, kinds=KINDS)


# --- Any upload -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "type", "format"),
    [
        ("a.csv", "", "csv"),
        ("a.TSV", "", "csv"),
        ("a.json", "text/csv", "json"),
        ("a.yml", "", "yaml"),
        ("a", "text/csv; charset=utf-8", "csv"),
        ("a", "application/yaml", "yaml"),
        ("a", "application/x-yaml", "yaml"),
        ("a.xlsx", "application/octet-stream", ""),
        ("", "", ""),
    ],
)
def test_a_file_is_what_its_name_says_and_else_its_type(name: str, type: str, format: str) -> None:
    assert format_of(name, type) == format


def test_spreadsheets_write_marks_and_two_bytes_a_letter() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert text_of("ä\x00".encode(encoding)) == "ä\ufffd"
    for data in (b"\xe4", b"x" * (MOST_BYTES + 1)):
        with pytest.raises(BadTable):
            text_of(data)


SYSTEM = {"apiVersion": "backstage.io/v1alpha1", "kind": "System", "metadata": {"name": "a"}, "spec": {"owner": "ops"}}


def judged(value: Any) -> list[tuple[int, str]]:
    result = judged_upload(json.dumps(value), "json", address="upload:a.json", read=unread, kinds=KINDS)
    return [(verdict.line, verdict.outcome) for verdict in result.verdicts]


@pytest.mark.parametrize("value", [SYSTEM, [SYSTEM], {"items": [SYSTEM]}, [SYSTEM | {"relations": [], "status": {}}]])
def test_json_is_an_entity_a_list_or_what_the_api_answers(value: Any) -> None:
    assert judged(value) == [(1, "valid")]


def test_what_is_wrong_in_json_has_its_place_in_the_list() -> None:
    assert judged([SYSTEM, 7, SYSTEM | {"spec": {}}]) == [(1, "valid"), (2, "yaml-error"), (3, "invalid")]


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "nope", "1" * 5000])
def test_what_is_no_json_is_said(text: str) -> None:
    with pytest.raises(BadTable, match="not JSON"):
        judged_upload(text, "json", address="upload:a.json", read=unread, kinds=KINDS)


def test_nothing_that_no_database_keeps_comes_through() -> None:
    text = json.dumps(SYSTEM | {"metadata": {"name": "a", "title": "\x00\ud800"}})
    [verdict] = judged_upload(text, "json", address="upload:a.json", read=unread, kinds=KINDS).verdicts
    assert verdict.entity.document["metadata"]["title"] == "\ufffd?"


def test_a_location_and_a_file_beside_are_refused() -> None:
    location = SYSTEM | {"kind": "Location", "spec": {"target": "./a.yaml"}}
    text = SYSTEM | {"spec": {"owner": "ops", "x": {"$text": "./a.md"}}}
    assert judged([location, text]) == [(1, "invalid"), (2, "invalid")]
