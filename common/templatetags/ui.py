"""Tags of the design, available in every template."""

import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from common.confirm import QUESTION, VERB

register = template.Library()
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


@cache
def _sprite() -> str:
    """The address of the icon sprite that the asset build left in Vite's manifest."""
    from django_vite.core.asset_loader import DjangoViteAssetLoader

    if not Path(str(settings.DJANGO_VITE["default"]["manifest_path"])).exists():
        return static("dist/icons.svg")
    return str(DjangoViteAssetLoader.instance().generate_vite_asset_url("static/build/generated/icons.svg"))


@cache
def _icon(name: str, size: str) -> SafeString:
    # Spinning is motion of the one icon that means "in motion".
    spin = " spin" if name == "loader-circle" else ""
    attribute = format_html(' data-size="{}"', size) if size else ""
    return format_html(
        '<svg class="icon{}"{} aria-hidden="true"><use href="{}#{}"></use></svg>', spin, attribute, _sprite(), name
    )


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A Lucide icon; ``size`` is ``s`` or ``l``. It is decoration: words stand beside it."""
    return _icon(name, size)


@register.simple_tag
def state(tone: str, word: str, name: str = "") -> SafeString:
    """A state: icon, word and colour. ``tone`` is ok, warn, bad, run or idle."""
    return format_html('<span class="state" data-tone="{}">{}{}</span>', tone, _icon(name or _ICON[tone], ""), word)


@register.simple_tag
def pill(tone: str, word: str, name: str = "") -> SafeString:
    """A state in a page's header, once a page; like ``state``."""
    return format_html('<span class="pill" data-tone="{}">{}{}</span>', tone, _icon(name or _ICON[tone], ""), word)


_ICON = {
    "ok": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-x",
    "run": "loader-circle",
    "idle": "circle-dashed",
}


@register.simple_tag
def mark(name: str, person: bool = False) -> SafeString:
    """The initials of a team (a square) or a person (a circle), tinted by the name."""
    short = name.rsplit("/", 1)[-1]
    words = [word for word in short.replace("_", "-").replace(".", "-").split("-") if word]
    initials = (words[0][:1] + (words[1][:1] if len(words) > 1 else words[0][1:2])).upper() if words else "?"
    shape = mark_safe(" data-person") if person else ""
    hue = crc32(short.encode()) % 8 + 1
    return format_html('<span class="mark"{} data-hue="{}" aria-hidden="true">{}</span>', shape, hue, initials)


@register.filter
def ago(moment: datetime | None) -> SafeString:
    """A moment in words relative to now, exact in its title; a dash for None."""
    if moment is None:
        return mark_safe("–")
    exact = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    words = _relative(timezone.now() - moment)
    return format_html('<time datetime="{}" title="{}" data-ago>{}</time>', exact, exact, words)


def _relative(age: timedelta) -> str:
    seconds = int(abs(age).total_seconds())
    if seconds < 60:
        return "just now" if age >= timedelta() else "in a moment"
    length, unit = next((length, unit) for length, unit in _UNITS if seconds >= length)
    count = seconds // length
    words = f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{words} ago" if age >= timedelta() else f"in {words}"


@register.filter
def duration(start: datetime, end: datetime) -> str:
    """The time between two moments: ``0.4 s``, ``12 s``, ``3 min 5 s``, ``2 h 10 min``."""
    seconds = max(0.0, (end - start).total_seconds())
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@register.filter
def short(ref: str) -> str:
    """The name in an entity reference."""
    return ref.rsplit("/", 1)[-1]


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    """``mapping[key]``, or nothing."""
    return mapping.get(key, "")


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The page's query string with ``changes``; an empty value removes a name, and paging begins anew."""
    given = context["request"].GET.copy()
    for name in ("page", "cursor"):
        given.pop(name, None)
    for name, value in changes.items():
        given.pop(name, None)
        if value not in ("", None):
            given[name] = str(value)
    return f"?{given.urlencode()}"


@register.filter
def slugify_path(path: str) -> str:
    """The id of the form field at a dotted path."""
    return path.split("[", 1)[0].replace(".", "-").replace("/", "-")


@register.filter
def plain(value: Any) -> Any:
    """A value of a plan as its file says it: ``true``, not ``True``; lists and objects as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | list | dict) else value


@register.filter
def undecided(fields: list[dict[str, Any]]) -> str:
    """The settings of a planned change that only the provider can decide."""
    return ", ".join(field["path"] for field in fields if field["after"] == "(known after apply)")


@register.filter
def event_words(verb: str) -> str:
    """``request.needs-attention`` as people say it: ``Request needs attention``."""
    return verb.replace(".", " ").replace("-", " ").capitalize()


@register.simple_block_tag
def asks(content: str, *, verb: str) -> SafeString:
    """Has its form ask what stands before ``{% endasks %}``; ``verb`` says yes to it."""
    hidden = '<input type="hidden" name="{}" value="{}">'
    return format_html(hidden, QUESTION, content.strip()) + format_html(hidden, VERB, verb)
