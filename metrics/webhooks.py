"""The doors that other systems knock on: verify, store, answer; reading comes later."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common.errors import CairnError, NotFound, PermissionRefused, UserError
from metrics import actions
from metrics.intake.sources import SOURCES, Source

LARGEST = 25 * 1024 * 1024


@csrf_exempt
@require_POST
def receive(request: HttpRequest, source: str) -> HttpResponse:
    """202 once the delivery is stored; the same delivery again answers 202 and changes nothing."""
    sender = SOURCES.get(source)
    if sender is None:
        raise NotFound(f"There is no webhook source {source}.", hint=f"Sources are {', '.join(sorted(SOURCES))}.")
    body = _body(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    _require_signature(sender, headers, body)
    key, event = headers.get(sender.key_header, ""), headers.get(sender.event_header, "")
    if not key:
        raise UserError(f"The header {sender.key_header} is missing; it tells deliveries apart.")
    delivery, new = actions.receive(source=sender, headers=headers, body=body, key=key[:200], event=event[:100])
    return JsonResponse({"delivery": delivery.pk, "new": new}, status=202)


def _body(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if int(length) > LARGEST:
        raise CairnError("A delivery may have 25 MB.", id="too-large", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return request.body


def _require_signature(sender: Source, headers: dict[str, str], body: bytes) -> None:
    secret = settings.WEBHOOK_SECRETS.get(sender.name, "")
    if not secret:
        name = f"CAIRN_WEBHOOK_SECRET_{sender.name.upper()}"
        raise PermissionRefused(
            f"{sender.title} has no secret here, so nothing can be verified.",
            id="no-webhook-secret",
            hint=f"Set {name} to the secret of the webhook, and restart.",
        )
    if not sender.verify(headers, body, secret, timezone.now()):
        raise CairnError(
            "The signature does not fit the body.",
            id="bad-signature",
            hint="The secret at the sender and here must be the same, and a proxy must not change the body.",
            status=HTTPStatus.UNAUTHORIZED,
        )
