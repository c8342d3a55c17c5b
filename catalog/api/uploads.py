"""Uploading a file of entities by a script."""

from dataclasses import asdict
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.permissions import require
from accounts.requests import signed_in
from catalog.api.own import source_json
from catalog.ingest.upload import MOST_BYTES
from catalog.permissions import may_register
from catalog.uploads import keep_upload, look_at_upload
from common.errors import FieldError, UserError


class Raw(BaseParser):
    """Takes a body as the bytes that it is, and one more than may be kept."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The bytes."""
        return stream.read(MOST_BYTES + 1)


class Uploads(APIView):
    """Files of entities."""

    parser_classes = (MultiPartParser, Raw)

    @extend_schema(
        operation_id="uploads_create",
        summary="Upload entities as CSV, JSON or YAML",
        description=(
            "What the file says replaces what a file of the same name said before; rows that are wrong are told and "
            "stop no other. CSV has a header of `kind`, `name`, `namespace`, `title`, `description`, `type`, "
            "`lifecycle`, `owner`, `system`, `tags` (semicolons between), or paths such as `spec.tier`. With "
            "`dry_run=true` nothing is kept.\n\n"
            "`curl --data-binary @services.csv -H 'Content-Type: text/csv' '…/api/v1/uploads?name=services.csv'`"
        ),
        tags=["catalog"],
        parameters=[
            OpenApiParameter("name", str, description="The file's name; that of the part when it is multipart."),
            OpenApiParameter("dry_run", bool),
            OpenApiParameter("allow_removal", bool, description="Let it remove more than half of what it said."),
        ],
        request={"text/csv": str, "application/json": dict, "application/yaml": str, "multipart/form-data": dict},
        responses={200: dict, 201: dict},
        examples=[
            OpenApiExample(
                "A table", "kind,name,owner\nSystem,shop,orders-team", media_type="text/csv", request_only=True
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """201 with what became of each row; 200 for a dry run; 422 when nothing can be used."""
        require_scope(request, "catalog:write")
        user = signed_in(request)
        require(may_register(user))
        name, data, content_type = _file_of(request)
        asked: dict[str, Any] = {"name": name, "data": data, "content_type": content_type, "by": user}
        asked["allow_removal"] = request.GET.get("allow_removal") == "true"
        dry = request.GET.get("dry_run") == "true"
        found = look_at_upload(**asked) if dry else keep_upload(**asked, origin="api")
        body = {
            "dry_run": dry,
            "source": source_json(found.source) if found.source else None,
            "counts": found.counts,
            "held": found.held,
            "rows": [asdict(row) for row in found.rows],
            "removed": list(found.removed),
        }
        return Response(body, status=200 if dry else 201)


def _file_of(request: Request) -> tuple[str, bytes, str]:
    """Name, bytes and content type of what was sent."""
    name = request.GET.get("name", "").strip()
    if isinstance(request.data, bytes):
        return name, request.data, request.content_type or ""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise UserError("There is no file.", fields=[FieldError("file", "must be a part of this name")])
    return name or file.name or "", file.read(MOST_BYTES + 1), file.content_type or ""
