"""Charts as inline SVG text: no script, no font, no colour of their own (style.css has those, light and dark).

Every text goes through ``escape``; every chart has a title and a description for those who cannot see it.
"""

import math
from collections.abc import Iterable, Sequence
from statistics import median
from typing import TypeVar

from markupsafe import Markup, escape

from efficoder.report import text
from efficoder.report.content import Dot, Group, Move, TaskGain

MOST_MARKS = 600
"""Lines or dots drawn in one chart: enough for the shape, and the page stays small. Medians are of all."""


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


Mark = TypeVar("Mark", Move, Dot)


def thinned(items: Sequence[Mark]) -> list[Mark]:
    """At most MOST_MARKS, evenly through the order given."""
    step = max(1.0, len(items) / MOST_MARKS)
    return [items[int(i * step)] for i in range(min(len(items), MOST_MARKS))]


def _svg(width: int, height: int, title: str, description: str, parts: Iterable[str]) -> Markup:
    return Markup(
        f'<svg class="chart" viewBox="0 0 {width} {height}" style="max-width:{width}px" role="img">'
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
    width, height, left, right, base = 720, 210, 70, 32, 168
    faster = [g.gain for g in gains if g.verdict == "faster"]
    scale = LogScale(1.0, max(faster, default=2.0), left + 60, width - right)
    bins = 36
    edges = [scale.low * (scale.high / scale.low) ** (i / bins) for i in range(bins + 1)]
    counts = [0] * bins
    for gain in faster:
        share = math.log(max(gain, scale.low) / scale.low) / math.log(scale.high / scale.low)
        counts[min(int(share * bins), bins - 1)] += 1
    flat = len(gains) - len(faster)
    top = max([*counts, flat, 1])
    rise = (base - 26) / top
    parts = [_line(left - 40, base, width - right, base, "axis")]
    parts.append(_rect(left - 22, base - flat * rise, 40, flat * rise, "tie", f"{flat} tasks without a faster program"))
    parts.append(_text(left - 2, base - flat * rise - 6, str(flat), "value", "middle"))
    parts.append(_text(left - 2, base + 16, "no gain", "tick", "middle"))
    for i, number in enumerate(counts):
        if number:
            x1, x2 = scale(edges[i]), scale(edges[i + 1])
            tip = f"{number} tasks, {text.ratio(edges[i])} to {text.ratio(edges[i + 1])}"
            parts.append(_rect(x1 + 0.75, base - number * rise, x2 - x1 - 1.5, number * rise, "after", tip))
    for mark in scale.ticks():
        parts += [_line(scale(mark), base, scale(mark), base + 4, "axis")]
        parts += [_text(scale(mark), base + 16, text.tick(mark, "×"), "tick", "middle")]
    parts.append(
        _text((left + 60 + width - right) / 2, height - 6, "times faster than the baseline", "label", "middle")
    )
    described = f"{len(faster)} of {len(gains)} tasks have a faster program"
    return _svg(width, height, "Gain per task", described, parts)


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
    described = f"{title} of {len(moves)} tasks before and after; {len(drawn)} lines drawn"
    return _svg(width, height, title, described, parts)


def pareto(dots: Sequence[Dot]) -> Markup:
    """Right candidates against the best of their task: time across, memory up; lower left is best."""
    width, height, left, right, top, base = 1020, 440, 64, 16, 12, 390
    time = LogScale(1.0, max((d.time for d in dots), default=2.0), left + 12, width - right)
    memory = LogScale(1.0, max((d.memory for d in dots), default=2.0), base - 12, top)
    parts = []
    for mark in time.ticks():
        parts += [_line(time(mark), top, time(mark), base, "grid")]
        parts += [_text(time(mark), base + 16, text.tick(mark, "×"), "tick", "middle")]
    for mark in memory.ticks():
        parts += [_line(left, memory(mark), width - right, memory(mark), "grid")]
        parts += [_text(left - 8, memory(mark) + 3.5, text.tick(mark, "×"), "tick", "end")]
    for dot in sorted(thinned(dots), key=lambda d: d.chosen):
        tip = f"{dot.task_id}: {text.ratio(dot.time)} time, {text.ratio(dot.memory)} memory"
        kind, radius = ("dot chosen", 4.0) if dot.chosen else ("dot", 3.0)
        parts.append(_dot(time(dot.time), memory(dot.memory), radius, kind, tip))
    parts.append(_text((left + width) / 2, height - 8, "CPU time, times the task's fastest", "label", "middle"))
    x, y = 14, (top + base) / 2
    parts.append(
        f'<text class="label" transform="rotate(-90 {x} {y})" x="{x}" y="{y}" text-anchor="middle">'
        "peak memory, times the task's leanest</text>"
    )
    return _svg(width, height, "Time against memory", f"{len(dots)} right candidates", parts)


def intervals(groups: Sequence[Group]) -> Markup:
    """One row a group: the estimate as a dot, its interval as a line, 1 (no gain) as the rule."""
    width, row, left, right, top = 520, 28, 242, 116, 8
    height = top + row * len(groups) + 30
    low = min([1.0, *(g.gain.low or g.gain.value for g in groups)])
    high = max([1.1, *(g.gain.high or g.gain.value for g in groups)])
    scale = LogScale(low, high, left, width - right)
    base = top + row * len(groups)
    parts = []
    for mark in scale.ticks():
        parts += [_line(scale(mark), top, scale(mark), base, "one" if mark == 1 else "grid")]
        parts += [_text(scale(mark), base + 16, text.tick(mark, "×"), "tick", "middle")]
    for i, group in enumerate(groups):
        y = top + row * (i + 0.5)
        gain = group.gain
        name = group.name if len(group.name) <= 30 else group.name[:29] + "…"
        parts.append(_text(left - 14, y + 4, name, "name", "end"))
        if gain.low is not None and gain.high is not None:
            parts.append(_line(scale(gain.low), y, scale(gain.high), y, "interval"))
        parts.append(_dot(scale(gain.value), y, 4.5, "after", f"{group.name}: {text.ratio(gain.value)}"))
        parts.append(_text(width - right + 58, y + 4, text.ratio(gain.value), "value", "end"))
        parts.append(_text(width, y + 4, f"n = {group.tasks:,}", "tick", "end"))
    return _svg(width, height, "Gain by group", "Geometric mean gains with 95 % intervals", parts)


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
