"""The loads of a task: searched for, agreed on, and the few that show most kept."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from itertools import count as count_from

import msgspec

from efficoder import values
from efficoder.judge import TOO_LARGE
from efficoder.loads.curve import Fit, fit
from efficoder.loads.growth import Growth
from efficoder.loads.search import Ran, Search, Settings, Trail
from efficoder.loads.settle import note
from efficoder.loads.trial import Trial
from efficoder.sandbox import Limits
from efficoder.types import Candidate, Comparison, Disagreement, TestCase

MAX_TEXT = 3 << 20
"""Characters of one load's wire text: it is stored, and decoded in every timed run."""
MAX_TEXTS = 4 << 20
"""The same of all loads of a task."""
MAX_OUTPUT = 2 << 20
ASKED = 3
"""Voters asked about a load."""
_TRIED = 3  # loads taken to the voters
_SIZES = 3  # sizes tried, the largest first, until they agree
_VOTER_S = 0.5  # the race stops a program at ten times the fastest one's time, too
_FACTOR = 5.0  # the reference's own limit in the search, over the target
_LEAST_S = 5e-4  # points below are floor and noise, and left out of the slope
_LONG_OUTPUT = 1 << 14  # bytes of a result that take time to write
_FEW_CALLS, _MANY_CALLS = 64, 1 << 15  # of a batch
_PORTION = 500  # calls asked together: of each a dozen may be refused, and one that is costs another child
_LEAP = 16  # times as many calls from one timing of a batch to the next, at most
CALL_TEXT = 1 << 11
"""Characters of one call's input in a batch."""
_BATCH_TEXT = 1 << 20
_MAKING_S = 5.0  # for new inputs of a batch: a program takes two runs an input
_BATCH_S = 0.015  # a batch is long enough to be looped from here on: more calls would only take longer to decode
ELEMENTWISE = frozenset({"exact", "float"})
"""Kinds of comparison that judge a list of results as they judge each."""


@dataclass(slots=True)
class Picked:
    loads: list[TestCase] = field(default_factory=list)
    points: list[tuple[int, float]] = field(default_factory=list)
    """The curve of the way that gave the slowest load: (size, CPU seconds of the reference)."""
    slope: Fit | None = None
    reference_s: float = 0.0
    """The reference's own CPU time on its slowest load."""
    slowest_s: float = 0.0
    """The same of the slowest correct program asked."""
    disagreements: list[Disagreement] = field(default_factory=list)
    refused: int = 0
    """Loads found and not used, because correct candidates disagree on them."""


@dataclass(frozen=True, slots=True)
class _Agreed:
    load: TestCase
    reference_s: float
    slowest_s: float
    points: Mapping[int, float]


