"""Grading a group of replies to one task: judged first, then raced with the reference in the same rounds."""

import functools
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

import msgspec

from efficoder import wire
from efficoder.errors import InputError, ReferenceFault, UsageError
from efficoder.exports.formats import Grading
from efficoder.judging.judge import Terms, judge, scaled, terms
from efficoder.judging.right_or_wrong import check_one
from efficoder.judging.trial import Timed, Trial, empty_program, one_by_one, run_pass
from efficoder.languages import language
from efficoder.languages.identity import candidate_id
from efficoder.metrics.readings import et_s, paired_ratio
from efficoder.reward.fresh import FreshInputs
from efficoder.sandbox import Limits, Sandbox
from efficoder.testgen.answers import loosened
from efficoder.testgen.loads.shortcuts import Call, calls_of, exposed, noticed
from efficoder.testgen.pick import ELEMENTWISE, Picker
from efficoder.types import Candidate, Comparison, Measurement, Run, TaskTests, TestCase, Verdict

_LEAST_BODY_S = 0.01  # a shorter body is not timed: one run cannot rank it (docs/decisions/0005)
_FRESH_CALLS = 4  # to begin with
_PORTIONS, _LEAST_NOTICED = 4, 0.25  # more calls are made until no shortcut goes unnoticed on a share of them
_MAKING_S = 4.0  # CPU time after which no more are made
_TARGET_S = 0.05  # of the loads given: what the fresh ones are timed with
_LIMIT_LEAST_S = 2.0  # twice what the check stage has: training machines are busy


@dataclass(frozen=True, slots=True)
class RewardConfig:
    speed: float = 0.5
    """What speed adds to or takes from 1; below 1, so that right and slow is better than wrong."""
    full_ratio: float = 4.0
    """Ratio of CPU times at which that is reached; further ones count no more."""
    rounds: int = 5
    format: float = 0.0
    """Added to any reply, right or wrong, that holds exactly one code block."""
    length: float = 0.0
    """Taken from any reply in proportion to its length, in full at ``long_chars``."""
    long_chars: int = 4000
    cpu_s: float = 10.0
    """The most one child may take: all checks together, or one pass over the loads."""
    memory_mb: int = 1024

    def __post_init__(self) -> None:
        ordered = 0 <= self.speed < 1 and self.format + self.length < 1 - self.speed
        if not ordered or self.full_ratio <= 1 or self.rounds < 1:
            raise UsageError(
                "under such a reward wrong replies could beat right ones: keep speed below 1, format + length below "
                "1 - speed, full_ratio above 1 and at least one round"
            )


@dataclass
class _Entrant:
    candidate: Candidate
    timed: Timed
    runs: list[Run] = field(default_factory=list)
    right: bool = True


