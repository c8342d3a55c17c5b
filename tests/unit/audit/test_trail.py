"""The trail only grows, and shows everybody what concerns them."""

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import Event
from audit.query import filtered
from audit.record import record

pytestmark = pytest.mark.django_db
TEAM = "group:default/orders-team"


def happened(verb: str = "request.approved", by=None, **fields) -> Event:  # type: ignore[no-untyped-def]
    record(verb, by=by, **{"subject_kind": "request", "subject_id": "7", **fields})
    return Event.objects.latest("pk")


def refused(sql: str) -> None:
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_an_event_says_who_did_what_to_what(alice) -> None:  # type: ignore[no-untyped-def]
    event = happened(by=alice, subject_label="orders-db", data={"plan": "9f3c"})
    assert (event.actor, event.verb, event.subject_label) == (alice.entity_ref, "request.approved", "orders-db")
    assert event.data == {"plan": "9f3c"}
    assert happened().actor == "cairn"


def test_the_database_refuses_to_change_an_event() -> None:
    happened()
    refused("UPDATE audit_event SET actor = 'nobody'")


def test_the_database_refuses_to_remove_an_event() -> None:
    happened()
    refused("DELETE FROM audit_event")


def test_the_trail_has_a_guard_against_emptying_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_event'::regclass AND NOT tgisinternal")
        guards = {name for (name,) in cursor.fetchall()}
    # Tests that commit disable the second one to clean up, so that only its presence can be seen here.
    assert guards == {"audit_event_no_change", "audit_event_no_truncate"}


def test_an_event_goes_with_the_change_that_it_tells_of(alice) -> None:  # type: ignore[no-untyped-def]
    @transaction.atomic
    def change() -> None:
        happened(by=alice)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert not Event.objects.filter(verb="request.approved").exists()


def test_people_see_what_they_or_their_teams_did_or_own_and_admins_all(alice, bob, charlie, pat) -> None:  # type: ignore[no-untyped-def]
    own, of_team, of_pat = happened(by=alice), happened(owner_ref=TEAM), happened("portal.started", by=pat)

    def seen(user) -> set[int]:  # type: ignore[no-untyped-def]
        return {event.pk for event in Event.objects.visible_to(user)} & {own.pk, of_team.pk, of_pat.pk}

    assert seen(alice) == {own.pk, of_team.pk}
    assert seen(bob) == {of_team.pk}
    assert seen(charlie) == set()
    assert seen(pat) == {own.pk, of_team.pk, of_pat.pk}


def test_filters_narrow_by_who_what_and_a_family_of_verbs(alice, bob) -> None:  # type: ignore[no-untyped-def]
    approved, rejected = happened("request.approved", by=alice), happened("request.rejected", by=bob)
    renamed = happened("requests.renamed", by=bob, subject_id="8")

    def found(**given: str) -> list[int]:
        rows = filtered(Event.objects.filter(subject_kind="request"), given).order_by("pk")
        return [event.pk for event in rows]

    assert found(verb="request.approved") == [approved.pk]
    assert found(verb="request.*") == [approved.pk, rejected.pk]
    assert found(actor=bob.entity_ref) == [rejected.pk, renamed.pk]
    assert found(actor=bob.entity_ref, subject_id="8") == [renamed.pk]
    assert found(actor=" ", unknown="x") == [approved.pk, rejected.pk, renamed.pk]
