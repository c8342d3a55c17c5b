"""Runs, their steps, logs and history, and the outbox; who is told what happens."""

from runs.models.heartbeat import Heartbeat
from runs.models.log import LogChunk
from runs.models.outbox import OutboxMessage
from runs.models.run import Run, RunEvent, StepRun
from runs.models.webhook import WebhookDelivery, WebhookEndpoint

__all__ = [
    "Heartbeat",
    "LogChunk",
    "OutboxMessage",
    "Run",
    "RunEvent",
    "StepRun",
    "WebhookDelivery",
    "WebhookEndpoint",
]
