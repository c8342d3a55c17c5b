from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """What exists, who owns it, and where that is written."""

    name = "catalog"
