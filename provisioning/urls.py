"""Pages of provisioning, and the state backend for Terraform."""

from django.urls import include, path

from provisioning.views import asking, budgets, requests, resources

urlpatterns = [
    path("terraform/state/", include("provisioning.state.urls")),
    path("self-service", asking.self_service, name="self_service"),
    path("self-service/<str:blueprint>/new", asking.new, name="request_new"),
    path("self-service/<str:blueprint>/verdict", asking.verdict, name="request_verdict"),
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
    path("resources/<int:pk>/deletion", asking.remove, name="resource_remove"),
    path("resources/<int:pk>/secrets/<str:name>", resources.reveal, name="secret_reveal"),
    path("resources/card/<str:namespace>/<str:kind>/<str:name>", resources.card, name="resources_card"),
]