@dataclass(slots=True)
class Picker:
    trial: Trial
    reference: str
    voters: Sequence[Candidate]
    comparison: Comparison
    target_s: float
    seed: int
    _trails: list[Trail] = field(default_factory=list)
    """What the last search tried."""
    _slow: Counter[str] = field(default_factory=Counter)
    """How often a voter could not finish; the quick ones are asked first."""

    def grown(self, growths: Sequence[Growth], count: int, driver: str | None = None) -> Picked:
        """Up to ``count`` loads from the ways of growth, grown until ``driver``, else the reference, takes the time."""
        settings = Settings(self.target_s, MAX_TEXT, 40 * self.target_s, 2 * MAX_TEXT)
        self._trails = Search(partial(self._ran, driver or self.reference), settings, self.seed).trails(growths)
        picked = Picked()
        agreed = [found for trail in self._trails[:_TRIED] if (found := self._agreed_on(trail, picked)) is not None]
        self._keep(picked, agreed, count)
        return picked

    def fixed(self, loads: Sequence[TestCase], count: int) -> Picked:
        """Of given loads the slowest that the reference finishes and the voters agree on."""
        picked = Picked()
        voted = (self._vote(load, {}, picked) for load in loads if len(load.input) <= MAX_TEXT)
        self._keep(picked, [found for found in voted if found is not None], count)
        return picked

    def batched(self, known: Sequence[str], near: Iterator[str]) -> Picked:
        """One load of many calls, for a program that no single input keeps busy (a formula, a few digits): ``known``
        inputs, ones of every small size the last search tried, then those ``near`` the known; more until the reference
        takes the time."""
        picked = Picked()
        if self.comparison.kind not in ELEMENTWISE:
            return picked
        short = [text for text in dict.fromkeys(known) if len(text) <= CALL_TEXT][:_FEW_CALLS]
        calls, points = self.calls(chain(short, self._fresh_inputs(), near), _FEW_CALLS, _BATCH_TEXT)
        if not calls:
            return picked
        text = values.several(call.input for call in calls)
        load = TestCase(input=text, comparison=self.comparison, origin="generated", size=len(calls))
        found = self._vote(load, points, picked)
        self._keep(picked, [found] if found else [], 1)
        return picked

    def calls(
        self, inputs: Iterator[str], count: int, enough_text: int = MAX_TEXT
    ) -> tuple[list[TestCase], dict[int, float]]:
        """Different calls from ``inputs``, all agreed on, and the reference's time by their number.

        ``count`` of them, then more until the reference takes the time, they could not be doubled within
        ``enough_text`` characters, or half of those asked for are refused or missing.
        """
        kept: dict[str, TestCase] = {}
        points: dict[int, float] = {}
        while True:
            new = [text for text in dict.fromkeys(islice(inputs, count - len(kept))) if text not in kept]
            for start in range(0, len(new), _PORTION):
                kept |= {call.input: call for call in self.agreed(new[start : start + _PORTION])}
            text = values.several(kept)
            taken = points[len(kept)] = self.trial.net_s(self.reference, text, self._limits(_VOTER_S))
            if taken >= _BATCH_S or 2 * len(text) > enough_text or len(kept) < count / 2 or count == _MANY_CALLS:
                return list(kept.values()), points
            # As many as the time so far asks for, and a fifth more; in large steps, since each is timed anew.
            wanted = len(kept) * min(1.2 * _BATCH_S / max(taken, 1e-6), MAX_TEXT / len(text))
            count = min(_MANY_CALLS, max(2 * count, min(int(wanted), _LEAP * count)))

    def _fresh_inputs(self) -> Iterator[str]:
        """Different inputs from all ways and small sizes in turn; ends when new ones become rare, or took long."""
        lengths = [(trail, size) for trail in self._trails for size in trail.points]
        ways = [(trail.growth, size) for trail, size in lengths if trail.lengths[size] <= CALL_TEXT // 4]
        met: set[str] = set()
        misses = 0
        end_s = time.monotonic() + _MAKING_S
        for number in count_from(self.seed + 1):
            if not ways or misses > 10 * len(ways) or time.monotonic() > end_s:
                return
            growth, size = ways[number % len(ways)]
            text = growth.write(size, number)
            misses += 1
            if text is not None and len(text) <= CALL_TEXT and text not in met:
                met.add(text)
                misses = 0
                yield text

    def agreed(self, inputs: Sequence[str]) -> list[TestCase]:
        """Those that the reference accepts and no voter answers otherwise, or fails on: one call in doubt would fail
        right programs on the whole batch."""
        outputs = self.trial.each(self.reference, inputs, self._limits(_VOTER_S))
        cases: list[TestCase] = []
        for text, output in zip(inputs, outputs, strict=True):
            if output is not None:
                answer = output.decode("utf-8", "replace")
                comparison = loosened(self.comparison, answer)
                cases.append(TestCase(input=text, expected=answer, comparison=comparison, origin="generated"))
        for voter in self.voters:
            answers = self.trial.each(voter.code, [case.input for case in cases], self._limits(_VOTER_S))
            tried = max((index for index, answer in enumerate(answers, 1) if answer is not None), default=0)
            fits = self.trial.fits(cases, answers)
            # Where it failed on nothing it tried, what is left was too long for it, if the first of that is no failure.
            slow = None not in answers[:tried] and not (tried < len(cases) and self._fails(voter, cases[tried]))
            cases = [case for index, case in enumerate(cases) if fits[index] or (slow and index >= tried)]
        return cases

    def _fails(self, voter: Candidate, case: TestCase) -> bool:
        ended = self.trial.run(voter.code, [case.input], self._limits(_VOTER_S)).ended
        return ended in {"error", "refused", "killed"}

    def _asked(self) -> list[Candidate]:
        return sorted(self.voters, key=lambda voter: self._slow[voter.id])[:ASKED]

    def _keep(self, picked: Picked, agreed: list[_Agreed], count: int) -> None:
        """First one that reaches the target with the shortest input, then those on which correct programs differ most:
        that is what loads are for."""
        if not agreed:
            return
        agreed.sort(key=lambda found: (-min(found.reference_s, self.target_s), len(found.load.input)))
        slow = [found for found in agreed[1:] if found.slowest_s >= agreed[0].slowest_s / 4]
        slow.sort(key=lambda found: -found.slowest_s / max(found.reference_s, 1e-4))
        kept, length = agreed[:1], len(agreed[0].load.input)
        picked.points = sorted(kept[0].points.items())
        picked.slope = fit(*zip(*picked.points, strict=True), least_s=_LEAST_S) if picked.points else None
        for found in slow:
            length += len(found.load.input)
            if len(kept) < count and length <= MAX_TEXTS:
                kept.append(found)
        picked.loads = [found.load for found in kept]
        for found in kept:
            own_s = self.trial.net_s(self.reference, found.load.input, self._limits(_VOTER_S))
            picked.reference_s = max(picked.reference_s, own_s)
            picked.slowest_s = max(picked.slowest_s, own_s + found.slowest_s - found.reference_s)

    def _agreed_on(self, trail: Trail, picked: Picked) -> _Agreed | None:
        """The load at the end of the trail, or a smaller one where voters fail at that size."""
        for size in sorted((size for size in trail.points if size <= trail.best[0]), reverse=True)[:_SIZES]:
            text = trail.growth.write(size, self.seed) or ""
            load = TestCase(input=text, comparison=self.comparison, origin="generated", size=size)
            found = self._vote(load, trail.points, picked)
            if found is not None:
                return found
        return None

    def _vote(self, load: TestCase, points: Mapping[int, float], picked: Picked) -> _Agreed | None:
        """None when a voter answers otherwise or fails on it, when it is too large for most, or none asked could finish
        it."""
        outcome = self.trial.run(self.reference, [load.input], self._limits(_VOTER_S))
        if outcome.ended != "finished":
            return None
        text = outcome.outputs[0].decode("utf-8", "replace")
        expected = load.expected if load.expected is not None else text
        load = msgspec.structs.replace(load, expected=expected, comparison=loosened(load.comparison, text))
        if not all(self.trial.fits([load], outcome.outputs)):
            return None
        times, raised = [outcome.cpu_s - self.trial.floor_s], 0
        asked = self._asked()
        for voter in asked:
            answer = self.trial.run(voter.code, [load.input], self._limits(_VOTER_S))
            fails = answer.ended == "error" and not answer.detail.startswith(TOO_LARGE)
            if fails or (answer.ended == "finished" and not all(self.trial.fits([load], answer.outputs))):
                note(picked.disagreements, load, None if fails else answer.outputs[0], voter)
                picked.refused += 1
                return None
            raised += answer.ended in {"error", "refused", "killed"}
            self._slow[voter.id] += answer.ended in {"timeout", "memory"}
            if answer.ended == "finished":
                times.append(answer.cpu_s - self.trial.floor_s)
        if asked and (len(times) == 1 or 2 * raised > len(asked)):
            return None
        return _Agreed(load, times[0], max(times), points)

    def _ran(self, code: str, text: str) -> Ran:
        outcome = self.trial.run(code, [text], self._limits(_FACTOR * self.target_s))
        ok = outcome.ended == "finished" and sum(map(len, outcome.outputs)) <= MAX_OUTPUT
        taken = outcome.cpu_s - self.trial.floor_s
        long = ok and not self.trial.one_by_one and len(outcome.outputs[0]) > _LONG_OUTPUT
        return Ran(max(0.0, taken - self.trial.writing_s(outcome.outputs[0]) if long else taken), ok)

    def _limits(self, cpu_s: float) -> Limits:
        return Limits(cpu_s=cpu_s, wall_s=4 * cpu_s + 2, output_bytes=4 * MAX_OUTPUT)


def loosened(comparison: Comparison, expected: str) -> Comparison:
    """Sums of floats differ by their order: an exact comparison of floats that nobody gave allows for that."""
    if comparison.kind != "exact" or not _has_float(expected):
        return comparison
    return Comparison(kind="float", absolute=1e-9, relative=1e-6)


def _has_float(text: str) -> bool:
    try:
        return any(isinstance(leaf, float) for leaf in _leaves(values.decode(text)))
    except ValueError:
        return False


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]
