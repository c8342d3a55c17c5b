"""Pages of the catalog."""

from django.urls import path

from catalog.views import entities, history, kinds, register, sources, uploads, visibility, writing

_NAMED = "catalog/<str:namespace>/<str:kind>/<str:name>"

urlpatterns = [
    path("catalog", entities.catalog, name="catalog"),
    path("catalog/register", register.register, name="register"),
    path("catalog/upload", uploads.upload, name="upload"),
    path("catalog/problems", sources.problems, name="problems"),
    path("catalog/kinds", kinds.kinds, name="kinds"),
    path("catalog/kinds/new", kinds.kind_new, name="kind_new"),
    path("catalog/kinds/<str:name>", kinds.kind, name="kind"),
    path("catalog/kinds/<str:name>/removal", kinds.kind_removal, name="kind_removal"),
    path("catalog/visibility", visibility.rules, name="visibility"),
    path("catalog/visibility/new", visibility.rule_new, name="visibility_rule_new"),
    path("catalog/visibility/count", visibility.rule_count, name="visibility_rule_count"),
    path("catalog/visibility/<str:name>", visibility.rule, name="visibility_rule"),
    path("catalog/visibility/<str:name>/removal", visibility.rule_removal, name="visibility_rule_removal"),
    path("catalog/sources", sources.sources, name="sources"),
    path("catalog/sources/<int:pk>", sources.source, name="source"),
    path("catalog/sources/<int:pk>/sync", sources.sync, name="source_sync"),
    path("catalog/sources/<int:pk>/teams", sources.decide_teams, name="source_teams"),
    path("catalog/sources/<int:pk>/removal", sources.unregister, name="source_unregister"),
    path("catalog/new", writing.new, name="write"),
    path("catalog/new/verdict", writing.verdict, name="write_verdict"),
    path("catalog/removed", history.removed, name="removed"),
    path(_NAMED, entities.entity, name="entity"),
    path(f"{_NAMED}/source", entities.entity_source, name="entity_source"),
    path(f"{_NAMED}/history", history.entity_history, name="entity_history"),
    path(f"{_NAMED}/edit", writing.edit, name="entity_edit"),
    path(f"{_NAMED}/removal", writing.remove, name="entity_remove"),
    path(f"{_NAMED}/restoration", history.restore, name="entity_restore"),
]
