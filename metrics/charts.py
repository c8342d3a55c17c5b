"""Numbers as bars: what templates draw. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from metrics.formulas import Judged
from metrics.window import Window

WIDTH, HEIGHT, BASE = 1120, 132, 108


@dataclass(frozen=True, slots=True)
class Bar:
    """One day. ``x``, ``y``, ``width`` and ``height`` are in the units of the drawing."""

    day: date
    count: int
    x: float
    y: float
    width: float
    height: float
    label: str


def daily_bars(judged: Iterable[Judged], window: Window) -> list[Bar]:
    """Counted deployments per local day of ``window``, a bar a day, a label about every seventh of the way."""
    counts: Counter[date] = Counter()
    for item in judged:
        if not item.reason and item.fact.finished_at:
            counts[item.fact.finished_at.astimezone(window.zone).date()] += 1
    days = window.dates()
    most, step, every = max(counts.values(), default=1), WIDTH / len(days), max(1, round(len(days) / 6))
    return [
        Bar(
            day=day,
            count=counts[day],
            x=round(index * step + step * 0.1, 2),
            y=round(BASE - counts[day] / most * (BASE - 16), 2),
            width=round(step * 0.8, 2),
            height=round(counts[day] / most * (BASE - 16), 2),
            label=f"{day.day} {day:%b}" if index % every == 0 else "",
        )
        for index, day in enumerate(days)
    ]
