"""The life of a request on one screen."""

from provisioning.actions import PIPELINE, follow_run
from provisioning.steps.apply import Apply, Confirm
from provisioning.steps.approval import AwaitApproval
from provisioning.steps.plan import MakePlan
from provisioning.steps.record import Record
from runs.pipeline import Pipeline

PROVISION = Pipeline(
    name=PIPELINE,
    title="Provision",
    steps=(MakePlan(), AwaitApproval(), Apply(), Confirm(), Record()),
    on_change=follow_run,
)
