from django.apps import AppConfig


class AuditConfig(AppConfig):
    """What happened, append only."""

    name = "audit"

    def ready(self) -> None:
        """Hand the recorder to the apps below."""
        from audit.record import record
        from common.trail import set_recorder

        set_recorder(record)
