from django.apps import AppConfig


class RunsConfig(AppConfig):
    """The run engine: steps, leases, logs, cancelling, waiting, recovery."""

    name = "runs"
