"""Pages of metrics, and the webhook doors."""

from django.urls import path

from metrics import views, webhooks

urlpatterns = [
    path("webhooks/<str:source>", webhooks.receive, name="webhook"),
    path("insights", views.insights, name="insights"),
    path("insights/deliveries", views.deliveries, name="deliveries"),
    path("insights/deliveries/<int:pk>", views.delivery, name="delivery"),
    path("insights/deliveries/<int:pk>/replay", views.replay, name="delivery_replay"),
    path("insights/<str:namespace>/<str:kind>/<str:name>", views.service, name="insights_service"),
    path("insights/<str:namespace>/<str:kind>/<str:name>/card", views.card, name="delivery_card"),
]
