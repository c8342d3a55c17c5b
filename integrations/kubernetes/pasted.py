"""What a kubeconfig that somebody pasted says, as values for a form. Nothing in it is run, opened or followed. Pure."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from common.errors import FieldError, UserError
from common.yaml12 import Path, YamlDocument, YamlProblem, load_documents

FIELD = "kubeconfig"
MOST_BYTES = 256 * 1024
_WAY_OUT = "Make a service account for Cairn and paste a kubeconfig with its token."
#: What a kubeconfig may ask of the machine of whoever reads it, and why Cairn does not do it.
_REFUSED_OF_USERS = {
    "exec": ("would run a program here", _WAY_OUT),
    "auth-provider": ("would run a sign-in program here", _WAY_OUT),
    "tokenFile": ("names a file of another machine", "Paste the token itself as token."),
    "client-certificate": ("names a file of another machine", _WAY_OUT),
    "client-key": ("names a file of another machine", _WAY_OUT),
    "client-certificate-data": ("is a client certificate, which cannot be taken back", _WAY_OUT),
    "client-key-data": ("is a client key, which cannot be taken back", _WAY_OUT),
    "username": ("is a password's name, which no Kubernetes takes any more", _WAY_OUT),
    "password": ("is a password, which no Kubernetes takes any more", _WAY_OUT),
    "as": ("would act as somebody else", "Give Cairn an account of its own."),
    "as-groups": ("would act as somebody else", "Give Cairn an account of its own."),
    "as-uid": ("would act as somebody else", "Give Cairn an account of its own."),
}
_REFUSED_OF_CLUSTERS = {
    "certificate-authority": ("names a file of another machine", "Paste it as certificate-authority-data (base64)."),
    "proxy-url": ("would lead through somebody's proxy", "Leave it out; the portal's own proxy settings count."),
    "insecure-skip-tls-verify": ("switches off the check of the certificate", "Give certificate-authority-data."),
    "tls-server-name": ("would take another server for this one", "Write the name in the certificate as the server."),
}


@dataclass(frozen=True, slots=True)
class Pasted:
    """The cluster of the current context. ``authority`` is PEM text."""

    name: str
    server: str
    authority: str = ""
    token: str = field(default="", repr=False)


def read_pasted(text: str) -> Pasted:
    """The current context of the kubeconfig ``text``; UserError names each line that cannot be used."""
    return _Reader(_document(text)).read()


def _document(text: str) -> YamlDocument:
    data = text.encode(errors="replace")
    if len(data) > MOST_BYTES:
        raise UserError(f"A kubeconfig has at most {MOST_BYTES // 1024} KiB.", id="kubeconfig-unusable")
    try:
        documents = [each for each in load_documents(data, positions=True) if each.problem or each.value is not None]
    except YamlProblem as problem:
        raise _unreadable(problem) from None
    if len(documents) != 1:
        raise _refused(FieldError(FIELD, "It must be one YAML document.", "Paste one kubeconfig."))
    if broken := documents[0].problem:
        raise _unreadable(broken)
    return documents[0]


def _unreadable(problem: YamlProblem) -> UserError:
    message = f"Line {problem.line}: {problem.message}"
    return _refused(FieldError(FIELD, message, "It is no YAML.", problem.line, problem.column))


def _refused(*fields: FieldError) -> UserError:
    return UserError("This kubeconfig cannot be used.", id="kubeconfig-unusable", fields=fields)


class _Reader:
    def __init__(self, document: YamlDocument) -> None:
        self._positions, self._value = document.positions, document.value

    def read(self) -> Pasted:
        if not isinstance(self._value, dict):
            raise self._at((), "A kubeconfig is a mapping.", "Begin with apiVersion: v1 and kind: Config.")
        context, at = self._named("contexts", "context", self._text((), self._value, "current-context"))
        cluster, cluster_at = self._named("clusters", "cluster", self._text(at, context, "cluster"))
        user, user_at = self._named("users", "user", self._text(at, context, "user"))
        wrong = [*self._hostile(cluster, cluster_at, _REFUSED_OF_CLUSTERS)]
        wrong += self._hostile(user, user_at, _REFUSED_OF_USERS)
        if wrong:
            raise _refused(*wrong)
        return Pasted(
            name=str(context["cluster"]),
            server=self._text(cluster_at, cluster, "server").rstrip("/"),
            authority=self._authority(cluster, cluster_at),
            token=self._text(user_at, user, "token"),
        )

    def _hostile(
        self, given: Mapping[str, Any], at: Path, refused: Mapping[str, tuple[str, str]]
    ) -> Iterator[FieldError]:
        for name, (why, hint) in refused.items():
            if given.get(name) not in (None, "", False, "false"):
                yield self._error((*at, name), f"{name} {why}.", hint)

    def _named(self, plural: str, singular: str, name: str) -> tuple[Mapping[str, Any], Path]:
        entries = self._value.get(plural)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and entry.get("name") == name and isinstance(entry.get(singular), dict):
                return entry[singular], (plural, index, singular)
        raise self._at((plural,), f"There is no {singular} {name[:80]} under {plural}.", "Paste the whole file.")

    def _text(self, at: Path, given: Mapping[str, Any], name: str) -> str:
        value = given.get(name)
        if not isinstance(value, str) or not value.strip():
            hint = _WAY_OUT if name == "token" else "Paste the whole file."
            raise self._at((*at, name), f"{name} is missing.", hint)
        return value.strip()

    def _authority(self, cluster: Mapping[str, Any], at: Path) -> str:
        given = cluster.get("certificate-authority-data")
        if not given:
            return ""
        try:
            return base64.b64decode(str(given), validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            name = "certificate-authority-data"
            raise self._at((*at, name), f"{name} is not base64 of a PEM certificate.", "Copy it again.") from None

    def _at(self, path: Path, message: str, hint: str) -> UserError:
        return _refused(self._error(path, message, hint))

    def _error(self, path: Path, message: str, hint: str) -> FieldError:
        while path and path not in self._positions:
            path = path[:-1]
        line, column = self._positions.get(path, (1, 1))
        return FieldError(FIELD, f"Line {line}: {message}", hint, line, column)
