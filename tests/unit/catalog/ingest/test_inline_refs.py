"""A specification in several files becomes one document."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.ingest import ref_files
from catalog.ingest.inline_refs import inline_refs
from catalog.ingest.ref_files import CannotInline
from catalog.ingest.resolve import BadPlaceholder, resolve
from catalog.model.urls import resolve_url
from common.errors import NotFound
from common.yaml12 import load

ROOT = "/api/openapi.yaml"


def inlined(files: Mapping[str, str], root: str = ROOT) -> str:
    def read(address: str) -> bytes:
        if address not in files:
            raise NotFound(f"There is no file {address}.")
        return files[address].encode()

    return inline_refs(files[root].encode(), url=root, read=read, find=resolve_url)


def document(files: Mapping[str, str]) -> Any:
    return load(inlined(files).encode())


def at(value: Any, pointer: str) -> Any:
    """What a local reference leads to."""
    for part in pointer.removeprefix("#/").split("/"):
        part = part.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
        value = value[int(part) if isinstance(value, list) else part]
    return value


def refs(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for item in value.values() for ref in refs(item)]
    return [ref for item in value for ref in refs(item)] if isinstance(value, list) else []


SPLIT = {
    ROOT: """\
openapi: 3.0.3
info: {title: Orders, version: "1.0"}
paths:
  /orders/{id}:
    $ref: paths/order.yaml
components:
  schemas:
    Money: {type: string}
    Local: {$ref: '#/components/schemas/Money'}
""",
    "/api/paths/order.yaml": """\
