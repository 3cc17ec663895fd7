"""What a comparison of speed came to: faster, a tie, or that it cannot be told; and the words for it.

A program is faster where the other is ``is_slower`` by ``measure.margin`` of the config, and a second process confirms
it; measured and neither slower is a tie. Every command, report and card takes the words from here.
"""

from collections.abc import Iterable

from efficoder.metrics.readings import et_s
from efficoder.types import Measurement, Ratio

WORDS = {
    "faster": "faster",
    "tie": "tie: measured and not told apart",
    "baseline_fastest": "the baseline is already the fastest",
    "only_one": "only one right program has a time",
    "not_confirmed": "gain not confirmed in a second zygote",
    "no_correct": "no right program",
    "no_signal": "cannot tell: no measurable time on these inputs; give a larger one",
    "constant_answer": "constant answer: no gain is claimed from these inputs",
    "not_measured": "not measured",
}
"""By ``Selection.reason``."""

UNMEASURED = frozenset({"no_correct", "no_signal", "constant_answer", "not_measured"})
"""Outcomes without a comparison: such a task enters no mean of gains, and no arm or pair that rests on speed."""

NO_TIME = "unmeasured: right, and without a time"
"""Of a right program that failed while it was timed: it is compared with nobody."""

SHOWS_S = 1e-3
"""A pass that takes every candidate less is all start-up: it ranks none (measured: docs/decisions/0005)."""


def any_shows(measurements: Iterable[Measurement], body_s: float) -> bool:
    """Whether a time stands out from the floor's: as long as the race makes a body (``body_s``), or about that, since
    the loops are found by one run."""
    return any(_shows(measured, body_s) for measured in measurements)


def _shows(measured: Measurement, body_s: float) -> bool:
    taken_s = et_s(measured) if measured.rounds else 0.0
    return measured.censored or (taken_s >= SHOWS_S and taken_s * measured.loops >= body_s / 2)


def is_slower(ratio: Ratio, margin: float) -> bool:
    """The subject takes more than ``margin`` times as long, by the whole interval."""
    return ratio.low > margin


def is_equal(ratio: Ratio, margin: float) -> bool:
    """The interval lies inside ``margin`` squared either way: more rounds would not part them by much, so a race ends.
    It is no rule of what a tie is."""
    return 1.0 / margin**2 < ratio.low and ratio.high < margin**2
