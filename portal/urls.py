"""Every address of the portal."""

from django.urls import include, path

from portal import api_schema, health, views
from portal.gallery import gallery
from portal.palette import palette
from portal.proxy.views import proxy

urlpatterns = [
    path("", views.home, name="home"),
    path("ui/", gallery, name="gallery"),
    path("palette", palette, name="palette"),
    path("preferences", views.preferences, name="preferences"),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("accounts/", include("allauth.urls")),
    path("api/schema", api_schema.schema, name="schema"),
    path("api/docs", api_schema.docs, name="api_docs"),
    path("api/catalog/", include("catalog.api.urls")),
    path("api/proxy/<anything:path>", proxy),
    path("api/v1/", include("portal.api_urls")),
    path("", include("accounts.urls")),
    path("", include("audit.urls")),
    path("", include("runs.urls")),
    path("", include("catalog.urls")),
    path("", include("provisioning.urls")),
    path("", include("metrics.urls")),
]

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.not_found"
handler500 = "portal.views.server_error"
