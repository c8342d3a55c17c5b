"""What metrics serves under /api/v1/."""

from django.urls import path

from metrics import api

urlpatterns = [
    path("metrics/<str:metric>", api.Metric.as_view()),
    path("metrics/<str:metric>/rows", api.MetricRows.as_view()),
    path("deliveries", api.Deliveries.as_view()),
    path("deliveries/<int:pk>/replay", api.DeliveryReplay.as_view()),
]
