"""What accounts serves under /api/v1/."""

from django.urls import path

from accounts import api

urlpatterns = [
    path("me", api.Me.as_view()),
    path("tokens", api.Tokens.as_view()),
    path("tokens/<int:pk>", api.TokenDetail.as_view()),
]
