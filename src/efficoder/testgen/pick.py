"""The loads of a task: it searches for them, asks the reference for their answers, and keeps the few that take longest.

No candidate is asked, so loads are the same whichever candidate is judged and timed on them.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain, islice
from itertools import count as count_from

from efficoder import wire
from efficoder.judging.trial import TOGETHER_S, Trial
from efficoder.languages import language
from efficoder.metrics.growth import fit
from efficoder.sandbox import Limits
from efficoder.testgen.answers import answered, expecting, steady
from efficoder.testgen.loads.growth import Growth
from efficoder.testgen.loads.search import Ran, Search, SearchSettings, Trail
from efficoder.types import Comparison, Slope, TestCase

MAX_TEXT = 3 << 20
"""Characters of one load's wire text: it is stored, and decoded in every timed run."""
MAX_TEXTS = 4 << 20
"""The most characters of all loads of a task together."""
MAX_OUTPUT = 2 << 20
_TRIED = 3  # loads answered
_SIZES = 3  # sizes tried, the largest first, until one can be answered
_MOST_S = 0.5  # CPU time of the reference on one load: the search aims at a tenth of it
_FACTOR = 5.0  # the reference's own limit in the search, over the target
_LEAST_S = 5e-4  # shorter times are start-up and noise, and left out of the slope
_FEW_CALLS, _MANY_CALLS = 64, 1 << 15  # of a batch
_PORTION = 500  # calls asked together: a dozen of them may fail, and each that fails costs another child
_LEAP = 16  # times as many calls from one timing of a batch to the next, at most
CALL_TEXT = 1 << 11
"""Characters of one call's input in a batch."""
_BATCH_TEXT = 1 << 20
_MAKING_S = 5.0  # for new inputs of a batch: a program takes two runs per input
_BATCH_S = 0.015  # a batch that takes so long can be looped: more calls would only take longer to decode
ELEMENTWISE = frozenset({"exact", "float"})
"""Kinds of comparison that judge a list of results as they judge each."""


@dataclass(slots=True)
class Picked:
    loads: list[TestCase] = field(default_factory=list)
    points: list[tuple[int, float]] = field(default_factory=list)
    """The curve of the way that gave the slowest load: (size, CPU seconds of the reference)."""
    slope: Slope | None = None
    reference_s: float = 0.0
    """The reference's own CPU time on its slowest load."""
    growth: Growth | None = None
    """The way of growth that gave the first load."""


@dataclass(frozen=True, slots=True)
class _Answered:
    load: TestCase
    reference_s: float
    points: Mapping[int, float]
    growth: Growth | None = None


