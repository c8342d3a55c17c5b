"""Every address of the portal."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from portal import health, views
from portal.gallery import gallery
from portal.palette import palette

urlpatterns = [
    path("", views.home, name="home"),
    path("ui/", gallery, name="gallery"),
    path("palette", palette, name="palette"),
    path("preferences", views.preferences, name="preferences"),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("accounts/", include("allauth.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api_docs"),
    path("api/catalog/", include("catalog.api.urls")),
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
