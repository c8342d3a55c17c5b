"""What every app builds on."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Template tags, lookups, middleware."""

    name = "common"

    def ready(self) -> None:
        """Make our lookups and converters known."""
        import common.converters  # registers them
        import common.lookups  # noqa: F401  # registers them
