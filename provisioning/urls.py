"""Pages of provisioning, and the state backend for Terraform."""

from django.urls import include, path

from provisioning.views import asking, budgets, requests, resources, sources, upgrading, versions

urlpatterns = [
    path("terraform/state/", include("provisioning.state.urls")),
    path("self-service", asking.self_service, name="self_service"),
    path("self-service/<str:blueprint>/new", asking.new, name="request_new"),
    path("self-service/<str:blueprint>/verdict", asking.verdict, name="request_verdict"),
    path("self-service/blueprints", sources.blueprints, name="blueprints"),
    path("self-service/blueprints/<str:name>/<str:number>", versions.version, name="blueprint_version"),
    path("self-service/blueprints/<str:name>/<str:number>/verdict", versions.verdict, name="blueprint_verdict"),
    path("self-service/blueprints/<str:name>/<str:number>/state", versions.act, name="blueprint_act"),
    path("self-service/previews/<int:pk>", versions.preview, name="blueprint_preview"),
    path("self-service/sources", sources.sources, name="blueprint_sources"),
    path("self-service/sources/<int:pk>", sources.source, name="blueprint_source"),
    path("self-service/sources/<int:pk>/sync", sources.sync, name="blueprint_source_sync"),
    path("self-service/sources/<int:pk>/trust", sources.trust, name="blueprint_source_trust"),
    path("self-service/sources/<int:pk>/removal", sources.removal, name="blueprint_source_removal"),
    path("requests", requests.requests, name="requests"),
    path("requests/<int:pk>", requests.detail, name="request"),
    path("requests/<int:pk>/decision", requests.decide, name="request_decide"),
    path("requests/<int:pk>/withdrawal", requests.withdraw, name="request_withdraw"),
    path("requests/<int:pk>/plan", requests.plan_again, name="request_plan_again"),
    path("budgets", budgets.budgets, name="budgets"),
    path("budgets/new", budgets.budget_new, name="budget_new"),
    path("budgets/<int:pk>", budgets.budget, name="budget"),
    path("budgets/<int:pk>/removal", budgets.budget_removal, name="budget_removal"),
    path("resources", resources.resources, name="resources"),
    path("resources/<int:pk>", resources.detail, name="resource"),
    path("resources/<int:pk>/change", asking.change, name="resource_change"),
    path("resources/<int:pk>/upgrade", upgrading.upgrade, name="resource_upgrade"),
    path("resources/<int:pk>/deletion", asking.remove, name="resource_remove"),
    path("resources/<int:pk>/secrets/<str:name>", resources.reveal, name="secret_reveal"),
    path("resources/card/<str:namespace>/<str:kind>/<str:name>", resources.card, name="resources_card"),
]
