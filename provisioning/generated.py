"""Secrets that the portal generates for a resource."""

import secrets as random
from string import ascii_letters, digits

from provisioning.blueprints.definition import Blueprint
from provisioning.models import Request, Resource, Secret


def generate_secrets(resource: Resource, blueprint: Blueprint) -> None:
    """Those of ``blueprint`` that ``resource`` has not got."""
    there = set(resource.secrets.values_list("name", flat=True))
    for name, title in blueprint.secrets.items():
        if name not in there:
            ciphertext = Secret.seal(generated())
            Secret.objects.create(resource=resource, name=name, title=title, ciphertext=ciphertext)


def forget_secrets_of(request: Request) -> None:
    """Those that were generated for an upgrade that has not been."""
    if request.action == "upgrade":
        request.resource.secrets.filter(created_at__gte=request.created_at).delete()


def generated() -> str:
    """190 bits as letters and digits: what every service takes that has rules for passwords."""
    return "".join(random.choice(ascii_letters + digits) for _ in range(32))
