from datetime import UTC, datetime, timedelta

from metrics import signatures

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SECRET = "It's a Secret to Everybody"
BODY = b"Hello, World!"
KNOWN = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_githubs_own_example_is_accepted() -> None:
    assert signatures.github({"x-hub-signature-256": KNOWN}, BODY, SECRET, NOW)


def test_a_changed_body_another_algorithm_and_the_old_header_are_refused() -> None:
    assert not signatures.github({"x-hub-signature-256": KNOWN}, BODY + b"\n", SECRET, NOW)
    assert not signatures.github({"x-hub-signature-256": KNOWN.replace("sha256", "sha1")}, BODY, SECRET, NOW)
    assert not signatures.github({"x-hub-signature-256": KNOWN.upper()}, BODY, SECRET, NOW)
    assert not signatures.github({"x-hub-signature": KNOWN}, BODY, SECRET, NOW)
    assert not signatures.github({}, BODY, SECRET, NOW)


def test_a_text_that_is_not_ascii_is_refused_and_not_an_error() -> None:
    assert not signatures.github({"x-hub-signature-256": "sha256=é"}, BODY, SECRET, NOW)


def test_a_bearer_must_be_the_very_secret() -> None:
    assert signatures.bearer({"authorization": f"Bearer {SECRET}"}, b"", SECRET, NOW)
    assert not signatures.bearer({"authorization": f"Bearer {SECRET} "}, b"", SECRET, NOW)


def test_standard_webhooks_known_answer_within_five_minutes() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,nonsense v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    assert signatures.standard_webhooks(headers, body, secret, at)
    assert not signatures.standard_webhooks(headers, body, secret, at + timedelta(minutes=6))
    assert not signatures.standard_webhooks(headers, body, secret, at - timedelta(minutes=6))
    assert not signatures.standard_webhooks(headers | {"webhook-timestamp": "soon"}, body, secret, at)
