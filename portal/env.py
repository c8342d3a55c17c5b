"""Typed readers for the environment. The only module that touches ``os.environ``.

Every variable is read through one of these functions, which collect what is wrong instead of
raising at the first fault, so that :func:`complain` can name all of it at once.
A variable ``X`` may also be given as ``X_FILE``, the path of a file that holds the value.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

T = TypeVar("T")

PREFIX = "CAIRN_"
#: Variables whose name is completed by the operator, such as CAIRN_WEBHOOK_SECRET_GITHUB.
OPEN_PREFIXES = ("CAIRN_WEBHOOK_SECRET_", "CAIRN_TEST_")

_problems: list[str] = []
_known: set[str] = set()


class EnvironmentProblems(Exception):
    """Everything that is wrong with the environment, a line each."""


def raw(name: str) -> str | None:
    """The value of ``name`` or the content of the file that ``name_FILE`` names; None when absent or empty."""
    _known.update({name, f"{name}_FILE"})
    value, path = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value and path:
        _problems.append(f"{name} and {name}_FILE are both set; keep one")
    if path and not value:
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            _problems.append(f"{name}_FILE: {path} cannot be read ({error.strerror})")
    return value or None


def _read(name: str, default: T, convert: Callable[[str], T], expected: str) -> T:
    value = raw(name)
    if value is None:
        return default
    try:
        return convert(value)
    except ValueError:
        _problems.append(f"{name} must be {expected}")
        return default


def text(name: str, default: str = "") -> str:
    """A string."""
    return _read(name, default, str, "text")


def flag(name: str, default: bool) -> bool:
    """A yes-or-no: ``1``, ``true``, ``yes``, ``on`` or ``0``, ``false``, ``no``, ``off``."""
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}

    def convert(value: str) -> bool:
        if value.lower() not in words:
            raise ValueError(value)
        return words[value.lower()]

    return _read(name, default, convert, "1 or 0")


def number(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    """A whole number from ``least`` to ``most``."""

    def convert(value: str) -> int:
        parsed = int(value)
        if not least <= parsed <= most:
            raise ValueError(value)
        return parsed

    return _read(name, default, convert, f"a whole number from {least} to {most}")


def words(name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """A comma-separated list."""
    return _read(
        name, default, lambda value: tuple(part.strip() for part in value.split(",") if part.strip()), "a list"
    )


def named(*names: str) -> dict[str, str]:
    """Those of ``names`` that are set, for handing on to a program that reads the same names."""
    return {name: value for name in names if (value := text(name))}


def ending_with(*endings: str) -> dict[str, str]:
    """Every variable whose name ends with one of ``endings``, also where it is given as a file."""
    names = {name.removesuffix("_FILE") for name in os.environ}
    return {name: value for name in sorted(names) if name.endswith(endings) and (value := raw(name))}


def path(name: str, default: Path) -> Path:
    """A file or folder, made absolute."""
    return _read(name, default, lambda value: Path(value).expanduser(), "a path").absolute()


def adopt(found: Callable[[], Mapping[str, str]]) -> None:
    """Take what ``found`` answers for what is not set, unless database and Redis are: then nothing is missing."""
    if not (raw("DATABASE_URL") and raw("REDIS_URL")):
        for name, value in found().items():
            os.environ.setdefault(name, value)


def environment() -> Mapping[str, str]:
    """The whole environment, for ``${NAME}`` in configuration files and for child processes."""
    return os.environ


def complain() -> None:
    """Raise :class:`EnvironmentProblems` with every fault found so far, unknown ``CAIRN_*`` names included."""
    known_files = {name for name in os.environ if name.startswith(PREFIX) and name not in _known}
    unknown = sorted(name for name in known_files if not name.startswith(OPEN_PREFIXES))
    problems = [*_problems, *(f"{name} is not a setting of Cairn" for name in unknown)]
    if problems:
        raise EnvironmentProblems("The environment is not usable:\n" + "\n".join(f"  - {line}" for line in problems))


def postgres(name: str) -> dict[str, str | dict[str, str]]:
    """Django's database settings from a ``postgresql://`` URL; a socket folder may be given as ``?host=``."""
    url = urlsplit(raw(name) or "postgresql://cairn@127.0.0.1:5432/cairn")
    if url.scheme not in {"postgresql", "postgres"}:
        _problems.append(f"{name} must begin with postgresql://")
    query = dict(parse_qsl(url.query))
    return {
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": query.get("host", url.hostname or ""),
        "PORT": str(url.port or query.get("port", "")),
    }


def cache_url(redis_url: str) -> str:
    """The Redis URL that the cache uses: a database of its own where the URL can name one."""
    if redis_url.startswith("unix"):
        return f"{redis_url}{'&' if '?' in redis_url else '?'}db=1"
    return f"{redis_url.rsplit('/', 1)[0]}/1" if redis_url.count("/") > 2 else f"{redis_url}/1"


def celery_broker(redis_url: str) -> str:
    """The broker URL in Celery's words, which calls a Unix socket ``redis+socket``."""
    return redis_url.replace("unix://", "redis+socket://", 1)


def openid_connect() -> dict[str, object]:
    """allauth's provider settings for one OpenID Connect issuer, when ``CAIRN_OIDC_ISSUER`` is set."""
    issuer, client = text("CAIRN_OIDC_ISSUER"), text("CAIRN_OIDC_CLIENT_ID")
    secret, name = text("CAIRN_OIDC_CLIENT_SECRET"), text("CAIRN_OIDC_NAME", "single sign-on")
    if not issuer:
        return {}
    if not client:
        _problems.append("CAIRN_OIDC_CLIENT_ID is needed beside CAIRN_OIDC_ISSUER")
    app = {
        "provider_id": "oidc",
        "name": name,
        "client_id": client,
        "secret": secret,
        "settings": {"server_url": issuer},
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


def webhook_secrets() -> dict[str, str]:
    """The signing secret of each webhook source, by source name in lower case."""
    prefix = "CAIRN_WEBHOOK_SECRET_"
    names = {name.removesuffix("_FILE") for name in os.environ if name.startswith(prefix)}
    return {name.removeprefix(prefix).lower(): value for name in sorted(names) if (value := raw(name))}
