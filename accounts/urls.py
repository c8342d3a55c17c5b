"""Pages of accounts. Signing in and out by password is allauth's, under /accounts/."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("sign-in/<str:secret>", views.sign_in_link, name="sign_in_link"),
    path("settings", views.settings_page, name="settings"),
    path("settings/tokens/new", views.new_token, name="token_new"),
    path("settings/tokens/<int:pk>/revocation", views.revoke_token, name="token_revoke"),
    path("settings/people", views.people, name="people"),
    path("settings/people/<int:pk>/role", views.change_role, name="change_role"),
]
