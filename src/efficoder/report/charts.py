"""Charts as inline SVG text: no script, no font, no colour of their own (style.css has those, light and dark).

Every text goes through ``escape``; every chart has a title and a description for those who cannot see it. They are
drawn for a phone's width; where the style sheet lets them grow, it sets their text smaller.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from statistics import median
from typing import NamedTuple, TypeVar

from markupsafe import Markup, escape

from efficoder.console import counted
from efficoder.report import text
from efficoder.report.content import Dot, Estimate, Move, TaskGain

MOST_MARKS = 200
"""Lines or dots drawn in one chart: enough for the shape, and the page stays small. Medians are of all."""
WIDTH = 400
"""Of the charts that grow."""


class LogScale:
    """A logarithmic axis from values to pixels, widened to the next 1, 2 or 5 of a decade on both sides."""

    def __init__(self, low: float, high: float, start: float, stop: float) -> None:
        low = max(low, 1e-12)
        high = max(high, low * 2)
        steps = [step * 10.0**e for e in range(-13, math.ceil(math.log10(high)) + 2) for step in (1, 2, 5)]
        self.low = max(step for step in steps if step <= low * 1.0001)
        self.high = min(step for step in steps if step >= high * 0.9999)
        self._start, self._stop = start, stop

    def __call__(self, value: float) -> float:
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return self._start + min(share, 1.0) * (self._stop - self._start)

    def ticks(self) -> list[float]:
        """At most eight round values: decades, with 2 and 5 between where the axis is short."""
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        steps = (1, 2, 5) if self.high / self.low < 60 else (1,)
        marks = [step * 10.0**e for e in decades for step in steps]
        inside = [mark for mark in marks if self.low * 0.999 <= mark <= self.high * 1.001]
        return inside[:: math.ceil(len(inside) / 8)]


class Bar(NamedTuple):
    """A row of ``estimates``."""

    name: str
    estimate: Estimate
    note: str


Mark = TypeVar("Mark", Move, Dot)


def thinned(items: Sequence[Mark]) -> list[Mark]:
    """At most MOST_MARKS, evenly through the order given."""
    step = max(1.0, len(items) / MOST_MARKS)
    return [items[int(i * step)] for i in range(min(len(items), MOST_MARKS))]


def _svg(width: int, height: int, title: str, description: str, parts: Iterable[str]) -> Markup:
    kind = "chart grows" if width == WIDTH else "chart"
    return Markup(
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, content: str, kind: str = "tick", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _dot(x: float, y: float, radius: float, kind: str, tip: str = "") -> str:
    inner = f"<title>{escape(tip)}</title>" if tip else ""
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}">{inner}</circle>'


def _rect(x: float, y: float, width: float, height: float, kind: str, tip: str = "") -> str:
    inner = f"<title>{escape(tip)}</title>" if tip else ""
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" '
        f'rx="2">{inner}</rect>'
    )


def _timeout_mark(x: float, y: float, tip: str) -> str:
    return (
        f'<path class="timeout" d="M{x - 4:.1f} {y + 3.5:.1f}L{x + 4:.1f} {y + 3.5:.1f}L{x:.1f} {y - 4:.1f}Z">'
        f"<title>{escape(tip)}</title></path>"
    )


def bar(share: float, lost: float = 0.0) -> Markup:
    """One bar of a table row: what is left, and behind it what was lost in this step; shares of the whole."""
    parts = [
        _rect(0, 2, 240, 10, "track"),
        _rect(0, 2, 240 * min(share + lost, 1.0), 10, "lost"),
        _rect(0, 2, 240 * share, 10, "bar"),
    ]
    return _svg(240, 14, "share left", f"{text.percent(share)} left, {text.percent(lost)} lost in this step", parts)


def gain_histogram(gains: Sequence[TaskGain]) -> Markup:
    """How many tasks became how much faster, on a log axis; those without a gain stand apart at 1."""
    width, height, left, right, base = WIDTH, 200, 34, 24, 150
    faster = [g.gain for g in gains if g.verdict == "faster"]
    scale = LogScale(1.0, max(faster, default=2.0), left + 44, width - right)
    bins = 28
    edges = [scale.low * (scale.high / scale.low) ** (i / bins) for i in range(bins + 1)]
    counts = [0] * bins
    for gain in faster:
        share = math.log(max(gain, scale.low) / scale.low) / math.log(scale.high / scale.low)
        counts[min(int(share * bins), bins - 1)] += 1
    flat = len(gains) - len(faster)
    rise = (base - 24) / max([*counts, flat, 1])
    parts = [_line(left - 24, base, width - right, base, "axis")]
    parts.append(
        _rect(
            left - 14, base - flat * rise, 26, flat * rise, "tie", f"{counted(flat, 'task')} without a faster program"
        )
    )
    parts.append(_text(left - 1, base - flat * rise - 6, str(flat), "value", "middle"))
    parts.append(_text(left - 1, base + 16, "no gain", "tick", "middle"))
    for i, number in enumerate(counts):
        if number:
            x1, x2 = scale(edges[i]), scale(edges[i + 1])
            tip = f"{counted(number, 'task')}, {text.ratio(edges[i])} to {text.ratio(edges[i + 1])}"
            parts.append(_rect(x1 + 0.5, base - number * rise, x2 - x1 - 1, number * rise, "after", tip))
            if i == counts.index(max(counts)):  # tells how high one task is
                parts.append(_text((x1 + x2) / 2, base - number * rise - 6, str(number), "value", "middle"))
    for mark in spaced(scale):
        parts += [_line(scale(mark), base, scale(mark), base + 4, "axis")]
        parts += [_text(scale(mark), base + 16, text.tick(mark, "×"), "tick", "middle")]
    parts.append(
        _text((left + 44 + width - right) / 2, height - 8, "times faster than the baseline", "label", "middle")
    )
    described = f"{len(faster)} of {counted(len(gains), 'task')}: a faster program"
    return _svg(width, height, "Gain per task", described, parts)


def spaced(scale: LogScale) -> list[float]:
    """Ticks far enough apart for their words at a phone's width."""
    ticks = scale.ticks()
    return ticks[:: math.ceil(len(ticks) / 5)]


