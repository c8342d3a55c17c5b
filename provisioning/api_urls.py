"""What provisioning serves under /api/v1/."""

from django.urls import path

from provisioning.api import (
    blueprints,
    budgets,
    decisions,
    emergencies,
    policies,
    requests,
    resources,
    sources,
    standing_in,
    versions,
)

urlpatterns = [
    path("blueprints", blueprints.Blueprints.as_view()),
    path("blueprints/<str:name>", blueprints.BlueprintDetail.as_view()),
    path("blueprints/<str:name>/schema", blueprints.BlueprintSchema.as_view()),
    path("blueprints/<str:name>/versions", blueprints.BlueprintVersions.as_view()),
    path("blueprints/<str:name>/versions/<str:number>", versions.Version.as_view()),
    path("blueprints/<str:name>/versions/<str:number>/previews", versions.Previews.as_view()),
    path("previews/<int:pk>", versions.PreviewDetail.as_view()),
    path("blueprint-sources", sources.BlueprintSources.as_view()),
    path("blueprint-sources/<int:pk>", sources.BlueprintSourceDetail.as_view()),
    path("blueprint-sources/<int:pk>/sync", sources.BlueprintSourceSync.as_view()),
    path("requests", requests.Requests.as_view()),
    path("requests/<int:pk>", requests.RequestDetail.as_view()),
    path("requests/<int:pk>/approvals", decisions.Approvals.as_view()),
    path("requests/<int:pk>/cancellation", decisions.Cancellation.as_view()),
    path("requests/<int:pk>/plans", decisions.Plans.as_view()),
    path("requests/<int:pk>/break-glass", emergencies.Glass.as_view()),
    path("requests/<int:pk>/break-glass/review", emergencies.GlassReview.as_view()),
    path("approvals", emergencies.ManyApprovals.as_view()),
    path("delegations", standing_in.Delegations.as_view()),
    path("delegations/<int:pk>", standing_in.DelegationDetail.as_view()),
    path("policies", policies.Policies.as_view()),
    path("policies/<str:name>", policies.PolicyDetail.as_view()),
    path("namespace-requests", requests.NamespaceRequests.as_view()),
    path("budgets", budgets.Budgets.as_view()),
    path("budgets/<int:pk>", budgets.BudgetDetail.as_view()),
    path("resources", resources.Resources.as_view()),
    path("resources/<int:pk>", resources.ResourceDetail.as_view()),
    path("resources/<int:pk>/secrets/<str:name>/reveal", resources.Reveal.as_view()),
]
