"""Editing what stands in a repository: the same page as for what stands here, and a proposal at its end."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html

from accounts.models import User
from catalog.models import Entity
from catalog.proposals import Proposed, propose_change, text_of
from catalog.sources.proposing import Place, place_of
from catalog.views.history import diff_lines
from catalog.writing import Judged, judge_change
from common.errors import CairnError


def proposal(request: HttpRequest, user: User, entity: Entity) -> HttpResponse:
    """The form with the text as it stands in the repository now, or the proposal of what was typed."""
    place, judged = place_of(entity), Judged()
    if request.method == "POST":
        text, before = _posted(request, "text"), before_of(request)
        judged = judge_change(text=text, by=user, entity=entity, before=before)
        if judged.usable:
            try:
                proposed = propose_change(entity=entity, text=text, by=user, before=before)
            except CairnError as error:
                before = _newest(entity, before, error)
                judged = replace(judge_change(text=text, by=user, entity=entity, before=before), error=error)
            else:
                return _proposed(request, entity, place, proposed)
    else:
        text = before = text_of(entity)
    context = {"entity": entity, "text": text, "before": before, "kind": entity.kind, **verdict_context(judged, place)}
    return render(request, "catalog/write.html", context, status=status_of(judged))


def verdict_context(judged: Judged, place: Place | None = None) -> dict[str, Any]:
    """What the verdict is drawn from: with the lines of the change when it is one."""
    lines = diff_lines(judged.changes[0].diff) if len(judged.changes) == 1 else []
    return {"judged": judged, "place": place, "lines": lines}


def status_of(judged: Judged) -> int:
    """Of the page that says what is wrong."""
    return judged.error.status if judged.error else 422 if judged.problems else 200


def before_of(request: HttpRequest) -> str:
    """The text that was opened."""
    return _posted(request, "before")


def _posted(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n")


def _newest(entity: Entity, before: str, error: CairnError) -> str:
    """What a person has to compare with after somebody else was faster."""
    if error.id != "changed-meanwhile":
        return before
    try:
        return text_of(entity)
    except CairnError:
        return before


def _proposed(request: HttpRequest, entity: Entity, place: Place, proposed: Proposed) -> HttpResponse:
    if proposed.url.startswith(("https://", "http://")):
        words = format_html('The change is proposed: <a href="{}">its {}</a>.', proposed.url, place.request)
    else:
        words = format_html("The change is on the branch {} of {}; merge it there.", proposed.branch, place.repository)
    messages.success(request, words)
    return redirect(entity)