def slope(moves: Sequence[Move], unit: str, title: str) -> Markup:
    """Before and after of every task on one log axis, medians in bold, timeouts as triangles at the limit."""
    width, height, left, right, top, base = 340, 300, 66, 300, 30, 274
    values = [v for move in moves for v in (move.before, move.after) if v > 0]
    scale = LogScale(min(values, default=1.0), max(values, default=1.0), base, top)
    parts = [_text(left, 16, "before", "label", "middle"), _text(right, 16, "after", "label", "middle")]
    for mark in scale.ticks():
        y = scale(mark)
        parts += [_line(left, y, right, y, "grid"), _text(left - 12, y + 3.5, text.tick(mark, unit), "tick", "end")]
    drawn = thinned(moves)
    # The still ones first, so that those that moved lie on top.
    for move in sorted(drawn, key=lambda m: m.faster):
        tip = f"{move.task_id}: {text.quantity(move.before, unit)} → {text.quantity(move.after, unit)}"
        kind = "move faster" if move.faster else "move"
        x1, y1, x2, y2 = left, scale(move.before), right, scale(move.after)
        parts.append(f'<path class="{kind}" d="M{x1} {y1:.1f}L{x2} {y2:.1f}"><title>{escape(tip)}</title></path>')
        for x, y, censored in ((x1, y1, move.before_censored), (x2, y2, move.after_censored)):
            if censored:
                parts.append(_timeout_mark(x, y, f"{move.task_id}: stopped at the limit"))
    if moves:
        before, after = median([m.before for m in moves]), median([m.after for m in moves])
        parts.append(_line(left, scale(before), right, scale(after), "median"))
        parts += [_dot(left, scale(before), 4, "median-dot"), _dot(right, scale(after), 4, "median-dot")]
    described = f"{title} of {counted(len(moves), 'task')} before and after; {len(drawn)} lines drawn"
    return _svg(width, height, title, described, parts)


