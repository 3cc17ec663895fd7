"""Numbers as a reader wants them: three significant digits and a unit."""

import math
from collections.abc import Sequence

from efficoder.metrics.readings import UNBOUNDED


def significant(value: float, digits: int = 3) -> str:
    """
    >>> [significant(x) for x in (0, 0.000012345, 0.01234, 1.5, 9.996, 1234.5)]
    ['0', '1.23e-05', '0.0123', '1.50', '10.0', '1,234']
    """
    rounded = float(f"{value:.{digits}g}")  # first, since 9.996 has one decimal less than 9.99
    if rounded == 0 or not math.isfinite(value):
        return f"{rounded:g}"
    if abs(rounded) < 1e-4:
        return f"{value:.{digits - 1}e}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{value:,.{decimals}f}"


def ratio(value: float) -> str:
    """
    >>> ratio(2), ratio(1e9)
    ('2.00×', 'no bound')
    """
    return "no bound" if value >= UNBOUNDED else significant(value) + "×"


def interval(low: float | None, high: float | None) -> str:
    """
    >>> interval(1.5, 2.25), interval(1.5, 1e9), interval(None, None)
    ('1.50–2.25', 'at least 1.50', 'no interval')
    """
    if low is None or high is None:
        return "no interval"
    return f"at least {significant(low)}" if high >= UNBOUNDED else f"{significant(low)}–{significant(high)}"


def quantity(value: float, unit: str) -> str:
    """
    >>> quantity(0.0123, "s"), quantity(3.5e6, "B"), quantity(2e9, "B·s")
    ('12.3 ms', '3.50 MB', '2.00 GB·s')
    """
    if unit == "s":
        scales = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs")]
    else:
        tail = unit.removeprefix("B")
        scales = [(1e9, "GB" + tail), (1e6, "MB" + tail), (1e3, "kB" + tail), (1.0, "B" + tail)]
    factor, name = next(((f, n) for f, n in scales if abs(value) >= f), scales[-1])
    return f"{significant(value / factor)} {name}" if value else f"0 {unit}"


def tick(value: float, unit: str) -> str:
    """As ``quantity`` and ``ratio`` without needless digits, for axes."""
    if unit == "×":
        return f"{value:,.0f}×" if value >= 1 else f"{value:g}×"
    number, name = quantity(value, unit).split(" ")
    return f"{float(number.replace(',', '')):g} {name}"


def spread(values: Sequence[float], unit: str) -> str:
    """One value, or the least and the greatest.

    >>> spread([0.1, 0.25, 10.0], "s"), spread([10.0], "s")
    ('100 ms to 10 s', '10 s')
    """
    least, most = tick(min(values), unit), tick(max(values), unit)
    return least if least == most else f"{least} to {most}"


def change(value: float, low: float | None, high: float | None) -> str:
    """A ratio of before to after, in words.

    >>> change(2.0, 1.5, 2.5), change(0.8, 0.7, 0.9), change(1.02, 0.9, 1.2)
    ('2.00× less (1.50–2.50)', '1.25× more (1.11–1.43)', 'no clear change: 1.02× less (0.900–1.20)')
    """
    clear = "" if low is None or high is None or not low <= 1.0 <= high else "no clear change: "
    if value < 1.0 and low and high:
        value, low, high, word = 1.0 / value, 1.0 / high, 1.0 / low, "more"
    else:
        word = "less"
    return f"{clear}{ratio(value)} {word} ({interval(low, high)})"


def moment(stamp: str) -> str:
    """
    >>> moment("2026-11-23T07:00:00Z")
    '2026-11-23 07:00 UTC'
    """
    return f"{stamp[:10]} {stamp[11:16]} UTC" if stamp[10:11] == "T" and stamp.endswith("Z") else stamp


def percent(share: float) -> str:
    """
    >>> percent(0.4567), percent(0.004)
    ('46 %', '0.4 %')
    """
    return f"{100 * share:.1f} %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def count(number: int) -> str:
    return f"{number:,}"


def dollars(value: float) -> str:
    """
    >>> dollars(0), dollars(0.0123), dollars(12.5)
    ('$0', '$0.0123', '$12.50')
    """
    return "$0" if value == 0 else f"${value:.4f}" if value < 0.1 else f"${value:,.2f}"
