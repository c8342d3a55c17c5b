"""Entities, their relations, index and revisions, the kinds they are of, and the sources they come from."""

from catalog.models.entity import Entity
from catalog.models.index import IndexRow, RelationRow, SearchDocument
from catalog.models.kind import CustomKind
from catalog.models.revision import Revision
from catalog.models.source import CachedAnswer, Problem, ReadFile, Source

__all__ = [
    "CachedAnswer",
    "CustomKind",
    "Entity",
    "IndexRow",
    "Problem",
    "ReadFile",
    "RelationRow",
    "Revision",
    "SearchDocument",
    "Source",
]