def time_and_memory(dots: Sequence[Dot]) -> Markup:
    """Each task's gain in time across and in memory up; right of and above the rules at 1 is better."""
    width, height, left, right, top, base = WIDTH, 320, 46, 14, 10, 272
    time = _around_one([d.time for d in dots], left, width - right)
    memory = _around_one([d.memory for d in dots], base, top)
    parts = []
    for mark in spaced(time):
        parts += [_line(time(mark), top, time(mark), base, "one" if mark == 1 else "grid")]
        parts += [_text(time(mark), base + 16, text.tick(mark, "×"), "tick", "middle")]
    for mark in spaced(memory):
        parts += [_line(left, memory(mark), width - right, memory(mark), "one" if mark == 1 else "grid")]
        parts += [_text(left - 6, memory(mark) + 4, text.tick(mark, "×"), "tick", "end")]
    for dot in sorted(thinned(dots), key=lambda d: d.faster):
        tip = f"{dot.task_id}: {text.ratio(dot.time)} less time, {text.ratio(dot.memory)} less memory"
        parts.append(_dot(time(dot.time), memory(dot.memory), 3.5, "after" if dot.faster else "dot", tip))
    parts.append(_text((left + width) / 2, height - 14, "times less CPU time", "label", "middle"))
    parts.append(_up_label(12, (top + base) / 2, "times less peak memory"))
    return _svg(width, height, "Time and memory gained", counted(len(dots), "measured task"), parts)


def _around_one(values: Sequence[float], start: float, stop: float) -> LogScale:
    return LogScale(min([0.9, *values]), max([1.1, *values]), start, stop)


def _up_label(x: float, y: float, words: str) -> str:
    return f'<text class="label" transform="rotate(-90 {x} {y})" x="{x}" y="{y}" text-anchor="middle">{words}</text>'


def estimates(title: str, bars: Sequence[Bar], *, unit: str = "×") -> Markup:
    """One row a bar: its name over the estimate as a dot and its interval as a line. Ratios (``×``) lie on a log axis
    with a rule at 1, shares (``%``) on one from 0 to 100."""
    width, row, left, right, top = WIDTH, 40, 10, 24, 4
    base = top + row * len(bars)
    scale: Callable[[float], float]
    if unit == "%":
        ticks = [0.0, 25.0, 50.0, 75.0, 100.0]
        scale = partial(_linear, start=left, stop=width - right)
    else:
        known = [v for b in bars for v in (b.estimate.low, b.estimate.value, b.estimate.high) if v]
        log = _around_one(known, left, width - right)
        ticks, scale = spaced(log), log
    parts = []
    for mark in ticks:
        parts += _rules(scale(mark), top, row, len(bars), "one" if unit == "×" and mark == 1 else "grid")
        words = text.tick(mark, unit) if unit == "×" else f"{mark:g} %"
        parts += [_text(scale(mark), base + 16, words, "tick", "middle")]
    for i, (name, estimate, note) in enumerate(bars):
        y = top + row * i + 13
        value = text.ratio(estimate.value) if unit == "×" else f"{text.significant(estimate.value)} %"
        parts.append(_text(left, y, name if len(name) <= 36 else name[:35] + "…", "name"))
        parts.append(_text(width - right, y, f"{value}   {note}", "value", "end"))
        if estimate.low is not None and estimate.high is not None:
            parts.append(_line(scale(estimate.low), y + 14, scale(estimate.high), y + 14, "interval"))
        parts.append(_dot(scale(estimate.value), y + 14, 4.5, "after", f"{name}: {value}"))
    return _svg(width, base + 24, title, f"{title}, with 95 % intervals", parts)