@dataclass(slots=True)
class Picker:
    trial: Trial
    reference: str
    comparison: Comparison
    target_s: float
    seed: int
    _trails: list[Trail] = field(default_factory=list)
    """What the last search tried."""
    _taken: dict[str, float] = field(default_factory=dict)
    """The reference's own CPU time on each load it answered, by its input."""

    def __post_init__(self) -> None:
        self.target_s = max(self.target_s, language(self.trial.task.language).timing.least_body_s)

    def grown(self, growths: Sequence[Growth], count: int) -> Picked:
        """Up to ``count`` loads from the ways of growth, grown until the reference takes the time."""
        settings = SearchSettings(self.target_s, MAX_TEXT, 40 * self.target_s, 2 * MAX_TEXT)
        self._trails = Search(self._ran, settings, self.seed).trails(growths)
        return self._keep([found for trail in self._trails[:_TRIED] if (found := self._end_of(trail))], count)

    def fixed(self, loads: Sequence[TestCase], count: int) -> Picked:
        """Of given loads the slowest. One whose answer is known is kept even where the reference does not finish it: no
        load tells programs apart better."""
        answered = (self._answered(load, {}, TOGETHER_S) for load in loads if len(load.input) <= MAX_TEXT)
        return self._keep([found for found in answered if found is not None], count)

    def batched(self, known: Sequence[str], near: Iterator[str]) -> Picked:
        """One load of many calls, for a program that no single input keeps busy (a formula, a few digits). The calls
        are the ``known`` inputs, inputs of every small size that the last search tried, then inputs ``near`` the known
        ones, until the reference takes long enough."""
        if self.comparison.kind not in ELEMENTWISE:
            return Picked()
        short = [text for text in dict.fromkeys(known) if len(text) <= CALL_TEXT][:_FEW_CALLS]
        calls, points = self.calls(chain(short, self._fresh_inputs(), near), _FEW_CALLS, _BATCH_TEXT)
        if not calls:
            return Picked()
        return self.together([call.input for call in calls], points)

    def together(self, calls: Sequence[str], points: Mapping[int, float]) -> Picked:
        """One load of these calls."""
        text = wire.batch(calls)
        load = TestCase(input=text, comparison=self.comparison, origin="generated", size=len(calls))
        found = self._answered(load, points)
        return self._keep([found] if found else [], 1)

    def calls(
        self, inputs: Iterator[str], count: int, enough_text: int = MAX_TEXT
    ) -> tuple[list[TestCase], dict[int, float]]:
        """Different calls from ``inputs``, with the reference's answers, and its time by the number of calls.

        It starts with ``count`` calls. It takes more until the reference takes long enough, until twice as many would
        not fit into ``enough_text`` characters, or until more than half of those asked for fail or are missing.
        """
        kept: dict[str, TestCase] = {}
        points: dict[int, float] = {}
        while True:
            new = [text for text in dict.fromkeys(islice(inputs, count - len(kept))) if text not in kept]
            room = MAX_TEXT - sum(map(len, kept))  # a few long calls among short ones may take it all
            new = [text for text, end in zip(new, accumulate(map(len, new)), strict=True) if end <= room]
            for start in range(0, len(new), _PORTION):
                made = self.answered(new[start : start + _PORTION])
                kept |= {call.input: call for call in made if call.comparison.kind in ELEMENTWISE}
            text = wire.batch(kept)
            taken = points[len(kept)] = self.trial.net_s(self.reference, text, self._limits(_MOST_S))
            if taken >= _BATCH_S or 2 * len(text) > enough_text or len(kept) < count / 2 or count == _MANY_CALLS:
                return list(kept.values()), points
            # As many as the time so far asks for, and a fifth more; in large steps, since each is timed anew.
            wanted = len(kept) * min(1.2 * _BATCH_S / max(taken, 1e-6), MAX_TEXT / len(text))
            count = min(_MANY_CALLS, max(2 * count, min(int(wanted), _LEAP * count)))

    def _fresh_inputs(self) -> Iterator[str]:
        """Different inputs from all ways of growth and small sizes in turn. It ends when new ones become rare or have
        taken long to make."""
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

    def answered(self, inputs: Sequence[str], most_s: float = _MOST_S) -> list[TestCase]:
        """The inputs that the reference answers within ``most_s`` together, with its answers."""
        cases = [TestCase(input=text, comparison=self.comparison, origin="generated") for text in inputs]
        return answered(self.trial, self.reference, cases, self._limits(most_s))

    def _keep(self, answered: list[_Answered], count: int) -> Picked:
        """The load with the shortest input that reaches the target comes first. Then come those on which the reference
        takes longest, if they take at least a quarter of the first one's time."""
        picked = Picked()
        if not answered:
            return picked
        answered.sort(key=lambda found: (-min(found.reference_s, self.target_s), len(found.load.input)))
        slow = [found for found in answered[1:] if found.reference_s >= answered[0].reference_s / 4]
        kept, length = answered[:1], len(answered[0].load.input)
        picked.points, picked.growth = sorted(kept[0].points.items()), kept[0].growth
        grows = fit(*zip(*picked.points, strict=True), least_s=_LEAST_S) if picked.points else None
        picked.slope = None if grows is None else grows.slope
        for found in slow:
            length += len(found.load.input)
            if len(kept) < count and length <= MAX_TEXTS:
                kept.append(found)
        picked.loads = [found.load for found in kept]
        picked.reference_s = self.reference_s(picked.loads)
        return picked

    def reference_s(self, loads: Sequence[TestCase]) -> float:
        """The reference's own CPU time on the slowest, as far as it is timed."""
        return max(self._taken[load.input] for load in loads)

    def _end_of(self, trail: Trail) -> _Answered | None:
        """The load at the end of the trail, or a smaller one where the reference fails at that size."""
        for size in sorted((size for size in trail.points if size <= trail.best[0]), reverse=True)[:_SIZES]:
            text = trail.growth.write(size, self.seed) or ""
            load = TestCase(input=text, comparison=self.comparison, origin="generated", size=size)
            found = self._answered(load, trail.points)
            if found is not None:
                return replace(found, growth=trail.growth)
        return None

    def _answered(self, load: TestCase, points: Mapping[int, float], most_s: float = _MOST_S) -> _Answered | None:
        """None where the reference gives another answer than the source expects, or none and the source neither."""
        outcome = self.trial.run(self.reference, [load.input], self._limits(most_s))
        if outcome.ended == "timeout" and load.expected is not None:
            self._taken[load.input] = most_s
            return _Answered(load, most_s, points)
        if outcome.ended != "finished":
            return None
        again = self.trial.run(self.reference, [load.input], self._limits(most_s), rehashed=True)
        if again.ended == "timeout":  # it took nearly as long before
            again = outcome
        known = steady(self.trial, expecting(load, outcome.outputs[0]), [*outcome.outputs, *again.outputs])
        if again.ended != "finished" or known is None:
            return None
        taken = self._taken[load.input] = self.trial.own_s(load.input, [outcome, again])
        return _Answered(known, taken, points)

    def _ran(self, text: str) -> Ran:
        outcome = self.trial.run(self.reference, [text], self._limits(_FACTOR * self.target_s))
        ok = outcome.ended == "finished" and sum(map(len, outcome.outputs)) <= MAX_OUTPUT
        # Writing a long result down takes time that no faster program could save: it is no reason to call a load slow.
        return Ran(self.trial.own_s(text, [outcome]) if ok else max(0.0, outcome.cpu_s - self.trial.floor_s), ok)

    def _limits(self, cpu_s: float) -> Limits:
        return Limits(output_bytes=4 * MAX_OUTPUT).within(cpu_s)
