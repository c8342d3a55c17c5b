"""What the audit trail serves under /api/v1/."""

from django.urls import path

from audit import api

urlpatterns = [path("audit", api.Events.as_view())]
