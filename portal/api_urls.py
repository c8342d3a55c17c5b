"""Everything under /api/v1/ on one screen."""

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.api_urls")),
    path("", include("audit.api_urls")),
    path("", include("runs.api_urls")),
    path("", include("catalog.api_urls")),
    path("", include("provisioning.api_urls")),
    path("", include("metrics.api_urls")),
]
