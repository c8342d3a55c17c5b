"""An entity of the catalog, with its final JSON as it is served."""

import json
import uuid
from collections.abc import Collection
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Collate, Lower
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog.models.source import Source

#: As the index has ``metadata.name``.
LOWER_NAME = Collate(Lower("name"), "C")
_DOCUMENTS = "SELECT ref, document FROM catalog_entity WHERE deleted_at IS NULL AND ref = ANY(%s)"


def _hidden_from(user: User) -> Q | None:
    from catalog.visibility import hidden_from  # its questions are asked of this module's rows

    return hidden_from(user)


class EntityQuerySet(models.QuerySet["Entity"]):
    """Questions about entities."""

    def visible_to(self, user: User) -> "EntityQuerySet":
        """What a person may see of what is present: everything but what rules of visibility keep from them."""
        hidden = _hidden_from(user)
        return self.present() if hidden is None else self.present().filter(~hidden)

    def hidden_from(self, user: User) -> "EntityQuerySet":
        """What is present and a person may not see."""
        hidden = _hidden_from(user)
        return self.none() if hidden is None else self.present().filter(hidden)

    def removed(self) -> "EntityQuerySet":
        """Those that can be brought back."""
        return self.exclude(deleted_at=None)

    def present(self) -> "EntityQuerySet":
        """Those that are not deleted."""
        return self.filter(deleted_at=None)

    def documents(self, refs: Collection[str], user: User) -> dict[str, str]:
        """What is served of each of ``refs`` that is present and ``user`` may see."""
        if _hidden_from(user) is not None:
            return dict(self.visible_to(user).filter(ref__any_of=refs).values_list("ref", "document"))
        # The hottest question of all; making it anew would cost five times what the answer does.
        with connection.cursor() as cursor:
            cursor.execute(_DOCUMENTS, [list(refs)])
            return dict(cursor.fetchall())

    def light(self) -> "EntityQuerySet":
        """Without the long texts, for lists."""
        return self.defer("body", "document")


class Entity(models.Model):
    """One entity. Columns repeat what lists filter and sort by; ``document`` is the truth that is served."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    #: In the order of its bytes, so that those of one kind lie side by side.
    ref = models.CharField(max_length=400, db_collation="C")
    kind = models.CharField(max_length=63)
    namespace = models.CharField(max_length=63)
    name = models.CharField(max_length=63)
    title = models.TextField(blank=True)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=255, blank=True)
    lifecycle = models.CharField(max_length=255, blank=True)
    owner_ref = models.CharField(max_length=400, blank=True)
    system_ref = models.CharField(max_length=400, blank=True)
    tags = ArrayField(models.CharField(max_length=63), default=list)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="entities")
    #: The file that says it, and the line it begins at.
    location = models.TextField()
    line = models.IntegerField(default=0)
    #: Of what the source says; equal means that nothing is written.
    digest = models.CharField(max_length=64)
    #: As the source says it, placeholders filled in.
    body = models.TextField()
    #: As it is served: with uid, etag and relations.
    document = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = EntityQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ref"], name="one_entity_per_ref")]
        indexes = [
            models.Index(fields=["kind", "name", "id"], condition=Q(deleted_at=None), name="entities_by_kind"),
            models.Index(fields=["owner_ref", "kind"], condition=Q(deleted_at=None), name="entities_by_owner"),
            models.Index(fields=["system_ref", "kind"], condition=Q(deleted_at=None), name="entities_by_system"),
            # Holds all that the list counts, so that its filters need not read the rows.
            models.Index(
                fields=["kind", "type", "lifecycle"],
                include=["owner_ref", "system_ref"],
                condition=Q(deleted_at=None),
                name="entities_by_type",
            ),
            GinIndex(fields=["tags"], name="entities_by_tag"),
            models.Index(LOWER_NAME, "id", condition=Q(deleted_at=None), name="entities_by_lower_name"),
            models.Index("kind", LOWER_NAME, "id", condition=Q(deleted_at=None), name="entities_by_kind_lower_name"),
        ]

    def __str__(self) -> str:
        return self.ref

    def get_absolute_url(self) -> str:
        """The page of this entity."""
        return reverse("entity", args=[self.namespace, self.kind.lower(), self.name])

    @property
    def data(self) -> dict[str, Any]:
        """The served document, decoded."""
        found: dict[str, Any] = json.loads(self.document)
        return found

    @property
    def display_name(self) -> str:
        """The title where there is one, else the name."""
        return self.title or self.name
