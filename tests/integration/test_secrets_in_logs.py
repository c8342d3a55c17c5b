"""What a step prints, and what it answers, holds no secret that the portal knows of."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.test import Client

from accounts.models import User
from common.errors import ProviderError
from runs.context import RunningStep
from runs.engine import advance
from runs.logs import read_log
from runs.models import Run
from runs.pipeline import Done, Fail, StepContext, Wait
from tests.integration.test_secrets_stay_secret import ACCESS, SESSION, places_with
from tests.unit.runs.conftest import Scripted, begin  # noqa: F401


def held_by_the_portal(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the installation secrets with canaries in them; answers them."""
    settings.SECRET_KEY = "canary-secretkey-0123456789"
    settings.ENCRYPTION_KEYS = ("canary-encryption-0123456789", "canary-former-encryption-01")
    settings.WEBHOOK_SECRETS = {"github": "canary-webhook-0123456789"}
    settings.AWS_ENVIRONMENT = {"AWS_SECRET_ACCESS_KEY": ACCESS, "AWS_SESSION_TOKEN": SESSION}
    monkeypatch.setitem(portal_settings.DATABASES["default"], "PASSWORD", "canary-database-0123456789")
    return [
        settings.SECRET_KEY,
        *settings.ENCRYPTION_KEYS,
        *settings.WEBHOOK_SECRETS.values(),
        ACCESS,
        SESSION,
        "canary-database-0123456789",
    ]


def test_a_step_that_prints_what_the_portal_holds_prints_masks(  # type: ignore[no-untyped-def]
    begin,  # noqa: F811
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = begin(Scripted("one"))
    secrets = held_by_the_portal(settings, monkeypatch)
    step = RunningStep(run)
    for secret in secrets:
        step.log(f"before {secret} after")
        step.log(secret * 3000)  # across the edges of chunks
    step.flush()
    log, _ = read_log(run.pk, 0)
    assert log.count("before ") == log.count(" after") == len(secrets)
    assert "canary" not in log
    assert places_with(["canary-"]) == []


def test_a_secret_of_several_lines_stays_out_of_a_log_that_is_stored_line_by_line(begin) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    run = begin(Scripted("one"))
    step = RunningStep(run)
    key = "\n".join(f"canary-line-{number}" for number in range(5))
    step.redact(key)
    for line in key.splitlines():
        step.log(f"> {line}")
        step.flush()
    assert read_log(run.pk, 0)[0].count("> ") == 5
    assert places_with(["canary-line"]) == []


@pytest.mark.parametrize("pause", [0, 1, 2, 5, 99])
def test_a_private_key_that_nobody_named_is_left_out_however_its_lines_come(begin, pause: int) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    run = begin(Scripted("one"))
    step = RunningStep(run)
    body = [f"MIIcanaryBody{number}" for number in range(6)]
    key = ["-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----"]
    for number, line in enumerate(
        ["before", *key, "between", *key, "after", "-----BEGIN CERTIFICATE-----", "MIIpublic"]
    ):
        step.log(f"thing: {line}")
        if pause and number % pause == 0:
            step.flush()
    step.flush()
    log, _ = read_log(run.pk, 0)
    assert log.split() == [
        *("thing:", "before", "thing:", "•••", "thing:", "between", "thing:", "•••", "thing:", "after"),
        *("thing:", "-----BEGIN", "CERTIFICATE-----", "thing:", "MIIpublic"),
    ]
    assert places_with(["canaryBody"]) == []


def test_a_key_that_never_ends_does_not_swallow_the_rest_of_the_log(begin) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    run = begin(Scripted("one"))
    step = RunningStep(run)
    step.log("expected -----BEGIN PRIVATE KEY----- at line 1")
    for number in range(500):
        step.log(f"line {number} says something of about forty characters")
        step.flush()
    assert read_log(run.pk, 0)[0].endswith("line 499 says something of about forty characters\n")


def test_large_pieces_of_a_secret_stay_out_too(begin) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    run = begin(Scripted("one"))
    step = RunningStep(run)
    step.redact("canary-begins-0123456789-canary-ends")
    for cut in range(12, 25):
        step.log("first canary-begins-0123456789-canary-ends"[: 6 + cut])
        step.flush()
        step.log(f"{'canary-begins-0123456789-canary-ends'[cut:]} last")
        step.flush()
    log, _ = read_log(run.pk, 0)
    assert log == "first •••\n••• last\n" * 13
    step.log("canary-birds sing, and canary-ends meet")
    step.flush()
    assert "canary-birds sing, and canary-ends meet" in read_log(run.pk, 0)[0]


SECRET = "canary-of-a-step-0123456789"


def answers(context: StepContext) -> list[Any]:
    """Whatever a step may answer, with a secret in each of its texts."""
    context.redact(SECRET)
    return [
        Done(f"made with {SECRET}", {"endpoint": f"https://me:{SECRET}@thing", "deep": [{"a": SECRET}]}),
        Wait("event", f"for {SECRET}", (f"group:default/{SECRET}",)),
        Fail("provider", f"not with {SECRET}", f"try another than {SECRET}"),
        Fail("provider", f"not yet with {SECRET}", f"wait for {SECRET}", transient=True),
        ProviderError(f"the cloud does not take {SECRET}", permanent=True, hint=SECRET),
        RuntimeError(f"could not log in with {SECRET}"),
    ]


@pytest.mark.parametrize("which", range(6))
def test_no_outcome_of_a_step_keeps_a_secret_that_it_was_told_to_keep_out(  # type: ignore[no-untyped-def]
    begin,  # noqa: F811
    which: int,
    alice: User,
    client_for: Callable[[User], Client],
    caplog: Any,
) -> None:
    def act(context: StepContext) -> Any:
        answer = answers(context)[which]
        if isinstance(answer, Exception):
            raise answer
        return answer

    run = begin(Scripted("one", [act]), by=alice)
    with caplog.at_level(logging.DEBUG):
        assert advance(run.pk)
    run = Run.objects.get(pk=run.pk)
    assert run.steps.get().state in {"succeeded", "waiting", "failed"}
    assert places_with([SECRET]) == []
    assert SECRET not in caplog.text
    for path in (f"/runs/{run.pk}", f"/api/v1/runs/{run.pk}", f"/api/v1/runs/{run.pk}/log"):
        assert SECRET not in client_for(alice).get(path).content.decode()


def test_what_a_step_leaves_for_later_ones_is_kept_as_it_is_but_for_secrets(begin) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    def act(context: StepContext) -> Done:
        context.redact(SECRET)
        return Done(
            "", {"port": 5432, "ready": True, "note": "token: abcdefghijkl", "url": f"x{SECRET}y", "none": None}
        )

    run = begin(Scripted("one", [act]), Scripted("two"))
    advance(run.pk)
    data = Run.objects.get(pk=run.pk).step_data("one")
    assert data == {"port": 5432, "ready": True, "none": None, "note": "token: abcdefghijkl", "url": "x•••y"}