get:
  responses:
    "200":
      description: An order
      content: {application/json: {schema: {$ref: ../schemas.yaml#/components/schemas/Order}}}
    default: {$ref: '#/x-error'}
put:
  requestBody: {content: {application/json: {schema: {$ref: ../schemas.yaml#/components/schemas/Order}}}}
  responses: {default: {$ref: '#/x-error'}}
x-error: {description: Wrong}
""",
    "/api/schemas.yaml": """\
components:
  schemas:
    Order:
      properties:
        total: {$ref: openapi.yaml#/components/schemas/Money}
        lines: {type: array, items: {$ref: '#/components/schemas/Line'}}
    Line:
      properties:
        order: {$ref: '#/components/schemas/Order'}
""",
}


def test_everything_that_lies_elsewhere_is_in_the_document_once() -> None:
    found = document(SPLIT)
    get = found["paths"]["/orders/{id}"]["get"]
    order = get["responses"]["200"]["content"]["application/json"]["schema"]
    assert order["properties"]["total"] == {"$ref": "#/components/schemas/Money"}
    assert get["responses"]["default"] == {"description": "Wrong"}
    put = found["paths"]["/orders/{id}"]["put"]
    assert at(found, put["requestBody"]["content"]["application/json"]["schema"]["$ref"]) == order
    assert put["responses"]["default"] == {"$ref": "#/paths/~1orders~1%7Bid%7D/get/responses/default"}
    assert all(ref.startswith("#/") and at(found, ref) for ref in refs(found))


def test_references_within_the_root_and_the_order_of_its_keys_stay() -> None:
    found = document(SPLIT)
    assert found["components"]["schemas"]["Local"] == {"$ref": "#/components/schemas/Money"}
    assert list(found) == ["openapi", "info", "paths", "components"]
    assert (found["openapi"], found["info"]["version"]) == ("3.0.3", "1.0")


def test_what_has_a_name_in_the_root_is_put_where_its_name_is() -> None:
    found = document(
        {
            ROOT: "paths: {a: {$ref: 's.yaml#/Pet'}}\ncomponents: {schemas: {Pet: {$ref: 's.yaml#/Pet'}}}\n",
            "/api/s.yaml": "Pet: {properties: {parent: {$ref: '#/Pet'}}}\n",
        }
    )
    pet = {"$ref": "#/components/schemas/Pet"}
    assert found == {"paths": {"a": pet}, "components": {"schemas": {"Pet": {"properties": {"parent": pet}}}}}


def test_a_text_without_references_elsewhere_stays_to_the_byte() -> None:
    text = "# ours\npaths:   {a: {$ref: '#/b'}}\nb: {}\n"
    assert inlined({ROOT: text}) == text
    assert inlined({ROOT: "{broken"}) == "{broken"


def test_json_stays_json_and_yaml_stays_yaml() -> None:
    files = {"/a.json": '{"a": {"$ref": "b.yaml"}}', "/b.yaml": "b: é"}
    assert json.loads(inlined(files, "/a.json")) == {"a": {"b": "é"}}
    files = {"/a.yaml": "a: {$ref: b.json}", "/b.json": '{"b": "é"}'}
    assert inlined(files, "/a.yaml") == "a:\n  b: é\n"


def test_what_was_text_is_text_for_every_reader_of_yaml() -> None:
    odd = ["yes", "012", "0o12", "1_000", "12:30", "2024-01-01", "null", "1.0", "", "a: b", "# c", "two\nlines", "~"]
    files = {ROOT: "a: {$ref: b.json}\n", "/api/b.json": json.dumps(odd)}
    text = inlined(files)
    assert load(text.encode()) == {"a": odd}
    assert yaml.safe_load(text) == {"a": odd}


def test_references_on_the_way_are_followed() -> None:
    files = {
        ROOT: "a: {$ref: 's.yaml#/Alias/properties/id'}\nb: {$ref: 's.yaml#/Alias'}\n",
        "/api/s.yaml": "Alias: {$ref: '#/Other'}\nOther: {$ref: 't.json#/defs/0'}\n",
        "/api/t.json": '{"defs": [{"properties": {"id": {"type": "string"}}}]}',
    }
    assert document(files) == {"a": {"type": "string"}, "b": {"properties": {"id": {"type": "string"}}}}


def test_what_stands_beside_a_reference_wins_and_spoils_it_for_nobody_else() -> None:
    files = {
        ROOT: "a: {$ref: 's.yaml#/A', description: mine}\nb: {$ref: 's.yaml#/A'}\nc: {$ref: 's.yaml#/B'}\n",
        "/api/s.yaml": "A: {description: theirs, x: {$ref: '#/B'}}\nB: {type: string}\n",
    }
    assert document(files) == {
        "a": {"description": "mine", "x": {"$ref": "#/c"}},
        "b": {"description": "theirs", "x": {"$ref": "#/c"}},
        "c": {"type": "string"},
    }


def test_a_value_that_is_hidden_by_one_beside_it_is_not_led_to() -> None:
    files = {
        ROOT: "a: {$ref: 's.yaml#/A', x: {}}\nb: {$ref: 's.yaml#/B'}\n",
        "/api/s.yaml": "A: {x: {$ref: '#/B'}}\nB: {type: string}\n",
    }
    assert document(files) == {"a": {"x": {}}, "b": {"type": "string"}}


def test_a_file_that_is_no_data_is_its_text() -> None:
    assert document({ROOT: "info: {description: {$ref: intro.md}}", "/api/intro.md": "# Hi\n\n- *a: b*: [\n"}) == {
        "info": {"description": "# Hi\n\n- *a: b*: [\n"}
    }


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({ROOT: "a: {$ref: b.yaml}"}, "could not read /api/b.yaml: There is no file"),
        ({ROOT: "a: {$ref: 'b.yaml#/x/y'}", "/api/b.yaml": "x: {}"}, "there is no y in /api/b.yaml"),
        ({ROOT: "a: {$ref: 'b.yaml#/1'}", "/api/b.yaml": "[a]"}, "there is no 1"),
        ({ROOT: "a: {$ref: 'b.yaml#Pet'}", "/api/b.yaml": "x: {}"}, "has a name after the #"),
        ({ROOT: "a: {$ref: b.yaml}", "/api/b.yaml": "a: ["}, "/api/b.yaml, line"),
        ({ROOT: "a: {$ref: 'b.yaml#/a'}", "/api/b.yaml": "a: {$ref: '#/b'}\nb: {$ref: '#/a'}"}, "leads to itself"),
        ({ROOT: "a: {$ref: b.yaml}", "/api/b.yaml": "$ref: openapi.yaml#/a"}, "leads to itself"),
        ({ROOT: "a: {$ref: b.yaml, x: 1}", "/api/b.yaml": "$ref: b.yaml\ny: 1"}, "leads to itself"),
        ({ROOT: "a: {$ref: 'b.yaml'"}, "/api/openapi.yaml, line 2"),
    ],
)
def test_what_cannot_be_inlined_is_said_with_file_and_place(files: dict[str, str], says: str) -> None:
    with pytest.raises(CannotInline) as error:
        inlined(files)
    assert says in str(error.value)


def chain(length: int) -> dict[str, str]:
    files = {f"/api/{n}.yaml": f"n: {{$ref: {n + 1}.yaml}}" for n in range(length)}
    return files | {ROOT: "n: {$ref: 0.yaml}", f"/api/{length}.yaml": "n: end"}


def test_files_depth_and_size_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert inlined(chain(100)).count("n:") == 102
    many = {f"/api/{n}.yaml": "{}" for n in range(300)}
    with pytest.raises(CannotInline, match="more than 200 files"):
        inlined(many | {ROOT: "\n".join(f"a{n}: {{$ref: {n}.yaml}}" for n in range(300))})
    monkeypatch.setattr(ref_files, "MOST_FILES", 10_000)
    with pytest.raises(CannotInline, match="too deep"):
        inlined(chain(300))
    with pytest.raises(CannotInline, match="larger than 2 MB"):
        inlined({ROOT: "a: {$ref: b.txt}", "/api/b.txt": "x" * (3 * 1024 * 1024)})
    wide = {f"/api/{n}.txt": "x" * (1024 * 1024) for n in range(4)}
    with pytest.raises(CannotInline, match="larger than 2 MB"):
        inlined({ROOT: "\n".join(f"a{n}: {{$ref: {n}.txt}}" for n in range(4))} | wide)


def test_a_file_that_doubles_with_every_reference_stays_small() -> None:
    files = {f"/api/{n}.yaml": f"a: {{$ref: {n + 1}.yaml}}\nb: {{$ref: {n + 1}.yaml}}" for n in range(50)}
    assert len(inlined(files | {ROOT: "a: {$ref: 0.yaml}", "/api/50.yaml": "x: 1"})) < 20_000


# --- As a placeholder -----------------------------------------------------------------------------------------------

ENTITY = "https://github.com/o/r/blob/main/catalog-info.yaml"
TREE = "https://github.com/o/r/tree/main"


def filled(files: Mapping[str, bytes], key: str = "$openapi", target: str = "./api.yaml") -> tuple[Any, list[str]]:
    document, resolution = resolve({"definition": {key: target}}, url=ENTITY, read=lambda address: files[address])
    return document["definition"], resolution.reads


@pytest.mark.parametrize("key", ["$openapi", "$asyncapi"])
def test_every_file_counts_as_read_for_the_entity(key: str) -> None:
    files = {f"{TREE}/api.yaml": b"a: {$ref: s/b.yaml}", f"{TREE}/s/b.yaml": b"b: {$ref: ../c.yaml}"}
    text, reads = filled(files | {f"{TREE}/c.yaml": b"c: 1"}, key)
    assert load(text.encode()) == {"a": {"b": {"c": 1}}}
    assert reads == [f"{TREE}/api.yaml", f"{TREE}/s/b.yaml", f"{TREE}/c.yaml"]


def test_text_is_never_inlined() -> None:
    assert filled({f"{TREE}/api.yaml": b"a: {$ref: b.yaml}"}, "$text")[0] == "a: {$ref: b.yaml}"


@pytest.mark.parametrize(
    "ref", ["https://github.com/o/other/blob/main/s.yaml", "https://gitlab.com/o/r/-/blob/main/s.yaml"]
)
def test_a_file_of_another_repository_is_refused(ref: str) -> None:
    files = {f"{TREE}/api.yaml": f"a: {{$ref: {ref}}}".encode(), ref: b"{}", ref.replace("/blob/", "/tree/"): b"{}"}
    with pytest.raises(BadPlaceholder, match="same repository"):
        filled(files)


def test_what_is_wrong_names_placeholder_and_file() -> None:
    with pytest.raises(BadPlaceholder) as error:
        filled({f"{TREE}/api.yaml": b"a: {$ref: 'b.yaml#c'}", f"{TREE}/b.yaml": b"{}"})
    assert error.value.message.startswith(f"$openapi of {TREE}/api.yaml: b.yaml#c in {TREE}/api.yaml has a name")
    assert error.value.path == ("definition",)
    with pytest.raises(BadPlaceholder, match="more than 2 MB"):
        filled({f"{TREE}/api.yaml": b"x" * (2 * 1024 * 1024 + 1)}, "$text")


def test_placeholders_in_what_was_read_are_no_placeholders_so_that_there_is_no_cycle() -> None:
    again = b"again: {$yaml: ./api.yaml}"
    assert filled({f"{TREE}/api.yaml": again}, "$yaml")[0] == {"again": {"$yaml": "./api.yaml"}}


# --- Whatever refers to whatever ------------------------------------------------------------------------------------

NAMES = ("a", "b", "c")
FILES = ("openapi.yaml", "s.yaml", "t.yaml")
targets = st.builds(
    lambda file, name, deep: f"{file}#/{name}{'/x' if deep else ''}",
    st.sampled_from(("", *FILES)),
    st.sampled_from(NAMES),
    st.booleans(),
)
references = st.one_of(
    st.builds(lambda ref: {"$ref": ref}, targets),
    st.builds(lambda ref: {"$ref": ref, "x": {"type": "string"}}, targets),
    st.builds(lambda ref: {"$ref": ref, "note": "mine"}, targets),
)
values = st.recursive(
    st.one_of(st.just({"type": "string"}), references),
    lambda inner: st.one_of(
        st.builds(lambda x: {"x": x}, inner), st.builds(lambda x, y: {"x": x, "y": [y]}, inner, inner)
    ),
    max_leaves=4,
)
documents = st.fixed_dictionaries(dict.fromkeys(NAMES, values))


@settings(max_examples=400)
@given(root=documents, one=documents, two=documents)
def test_whatever_refers_to_whatever_every_reference_in_the_result_leads_somewhere(
    root: Any, one: Any, two: Any
) -> None:
    contents = dict(zip(FILES, (root, one, two), strict=True))
    files = {f"/api/{name}": json.dumps(content) for name, content in contents.items()}
    try:
        found = json.loads(inlined(files))
    except CannotInline:
        return
    own = {ref for ref in refs(root) if ref.startswith("#")}
    for ref in refs(found):
        assert ref.startswith("#"), ref
        if ref not in own:
            assert leads_somewhere(found, ref, set()), (ref, found)


def leads_somewhere(document: Any, ref: str, seen: set[str]) -> bool:
    """Whether a reference leads to a value in the end, through whatever other references."""
    if ref in seen:
        return False
    value = document
    for part in ref.removeprefix("#/").split("/"):
        while isinstance(value, dict) and isinstance(value.get("$ref"), str) and part not in value:
            if value["$ref"] in seen or not leads_somewhere(document, value["$ref"], seen | {ref}):
                return True  # the root itself leads nowhere there
            value = at_through(document, value["$ref"])
        key: Any = int(part) if isinstance(value, list) else part
        if isinstance(value, list) and key >= len(value):
            return False
        if isinstance(value, dict) and key not in value:
            return False
        if not isinstance(value, dict | list):
            return False
        value = value[key]
    return True


def at_through(document: Any, ref: str) -> Any:
    value = document
    for part in ref.removeprefix("#/").split("/"):
        if isinstance(value, dict) and part not in value and isinstance(value.get("$ref"), str):
            value = at_through(document, value["$ref"])
        value = value[int(part) if isinstance(value, list) else part]
    return value


def test_what_only_references_with_more_beside_them_lead_to_has_a_place_of_its_own() -> None:
    files = {
        ROOT: "a: {$ref: 's.yaml#/Node', description: root}\nx-shared: ours\n",
        "/api/s.yaml": "Node: {type: object, properties: {up: {$ref: '#/Node', description: up}}}\n",
    }
    up = {"$ref": "#/x-shared-too/Node", "description": "up"}
    assert document(files) == {
        "a": {"type": "object", "properties": {"up": up}, "description": "root"},
        "x-shared": "ours",
        "x-shared-too": {"Node": {"type": "object", "properties": {"up": up}}},
    }


def test_schemas_that_know_each_other_lie_side_by_side_and_not_in_each_other() -> None:
    root = "paths:\n" + "".join(f"  p{n}: {{$ref: 's.yaml#/S{n}'}}\n" for n in range(400))
    others = "".join(f"S{n}: {{b: {{$ref: '#/S{(n + 1) % 400}'}}}}\n" for n in range(400))
    found = document({ROOT: root, "/api/s.yaml": others})
    assert found["paths"]["p7"] == {"b": {"$ref": "#/paths/p8"}}
