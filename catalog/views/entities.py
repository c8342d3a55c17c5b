"""The list, and one entity."""

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.requests import signed_in
from catalog.cards import cards_for
from catalog.graph import relations_said
from catalog.listing import list_entities
from catalog.models import Entity, Problem
from catalog.models.source import ProblemQuerySet
from catalog.permissions import may_register, removed_entity
from catalog.problems import problems_of, with_holders
from catalog.search import find
from catalog.visibility import rules_against
from catalog.writing import may_edit
from common.htmx import render_page
from common.markdown import render_line

MOST_EXPORTED = 20_000
#: Relations in words, in the order in which people look for them.
WORDS = {
    "ownedBy": "Owned by",
    "partOf": "Part of",
    "hasPart": "Has parts",
    "providesApi": "Provides",
    "consumesApi": "Consumes",
    "apiProvidedBy": "Provided by",
    "apiConsumedBy": "Consumed by",
    "dependsOn": "Depends on",
    "dependencyOf": "Used by",
    "memberOf": "Member of",
    "hasMember": "Members",
    "childOf": "Belongs to",
    "parentOf": "Teams below",
    "ownerOf": "Owns",
}


@dataclass(frozen=True, slots=True)
class Related:
    """The far end of a relation; ``entity`` is None when nobody has described it."""

    ref: str
    entity: Entity | None

    @property
    def name(self) -> str:
        """What people call it."""
        return self.entity.display_name if self.entity else self.ref.rsplit("/", 1)[-1]


@require_GET
def catalog(request: HttpRequest) -> HttpResponse:
    """The list, as a page or as CSV."""
    user = signed_in(request)
    listing = list_entities(user, request.GET)
    if request.GET.get("format") == "csv":
        return _csv(listing.page.paginator.object_list[:MOST_EXPORTED])
    context = {"listing": listing, "page": listing.page, "may_register": may_register(user)}
    return render_page(request, "catalog/list.html", context, partial="rows")


def _csv(rows: Any) -> HttpResponse:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("ref", "title", "type", "lifecycle", "owner", "system", "description"))
    for entity in rows:
        cells = (
            entity.ref,
            entity.title,
            entity.type,
            entity.lifecycle,
            entity.owner_ref,
            entity.system_ref,
            entity.description,
        )
        writer.writerow([f"'{cell}" if cell[:1] in "=+-@" and cell else cell for cell in cells])
    headers = {"Content-Disposition": 'attachment; filename="catalog.csv"'}
    return HttpResponse(out.getvalue(), content_type="text/csv", headers=headers)


@require_GET
def entity(request: HttpRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """One entity: who owns it, what it is related to, where it comes from, and the cards of other apps."""
    user, ref = signed_in(request), _ref(kind, namespace, name)
    found = Entity.objects.visible_to(user).filter(ref=ref).select_related("source").first()
    if found is None:
        return _not_found(request, user, kind, name, ref)
    if (found.namespace, found.kind.lower(), found.name) != (namespace, kind, name):
        return redirect(found)
    document = found.data
    context = {
        **head_of(user, found),
        "metadata": document["metadata"],
        "spec": document.get("spec", {}),
        "links": [link for link in document["metadata"].get("links", []) if _web(link["url"])],
        "relations": relations_in_words(user, ref, document.get("relations", [])),
        "problems": with_holders(user, problems_of(found, user)[:20]),
        "cards": [(card, card.url(found)) for card in cards_for(found)],
    }
    return render(request, "catalog/entity.html", context)


@require_GET
def entity_source(request: HttpRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """The entity as YAML and as it is served."""
    user, ref = signed_in(request), _ref(kind, namespace, name)
    found = Entity.objects.visible_to(user).filter(ref=ref).select_related("source").first()
    if found is None:
        return _not_found(request, user, kind, name, ref)
    text = yaml.safe_dump(json.loads(found.body), sort_keys=False, allow_unicode=True, width=110)
    return render(request, "catalog/entity_source.html", {**head_of(user, found), "text": text})


def head_of(user: User, entity: Entity) -> dict[str, Any]:
    """What stands above every tab of an entity, so that nothing moves or goes when one leads to the next."""
    annotations = entity.data["metadata"].get("annotations", {})
    return {
        "entity": entity,
        "description": render_line(entity.description),
        "owner": _one(user, entity.owner_ref),
        "system": _one(user, entity.system_ref),
        "may_edit": not entity.deleted_at and may_edit(user, entity),
        "edit_url": "" if entity.deleted_at else _web(annotations.get("backstage.io/edit-url", "")),
    }


def _web(address: str) -> str:
    """``address`` when a page may link to it, which no ``javascript:`` is."""
    return address if address.startswith(("http://", "https://")) else ""


def _ref(kind: str, namespace: str, name: str) -> str:
    return f"{kind}:{namespace}/{name}".lower().replace("\x00", "")


def relations_in_words(user: User, ref: str, relations: list[dict[str, str]]) -> list[tuple[str, list[Related]]]:
    """Relations of ``ref`` grouped under words, with the entities that exist. One query, two where rules count.

    What is hidden looks like what nobody has described; what only hidden entities say is not there.
    """
    refs = {relation["targetRef"] for relation in relations}
    visible = Entity.objects.visible_to(user)
    known = {row.ref: row for row in visible.light().filter(ref__in=refs)}
    said = None if known.keys() == refs or not rules_against(user) else relations_said(ref, visible)
    groups: dict[str, list[Related]] = {}
    for relation in relations:
        target = relation["targetRef"]
        if said is not None and (relation["type"], target) not in said:
            continue
        groups.setdefault(relation["type"], []).append(Related(target, known.get(target)))
    order = [*WORDS, *sorted(groups.keys() - WORDS.keys())]
    return [(in_words(kind), groups[kind]) for kind in order if kind in groups]


def in_words(relation: str) -> str:
    """A relation as people say it; one that an installation has added is taken apart: ``deployedTo``, Deployed to."""
    return WORDS.get(relation) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", relation).capitalize()


def _one(user: User, ref: str) -> Related | None:
    if not ref:
        return None
    return Related(ref, Entity.objects.visible_to(user).light().filter(ref=ref).first())


def _problems_named(user: User, ref: str) -> ProblemQuerySet:
    return Problem.objects.visible_to(user).filter(entity_ref=ref).select_related("source")[:5]


def _not_found(request: HttpRequest, user: User, kind: str, name: str, ref: str) -> HttpResponse:
    """Say whether it was deleted, and what has a similar name."""
    context = {
        "kind": kind,
        "name": name,
        "gone": removed_entity(user, ref),
        "near": find(user, name.split("-")[0], most=8),
        "problems": with_holders(user, _problems_named(user, ref)),
    }
    return render(request, "catalog/not_found.html", context, status=404)
