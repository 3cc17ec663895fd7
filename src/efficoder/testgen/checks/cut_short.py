"""Mutants that are honest up to a size and answer by a constant above it: would they be noticed?"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from efficoder.judging.trial import Trial
from efficoder.languages import Mutant, language
from efficoder.testgen.checks.kills import compiles
from efficoder.testgen.checks.settle import is_known
from efficoder.testgen.loads.shortcuts import calls_of
from efficoder.types import TestCase

_SHARES = (0.25, 0.5, 0.75)
"""Where between the largest check and the loads they begin to cut short, on a scale of logarithms; among the calls of
a batch that has none larger, the share that stays honest."""

_LONGEST = 1 << 11
"""A longer answer is no constant that a program would hold (Python writes down no number of 4,300 digits); the next
smaller input gives one."""


class Killed(NamedTuple):
    planted: int
    killed: int


def cut_short(
    trial: Trial, checks: Sequence[TestCase], loads: Sequence[TestCase], others: Sequence[TestCase]
) -> Killed:
    """Plant three, for the argument that grows most from the checks to the loads, and run them on all three lists."""
    mutants = list(planted(trial, checks, loads))
    cases = list(filter(is_known, [*checks, *loads, *others]))
    return Killed(len(mutants), sum(not _passes(trial, mutant, cases) for mutant in mutants))


def planted(trial: Trial, checks: Sequence[TestCase], loads: Sequence[TestCase]) -> Iterator[Mutant]:
    """The mutants; none where the loads cannot be told from the checks by any size."""
    text, task = trial.one_by_one, trial.task
    timed = list(calls_of(loads, timed=True, text=text))
    known = list(calls_of(checks, timed=False, text=text))
    measures = range(1) if text else range(1, min((len(call.sizes) for call in (*known, *timed)), default=1))
    if not timed or not known or not measures:
        return
    largest = {m: (max(call.sizes[m] for call in known), max(call.sizes[m] for call in timed)) for m in measures}
    measure = max(measures, key=lambda m: (largest[m][1] + 1) / (largest[m][0] + 1))
    by_size = sorted((*known, *timed), key=lambda call: -call.sizes[measure])
    answer = next((call.answer for call in by_size if len(call.answer) <= _LONGEST), "null")
    for above in _between(*largest[measure], sorted(call.sizes[measure] for call in timed)):
        argument = 0 if text else measure - 1
        mutant = language(task.language).cut_short(task.reference or "", task, argument, above, answer)
        if mutant is not None and compiles(trial, mutant.code):
            yield mutant


def _between(below: float, top: float, timed: Sequence[float]) -> Iterator[float]:
    for share in _SHARES:
        if top > 1.5 * (below + 1):
            yield float(int((below + 1) * (top / (below + 1)) ** share))
        elif timed[0] < timed[-1]:
            yield timed[int(share * (len(timed) - 1))]


def _passes(trial: Trial, mutant: Mutant, cases: Sequence[TestCase]) -> bool:
    return all(trial.fits(cases, trial.each(mutant.code, [case.input for case in cases])))
