"""What runs serve under /api/v1/."""

from django.urls import path

from runs import api
from runs.webhooks import api as webhooks

urlpatterns = [
    path("runs", api.Runs.as_view()),
    path("runs/<int:pk>", api.RunDetail.as_view(), name="api_run"),
    path("runs/<int:pk>/log", api.RunLog.as_view(), name="api_run_log"),
    path("runs/<int:pk>/cancellation", api.RunCancellation.as_view()),
    path("webhooks", webhooks.Webhooks.as_view()),
    path("webhooks/<int:pk>", webhooks.WebhookDetail.as_view()),
    path("webhooks/<int:pk>/secret", webhooks.WebhookSecret.as_view()),
    path("webhooks/<int:pk>/deliveries", webhooks.WebhookDeliveries.as_view()),
]
