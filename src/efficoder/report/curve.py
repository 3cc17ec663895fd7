"""A curve with its interval as a stand-alone SVG for documents: no script, no style sheet, light and dark by itself."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BASE = 64, 620, 44, 308

_STYLE = """\
text{font:12px system-ui,sans-serif;fill:#444}.title{font-size:14px;fill:#111}.grid{stroke:#ddd}
.band{fill:#2a6fdb;opacity:.18}.line{fill:none;stroke:#2a6fdb;stroke-width:2}.mark{stroke:#c2410c;stroke-dasharray:4 3}
@media (prefers-color-scheme:dark){text{fill:#bbb}.title{fill:#eee}.grid{stroke:#333}}"""

Point = tuple[float, float, float | None, float | None]
"""x, y, and the bounds of y's interval."""


def curve_svg(title: str, across: str, up: str, points: Sequence[Point], mark: int | None = None) -> str:
    """The curve through ``points``, a band between their bounds, and a rule at x = ``mark``. Axes are linear."""
    lows = [y if low is None else low for _, y, low, _ in points]
    highs = [y if high is None else high for _, y, _, high in points]
    x_axis = _Axis(points[0][0], points[-1][0], LEFT, RIGHT)
    y_axis = _Axis(min(lows), max(highs), BASE, TOP)
    xs = [x_axis(point[0]) for point in points]
    band = [*zip(xs, map(y_axis, highs), strict=True), *reversed(list(zip(xs, map(y_axis, lows), strict=True)))]
    parts = [f'<text class="title" x="{LEFT}" y="22">{escape(title)}</text>']
    for value in y_axis.ticks():
        y = y_axis(value)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    for value in x_axis.ticks():
        parts.append(f'<text x="{x_axis(value):.1f}" y="{BASE + 18}" text-anchor="middle">{value:g}</text>')
    parts.append(f'<path class="band" d="{_path(band)}Z"/>')
    parts.append(f'<path class="line" d="{_path([(x, y_axis(p[1])) for x, p in zip(xs, points, strict=True)])}"/>')
    if mark is not None:
        x = x_axis(float(mark))
        parts.append(f'<line class="mark" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{BASE}"/>')
    parts.append(f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{escape(across)}</text>')
    middle = (TOP + BASE) / 2
    parts.append(
        f'<text transform="rotate(-90 16 {middle})" x="16" y="{middle}" text-anchor="middle">{escape(up)}</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>{''.join(parts)}</svg>\n"
    )


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


class _Axis:
    """From values to pixels, with some five round ticks."""

    def __init__(self, low: float, high: float, start: float, stop: float) -> None:
        self._low, self._high = low, high if high > low else low + 1.0
        self._start, self._stop = start, stop

    def __call__(self, value: float) -> float:
        return self._start + (value - self._low) / (self._high - self._low) * (self._stop - self._start)

    def ticks(self) -> list[float]:
        rough = (self._high - self._low) / 5
        decade = 10.0 ** math.floor(math.log10(rough))
        step = next(decade * factor for factor in (1, 2, 5, 10) if decade * factor >= rough)
        first = math.ceil(self._low / step)
        return [round(step * i, 10) for i in range(first, math.floor(self._high / step) + 1)]
