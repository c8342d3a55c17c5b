from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actions import create_token, revoke_token
from accounts.models import ApiToken, User
from accounts.models.token import is_well_formed, new_token_text
from common.errors import UserError

pytestmark = pytest.mark.django_db


def test_a_token_is_found_by_its_text_and_stored_only_as_a_digest(alice: User) -> None:
    token, text = create_token(user=alice, scopes=["catalog:read"])
    assert ApiToken.objects.matching(text) == token
    stored = ApiToken.objects.values().get(pk=token.pk)
    assert text not in str(stored)


def test_a_token_carries_a_prefix_and_a_checksum() -> None:
    text = new_token_text()
    assert text.startswith("crn_")
    assert is_well_formed(text)
    assert not is_well_formed(text[:-1] + ("0" if text[-1] != "0" else "1"))


@pytest.mark.parametrize("text", ["", "crn_", "crn_x", "ghp_abc", "crn_" + "a" * 60])
def test_a_text_that_is_no_token_matches_nothing(text: str) -> None:
    assert ApiToken.objects.matching(text) is None


def test_an_expired_a_revoked_and_an_inactive_persons_token_are_refused(alice: User) -> None:
    token, text = create_token(user=alice, scopes=["catalog:read"], days=1)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ApiToken.objects.matching(text) is None

    token, text = create_token(user=alice, scopes=["catalog:read"])
    revoke_token(token=token, by=alice)
    assert ApiToken.objects.matching(text) is None

    _, text = create_token(user=alice, scopes=["catalog:read"])
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert ApiToken.objects.matching(text) is None


def test_write_grants_read_of_the_same_noun_and_admin_grants_all(alice: User) -> None:
    token, _ = create_token(user=alice, scopes=["catalog:write"])
    assert token.allows("catalog:read")
    assert not token.allows("runs:read")
    admin, _ = create_token(user=alice, scopes=["admin"])
    assert admin.allows("provisioning:approve")


def test_an_unknown_scope_is_named(alice: User) -> None:
    with pytest.raises(UserError, match="catalog:eat is not a scope"):
        create_token(user=alice, scopes=["catalog:eat"])


def test_the_last_use_is_written_at_most_once_a_minute(alice: User, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    _, text = create_token(user=alice, scopes=["catalog:read"])
    found = ApiToken.objects.matching(text)
    assert found is not None
    found.touch()
    again = ApiToken.objects.matching(text)
    assert again is not None
    with django_assert_num_queries(0):
        again.touch()
