"""Addresses of the state backend, below ``/terraform/state/``."""

from django.urls import path

from provisioning.state import views

urlpatterns = [
    path("<slug:workspace>", views.state, name="terraform_state"),
    path("<slug:workspace>/lock", views.lock, name="terraform_lock"),
    path("<slug:workspace>/unlock", views.unlock, name="terraform_unlock"),
]
