"""Every document of the corpus, judged as Backstage's own code judged it.

The corpus is beside the repository (or where CAIRN_TEST_CORPUS says); without it a small sample of our own is used.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from catalog.ingest.file import process_file
from catalog.ingest.report import file_report

HERE = Path(__file__).parent
BESIDE = HERE.parents[2] / "shared" / "corpus"
CORPUS = Path(os.environ.get("CAIRN_TEST_CORPUS", BESIDE if BESIDE.is_dir() else HERE / "sample"))
EXPECTED: dict[str, Any] = json.loads((CORPUS / "expected.json").read_bytes())["files"]
ADDRESSES = {entry["file"]: entry["url"] for entry in json.loads((CORPUS / "manifest.json").read_bytes())["files"]}


@cache
def report(name: str, *, strict: bool = True) -> dict[str, Any]:
    result = process_file((CORPUS / name).read_bytes(), url=ADDRESSES[name], strict=strict)
    return file_report(result, address=ADDRESSES[name], strict=strict)


def told(document: dict[str, Any]) -> dict[str, Any]:
    """What must be the same; relations that depend on files elsewhere aside."""
    keys = ["index", "outcome", "valid", "stage", "apiVersion", "kind", "namespace", "name", "entityRef"]
    keys += ["allowedByDefaultRules", "locationReads", "placeholders"]
    keys += [] if document.get("placeholders") else ["relations"]
    return {key: document[key] for key in keys if key in document}


@pytest.mark.parametrize("name", EXPECTED)
def test_every_document_gets_backstages_verdict(name: str) -> None:
    ours, theirs = report(name), EXPECTED[name]
    assert len(ours["documents"]) == len(theirs["documents"])
    for mine, expected in zip(ours["documents"], theirs["documents"], strict=True):
        wanted = told(expected)
        assert {key: value for key, value in told(mine).items() if key in wanted} == wanted
        assert ("relations" in mine) == ("relations" in expected)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_is_let_in_whole_or_not_at_all_when_strict(name: str) -> None:
    assert report(name)["file"]["accepted"] == EXPECTED[name]["file"]["accepted"]
    assert report(name)["file"]["entityRefs"] == EXPECTED[name]["file"]["entityRefs"]


def test_every_refused_document_says_where_and_what() -> None:
    for name in EXPECTED:
        for document in report(name)["documents"]:
            if document["outcome"] in {"invalid", "yaml-error", "not-object"}:
                assert document["error"], name
                assert document["line"] > 0, name
                assert document["column"] > 0, name


def test_good_documents_are_let_in_beside_bad_ones_by_default() -> None:
    for name, expected in EXPECTED.items():
        good = [document["index"] for document in expected["documents"] if document["outcome"] == "valid"]
        documents = report(name, strict=False)["documents"]
        assert [documents[index]["outcome"] for index in good] == ["valid"] * len(good), name
