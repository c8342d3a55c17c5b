"""Who may see and stop a run."""

from accounts.models import User
from accounts.permissions import YES, Verdict, may_act_for
from common.errors import NotFound
from runs.models import Run


def visible_run(user: User, run_id: int) -> Run:
    """The run, for those who may see it; NotFound for everybody else."""
    run = Run.objects.visible_to(user).select_related("requested_by").filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such run, or it belongs to another team.")
    return run


def may_cancel(user: User, run: Run) -> Verdict:
    """May this person stop the run: who asked for it, members of its owner, admins."""
    return YES if run.requested_by_id == user.pk else may_act_for(user, run.owner_ref)
