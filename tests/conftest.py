"""The people in the tests, and how they reach the portal."""

from collections.abc import Callable

import pytest


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):  # type: ignore[no-untyped-def]
    """Tests that commit are cleaned up by TRUNCATE, which the trail refuses everywhere else."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_no_truncate")


@pytest.fixture(autouse=True)
def _small_tables_are_read_anew() -> None:
    """What a process trusts for a second is undone with the test that changed it."""
    from catalog import kinds, visibility
    from provisioning import blueprints
    from provisioning.workloads import reading

    blueprints.forget()
    reading.forget()
    kinds.forget()
    visibility.forget()


@pytest.fixture
def alice(db):  # type: ignore[no-untyped-def]
    """Owns things, in orders-team."""
    return _person("alice", "developer", "group:default/orders-team")


@pytest.fixture
def bob(db):  # type: ignore[no-untyped-def]
    """Is on alice's team."""
    return _person("bob", "developer", "group:default/orders-team")


@pytest.fixture
def charlie(db):  # type: ignore[no-untyped-def]
    """Is an outsider."""
    return _person("charlie", "developer", "group:default/payments-team")


@pytest.fixture
def pat(db):  # type: ignore[no-untyped-def]
    """Runs the portal."""
    return _person("pat", "platform-admin")


@pytest.fixture
def client_for() -> Callable:  # type: ignore[type-arg]
    """A browser in which the given person is signed in."""
    from django.test import Client

    def make(user):  # type: ignore[no-untyped-def]
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def api_for() -> Callable:  # type: ignore[type-arg]
    """A script with a token of the given person; ``scopes`` default to all."""
    from rest_framework.test import APIClient

    from accounts.actions import create_token

    def make(user, scopes=("admin",)):  # type: ignore[no-untyped-def]
        _, text = create_token(user=user, scopes=list(scopes), by=user)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return client

    return make


def _person(name: str, role: str, *teams: str):  # type: ignore[no-untyped-def]
    from accounts.actions import create_user
    from accounts.models import User

    return User.objects.filter(username=name).first() or create_user(name=name, role=role, member_of=list(teams))
