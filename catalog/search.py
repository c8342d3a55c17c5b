"""Finding by name and words: prefixes of the name first, then words by rank."""

import re

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F

from accounts.models import User
from catalog.models import Entity, SearchDocument
from catalog.visibility import rules_against


def find(user: User, asked: str, *, most: int = 20) -> list[Entity]:
    """Entities that ``asked`` may mean, best first, at most ``most``. Two queries, both on an index."""
    prefix = asked.replace("\x00", "").strip().lower()
    if not prefix:
        return []
    visible = Entity.objects.visible_to(user).light()
    documents = SearchDocument.objects.all()
    if rules_against(user):  # or what is hidden would take the place of what is not
        documents = documents.filter(entity__in=visible.values("pk"))
    by_name = documents.filter(name__startswith=prefix).order_by("name").values_list("entity_id", flat=True)
    ids = list(by_name[:most])
    if len(ids) < most and (words := words_query(prefix)):
        query = SearchQuery(words, search_type="raw", config="simple")
        ranked = documents.filter(vector=query).annotate(rank=SearchRank(F("vector"), query))
        found = ranked.order_by("-rank", "name").values_list("entity_id", flat=True)[:most]
        ids += [pk for pk in found if pk not in ids]
    rows = visible.in_bulk(ids[:most])
    return [rows[pk] for pk in ids[:most] if pk in rows]


def words_query(asked: str) -> str:
    """``asked`` as a prefix query of tsquery: every word must begin a word."""
    return " & ".join(f"{word}:*" for word in re.findall(r"\w+", asked))
