"""What runs serve under /api/v1/."""

from django.urls import path

from runs import api

urlpatterns = [
    path("runs", api.Runs.as_view()),
    path("runs/<int:pk>", api.RunDetail.as_view(), name="api_run"),
    path("runs/<int:pk>/log", api.RunLog.as_view(), name="api_run_log"),
    path("runs/<int:pk>/cancellation", api.RunCancellation.as_view()),
]
