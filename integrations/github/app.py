"""Speaking for a GitHub App: a signed word that it is the app, for which GitHub gives a token of an installation."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from common.errors import NotFound, ProviderError, UserError
from common.http import fetch
from integrations.payload import field as value_of

#: A token is renewed so long before it ends, so that none ends in the middle of a sync's request.
SPARE = timedelta(minutes=5)
_LIFE = 540  # seconds; GitHub takes at most ten minutes


@dataclass(frozen=True, slots=True)
class Token:
    """A token and its end."""

    text: str = field(repr=False)
    expires_at: datetime


class InstallationTokens:
    """The tokens of one app's installations, each kept until it ends. May be used from several threads."""

    def __init__(self, api: str, app_id: str, private_key: str, *, allow_private: tuple[str, ...] = ()) -> None:
        self._api, self._app_id, self._private_key = api.rstrip("/"), app_id, private_key
        self._allow_private = allow_private
        self._tokens: dict[str, Token] = {}
        self._lock = Lock()

    def token(self, owner: str) -> str:
        """A token for what ``owner`` has. NotFound when the app is not installed there."""
        with self._lock:
            kept = self._tokens.get(owner.lower())
            if kept is None or kept.expires_at - SPARE < datetime.now(UTC):
                kept = self._tokens[owner.lower()] = self._new(owner)
        return kept.text

    def _new(self, owner: str) -> Token:
        installation = value_of(self._installation(owner), "id", kind=int)
        answer = self._ask("POST", f"/app/installations/{installation}/access_tokens")
        return Token(value_of(answer, "token"), datetime.fromisoformat(value_of(answer, "expires_at")))

    def _installation(self, owner: str) -> Any:
        for kind in ("orgs", "users"):
            try:
                return self._ask("GET", f"/{kind}/{owner}/installation")
            except NotFound:
                continue
        hint = "Install it for the organisation, or take the app out of app-config.yaml."
        raise NotFound(f"The GitHub App {self._app_id} is not installed for {owner}.", id="no-installation", hint=hint)

    def _ask(self, method: str, path: str) -> Any:
        word = signed_word(self._app_id, self._private_key, int(time.time()))
        headers = {"Authorization": f"Bearer {word}", "Accept": "application/vnd.github+json"}
        answer = fetch(f"{self._api}{path}", method=method, headers=headers, allow_private=self._allow_private)
        if answer.status == 404:
            raise NotFound(f"There is no {path}.")
        if answer.status not in {200, 201}:
            message = f"GitHub answered {answer.status} to the GitHub App {self._app_id}."
            hint = "Its appId and privateKey under integrations.github must belong together, and the clock be right."
            raise ProviderError(message, permanent=True, id="app-refused", hint=hint)
        try:
            return json.loads(answer.body)
        except ValueError:
            raise ProviderError("GitHub answered something that is not JSON.", permanent=False) from None


def signed_word(app_id: str, private_key: str, now: int) -> str:
    """A JSON Web Token by which GitHub knows the app; ``now`` in seconds. UserError for a key that is none."""
    try:
        key = load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        hint = "integrations.github.apps takes the text of the .pem file that GitHub gave out."
        raise UserError(f"The private key of the GitHub App {app_id} is not usable.", id="bad-key", hint=hint)
    # Clocks differ: a word from the future is refused.
    claims = {"iat": now - 60, "exp": now + _LIFE, "iss": app_id}
    signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{signed}.{_text(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _part(content: Mapping[str, Any]) -> str:
    return _text(json.dumps(content, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
