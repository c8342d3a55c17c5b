"""What the catalog serves under /api/v1/, beside Backstage's API under /api/catalog/."""

from django.urls import path

from catalog.api import graph, history, kinds, own, proposals, provenance, uploads, visibility

urlpatterns = [
    path("sources", own.Sources.as_view()),
    path("sources/<int:pk>", own.SourceDetail.as_view()),
    path("sources/<int:pk>/sync", own.SourceSync.as_view()),
    path("entities", history.Entities.as_view()),
    path("entities/<path:ref>/graph", graph.EntityGraph.as_view()),
    path("entities/<path:ref>/revisions", history.EntityRevisions.as_view()),
    path("entities/<path:ref>/restoration", history.EntityRestoration.as_view()),
    path("entities/<path:ref>/proposals", proposals.EntityProposals.as_view()),
    path("entities/<path:ref>", provenance.EntityDetail.as_view()),
    path("catalog/changes", history.Changes.as_view()),
    path("owners", graph.Owners.as_view()),
    path("kinds", kinds.KindList.as_view()),
    path("kinds/<str:name>", kinds.KindDetail.as_view()),
    path("visibility-rules", visibility.VisibilityRuleList.as_view()),
    path("visibility-rules/<str:name>", visibility.VisibilityRuleDetail.as_view()),
    path("uploads", uploads.Uploads.as_view()),
    path("problems", own.Problems.as_view()),
]
