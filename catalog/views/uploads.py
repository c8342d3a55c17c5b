"""Uploading a file of entities: what it would do first, then keeping it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import require
from accounts.requests import signed_in
from catalog.ingest.table import BadTable
from catalog.ingest.upload import MOST_BYTES, text_of
from catalog.permissions import may_register
from catalog.uploads import keep_upload, look_at_upload
from common.errors import CairnError, FieldError, UserError

EXAMPLE = """\
kind,name,title,type,lifecycle,owner,system,tags,spec.dependsOn
Component,orders,Orders,service,production,orders-team,shop,java;grpc,component:stock
System,shop,The shop,,,orders-team,,,
"""
#: So many rows are shown; those that are wrong come first then.
MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class _Given:
    name: str
    text: str


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """A form, what the file in it would do, and doing it. Its text travels along, so that it can be mended."""
    user = signed_in(request)
    require(may_register(user))
    context: dict[str, Any] = {"name": request.GET.get("name", ""), "text": "", "example": EXAMPLE}
    if request.method == "GET":
        return render(request, "catalog/upload.html", context)
    allow = bool(request.POST.get("allow_removal"))
    context |= {"name": request.POST.get("name", ""), "text": request.POST.get("text", ""), "allow_removal": allow}
    try:
        given = _given(request)
        context |= {"name": given.name, "text": given.text}
        asked: dict[str, Any] = {"name": given.name, "data": given.text.encode(), "by": user, "allow_removal": allow}
        if request.POST.get("action") == "keep":
            kept = keep_upload(**asked, origin="page")
            messages.success(request, _words(kept.counts))
            return redirect(kept.source or "sources")
        found = look_at_upload(**asked)
    except CairnError as error:
        return render(request, "catalog/upload.html", context | {"error": error}, status=error.status)
    rows = list(found.rows)
    if len(rows) > MOST_SHOWN:
        rows.sort(key=lambda row: row.outcome != "wrong")
    context |= {"found": found, "rows": rows[:MOST_SHOWN]}
    return render(request, "catalog/upload.html", context)


def _given(request: HttpRequest) -> _Given:
    """The file that was chosen, else the text that stands in the form."""
    file = request.FILES.get("file")
    typed = request.POST.get("name", "").strip()
    if not isinstance(file, UploadedFile):
        text = request.POST.get("text", "").replace("\r\n", "\n")
        if not text.strip():
            raise UserError("There is no file yet.", fields=[FieldError("file", "choose one, or write its text below")])
        return _Given(typed, text)
    try:
        return _Given(typed or file.name or "", text_of(file.read(MOST_BYTES + 1)))
    except BadTable as error:
        raise UserError(str(error), fields=[FieldError("file", str(error))]) from None


def _words(counts: dict[str, int]) -> str:
    return (
        f"{counts['added']} added, {counts['changed']} changed, {counts['removed']} removed, "
        f"{counts['unchanged']} as before, {counts['wrong']} wrong."
    )
