"""Sources and problems for scripts."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.models import User
from accounts.permissions import require
from accounts.requests import signed_in
from catalog import actions
from catalog.api.syncs import changes_json, settled, sync_by_worker, sync_json
from catalog.models import Problem, Source
from catalog.models.source import SLOW, SourceKind
from catalog.permissions import may_register_source, may_sync, may_unregister, source_by_id
from catalog.problems import STAGES, narrowed
from catalog.registering import FORMS, Preview, preview
from common.api import FURTHEST, Flag, Text, cursor_page
from common.errors import FieldError, UserError
from common.long_poll import WAIT, wait_seconds
from common.numbers import parse_digits


class NewSource(serializers.Serializer[Any]):
    """What a source is made of."""

    kind = serializers.ChoiceField(choices=list(FORMS), default=SourceKind.URL.value)
    target = Text(max_length=2000)
    options = serializers.DictField(default=dict, help_text="What its kind takes: ref, path, catalog_path, filters, …")
    interval_seconds = serializers.IntegerField(required=False, min_value=30, max_value=7 * 86_400)
    dry_run = Flag(default=False, help_text="Answer what it would bring, and keep nothing.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A file is named by its URL."""
        if attrs["kind"] == SourceKind.URL:
            try:
                URLValidator(["http", "https"])(attrs["target"])
            except ValidationError:
                raise serializers.ValidationError({"target": "Enter a valid URL."}) from None
        return attrs


_EXAMPLES = [
    OpenApiExample(
        "A file on GitHub",
        {"target": "https://github.com/example-org/orders/blob/main/catalog-info.yaml"},
        request_only=True,
    ),
    OpenApiExample(
        "A Git repository",
        {
            "kind": "git",
            "target": "https://git.example.com/shop/orders.git",
            "options": {"ref": "main", "path": "**/catalog-info.yaml"},
            "interval_seconds": 600,
        },
        request_only=True,
    ),
    OpenApiExample(
        "A GitHub organisation",
        {
            "kind": "github",
            "target": "https://github.com/example-org",
            "options": {"catalog_path": "/catalog-info.yaml", "filters": {"topic": {"include": ["service"]}}},
        },
        request_only=True,
    ),
]


