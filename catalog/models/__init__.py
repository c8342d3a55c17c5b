"""Entities, their relations, index and revisions, the kinds they are of, who sees them, and their sources."""

from catalog.models.entity import Entity
from catalog.models.index import IndexRow, RelationRow, SearchDocument, ValueCount
from catalog.models.kind import CustomKind
from catalog.models.revision import Revision
from catalog.models.source import CachedAnswer, Problem, ReadFile, Source
from catalog.models.visibility import VisibilityRule

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
    "ValueCount",
    "VisibilityRule",
]
