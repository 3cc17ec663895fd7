"""The answer of ``efficoder time``: as data, and in words."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from efficoder.console import counted
from efficoder.types import GrowthCurve, Measurement, Ranked, Ratio, Slope, TestCase

_SHOWN = 100
_WAITS_S = 0.02


class Line(msgspec.Struct, frozen=True):
    """One program's place. ``to_best`` is its CPU time over the best one's."""

    program: str
    place: Ranked
    slope: Slope | None = None
    """The power of the size by which its time grows; None where it is not known."""
    loops: int = 1
    """How often a timed run went over the inputs."""


class Load(msgspec.Struct, frozen=True):
    """One input that was timed."""

    origin: Literal["given", "made"]
    """As the user gave it, or grown from that."""
    size: int | None
    """Its n; None of an input as given."""
    bytes: int


class TimeComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``time``: programs best first, the first over the second, and that in words."""

    outcome: str
    """As ``Selection.reason`` has it; ``failed`` where a program fails or differs."""
    words: str
    lines: list[Line] = []
    """Empty where nothing was timed."""
    gain: Ratio | None = None
    loads: list[Load] = []
    timed_on: str = ""
    """The inputs in words: how many, how large, how often looped."""
    waits: str = ""
    """Which programs spend time waiting, which CPU time does not count; empty for none."""
    growth: str = ""
    """How the second's time grows with size against the first's, in words; empty without inputs of growing size."""


def cells(line: Line) -> list[str]:
    place, ratio = line.place, line.place.to_best
    times = _ratio_words(ratio) if ratio else "1"
    memory = "" if place.mu_bytes is None else f"{place.mu_bytes / 1e6:.2f}"
    return [line.program, str(place.rank), f"{'>' if place.censored else ''}{place.et_s:.6f}", times, memory]


def waits(rows: Sequence[Measurement], names: Mapping[str, str]) -> str:
    """Taken from the round of each that was disturbed least. On a busy machine all of them wait, in proportion to what
    they compute: only what goes far beyond the program that waits least is said."""
    idle, rate = {}, {}
    for row in rows:
        if row.rounds:
            run = min(row.rounds, key=lambda run: run.wall_s - run.cpu_s)
            idle[row.candidate_id] = (run.wall_s - run.cpu_s) / row.loops
            rate[row.candidate_id] = (run.wall_s - run.cpu_s) / max(run.cpu_s, 1e-9)
    least = min(rate.values(), default=0.0)
    waiting = [
        f"{names[name]} waits {s:.2g} s a pass" for name, s in idle.items() if s > _WAITS_S and rate[name] > 3 * least
    ]
    return f"{', '.join(waiting)}: only CPU time is compared." if waiting else ""


def load(case: TestCase) -> Load:
    given = case.origin in ("given", "shipped_load") or case.size is None
    return Load("given" if given else "made", None if given else case.size, len(case.input.encode()))


def timed_on(loads: Sequence[Load], loops: Sequence[int]) -> str:
    """``Timed on 1 input, made from the given: n = 3,000 (14 kB); a run goes over it 12 times.``"""
    from efficoder.report.text import quantity

    made = [each for each in loads if each.size is not None]
    sizes = [f"n = {each.size:,} ({quantity(each.bytes, 'B')})" for each in made]
    given = [quantity(each.bytes, "B") for each in loads if each.size is None]
    words = [f"made from the given: {' and '.join(sizes)}"] if sizes else []
    words += [f"as given: {' and '.join(given)}"] if given else []
    count = counted(len(loads), "input")
    over = "once" if list(loops) == [1] else f"{' or '.join(f'{each:,}' for each in loops)} times"
    return f"Timed on {count}, {', '.join(words)}; a run goes over {'them' if len(loads) > 1 else 'it'} {over}."


def growth_words(names: Mapping[str, str], best: GrowthCurve, second: GrowthCurve, margin: float) -> str:
    from efficoder.metrics.growth import against, growth, parting

    words = against(growth(second), growth(best), parting(second, best, margin))
    return f"{names[second.candidate_id]} against {names[best.candidate_id]}: {words}."


def _ratio_words(ratio: Ratio) -> str:
    """``190 [150, 240]``; an interval without an upper end says so."""
    from efficoder.metrics.readings import UNBOUNDED

    high = "no bound" if ratio.high >= UNBOUNDED else _times(ratio.high)
    return f"{_times(ratio.value)} [{_times(ratio.low)}, {high}]"


def _times(value: float) -> str:
    """Two digits of what is large, three of what a margin of 1.05 is compared with."""
    return f"{value:.2f}" if value < 10 else f"{float(f'{value:.2g}'):,.0f}"


def words(best: str, second: str, gain: Ratio, outcome: str, margin: float) -> str:
    from efficoder.metrics.faster_or_tie import WORDS
    from efficoder.metrics.readings import UNBOUNDED

    number, _, interval = _ratio_words(gain).partition(" ")
    rounds = counted(gain.rounds, "round")
    measured = f"{number}x, interval {interval}, {rounds}"
    if gain.high >= UNBOUNDED:
        measured = f"at least {_times(gain.low)}x, {rounds}"
    if outcome == "faster":
        return f"{best} is {WORDS[outcome]} than {second}: {measured}, confirmed in a second process."
    if outcome == "no_signal":
        return f"{best} and {second}: {WORDS[outcome]}."
    unclaimed = f"; a difference under {margin}x is not claimed" if outcome == "tie" else ""
    return f"{best} and {second}: {WORDS[outcome]} ({measured}){unclaimed}."


def short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
