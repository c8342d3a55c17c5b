"""What provisioning serves under /api/v1/."""

from django.urls import path

from provisioning import api

urlpatterns = [
    path("blueprints", api.Blueprints.as_view()),
    path("blueprints/<str:name>", api.BlueprintDetail.as_view()),
    path("blueprints/<str:name>/schema", api.BlueprintSchema.as_view()),
    path("requests", api.Requests.as_view()),
    path("requests/<int:pk>", api.RequestDetail.as_view()),
    path("requests/<int:pk>/approvals", api.Approvals.as_view()),
    path("requests/<int:pk>/cancellation", api.Cancellation.as_view()),
    path("namespace-requests", api.NamespaceRequests.as_view()),
    path("resources", api.Resources.as_view()),
    path("resources/<int:pk>", api.ResourceDetail.as_view()),
    path("resources/<int:pk>/secrets/<str:name>/reveal", api.Reveal.as_view()),
]
