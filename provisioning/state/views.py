"""Terraform's ``http`` backend protocol.

Locking and unlocking are POST to addresses of their own: proxies and Django do not know the methods LOCK and UNLOCK.
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from common.errors import UserError
from provisioning.state.access import Holder, identify
from provisioning.state.actions import read_current, release_lock, take_lock, write_state
from provisioning.state.document import read_lock

LARGEST_STATE = 25 * 1024 * 1024
LARGEST_LOCK = 64 * 1024


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def state(request: HttpRequest, workspace: str) -> HttpResponse:
    """Read or write the state."""
    holder = _holder(request, workspace)
    if request.method == "GET":
        document = read_current(workspace=workspace, holder=holder)
        if document is None:
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        return HttpResponse(document, content_type="application/json")
    write_state(
        workspace=workspace,
        holder=holder,
        lock_id=request.GET.get("ID", ""),
        body=_body(request, LARGEST_STATE),
        content_md5=request.headers.get("Content-MD5", ""),
    )
    return HttpResponse(status=HTTPStatus.OK)


@csrf_exempt
@never_cache
@require_POST
def lock(request: HttpRequest, workspace: str) -> HttpResponse:
    """Take the lock, or say who has it."""
    holder = _holder(request, workspace)
    taken_by = take_lock(workspace=workspace, holder=holder, info=read_lock(_body(request, LARGEST_LOCK)))
    if taken_by is None:
        return HttpResponse(status=HTTPStatus.OK)
    return JsonResponse(taken_by, status=HTTPStatus.LOCKED)


@csrf_exempt
@never_cache
@require_POST
def unlock(request: HttpRequest, workspace: str) -> HttpResponse:
    """Give the lock back; an empty body is ``terraform force-unlock``."""
    holder, body = _holder(request, workspace), _body(request, LARGEST_LOCK)
    lock_id = read_lock(body)["ID"] if body.strip() else None
    release_lock(workspace=workspace, holder=holder, lock_id=lock_id)
    return HttpResponse(status=HTTPStatus.OK)


def _holder(request: HttpRequest, workspace: str) -> Holder:
    return identify(workspace, request.headers.get("Authorization", ""))


def _body(request: HttpRequest, most: int) -> bytes:
    if int(request.headers.get("Content-Length") or 0) > most:
        raise UserError(
            f"More than {most} bytes are not taken here.",
            id="too-large",
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )
    return request.body
