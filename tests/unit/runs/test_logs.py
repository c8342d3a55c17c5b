"""Storing a log, and reading it by bytes."""

import pytest

from runs import logs
from runs.logs import CHUNK, LogWriter, read_log
from runs.models import LogChunk, Run
from runs.redaction import MASK, Redactor
from tests.unit.runs.conftest import Scripted


@pytest.fixture
def run(begin) -> Run:  # type: ignore[no-untyped-def]
    return begin(Scripted("one"))


def writer(run: Run, *secrets: str) -> LogWriter:
    redactor = Redactor()
    for secret in secrets:
        redactor.add(secret)
    return LogWriter(run.pk, run.epoch, redactor)


def test_a_log_read_in_pieces_is_the_log_read_whole(run: Run) -> None:
    log = writer(run)
    for number in range(3000):
        log.write(f"line {number}: größer als zuvor")
    log.flush()
    whole, end = read_log(run.pk, 0)
    assert whole.splitlines()[0] == "line 0: größer als zuvor"
    assert whole.splitlines()[-1].startswith("line 2999")
    pieces, offset = [], 0
    while True:
        text, following = read_log(run.pk, offset, most=5000)
        if not text:
            break
        assert following == offset + len(text.encode())
        pieces.append(text)
        offset = following
    assert "".join(pieces) == whole
    assert offset == end == len(whole.encode())


def test_reading_goes_on_from_the_middle_of_a_chunk(run: Run) -> None:
    log = writer(run)
    log.write("first\nsecond")
    log.flush()
    assert read_log(run.pk, len("first\n")) == ("second\n", len("first\nsecond\n"))
    assert read_log(run.pk, 13) == ("", 13)


def test_chunks_stay_small_and_join_without_a_gap(run: Run) -> None:
    log = writer(run)
    log.write("x" * (3 * CHUNK))
    log.flush()
    chunks = list(LogChunk.objects.order_by("offset"))
    assert all(len(chunk.text) <= CHUNK for chunk in chunks)
    assert [chunk.offset for chunk in chunks[1:]] == [chunk.offset + chunk.size for chunk in chunks[:-1]]


def test_a_secret_is_masked_before_it_is_stored_even_across_the_edge_of_a_chunk(run: Run) -> None:
    log = writer(run, "hunter2-hunter2")
    log.write("x" * (CHUNK - 7) + "hunter2-hunter2")
    log.flush()
    text, _ = read_log(run.pk, 0)
    assert "hunter" not in text
    assert text.endswith(f"{MASK}\n")
    assert not LogChunk.objects.filter(text__contains="hunter").exists()


def test_a_zombie_adds_nothing(run: Run) -> None:
    log = writer(run)
    Run.objects.filter(pk=run.pk).update(epoch=run.epoch + 1)
    log.write("from the dead")
    log.flush()
    assert read_log(run.pk, 0) == ("", 0)


def test_a_step_goes_on_where_the_one_before_it_stopped(run: Run) -> None:
    for words in ("one", "two"):
        log = writer(run)
        log.write(words)
        log.flush()
    assert read_log(run.pk, 0) == ("one\ntwo\n", 8)


def test_a_log_that_is_too_long_is_cut_once_and_says_so(run: Run, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(logs, "MOST", 100)
    for _ in range(2):
        log = writer(run)
        for _ in range(10):
            log.write("y" * 40)
            log.flush()
    text, _ = read_log(run.pk, 0)
    assert text.count("the log is cut here") == 1
    assert text.count("y" * 40) == 2
