"""Pages of runs."""

from django.urls import path

from runs import views
from runs.webhooks import views as webhooks

urlpatterns = [
    path("runs", views.runs, name="runs"),
    path("runs/<int:pk>", views.run, name="run"),
    path("runs/<int:pk>/cancellation", views.cancel, name="run_cancel"),
    path("settings/webhooks", webhooks.webhooks, name="webhooks"),
    path("settings/webhooks/new", webhooks.webhook_new, name="webhook_new"),
    path("settings/webhooks/<int:pk>", webhooks.webhook, name="webhook_endpoint"),
    path("settings/webhooks/<int:pk>/active", webhooks.webhook_active, name="webhook_active"),
    path("settings/webhooks/<int:pk>/secret", webhooks.webhook_secret, name="webhook_secret"),
    path("settings/webhooks/<int:pk>/messages", webhooks.webhook_send, name="webhook_send"),
    path("settings/webhooks/<int:pk>/removal", webhooks.webhook_removal, name="webhook_removal"),
]
