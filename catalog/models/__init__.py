"""Entities, their relations and index, and the sources they come from."""

from catalog.models.entity import Entity
from catalog.models.index import IndexRow, RelationRow, SearchDocument
from catalog.models.source import Problem, Source

__all__ = ["Entity", "IndexRow", "Problem", "RelationRow", "SearchDocument", "Source"]