class Sources(APIView):
    """Where the catalog comes from."""

    @extend_schema(operation_id="sources_list", summary="Sources", tags=["catalog"], responses=dict)
    def get(self, request: Request) -> Response:
        """Newest first, with what the last sync did."""
        require_scope(request, "catalog:read")
        return cursor_page(Source.objects.visible_to(signed_in(request)), request._request, source_json)

    @extend_schema(
        operation_id="sources_create",
        summary="Register a source",
        description=(
            "A file is read at once; the answer says what it brought and what is wrong. A repository or an "
            "organisation is read by a worker: `sync` says so until it is done, which `wait` waits for."
        ),
        tags=["catalog"],
        parameters=[WAIT],
        request=NewSource,
        responses={201: dict},
        examples=_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Register a source and read it."""
        require_scope(request, "catalog:write")
        wait_seconds(request)
        user = signed_in(request)
        given = NewSource(data=request.data)
        given.is_valid(raise_exception=True)
        kind, target, options = (given.validated_data[name] for name in ("kind", "target", "options"))
        require(may_register_source(user, kind, target))
        if given.validated_data["dry_run"]:
            return Response(_preview_json(preview(kind, target, options, user)))
        seconds = given.validated_data.get("interval_seconds")
        interval = timedelta(seconds=seconds) if seconds else None
        source = actions.register_source(
            kind=kind, target=target, options=options, interval=interval, by=user, origin="api"
        )
        if kind in SLOW:
            _, source, _ = sync_by_worker(request, source, by=user)
        else:
            actions.sync_source(source=source, by=user)
        return Response(source_json(source) | {"problems": _problems_of(source, user)}, status=201)


class Removal(serializers.Serializer[Any]):
    """What a sync may do."""

    allow_removal = Flag(default=False)


class SourceChange(serializers.Serializer[Any]):
    """What can be changed of a source."""

    decides_teams = Flag()


class SourceDetail(APIView):
    """One source."""

    @extend_schema(
        operation_id="sources_read",
        summary="A source with its problems",
        tags=["catalog"],
        responses=dict,
        parameters=[WAIT],
    )
    def get(self, request: Request, pk: int) -> Response:
        """State, counts and problems. With ``wait`` it answers once no sync is asked for or under way."""
        require_scope(request, "catalog:read")
        user = signed_in(request)
        source = settled(request, lambda: source_by_id(user, pk))
        return Response(source_json(source) | {"problems": _problems_of(source, user)})

    @extend_schema(
        operation_id="sources_update",
        summary="Let a source decide who is in which team",
        description="For platform admins. Its Groups and Users are in the catalog either way.",
        tags=["catalog"],
        request=SourceChange,
        responses=dict,
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change what a source may do."""
        require_scope(request, "catalog:write")
        user = signed_in(request)
        source = source_by_id(user, pk)
        given = SourceChange(data=request.data)
        given.is_valid(raise_exception=True)
        actions.let_decide_teams(source=source, decides=given.validated_data["decides_teams"], by=user)
        return Response(source_json(source))

    @extend_schema(operation_id="sources_delete", summary="Forget a source", tags=["catalog"], responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """And all that it says."""
        require_scope(request, "catalog:write")
        user = signed_in(request)
        source = source_by_id(user, pk)
        require(may_unregister(user, source))
        actions.unregister_source(source=source, by=user)
        return Response(status=204)


class SourceSync(APIView):
    """Reading a source now."""

    @extend_schema(
        operation_id="sources_sync",
        summary="Read a source now",
        description="Answers what changed. `allow_removal` lets it remove more than half of the source. A repository "
        "or an organisation is read by a worker: the answer is 202, or 200 when `wait` saw the end. A sync that is "
        "under way is joined.",
        tags=["catalog"],
        parameters=[WAIT],
        request=Removal,
        responses={200: dict, 202: dict},
    )
    def post(self, request: Request, pk: int) -> Response:
        """At once, or by a worker."""
        require_scope(request, "catalog:write")
        wait_seconds(request)
        user = signed_in(request)
        source = source_by_id(user, pk)
        require(may_sync(user))
        asked = Removal(data=request.data)
        asked.is_valid(raise_exception=True)
        allow = asked.validated_data["allow_removal"]
        if source.kind in SLOW:
            status, source, named = sync_by_worker(request, source, by=user, allow_removal=allow)
        else:
            changes = actions.sync_source(source=source, by=user, allow_removal=allow).changes
            status, named = HTTPStatus.OK, changes_json(changes, user)
        return Response(source_json(source) | {"changes": named, "problems": _problems_of(source, user)}, status=status)


class Problems(APIView):
    """Everything wrong with the catalog's files."""

    @extend_schema(
        operation_id="problems_list",
        summary="Problems of all sources",
        description="With file, line and hint. The stage `conflict` is a name that two claim: `entity_ref` is the "
        "entity that holds it, `file` and `line` are where it was lost.",
        tags=["catalog"],
        parameters=[
            OpenApiParameter("stage", str, enum=list(STAGES), description="Where reading stopped."),
            OpenApiParameter("kind", str, enum=SourceKind.values, description="The kind of the source."),
            OpenApiParameter("source", int, description="The number of the source."),
            OpenApiParameter("q", str, description="A part of the file, the entity or the message."),
        ],
        responses=dict,
    )
    def get(self, request: Request) -> Response:
        """Newest first."""
        require_scope(request, "catalog:read")
        asked = _filters(request)
        return cursor_page(
            narrowed(Problem.objects.visible_to(signed_in(request)), asked), request._request, problem_json
        )


def _filters(request: Request) -> dict[str, str]:
    """The filters of the address; UserError for values that there are not, which only a mistake asks for."""
    asked = request._request.GET.dict()
    for name, known in {"stage": list(STAGES), "kind": SourceKind.values}.items():
        if name in asked and asked[name] not in known:
            raise UserError(f"{name} is one of {', '.join(known)}.", fields=[FieldError(name, "not usable")])
    if parse_digits(asked.get("source", "0"), most=FURTHEST) is None:
        raise UserError("source must be a number.", fields=[FieldError("source", "the id of a source")])
    return asked


def source_json(source: Source) -> dict[str, Any]:
    """A source as the API shows it."""
    names = (
        *("id", "kind", "target", "options", "origin", "decides_teams"),
        *("state", "error", "counts", "last_sync_at", "next_sync_at", "good_at", "is_stale"),
    )
    more = {"interval_seconds": source.interval.total_seconds(), "sync": sync_json(source)}
    return {name: getattr(source, name) for name in names} | more


def _preview_json(found: Preview) -> dict[str, Any]:
    """What a source would bring."""
    problems = [
        {"file": one.file, "line": one.problem.line, "field": one.problem.field, "message": one.problem.message}
        for one in found.gathered.problems
    ]
    entities = [{"ref": entity.ref, "known": known is not None} for entity, known in found.entities]
    return {"entities": entities, "problems": problems, "sample": found.sample}


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem as the API shows it."""
    names = ("id", "source_id", "file", "line", "column", "stage", "field", "message", "hint", "entity_ref")
    return {name: getattr(problem, name) for name in names}


def _problems_of(source: Source, user: User) -> list[dict[str, Any]]:
    return [problem_json(problem) for problem in source.problems.visible_to(user).newest_first()[:200]]
