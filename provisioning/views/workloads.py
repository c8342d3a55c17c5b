"""What runs of a component, on its page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.requests import signed_in
from catalog.permissions import visible_entity
from provisioning.workloads.answer import running


@require_GET
def card(request: HttpRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Read from the clusters, for those who may see the entity."""
    entity = visible_entity(signed_in(request), kind=kind, namespace=namespace, name=name)
    return render(request, "provisioning/workloads.html", {"found": running(entity), "entity": entity})
