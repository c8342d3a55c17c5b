"""What outside systems answered, kept from one sync of a source to the next."""

from catalog.models import CachedAnswer, Source


class StoredAnswers:
    """Rows of one source, read once and written once: between, several threads work on what is in memory.

    A source that is not saved, as in a dry run, keeps nothing.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kept: dict[str, tuple[str, bytes]] = {}
        self._used: set[str] = set()
        self._new: set[str] = set()

    def load(self) -> None:
        """Read what was kept."""
        if self._source.pk:
            rows = CachedAnswer.objects.filter(source=self._source).values_list("address", "etag", "body")
            self._kept = {address: (etag, bytes(body)) for address, etag, body in rows}

    def get(self, address: str) -> tuple[str, bytes] | None:
        """ETag and body of ``address``."""
        self._used.add(address)
        return self._kept.get(address)

    def put(self, address: str, etag: str, body: bytes) -> None:
        """Keep them in the place of what was there."""
        self._used.add(address)
        if self._kept.get(address) != (etag, body):
            self._kept[address] = (etag, body)
            self._new.add(address)

    def save(self, *, complete: bool) -> None:
        """Write what is new; after a ``complete`` reading, forget what nobody has asked for."""
        if not self._source.pk:
            return
        rows = [
            CachedAnswer(source=self._source, address=address, etag=etag, body=body)
            for address in sorted(self._new)
            for etag, body in [self._kept[address]]
        ]
        CachedAnswer.objects.bulk_create(
            rows, 500, update_conflicts=True, unique_fields=["source", "address"], update_fields=["etag", "body"]
        )
        if complete and (unused := self._kept.keys() - self._used):
            CachedAnswer.objects.filter(source=self._source, address__in=unused).delete()
        self._new.clear()
