"""What queries read instead of documents: index rows, relations, search texts.

Index rows and relations are written with their entity, by the hundred thousand, so that no constraint checks each.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from catalog.models.entity import Entity

#: What lists narrow by, in lower case. Each has few values beside the entities that have them.
COUNTED = frozenset(
    {
        "kind",
        "metadata.namespace",
        "metadata.tags",
        "relations.ownedby",
        "relations.partof",
        "spec.domain",
        "spec.lifecycle",
        "spec.owner",
        "spec.system",
        "spec.type",
    }
)


class IndexRow(models.Model):
    """One key and value of an entity, lower-cased, as Backstage's filters see it."""

    pk = models.CompositePrimaryKey("entity_id", "key", "place")
    entity = models.ForeignKey(
        Entity, on_delete=models.CASCADE, related_name="index_rows", db_index=False, db_constraint=False
    )
    key = models.TextField(db_collation="C")
    #: Counts the values of a key from 0, which has the lowest: by it an entity stands in an order once.
    place = models.SmallIntegerField()
    value = models.TextField(null=True, db_collation="C")
    original = models.TextField(null=True)

    class Meta:
        indexes = [
            # Filters, orders and facets are answered by this index alone.
            models.Index(fields=["key", "value", "entity"], include=["place", "original"], name="index_by_key_value"),
        ]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


class ValueCount(models.Model):
    """How many entities that are present have ``value`` for ``key``, for the keys that are :data:`COUNTED`.

    ``kind`` is in lower case; the rows of the empty one count those of every kind.
    """

    kind = models.TextField(db_collation="C")
    key = models.TextField(db_collation="C")
    #: In its own case, as facets show it.
    value = models.TextField(db_collation="C")
    count = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key", "value"], name="one_count_per_value")]

    def __str__(self) -> str:
        return f"{self.count} of {self.key}={self.value}"


class RelationRow(models.Model):
    """``source`` —``type``→ ``target``. Targets need not exist. ``origin`` is the entity whose text says so."""

    origin = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="relations_said", db_constraint=False)
    source_ref = models.CharField(max_length=400)
    type = models.CharField(max_length=63)
    target_ref = models.CharField(max_length=400)

    class Meta:
        indexes = [models.Index(fields=["source_ref", "type", "target_ref"], name="relations_of")]

    def __str__(self) -> str:
        return f"{self.source_ref} {self.type} {self.target_ref}"


class SearchDocument(models.Model):
    """What the palette and the search find, whatever it is."""

    kind = models.CharField(max_length=63)
    key = models.CharField(max_length=400, unique=True)
    #: The lower-case name, for prefixes.
    name = models.CharField(max_length=255, db_collation="C")
    entity = models.OneToOneField(Entity, on_delete=models.CASCADE, related_name="search_document")
    vector = SearchVectorField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["name"], name="search_by_name"),
            GinIndex(fields=["vector"], name="search_by_words"),
        ]

    def __str__(self) -> str:
        return self.key
