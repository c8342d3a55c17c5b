"""A client for one cluster: plain dicts in and out, errors in our words, a timeout on every call."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from integrations.kubernetes.errors import KubernetesRefused, error_for, still_there, unreachable
from integrations.kubernetes.kubeconfig import Credentials, read_kubeconfig
from integrations.kubernetes.objects import FIELD_MANAGER, Manifest, ObjectRef, ref_of
from integrations.kubernetes.transport import TIMEOUTS, Transport

#: Written out here because the client has a method of the name.
Manifests = list[Manifest]

_POLL_SECONDS = 0.2
_PAGE = 500
_NOT_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """What answers. ``emulated`` is true for Cairn's own emulation of the API."""

    text: str
    emulated: bool


class Client:
    """Talks to the API server that ``credentials`` name, as ``field_manager``.

    Raises ProviderError when the server does not answer or refuses (KubernetesRefused, with the fields),
    Conflict (FieldConflict for fields that others own) when the world has moved on.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        field_manager: str = FIELD_MANAGER,
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> None:
        self.credentials, self._timeouts = credentials, timeouts
        self.field_manager = field_manager

    @classmethod
    def from_kubeconfig(cls, path: Path, *, field_manager: str = FIELD_MANAGER) -> Self:
        """A client for the current context of the kubeconfig at ``path``."""
        return cls(read_kubeconfig(path), field_manager=field_manager)

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return self.credentials.server

    def apply(
        self, manifest: Manifest, *, dry_run: bool = False, force: bool = False, subresource: str = ""
    ) -> Manifest:
        """Apply ``manifest`` on the server's side and return the whole object as it is then.

        What we applied before and leave out now is removed. ``dry_run`` runs admission and keeps nothing;
        ``force`` takes fields that others own. A field the server does not know is an error, never dropped.
        With ``subresource`` (``status``) that alone is applied.
        """
        ref = ref_of(manifest)
        body = _as_yaml(manifest)
        return self._call(
            ref,
            lambda resource: _part(resource, subresource).server_side_apply(
                body=body,
                name=ref.name,
                namespace=ref.namespace or None,
                field_manager=self.field_manager,
                force_conflicts=str(force).lower(),
                query_params=[("fieldValidation", "Strict"), *([("dryRun", "All")] if dry_run else [])],
                **_ANSWER,
            ),
        )

    def get(self, ref: ObjectRef) -> Manifest | None:
        """The object as it is, or None."""
        try:
            return self._call(
                ref, lambda resource: resource.get(name=ref.name, namespace=ref.namespace or None, **_ANSWER)
            )
        except KubernetesRefused as error:
            _pass_if_missing(error)
            return None

    def list(
        self, api_version: str, kind: str, *, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> Manifests:
        """All objects of a kind, of one namespace or of all, with all of ``labels``."""
        return self.listing(api_version, kind, namespace=namespace, labels=labels).items

    def listing(
        self, api_version: str, kind: str, *, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> "Listing":
        """The same, with the version of the cluster that it is true of, from which :meth:`watch` goes on."""
        selector = ",".join(f"{key}={value}" for key, value in (labels or {}).items())
        found: Manifests = []
        onwards: str | None = None
        while True:
            page = self._page(ObjectRef(api_version, kind, "", namespace), selector, onwards)
            found += ({**item, "apiVersion": api_version, "kind": kind} for item in page.get("items") or [])
            if not (onwards := page.get("metadata", {}).get("continue")):
                return Listing(found, str(page["metadata"].get("resourceVersion", "")))

    def watch(self, api_version: str, kind: str, version: str, *, seconds: int) -> Iterator[tuple[str, Manifest]]:
        """What happens to objects of a kind after ``version``, as pairs of ``ADDED``, ``MODIFIED``, ``DELETED`` or
        ``BOOKMARK`` and the object; ends after ``seconds``. KubernetesRefused with the code 410 when the server no
        longer knows that version: list again."""
        with self._errors():
            resource = self._transport.dynamic.resources.get(api_version=api_version, kind=kind)
            answer = resource.get(
                watch="true",
                resource_version=version,
                timeout_seconds=seconds,
                allow_watch_bookmarks="true",
                _request_timeout=(TIMEOUTS[0], seconds + TIMEOUTS[1]),
                **_ANSWER,
            )
            for line in answer:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise error_for(int(event["object"].get("code", 500)), json.dumps(event["object"]))
                yield event["type"], event["object"]

    def patch(self, ref: ObjectRef, patch: Mapping[str, Any]) -> Manifest:
        """Merge ``patch`` into ``ref``; None takes a field away. For what is others' and only changed for a while."""
        return self._call(
            ref,
            lambda resource: resource.patch(
                body=dict(patch),
                name=ref.name,
                namespace=ref.namespace or None,
                content_type="application/merge-patch+json",
                field_manager=self.field_manager,
                **_ANSWER,
            ),
        )

    def delete(self, ref: ObjectRef) -> bool:
        """Ask for the deletion of ``ref`` and of what it owns; False when it was not there.

        A namespace goes on existing for a while: see :meth:`wait_gone`.
        """
        try:
            self._call(
                ref,
                lambda resource: resource.delete(
                    name=ref.name, namespace=ref.namespace or None, propagation_policy="Foreground", **_ANSWER
                ),
            )
        except KubernetesRefused as error:
            _pass_if_missing(error)
            return False
        return True

    def wait_gone(self, ref: ObjectRef, *, timeout: float, beat: Callable[[], object] = lambda: None) -> None:
        """Return when ``ref`` is really gone, calling ``beat`` while it is not.

        Raises ProviderError (not permanent) naming what still holds it after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while (live := self.get(ref)) is not None:
            if time.monotonic() > deadline:
                raise still_there(ref, live, timeout)
            beat()
            time.sleep(_POLL_SECONDS)

    def server_version(self) -> ServerVersion:
        """The server's version; also the cheapest way to ask whether it answers."""
        with self._errors():
            response = self._transport.dynamic.request("get", "/version", **_ANSWER)
        text = str(json.loads(response.data)["gitVersion"])
        return ServerVersion(text, emulated="cairn-fake" in text)

    def groups(self) -> frozenset[str]:
        """The API groups that are served, by name; the core has none."""
        answer = self._ask("get", "/apis")
        return frozenset(str(group["name"]) for group in answer.get("groups") or [])

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether there is such a kind of object now; what discovery remembers is not trusted."""
        try:
            answer = self._ask("get", f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}")
        except KubernetesRefused as error:
            _pass_if_missing(error)
            return False
        return any(each["kind"] == kind for each in answer.get("resources") or [])

    def may(self, verb: str, group: str, resource: str, name: str = "") -> bool:
        """Whether our account may do that everywhere in the cluster. ``resource`` may name a subresource."""
        kind, _, subresource = resource.partition("/")
        attributes = {"verb": verb, "group": group, "resource": kind, "subresource": subresource, "name": name}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
        }
        answer = self._ask("post", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
        return bool(answer["status"]["allowed"])

    def _ask(self, method: str, path: str, body: Manifest | None = None) -> Manifest:
        with self._errors():
            answer: Manifest = json.loads(self._transport.dynamic.request(method, path, body=body, **_ANSWER).data)
            return answer

    @cached_property
    def _transport(self) -> Transport:
        return Transport(self.credentials, self._timeouts)

    def _page(self, ref: ObjectRef, selector: str, onwards: str | None) -> Manifest:
        return self._call(
            ref,
            lambda resource: resource.get(
                namespace=ref.namespace or None,
                label_selector=selector or None,
                limit=_PAGE,
                _continue=onwards,
                **_ANSWER,
            ),
        )

    def _call(self, ref: ObjectRef, ask: Callable[[Any], Any]) -> Manifest:
        with self._errors():
            resource = self._transport.dynamic.resources.get(api_version=ref.api_version, kind=ref.kind)
            answer: Manifest = json.loads(ask(resource).data)
            return answer

    @contextmanager
    def _errors(self) -> Iterator[None]:
        # Only reached when the package is about to be used anyway.
        from kubernetes.client.exceptions import ApiException
        from kubernetes.dynamic.exceptions import ResourceNotFoundError
        from urllib3.exceptions import HTTPError

        try:
            yield
        except ApiException as error:
            if not error.status:
                raise unreachable(self.server, str(error.reason)) from None
            raise error_for(int(error.status), _text(error.body)) from None
        except ResourceNotFoundError as error:
            raise KubernetesRefused(
                f"The cluster does not know such a kind of object: {error}", id="kubernetes-unknown-kind"
            ) from None
        except HTTPError as error:
            raise unreachable(self.server, _reason(error)) from None


@dataclass(frozen=True, slots=True)
class Listing:
    """Objects, and the version of the cluster that they are of."""

    items: Manifests
    version: str


def _part(resource: Any, subresource: str) -> Any:
    return resource.subresources[subresource] if subresource else resource


#: Every call answers with the bytes as sent: the package's own objects are slow and lose fields.
_ANSWER: dict[str, Any] = {"serialize": False}


def _as_yaml(manifest: Manifest) -> bytes:
    """JSON that is also YAML, which is how the server reads an apply.

    YAML does not join surrogate pairs, so text stays as it is, except what YAML takes for a line break or refuses.
    """
    text = json.dumps(manifest, ensure_ascii=False)
    return _NOT_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()


def _pass_if_missing(error: KubernetesRefused) -> None:
    if error.code != HTTPStatus.NOT_FOUND:
        raise error


def _text(body: object) -> str:
    return body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error).split(": ", 1)[-1]
