"""The life of a request, and a look for drift, on one screen."""

from provisioning import drift_actions
from provisioning.actions import PIPELINE, follow_run
from provisioning.steps.apply import Apply, Confirm
from provisioning.steps.approval import AwaitApproval
from provisioning.steps.look import LookForDrift
from provisioning.steps.plan import MakePlan
from provisioning.steps.record import Record
from runs.pipeline import Pipeline

PROVISION = Pipeline(
    name=PIPELINE,
    title="Provision",
    steps=(MakePlan(), AwaitApproval(), Apply(), Confirm(), Record()),
    on_change=follow_run,
)

DRIFT = Pipeline(
    name=drift_actions.PIPELINE,
    title="Look for drift",
    steps=(LookForDrift(),),
    on_change=drift_actions.follow_run,
)
