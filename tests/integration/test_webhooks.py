"""Others are told what happens: signed, again until it arrives, and nobody is told who should not be."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from common.errors import UserError
from runs.models import OutboxMessage, Run, WebhookDelivery, WebhookEndpoint
from runs.pipeline import Done, Fail
from runs.sweep import sweep
from runs.webhooks.actions import add_endpoint
from runs.webhooks.announce import announce
from runs.webhooks.deliver import DELIVER, PAUSES, deliver
from tests.unit.runs.conftest import Scripted, begin  # noqa: F401  # a fixture
from tests.unit.runs.test_engine import follow

pytestmark = pytest.mark.django_db
ORDERS = "group:default/orders-team"


class Receiver:
    """A server that keeps what it is told, and answers with the given codes, the last one for ever."""

    def __init__(self) -> None:
        self.codes, self.heard = [204], list[tuple[dict[str, str], bytes]]()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.codes.pop(0) if len(receiver.codes) > 1 else receiver.codes[0])
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.HTTP_ALLOW_PRIVATE = ("127.0.0.0/8",)
    made = Receiver()
    yield made
    made.close()


def deliver_all() -> None:
    for pk in WebhookDelivery.objects.due().order_by("pk").values_list("pk", flat=True):
        deliver(pk)


def make_due() -> None:
    WebhookDelivery.objects.filter(state="pending").update(due_at=timezone.now())


def test_a_run_tells_each_of_its_steps_signed_as_the_standard_has_it(
    receiver: Receiver,
    pat: User,
    begin: Callable[..., Run],  # noqa: F811
) -> None:
    _, secret = add_endpoint(given={"url": receiver.url}, by=pat)
    run = follow(begin(Scripted("one", [Done()])))
    deliver_all()
    bodies = [json.loads(body) for _, body in receiver.heard]
    assert [body["type"] for body in bodies] == ["run.queued", "run.running", "run.succeeded"]
    assert bodies[-1]["data"] | {"error": None} == bodies[-1]["data"]
    assert (bodies[-1]["data"]["id"], bodies[-1]["data"]["owner"]) == (run.pk, ORDERS)
    headers, body = receiver.heard[-1]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert abs(int(headers["webhook-timestamp"]) - timezone.now().timestamp()) < 60


def test_an_endpoint_hears_only_of_its_topics_and_its_owner(receiver: Receiver, pat: User) -> None:
    add_endpoint(given={"url": receiver.url, "topics": ["run.failed"], "owner": ORDERS}, by=pat)
    announce("run.failed", owner_ref="group:default/others", data={})
    announce("run.succeeded", owner_ref=ORDERS, data={})
    announce("run.failed", owner_ref=ORDERS, data={"id": 1})
    deliver_all()
    assert [json.loads(body)["data"] for _, body in receiver.heard] == [{"id": 1}]


def test_what_is_refused_is_sent_again_under_the_same_id_until_it_arrives(receiver: Receiver, pat: User) -> None:
    add_endpoint(given={"url": receiver.url}, by=pat)
    receiver.codes = [500, 503, 200]
    announce("run.failed", owner_ref=ORDERS, data={})
    for attempt in range(3):
        deliver_all()
        delivery = WebhookDelivery.objects.get()
        if attempt < 2:
            assert delivery.error == f"It answered {500 if attempt == 0 else 503}."
            pause = delivery.due_at - timezone.now()
            assert PAUSES[attempt] - timedelta(seconds=5) < pause <= PAUSES[attempt]
        make_due()
    assert (delivery.state, delivery.attempts, delivery.status, delivery.error) == ("delivered", 3, 200, "")
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 1
    assert WebhookEndpoint.objects.get().failing_since is None


def test_what_never_arrives_is_given_up_and_can_be_sent_again(
    receiver: Receiver, pat: User, client_for: Callable[[User], Client]
) -> None:
    endpoint, _ = add_endpoint(given={"url": receiver.url}, by=pat)
    receiver.codes = [500]
    announce("run.failed", owner_ref=ORDERS, data={})
    for _ in range(len(PAUSES) + 1):
        deliver_all()
        make_due()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("failed", len(PAUSES) + 1)
    receiver.codes = [200]
    page = client_for(pat)
    page.post(f"/settings/webhooks/{endpoint.pk}/messages", {"message_id": str(delivery.message_id)})
    deliver_all()
    assert WebhookDelivery.objects.get().state == "delivered"


def test_a_server_that_is_not_there_is_an_error_in_words(receiver: Receiver, pat: User) -> None:
    add_endpoint(given={"url": receiver.url}, by=pat)
    receiver.close()
    announce("run.failed", owner_ref=ORDERS, data={})
    deliver_all()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.status) == ("pending", None)
    assert "could not be reached" in delivery.error


def test_an_endpoint_that_is_gone_or_dead_for_days_is_told_nothing_any_more(receiver: Receiver, pat: User) -> None:
    gone, _ = add_endpoint(given={"url": receiver.url}, by=pat)
    receiver.codes = [410]
    announce("run.failed", owner_ref=ORDERS, data={})
    deliver_all()
    gone.refresh_from_db()
    assert (gone.is_active, gone.stopped_because) == (False, "It answered that it is gone (410).")
    assert WebhookDelivery.objects.get().state == "failed"
    assert Event.objects.filter(verb="webhook.stopped").count() == 1
    dead, _ = add_endpoint(given={"url": receiver.url}, by=pat)
    WebhookEndpoint.objects.filter(pk=dead.pk).update(failing_since=timezone.now() - timedelta(days=6))
    receiver.codes = [500]
    announce("run.failed", owner_ref=ORDERS, data={})
    deliver_all()
    dead.refresh_from_db()
    assert not dead.is_active


def test_a_message_that_was_lost_is_called_for_by_the_sweep_and_one_that_comes_twice_is_sent_once(
    receiver: Receiver, pat: User
) -> None:
    add_endpoint(given={"url": receiver.url}, by=pat)
    announce("run.failed", owner_ref=ORDERS, data={})
    OutboxMessage.objects.all().delete()
    sweep()
    (pk,) = OutboxMessage.objects.filter(task=DELIVER).values_list("args", flat=True)
    for _ in range(5):
        deliver(*pk)
    assert len(receiver.heard) == 1


def test_what_ended_long_ago_is_forgotten(receiver: Receiver, pat: User) -> None:
    add_endpoint(given={"url": receiver.url}, by=pat)
    announce("run.failed", owner_ref=ORDERS, data={})
    deliver_all()
    WebhookDelivery.objects.update(ended_at=timezone.now() - timedelta(days=8))
    sweep()
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "url"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "https://a:b@example.com/"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "http://[nonsense"}, "url"),
        ({"url": 7}, "url"),
        ({"url": "https://example.com/", "topics": ["run.exploded"]}, "topics"),
        ({"url": "https://example.com/", "topics": "run.failed"}, "topics"),
        ({"url": "https://example.com/", "owner": 7}, "owner"),
    ],
)
def test_what_cannot_be_told_is_refused_with_its_field(pat: User, given: dict[str, Any], field: str) -> None:
    with pytest.raises(UserError) as refused:
        add_endpoint(given=given, by=pat)
    assert [one.path for one in refused.value.fields] == [field]


def test_a_failure_tells_its_error_and_a_secret_tells_nothing(
    receiver: Receiver,
    pat: User,
    begin: Callable[..., Run],  # noqa: F811
) -> None:
    _, secret = add_endpoint(given={"url": receiver.url, "topics": ["run.failed"]}, by=pat)
    follow(begin(Scripted("one", [Fail("user", "It is wrong.", "Mend it.", "wrong")])))
    deliver_all()
    ((_, body),) = receiver.heard
    assert json.loads(body)["data"]["error"]["message"] == "It is wrong."
    told = json.dumps(list(Event.objects.values("data", "subject_label")), default=str)
    stored = bytes(WebhookEndpoint.objects.get().ciphertext)
    assert secret not in told
    assert secret.encode() not in stored


def test_everything_can_be_done_by_script(
    receiver: Receiver, pat: User, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    api = api_for(pat)
    made = api.post("/api/v1/webhooks", {"url": receiver.url, "description": "Chat"}, format="json")
    assert made.status_code == 201
    address = f"/api/v1/webhooks/{made.json()['id']}"
    assert "secret" not in api.get(address).json()
    assert api.post(f"{address}/secret").json()["secret"] != made.json()["secret"]
    assert api.patch(address, {"topics": ["run.failed"]}, format="json").json()["description"] == "Chat"
    assert api.post(f"{address}/deliveries", {}, format="json").status_code == 201
    deliver_all()
    (sent,) = api.get(f"{address}/deliveries").json()["items"]
    assert (sent["topic"], sent["state"], sent["status"]) == ("webhook.test", "delivered", 204)
    for wrong in ("nonsense", 7, "00000000-0000-4000-8000-000000000000"):
        again = api.post(f"{address}/deliveries", {"message_id": wrong}, format="json")
        assert again.status_code in {404, 422}
    assert api.patch(address, {"active": False}, format="json").json()["active"] is False
    assert api.patch(address, {"active": "no"}, format="json").status_code == 422
    assert api_for(charlie).get(address).status_code == 403
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


def test_the_pages_show_the_secret_once_and_keep_what_was_typed(
    receiver: Receiver, pat: User, client_for: Callable[[User], Client]
) -> None:
    page = client_for(pat)
    wrong = page.post("/settings/webhooks/new", {"url": "nonsense", "description": "Chat", "topics": ["run.failed"]})
    assert wrong.status_code == 422
    assert b'value="Chat"' in wrong.content
    assert b'value="run.failed" checked' in wrong.content
    made = page.post("/settings/webhooks/new", {"url": receiver.url})
    assert b"whsec_" in made.content
    address = WebhookEndpoint.objects.get().get_absolute_url()
    assert b"whsec_" not in page.get(address).content
    page.post(f"{address}/active", {"active": "0"})
    announce("run.failed", owner_ref=ORDERS, data={})
    assert not WebhookDelivery.objects.exists()
    assert b">off" in page.get("/settings/webhooks").content
