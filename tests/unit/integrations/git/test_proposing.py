"""What git says of a refused push, in our words."""

import pytest

from common.errors import Conflict, ProviderError
from integrations.git.proposing import refused_push

URL = "ssh://git@git.test/shop"


@pytest.mark.parametrize(
    ("said", "id"),
    [
        ("! [rejected] a -> cairn/x (fetch first)", "already-proposed"),
        (
            "! [remote rejected] cairn/x (cannot lock ref 'refs/heads/cairn/x': reference already exists)",
            "already-proposed",
        ),
        ("remote: Permission to acme/shop.git denied to cairn.\nfatal: unable to access: error: 403", "push-forbidden"),
        ("remote: You are not allowed to push code to this project.", "push-forbidden"),
        ("ERROR: The key you are authenticating with has been marked as read-only.", "push-forbidden"),
        (
            "remote: GH006: Protected branch update failed\n! [remote rejected] (protected branch hook declined)",
            "push-refused",
        ),
        ("remote: no\n! [remote rejected] (pre-receive hook declined)", "push-refused"),
        ("git@git.test: Permission denied (publickey).", "login-needed"),
        ("fatal: Could not read from remote repository. Connection refused", "no-answer"),
        ("", "git-failed"),
    ],
)
def test_every_refused_push_is_told_apart(said: str, id: str) -> None:
    error = refused_push(URL, "cairn/x", said)
    assert error.id == id
    assert isinstance(error, Conflict | ProviderError)
    assert "secret" not in refused_push(URL, "cairn/x", said + "\nremote: see https://me:secret@x.test/").message
