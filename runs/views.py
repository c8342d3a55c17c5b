"""The list of runs, and one run with its live log."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import require
from accounts.requests import signed_in
from common.htmx import render_page, wants_partial
from runs import actions
from runs.line import waits_for
from runs.logs import read_log
from runs.models import Run, StepRun
from runs.permissions import may_cancel, visible_run
from runs.registry import pipeline_named, subject_url
from runs.states import STATES


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step as the page shows it, taken or still to come."""

    title: str
    state: str
    note: str = ""
    attempt: int = 1
    started_at: datetime | None = None
    finished_at: datetime | None = None


@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """Runs I may see, newest first."""
    user, state = signed_in(request), request.GET.get("state", "")
    rows = Run.objects.visible_to(user).select_related("requested_by").order_by("-pk")
    rows = rows.filter(state=state) if state in STATES else rows
    rows = rows.filter(requested_by=user) if request.GET.get("mine") else rows
    context = {"page": Paginator(rows, 50).get_page(request.GET.get("page")), "state": state, "states": STATES}
    return render(request, "runs/runs.html", context)


@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Steps, waits and log of one run."""
    user = signed_in(request)
    found = visible_run(user, pk)
    text, following = ("", 0) if wants_partial(request) else read_log(found.pk, 0)
    context = {
        "run": found,
        "waits": waits_for(found),
        "steps": step_lines(found),
        "log": text,
        "next_offset": following,
        "subject_url": subject_url(found.subject_kind, found.subject_id),
        "may_cancel": not found.is_final and may_cancel(user, found),
    }
    return render_page(request, "runs/run.html", context, partial="progress")


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a run."""
    user = signed_in(request)
    found = visible_run(user, pk)
    require(may_cancel(user, found))
    stopped = actions.cancel_run(run_id=found.pk, by=user, forced=bool(request.POST.get("forced")))
    messages.success(request, "Stopped." if stopped.is_final else "Asked to stop; what is under way is finished first.")
    return redirect("run", pk)


def step_lines(run: Run) -> list[StepLine]:
    """Steps taken, and those of the pipeline still to come; waiting rows of a step that went on are left out."""
    taken = list(run.steps.order_by("pk"))
    lines = [_line(row) for row in taken if row.state != "waiting" or row is taken[-1]]
    pipeline = pipeline_named(run.pipeline)
    if run.is_final:
        return lines
    names = [step.name for step in pipeline.steps]
    begun = {row.name for row in taken if row.state != "lost"}
    coming = [step for step in pipeline.steps[names.index(run.step) :] if step.name not in begun]
    return [*lines, *(StepLine(step.title, "coming") for step in coming)]


def _line(row: StepRun) -> StepLine:
    return StepLine(row.title, row.state, row.note, row.attempt, row.started_at, row.finished_at)
