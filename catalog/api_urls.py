"""What the catalog serves under /api/v1/, beside Backstage's API under /api/catalog/."""

from django.urls import path

from catalog.api import own

urlpatterns = [
    path("sources", own.Sources.as_view()),
    path("sources/<int:pk>", own.SourceDetail.as_view()),
    path("sources/<int:pk>/sync", own.SourceSync.as_view()),
    path("problems", own.Problems.as_view()),
]
