"""Git hosts as ``integrations`` in app-config.yaml names them. Their secrets are never shown. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Brand = Literal["github", "gitlab"]


@dataclass(frozen=True, slots=True)
class GitHubApp:
    """A GitHub App whose installations Cairn may speak for; ``owners`` narrows them, empty means all."""

    id: str
    private_key: str = field(repr=False)
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GitHost:
    """One host: where its API is, and what it is asked with."""

    brand: Brand
    host: str
    api: str
    token: str = field(default="", repr=False)
    apps: tuple[GitHubApp, ...] = field(default=(), repr=False)

    @property
    def web(self) -> str:
        """What addresses of its pages begin with."""
        return f"https://{self.host}"

    @property
    def has_credentials(self) -> bool:
        """Whether there is something to ask it with."""
        return bool(self.token or self.apps)

    def app_for(self, owner: str) -> GitHubApp | None:
        """The first app that may speak for ``owner``."""
        fitting = (app for app in self.apps if not app.owners or owner.lower() in app.owners)
        return next(fitting, None)


def parse_hosts(integrations: Mapping[str, Any]) -> tuple[GitHost, ...]:
    """The hosts under ``integrations.github`` and ``integrations.gitlab``; ValueError for a shape that is none."""
    return tuple(_host(brand, one) for brand in ("github", "gitlab") for one in _listed(integrations.get(brand)))


def default_host(brand: Brand, host: str) -> GitHost:
    """A host that the configuration does not name: asked without credentials."""
    api = "https://api.github.com" if host == "github.com" else f"https://{host}/api/{_VERSION[brand]}"
    return GitHost(brand, host, api)


_VERSION: Mapping[str, str] = {"github": "v3", "gitlab": "v4"}


def _listed(given: Any) -> list[Any]:
    found = given if isinstance(given, list) else [given] if given else []
    if not all(isinstance(one, dict) for one in found):
        raise ValueError("an integration must be an object with host and token")
    return found


def _host(brand: Brand, given: Mapping[str, Any]) -> GitHost:
    host = str(given.get("host") or f"{brand}.com").strip().lower()
    api = str(given.get("apiBaseUrl") or default_host(brand, host).api).rstrip("/")
    apps = tuple(_app(one) for one in _listed(given.get("apps")))
    return GitHost(brand, host, api, str(given.get("token") or ""), apps)


def _app(given: Mapping[str, Any]) -> GitHubApp:
    if not given.get("appId") or not given.get("privateKey"):
        raise ValueError("a GitHub App needs appId and privateKey")
    owners = given.get("allowedInstallationOwners") or ()
    # Environment variables often carry a key with its line breaks written out.
    key = str(given["privateKey"]).replace("\\n", "\n")
    return GitHubApp(str(given["appId"]), key, tuple(str(owner).lower() for owner in owners))
