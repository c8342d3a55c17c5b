"""Who owns a web address, a host, a repository or a namespace: the entities that name it, and their owners."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q

from catalog.models import Entity, IndexRow
from catalog.models.entity import EntityQuerySet

#: Annotations that name a repository as ``owner/name``, by a part of the host's name.
SLUGS = {"github": "github.com/project-slug", "gitlab": "gitlab.com/project-slug"}
_LINKS = ("metadata.links.url", "metadata.annotations.backstage.io/view-url")
_PLACES = ("backstage.io/source-location", "backstage.io/managed-by-location")
_NAMESPACES = ("backstage.io/kubernetes-namespace",)
_ENDPOINT = "metadata.annotations.cairn.dev/endpoint"
MOST = 50


@dataclass(frozen=True, slots=True)
class Owned:
    """An entity that names what was asked for, and why it is meant."""

    entity: Entity
    because: str


def owners_of_url(url: str, visible: EntityQuerySet) -> list[Owned]:
    """Entities with this link, then those in its repository, then those with a link on its host."""
    parts = urlsplit(url)
    found = _with(_LINKS, [url, url.rstrip("/"), f"{url.rstrip('/')}/"], visible, "has this link")
    repository = "/".join(parts.path.strip("/").split("/")[:2]).removesuffix(".git")
    if any(name in parts.netloc for name in SLUGS) and "/" in repository:
        found += owners_of_repository(f"{parts.netloc}/{repository}", visible)
    return _once([*found, *owners_of_host(parts.netloc, visible)])


def owners_of_host(host: str, visible: EntityQuerySet) -> list[Owned]:
    """Entities with a link on this host."""
    conditions = [f"{scheme}://{host.lower()}{end}" for scheme in ("https", "http") for end in ("/", ":", "")]
    rows = IndexRow.objects.filter(key=_LINKS[0])
    exact = rows.filter(value__in=conditions)
    for prefix in conditions:
        if prefix[-1] in "/:":
            exact = exact | rows.filter(value__startswith=prefix)
    lower = host.lower()
    endpoints = IndexRow.objects.filter(key=_ENDPOINT).filter(Q(value=lower) | Q(value__startswith=f"{lower}:"))
    linked = _owned(exact.values("entity"), visible, f"has a link on {host}")
    return _once([*_owned(endpoints.values("entity"), visible, f"answers at {host}"), *linked])


def owners_of_repository(name: str, visible: EntityQuerySet) -> list[Owned]:
    """Entities in the repository ``owner/name``, ``host/owner/name`` or at its address."""
    path = urlsplit(name).path if "://" in name else name
    parts = path.strip("/").removesuffix(".git").split("/")
    slug = "/".join(parts[-2:]).lower()
    found = _with([f"metadata.annotations.{key}" for key in SLUGS.values()], [slug], visible, f"is built in {slug}")
    hosts = [parts[0]] if len(parts) > 2 else ["github.com", "gitlab.com"]
    rows = IndexRow.objects.none()
    for place in _PLACES:
        for host in hosts:
            prefix = f"url:https://{host}/{slug}/"
            rows = rows | IndexRow.objects.filter(key=f"metadata.annotations.{place}", value__startswith=prefix)
    return _once([*found, *_owned(rows.values("entity"), visible, f"is described in {slug}")])


def owners_of_namespace(name: str, visible: EntityQuerySet) -> list[Owned]:
    """Entities that live in this Kubernetes namespace."""
    keys = [f"metadata.annotations.{key}" for key in _NAMESPACES]
    found = _with(keys, [name], visible, f"runs in {name}")
    called = Q(title__iexact=name) | Q(name__iexact=name)
    resources = visible.light().filter(called, kind="Resource", type="kubernetes-namespace")[:MOST]
    return _once([*found, *(Owned(entity, f"is the namespace {name}") for entity in resources)])


def _with(keys: Iterable[str], values: Iterable[str], visible: EntityQuerySet, because: str) -> list[Owned]:
    lower = [value.lower() for value in values]
    return _owned(IndexRow.objects.filter(key__in=keys, value__in=lower).values("entity"), visible, because)


def _owned(ids: Any, visible: EntityQuerySet, because: str) -> list[Owned]:
    return [Owned(entity, because) for entity in visible.light().filter(pk__in=ids).order_by("kind", "name")[:MOST]]


def _once(found: Iterable[Owned]) -> list[Owned]:
    """Each entity with its first reason."""
    first: dict[int, Owned] = {}
    for one in found:
        first.setdefault(one.entity.pk, one)
    return list(first.values())[:MOST]
