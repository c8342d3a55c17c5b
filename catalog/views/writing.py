"""Writing entities on a page: what stands in the portal itself, judged as it is typed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.permissions import require
from accounts.requests import signed_in
from catalog.actions import remove_entity
from catalog.history import as_yaml
from catalog.kinds import known_kinds
from catalog.models import Entity
from catalog.permissions import entity_by_ref, may_register
from catalog.sources.proposing import place_of
from catalog.views.proposing import before_of, proposal, status_of, verdict_context
from catalog.writing import Judged, is_kept_here, judge_change, judge_text, keep_text, may_edit, may_edit_here

START = """\
apiVersion: {version}
kind: {kind}
metadata:
  name: my-{name}
  description: What it is for, in a sentence
spec:
{spec}
"""


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """An empty page with a beginning for each kind; kept when all of it is right."""
    user = signed_in(request)
    require(may_register(user))
    kind = request.GET.get("kind", "System")
    return _form(request, user, None, request.POST.get("text", beginning(kind)), kind)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """An entity as text: kept when it stands in the portal, proposed to its repository when it stands in one."""
    user = signed_in(request)
    entity = entity_by_ref(user, f"{kind}:{namespace}/{name}")
    require(may_edit(user, entity))
    if not is_kept_here(entity):
        return proposal(request, user, entity)
    return _form(request, user, entity, request.POST.get("text", as_yaml(entity.body)), entity.kind)


@require_POST
def verdict(request: HttpRequest) -> HttpResponse:
    """What is wrong with the text so far, or what keeping it would do: a part of the page."""
    user, entity = signed_in(request), None
    if ref := request.POST.get("ref"):
        entity = entity_by_ref(user, ref)
    if entity and not is_kept_here(entity):
        judged = judge_change(text=_text(request), by=user, entity=entity, before=before_of(request))
        return render(request, "catalog/_written.html", verdict_context(judged, place_of(entity)))
    judged = judge_text(text=_text(request), by=user, entity=entity)
    return render(request, "catalog/_written.html", verdict_context(judged))


@require_POST
def remove(request: HttpRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Take it away; it can be brought back for a while."""
    user = signed_in(request)
    entity = entity_by_ref(user, f"{kind}:{namespace}/{name}")
    require(may_edit_here(user, entity))
    remove_entity(entity=entity, by=user)
    messages.success(request, f"{entity.display_name} is gone. It can be brought back for a while.")
    return redirect("removed")


def beginning(kind: str) -> str:
    """A text to begin with: the fields that ``kind`` needs."""
    kinds = known_kinds()
    found = kinds.get(kind) or kinds["System"]
    lines = [f"  {field}: {_example(found.spec, field)}" for field in found.spec.get("required", [])]
    spec = "\n".join(lines) or "  {}"
    return START.format(version=found.versions[0], kind=found.name, name=found.name.lower(), spec=spec)


def _example(schema: dict[str, object], field: str) -> str:
    properties = schema.get("properties")
    rule = properties.get(field, {}) if isinstance(properties, dict) else {}
    empty = {"array": "[]", "object": "{}", "boolean": "false", "number": "0", "integer": "0"}
    examples = {"owner": "my-team", "type": "service", "lifecycle": "production"}
    return empty.get(str(rule.get("type")), examples.get(field, "…"))


def _form(request: HttpRequest, user: User, entity: Entity | None, text: str, kind: str) -> HttpResponse:
    judged = Judged()
    if request.method == "POST":
        judged = keep_text(text=_text(request), by=user, entity=entity)
        if judged.usable:
            return _kept(request, user, judged)
    context = {
        "entity": entity,
        "text": text.replace("\r\n", "\n"),
        **verdict_context(judged),
        "kind": kind,
        "kinds": sorted(known_kinds()),
    }
    return render(request, "catalog/write.html", context, status=status_of(judged))


def _kept(request: HttpRequest, user: User, judged: Judged) -> HttpResponse:
    words = ", ".join(f"{one.ref} {one.change}" for one in judged.changes[:5])
    messages.success(request, f"{words[0].upper()}{words[1:]}.")
    kept = Entity.objects.visible_to(user).filter(ref=judged.changes[0].ref).first()
    return redirect(kept if kept and len(judged.changes) == 1 else reverse("catalog"))


def _text(request: HttpRequest) -> str:
    return request.POST.get("text", "").replace("\r\n", "\n")