class Grader:
    """One task, one call."""

    def __init__(
        self, config: RewardConfig, sandbox: Sandbox, grading: Grading, fresh: FreshInputs | None, seed: int
    ) -> None:
        self._config, self._sandbox, self._grading, self._fresh, self._seed = config, sandbox, grading, fresh, seed
        self._task = grading.task
        self._reference = language(self._task.language).program(self._task, self._task.reference or "")
        self._random = random.Random(seed)
        self._most = Limits(memory_bytes=config.memory_mb << 20).within(config.cpu_s)

    def _terms(self, cases: Sequence[TestCase]) -> Terms:
        try:
            return terms(self._sandbox, self._task, cases, self._most, _LIMIT_LEAST_S)
        except ReferenceFault as fault:
            raise InputError(
                f"task {self._task.id}: its reference fails here: {fault}",
                hint="give the reward the packages, time and memory that the run had, or leave the task out",
            ) from None

    @functools.cached_property
    def _trial(self) -> Trial:
        return Trial(self._sandbox, self._task)

    def _limits(self, cases: Sequence[TestCase]) -> Limits:
        """Of one pass over ``cases``: what the reference takes, times a factor. Slower than that is not right.

        Where the reference fails now, nobody is held to its time.
        """
        ran = run_pass(self._sandbox, self._reference, [case.input for case in cases], self._most)
        return scaled(self._most, ran.cpu_s, _LIMIT_LEAST_S) if ran.ended == "finished" else self._most

    def rewards(self, replies: dict[int, str]) -> Iterator[tuple[int, float]]:
        task = self._task
        extract = language(task.language).extract
        codes = {index: extract(reply, task).code for index, reply in replies.items()}
        ids = {code: candidate_id(task.id, code, task.language) for code in codes.values() if code is not None}
        unique = {id_: Candidate(id=id_, task_id=task.id, code=code) for code, id_ in ids.items()}
        worth = self._worths(list(unique.values())) if unique else {}
        for index, reply in replies.items():
            code = codes[index]
            value = worth.get(ids[code], 0.0) if code is not None else 0.0
            yield index, value + self._format_bonus(reply)

    def _worths(self, candidates: Sequence[Candidate]) -> dict[str, float]:
        """The worth of each that is right on all checks, given and fresh, and at every size."""
        tests = self._grading.tests
        held_to = self._terms(tests.checks)
        others = TaskTests(task_id="", untimed=self._known(tests.untimed), ladder=self._known(tests.ladder))
        verdicts = [check_one(self._sandbox, self._task, each, others, held_to) for each in candidates]
        right = [each for each, verdict in zip(candidates, verdicts, strict=True) if _is_shown(verdict)]
        timed: tuple[Sequence[TestCase], bool] | None = None
        if right and self._fresh is not None:
            fresh = self._fresh(self._grading, self._seed)
            checks = self._picker(tests.checks).answered(fresh.checks)
            right = self._passing(right, msgspec.structs.replace(held_to, checks=tuple(checks)))
            timed = self._fresh_loads(fresh.calls, checks) if right and tests.loads else None
        timed = timed or self._given_loads((*held_to.checks, *others.judged))
        return self._race(right, *timed) if right else {}

    def _given_loads(self, checks: Sequence[TestCase]) -> tuple[Sequence[TestCase], bool]:
        """The loads, and whether speed on them is paid: not where a shortcut would go unnoticed."""
        loads, text = self._known(self._grading.tests.loads), one_by_one(self._reference)
        judged = calls_of(checks, timed=False, text=text)
        return loads, exposed([*judged, *calls_of(loads, timed=True, text=text)]) is None

    def _format_bonus(self, reply: str) -> float:
        one_block = reply.count("```") == 2
        long = min(1.0, len(reply) / self._config.long_chars)
        return self._config.format * one_block - self._config.length * long

    def _known(self, cases: tuple[TestCase, ...]) -> tuple[TestCase, ...]:
        asked = any(case.expected is None for case in cases)
        return self._terms(cases).checks if asked else cases

    def _passing(self, candidates: Sequence[Candidate], held_to: Terms) -> list[Candidate]:
        verdicts = [judge(self._sandbox, self._task, each, held_to) for each in candidates]
        return [each for each, verdict in zip(candidates, verdicts, strict=True) if verdict.outcome == "passed"]

    def _picker(self, cases: Sequence[TestCase]) -> Picker:
        """For inputs judged as ``cases`` are."""
        return Picker(self._trial, self._task.reference or "", cases[0].comparison, _TARGET_S, self._seed)

    def _fresh_loads(self, inputs: Iterator[str], checks: Sequence[TestCase]) -> tuple[list[TestCase], bool] | None:
        """Different calls that take the reference long enough together, and whether speed on them is paid. They are one
        batch where results are judged alike alone and in a list, since writing each down by itself takes longer than
        a short call. None where no input can be made."""
        end_s = time.thread_time() + _MAKING_S
        inputs = takewhile(lambda _: time.thread_time() < end_s, inputs)
        picker = self._picker(self._grading.tests.loads)
        judged = list(calls_of(checks, timed=False, text=False))
        made: list[TestCase] = []
        for _ in range(_PORTIONS):
            made += picker.calls(inputs, _FRESH_CALLS)[0]
            kept = noticed([*judged, *calls_of(made, timed=True, text=False)], _LEAST_NOTICED)
            if kept:
                break
        calls = kept or list(calls_of(made, timed=True, text=False))
        if not calls:
            return None
        if picker.comparison.kind in ELEMENTWISE:
            return [_together(calls, picker.comparison)], bool(kept)
        texts = {call.text for call in calls}
        return [case for case in made if case.input in texts], bool(kept)

    # ---------------------------------------------------------------- speed

    def _race(self, right: Sequence[Candidate], loads: Sequence[TestCase], paid: bool) -> dict[str, float]:
        """The worth of each candidate that passed the checks; wrong on a load is wrong. ``paid``: whether speed is."""
        if not loads:
            return dict.fromkeys((candidate.id for candidate in right), 1.0)
        reference = self._entrant(Candidate(id="", task_id=self._task.id, code=self._task.reference or ""), loads)
        entrants = [self._entrant(candidate, loads) for candidate in right]
        limits = self._limits(loads)
        empty, inputs = empty_program(self._reference), [load.input for load in loads]
        floor: list[Run] = []
        for number in range(self._config.rounds):
            order = [None, reference, *(entrant for entrant in entrants if entrant.right)]
            self._random.shuffle(order)
            for entrant in order:
                if entrant is not None:
                    _run(number, entrant, limits)
                else:
                    ran = run_pass(self._sandbox, empty, inputs, limits)
                    floor.append(Run(round=number, cpu_s=ran.cpu_s, wall_s=ran.wall_s))
        return {entrant.candidate.id: self._worth(entrant, reference, floor, paid=paid) for entrant in entrants}

    def _entrant(self, candidate: Candidate, loads: Sequence[TestCase]) -> _Entrant:
        return _Entrant(
            candidate, Timed(self._sandbox, language(self._task.language).program(self._task, candidate.code), loads)
        )

    def _worth(self, entrant: _Entrant, reference: _Entrant, floor: Sequence[Run], *, paid: bool) -> float:
        if not entrant.right:
            return 0.0
        if not paid or not reference.runs or not entrant.runs:
            return 1.0
        own, base = self._measurement(entrant, floor), self._measurement(reference, floor)
        if et_s(base) < _LEAST_BODY_S:
            return 1.0
        ratio = paired_ratio(own, base)
        sure = min(max(1.0, ratio.low), ratio.high)  # the least difference that the interval allows
        gain = -math.log(sure) / math.log(self._config.full_ratio)
        return 1.0 + self._config.speed * max(-1.0, min(1.0, gain))

    def _measurement(self, entrant: _Entrant, floor: Sequence[Run]) -> Measurement:
        return Measurement(
            candidate_id=entrant.candidate.id,
            task_id=self._task.id,
            session=0,
            rounds=tuple(entrant.runs),
            floor=tuple(floor),
            loops=1,
            loads=1,  # all of them in one pass
            limit_s=self._most.cpu_s,
        )


def _is_shown(verdict: Verdict) -> bool:
    """Whether it passed, and answered every input: too slow is not right here."""
    return verdict.outcome == "passed" and verdict.unanswered is None


def _together(calls: Sequence[Call], comparison: Comparison) -> TestCase:
    expected = f"[{','.join(call.answer for call in calls)}]"
    text = wire.batch(call.text for call in calls)
    return TestCase(input=text, expected=expected, comparison=loosened(comparison, expected))


def _run(number: int, entrant: _Entrant, limits: Limits) -> None:
    ran = entrant.timed.run(limits, keep_outputs=True)  # other right outputs than before are no fault here
    if ran.ended == "finished":
        entrant.runs.append(Run(round=number, cpu_s=ran.cpu_s, wall_s=ran.wall_s))
    else:
        entrant.right = False
