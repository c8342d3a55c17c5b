from django.apps import AppConfig


class RehearsalConfig(AppConfig):
    """Registers the pipeline of the tests."""

    name = "tests.integration.rehearsal"
    label = "rehearsal"

    def ready(self) -> None:
        """Make the pipeline known."""
        from runs.registry import register
        from tests.integration.rehearsal.pipeline import REHEARSAL

        register(REHEARSAL)
