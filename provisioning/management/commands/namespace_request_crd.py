"""``namespace_request_crd``: print the custom resource, for ``kubectl apply -f -``."""

from typing import Any

from django.core.management.base import BaseCommand

from provisioning.custom_resource import DEFINITION


class Command(BaseCommand):
    """Prints the CustomResourceDefinition of NamespaceRequests."""

    help = (
        "Print the CustomResourceDefinition of NamespaceRequests: manage.py namespace_request_crd | kubectl apply -f -"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it as it is."""
        self.stdout.write(DEFINITION.read_text(), ending="")
