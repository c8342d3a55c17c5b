"""Appending to and reading the log of a run. Offsets are bytes of UTF-8."""

import threading
import time

from django.db import IntegrityError, transaction
from django.db.models import F

from runs.database import database_may_be_away
from runs.models import LogChunk, Run
from runs.redaction import Redactor, without_keys

CHUNK = 16 * 1024
FLUSH_SECONDS = 0.5
#: A run that logs more than this is cut with a notice; nobody reads further.
MOST = 32 * 1024 * 1024
NOTICE = f"… the log is cut here: it has reached its limit of {MOST // 1024 // 1024} MB. The run goes on.\n"


class LogWriter:
    """Collects whole lines, redacts them, and stores them in chunks. Safe to use from several threads."""

    def __init__(self, run_id: int, epoch: int, redactor: Redactor) -> None:
        self._run_id, self._epoch, self._redactor = run_id, epoch, redactor
        self._lock = threading.Lock()
        self._pending, self._clean, self._inside_key = "", "", 0
        self._flushed_at = time.monotonic()
        last = LogChunk.objects.filter(run_id=run_id).order_by("-offset").first()
        self._offset = last.offset + last.size if last else 0
        self._full = bool(last and last.text == NOTICE)

    def write(self, text: str) -> None:
        """Add ``text`` as lines of their own."""
        with self._lock:
            self._pending += text if text.endswith("\n") else f"{text}\n"
            if len(self._pending) >= CHUNK or time.monotonic() - self._flushed_at >= FLUSH_SECONDS:
                with database_may_be_away():
                    self._flush()

    def flush(self) -> None:
        """Store what is pending."""
        with self._lock:
            self._flush()

    def _flush(self) -> None:
        self._flushed_at = time.monotonic()
        # Redacted whole, so that a secret is found even when it came in two writes.
        text, self._inside_key = without_keys(self._pending, self._inside_key)
        self._pending, self._clean = "", self._clean + self._redactor.clean(text)
        while self._clean:
            self._store_within(self._clean[:CHUNK])
            self._clean = self._clean[CHUNK:]

    def _store_within(self, text: str) -> None:
        if self._full:
            return
        full = self._offset + len(text.encode()) > MOST
        self._store(NOTICE if full else text)
        self._full = full

    def _store(self, text: str) -> None:
        size = len(text.encode())
        with transaction.atomic():
            # A zombie's words are not written: its epoch is not the run's.
            if not Run.objects.select_for_update().filter(pk=self._run_id, epoch=self._epoch).exists():
                return
            try:
                with transaction.atomic():
                    LogChunk.objects.create(run_id=self._run_id, offset=self._offset, text=text, size=size)
            except IntegrityError:
                last = LogChunk.objects.filter(run_id=self._run_id).latest("offset")
                if (last.offset, last.text) == (self._offset, text):  # stored, but the answer was lost
                    self._offset += size
                    return
                self._offset = last.offset + last.size
                LogChunk.objects.create(run_id=self._run_id, offset=self._offset, text=text, size=size)
        self._offset += size


def read_log(run_id: int, after: int, most: int = 1024 * 1024) -> tuple[str, int]:
    """The log from byte ``after`` on, at most about ``most`` bytes, and the offset to go on from."""
    parts: list[bytes] = []
    length = 0
    chunks = LogChunk.objects.filter(run_id=run_id, offset__gt=after - F("size")).order_by("offset")
    for chunk in chunks.iterator(chunk_size=50):
        data = chunk.text.encode()[max(0, after - chunk.offset) :]
        parts.append(data)
        length += len(data)
        if length >= most:
            break
    return b"".join(parts).decode("utf-8", errors="replace"), after + length