def _rules(x: float, top: float, row: float, rows: int, kind: str) -> list[str]:
    """A rule through what each row draws, not through the names over it."""
    return [_line(x, top + row * i + 18, x, top + row * (i + 1) - 2, kind) for i in range(rows)]


def _linear(share: float, *, start: float, stop: float) -> float:
    return start + min(max(share, 0.0), 100.0) / 100.0 * (stop - start)


def strips(title: str, rows: Sequence[tuple[str, Sequence[float]]]) -> Markup:
    """One row a name: a mark a sample, at its time over the reference's, on one log axis with a rule at 1."""
    width, row, left, right, top = WIDTH, 42, 10, 24, 4
    base = top + row * len(rows)
    scale = _around_one([value for _, values in rows for value in values], left, width - right)
    parts = []
    for mark in spaced(scale):
        parts += _rules(scale(mark), top, row, len(rows), "one" if mark == 1 else "grid")
        parts += [_text(scale(mark), base + 16, text.tick(mark, "×"), "tick", "middle")]
    for i, (name, values) in enumerate(rows):
        y = top + row * i + 13
        parts.append(_text(left, y, name if len(name) <= 36 else name[:35] + "…", "name"))
        parts += [_line(scale(v), y + 8, scale(v), y + 22, "stroke") for v in values]
    return _svg(width, base + 24, title, f"{title}: {', '.join(name for name, _ in rows)}", parts)


class Curve(NamedTuple):
    """Time of one program against size."""

    name: str
    kind: str
    """``chosen``, ``baseline`` or nothing."""
    points: Sequence[tuple[int, float]]


def growth_curves(curves: Sequence[Curve]) -> Markup:
    """CPU seconds up, size across, both on log axes: a straight line is a power of the size."""
    width, height, left, right, top, base = WIDTH, 290, 54, 14, 10, 242
    points = [point for curve in curves for point in curve.points]
    across = LogScale(min(size for size, _ in points), max(size for size, _ in points), left, width - right)
    up = LogScale(min(taken for _, taken in points), max(taken for _, taken in points), base, top)
    parts = []
    for mark in spaced(across):
        parts += [_line(across(mark), top, across(mark), base, "grid")]
        parts += [_text(across(mark), base + 16, f"{mark:,.0f}", "tick", "middle")]
    for mark in spaced(up):
        parts += [_line(left, up(mark), width - right, up(mark), "grid")]
        parts += [_text(left - 6, up(mark) + 4, text.tick(mark, "s"), "tick", "end")]
    for curve in sorted(curves, key=lambda c: ("", "baseline", "chosen").index(c.kind)):
        path = "L".join(f"{across(size):.1f} {up(taken):.1f}" for size, taken in curve.points)
        parts.append(f'<path class="curve {curve.kind}" d="M{path}"><title>{escape(curve.name)}</title></path>')
    parts.append(_text((left + width) / 2, height - 8, "size of the input", "label", "middle"))
    return _svg(width, height, "Time against size", counted(len(curves), "program"), parts)


def columns(counts: Sequence[tuple[int, int]], label: str) -> Markup:
    """Small columns: how many (second) have which whole number (first)."""
    width, base, step = 340, 92, min(34.0, 300 / max(len(counts), 1))
    top = max((number for _, number in counts), default=1)
    parts = [_line(8, base, 14 + step * len(counts), base, "axis")]
    for i, (key, number) in enumerate(counts):
        x, rise = 14 + i * step, 66 * number / top
        parts.append(_rect(x, base - rise, step - 6, rise, "after", f"{number} with {key}"))
        parts.append(_text(x + (step - 6) / 2, base - rise - 4, f"{number:,}", "value", "middle"))
        parts.append(_text(x + (step - 6) / 2, base + 14, str(key), "tick", "middle"))
    parts.append(_text(8, base + 32, label, "label"))
    return _svg(width, base + 38, label, ", ".join(f"{number} with {key}" for key, number in counts), parts)
