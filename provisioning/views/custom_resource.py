"""The custom resource NamespaceRequest, to apply to a cluster. For platform admins."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.requests import signed_in
from provisioning.custom_resource import DEFINITION
from provisioning.permissions import require_admin


@require_GET
def crd(request: HttpRequest) -> HttpResponse:
    """The manifest as a file."""
    require_admin(signed_in(request))
    name = f'attachment; filename="{DEFINITION.name}"'
    return HttpResponse(DEFINITION.read_text(), "application/yaml", headers={"Content-Disposition": name})
