"""``efficoder time``: which of some programs is faster, by how much, with an interval - or a tie."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from efficoder.cli import time_answer
from efficoder.cli.options import Json, examples
from efficoder.cli.time_answer import Line, Load, TimeComparison
from efficoder.config import CheckConfig, MeasureConfig, WriteTestsConfig
from efficoder.console import Activity, Console, counted, data, table, to_json
from efficoder.errors import CheckFailed
from efficoder.store import timed_inputs
from efficoder.types import (
    Candidate,
    GrowthCurve,
    Measurement,
    Ranked,
    Ratio,
    Slope,
    Task,
    TaskTests,
    TestCase,
    Verdict,
)

if TYPE_CHECKING:
    from efficoder.cli.entrants import Entrants, On
    from efficoder.judging.race import Contest
    from efficoder.sandbox import Sandbox

app = typer.Typer()
Tell = Callable[[str], None]
_PATIENCE_S = 1.0
"""CPU time on the inputs made, of which each takes the program they are made for about 0.05 s."""


@app.command(
    "time",
    epilog=examples(
        "efficoder time a.py b.py --call 'f([3, 1, 2])'",
        "efficoder time a.py:f a.py:g --call 'f([3, 1, 2])'",
        "efficoder time a.py b.py --call 'f([3, 1, 2])' --size 10000",
        "efficoder time a.py b.py --stdin input.txt",
        "efficoder time a.py b.py --tests task.jsonl --json",
    ),
)
def time_(
    programs: Annotated[
        list[str], typer.Argument(metavar="PROGRAM...", help="Two or more files, or FILE:FUNCTION of files.")
    ],
    call: Annotated[
        str | None, typer.Option("--call", metavar="CALL", help="The call to run, as Python text: 'f([3, 1, 2])'.")
    ] = None,
    stdin: Annotated[
        Path | None, typer.Option("--stdin", metavar="FILE", help="Run the files, with this on standard input.")
    ] = None,
    tests: Annotated[
        Path | None, typer.Option("--tests", metavar="FILE", help="A task file: what to call, inputs, expected.")
    ] = None,
    load: Annotated[
        str | None,
        typer.Option(
            "--load", metavar="CALL|FILE", help="Time this as it is: a call beside --call, a file beside --stdin."
        ),
    ] = None,
    size: Annotated[
        int | None, typer.Option("--size", metavar="N", min=1, help="Time inputs of this n, made from the given one.")
    ] = None,
    same: Annotated[
        bool, typer.Option("--same", help="Time equal programs too (A/A): a timer should find a tie.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say which program is faster and by how much, or a tie.

    Programs must answer alike; the one input given is grown until time shows. Exit code 5: a program fails or differs.
    """
    from efficoder.cli.entrants import On

    compare_programs(programs, On(call, stdin, tests, load, size), same=same, as_json=as_json)


def compare_programs(programs: Sequence[str], on: "On", *, same: bool = False, as_json: bool) -> None:
    """Print the comparison. Raises UsageError and InputError for what cannot be compared, CheckFailed when a program
    fails or differs."""
    from efficoder.cli.entrants import read, refuse_arguments
    from efficoder.sandbox import Sandbox

    entrants = read(programs, on, same=same)
    refuse_arguments(entrants, str(on.tests))
    with Activity(Console()) as tell, Sandbox() as sandbox:
        try:
            result = _Comparison(sandbox, entrants, tell, on).result()
        except CheckFailed as failed:
            if as_json:
                to_json(TimeComparison(outcome="failed", words=str(failed)))
            raise
    if as_json:
        to_json(result)
        return
    if result.lines:
        data(
            table(
                ["program", "rank", "ET s", "times the best", "MU MB"],
                [time_answer.cells(line) for line in result.lines],
            )
        )
        data("")
    data("\n".join(filter(None, (result.words, result.timed_on, result.waits, result.growth))))
    larger = "a larger input" if result.outcome in ("no_signal", "tie") else "another size"
    Console().say(f"next: the same with --size N, or --load, times {larger}")


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The work: check, make loads, race, confirm, climb."""

    sandbox: "Sandbox"
    entrants: "Entrants"
    tell: Tell
    on: "On"

    def result(self) -> TimeComparison:
        from efficoder.judging.growth import growth
        from efficoder.judging.policy import fitted
        from efficoder.judging.race import Contest, race
        from efficoder.judging.right_or_wrong import believed
        from efficoder.metrics.faster_or_tie import NO_TIME, WORDS, any_shows
        from efficoder.metrics.ranking import rank

        named = self.entrants.named
        task, tests, doubted = self._written()
        loads = timed_inputs(task, tests) or tests.loads
        if not loads:
            return TimeComparison(outcome="no_signal", words=f"{WORDS['no_signal']}.")
        by_id, settings = {candidate.id: candidate for candidate in named.values()}, fitted(MeasureConfig(), task)
        contest = Contest(task, list(by_id.values()), loads, keep=frozenset(by_id))
        if (self.sized and not tests.loads) or not self._may_show(task, loads):
            return TimeComparison(
                outcome="no_signal", words=f"{WORDS['no_signal']}.", loads=[time_answer.load(each) for each in loads]
            )
        self.tell(f"timing {counted(len(by_id), 'program')} in turns")
        rows = believed(race(self.sandbox, contest, settings), doubted)
        ranking = rank(rows, by_id)
        placed = {place.candidate_id for place in ranking}
        for name, candidate in named.items():
            if candidate.id not in placed:
                raise CheckFailed(f"{name}: {NO_TIME}; it refuses a large input that the others take")
        gain, outcome = _gain(rows, *(by_id[place.candidate_id] for place in ranking[:2])), "no_signal"
        if tests.constant:
            outcome = "constant_answer"
        elif any_shows(rows, settings.min_body_s):
            outcome = self._outcome(contest, ranking, gain, settings)
        self.tell("finding how their times grow")
        climbing = list(by_id.values()) if tests.ladder else []
        curves = {curve.candidate_id: curve for curve in growth(self.sandbox, task, climbing, tests.ladder)}
        told = self._told(rows, ranking, outcome, curves, [time_answer.load(each) for each in loads], settings.margin)
        if not tests.constant:
            return told
        why = f"Measured all the same: {tests.constant}; give inputs of which the answers differ."
        return msgspec.structs.replace(told, words=f"{told.words} {why}")

    def _told(
        self,
        rows: Sequence[Measurement],
        ranking: Sequence[Ranked],
        outcome: str,
        curves: Mapping[str, GrowthCurve],
        loads: list[Load],
        margin: float,
    ) -> TimeComparison:
        names = {candidate.id: name for name, candidate in self.entrants.named.items()}
        by_id = {candidate.id: candidate for candidate in self.entrants.named.values()}
        loops = {row.candidate_id: row.loops for row in rows}
        best, second = (place.candidate_id for place in ranking[:2])
        gain = _gain(rows, by_id[best], by_id[second])
        return TimeComparison(
            lines=[
                Line(names[p.candidate_id], p, _slope(curves.get(p.candidate_id)), loops[p.candidate_id])
                for p in ranking
            ],
            gain=gain,
            outcome=outcome,
            words=time_answer.words(names[best], names[second], gain, outcome, margin),
            loads=loads,
            timed_on=time_answer.timed_on(loads, sorted(set(loops.values()))),
            waits=time_answer.waits(rows, names),
            growth=time_answer.growth_words(names, curves[best], curves[second], margin) if curves else "",
        )

    def _outcome(self, contest: "Contest", ranking: Sequence[Ranked], gain: Ratio, settings: MeasureConfig) -> str:
        from efficoder.judging.race import confirm, is_confirmed

        if gain.low <= settings.margin:
            return "tie"
        self.tell("timing the first two again, in a second process")
        by_id = {entrant.id: entrant for entrant in contest.entrants}
        best, second = (by_id[place.candidate_id] for place in ranking[:2])
        again = _gain(confirm(self.sandbox, contest, best.id, second.id, settings), best, second)
        return "faster" if is_confirmed(gain, again, settings.margin) else "not_confirmed"

    def _written(self) -> tuple[Task, TaskTests, frozenset[str]]:
        """The task, its checks with loads added, and the ids of programs that leave some unanswered. Raises CheckFailed
        for a program that fails them."""
        from efficoder.cli.load_size import at_size
        from efficoder.testgen.checks.settle import is_known

        task, tests, named = self.entrants.task, self.entrants.tests, self.entrants.named
        self.tell(f"checking {counted(len(named), 'program')}")
        if task.reference is None:
            known = [tuple(filter(is_known, cases)) for cases in (tests.checks, tests.loads)]
            self._check(task, TaskTests(task_id=task.id, checks=known[0], loads=known[1]))
            task, tests = self._with_stand_in(task, tests)
        if self.on.size is not None:
            self.tell(f"making inputs of n = {self.on.size:,}")
            codes = {*(each.code for each in named.values()), task.reference or ""}
            sized = at_size(self.sandbox, task, sorted(codes), tests.checks, self.on.size)
            tests = msgspec.structs.replace(tests, loads=sized)
        written = self._grown(task, tests)
        if self.sized:
            written = self._as_said(written, tests.loads)
        elif self.entrants.task.reference is None and not self.entrants.tests.loads:
            tried = {task.reference}
            while (slow := self._too_slow(task, written)) is not None and slow.code not in tried:
                tried.add(slow.code)
                task = msgspec.structs.replace(task, reference=slow.code)
                written = self._grown(task, tests)
        self.tell(f"checking {counted(len(named), 'program')} on the inputs made")
        return task, written, self._check(task, written)

    def _grown(self, task: Task, tests: TaskTests) -> TaskTests:
        from efficoder.testgen.writer import write_tests

        self.tell("making inputs that tell right from wrong" if self.sized else "growing inputs until time shows")
        config = WriteTestsConfig(grow=0, mutants=0)
        if self.sized:
            config = replace(config, signal_s=0.0)  # however short the load is, no other is grown beside it
        written = write_tests(self.sandbox, task, tests, config, seed=0)
        if written.drop is not None:
            raise CheckFailed(f"these inputs cannot be used: {written.drop.reason}: {written.drop.detail}")
        return written.tests

    @property
    def sized(self) -> bool:
        """Whether the user says how large the load is."""
        return self.on.size is not None or self.on.load is not None

    def _as_said(self, written: TaskTests, said: Sequence[TestCase]) -> TaskTests:
        """The tests with no other load than those the user named."""
        origins = {load.input: load.origin for load in said}
        kept = [load for load in written.loads if load.input in origins]
        loads = tuple(msgspec.structs.replace(load, origin=origins[load.input]) for load in kept)
        return msgspec.structs.replace(written, loads=loads)

    def _may_show(self, task: Task, loads: Sequence[TestCase]) -> bool:
        """Whether any program takes so long over the empty one that a race may tell; where none does it is long and
        tells nothing."""
        from efficoder.judging.trial import CHECK_LIMITS, empty_program, run_pass
        from efficoder.languages import language
        from efficoder.metrics.faster_or_tie import SHOWS_S

        program, inputs = language(task.language).program, [load.input for load in loads]
        ran = [run_pass(self.sandbox, program(task, each.code), inputs, CHECK_LIMITS) for each in self.candidates]
        nothing = empty_program(program(task, ""))
        empty = [run_pass(self.sandbox, nothing, inputs, CHECK_LIMITS).cpu_s for _ in range(3)]
        return any(one.ended != "finished" or one.cpu_s - min(empty) >= SHOWS_S / 2 for one in ran)

    @property
    def candidates(self) -> list[Candidate]:
        return list(self.entrants.named.values())

    def _too_slow(self, task: Task, tests: TaskTests) -> Candidate | None:
        """A program for which the inputs are far too large: they are then grown for it, and the others are looped."""
        from efficoder.judging.trial import run_pass
        from efficoder.languages import language
        from efficoder.sandbox import Limits

        program, limits = language(task.language).program, Limits(cpu_s=_PATIENCE_S)
        for each in self.candidates:
            made = [load.input for load in tests.loads if load.origin != "shipped_load"]
            if made and run_pass(self.sandbox, program(task, each.code), made, limits).ended == "timeout":
                return each
        return None

    def _check(self, task: Task, tests: TaskTests) -> frozenset[str]:
        from efficoder.judging.right_or_wrong import LIMIT_LEAST_S, check_one, terms_of, unproved

        config, own = CheckConfig(), self.entrants.task.reference is not None
        # What stands in for a reference is the fastest of them: another that takes far longer is slow, not wrong.
        least_s = LIMIT_LEAST_S if own else config.cpu_s
        held_to = terms_of(self.sandbox, task, tests, config, least_s=least_s)
        named = self.entrants.named
        verdicts = {name: check_one(self.sandbox, task, each, tests, held_to) for name, each in named.items()}
        for name, verdict in verdicts.items():
            if verdict.outcome != "passed":
                case = "" if verdict.first_failure is None else tests.judged[verdict.first_failure].input
                where = f" on case {verdict.first_failure}, {time_answer.short(case)}" if case else ""
                raise CheckFailed(self._failed(task, name, verdict, where))
        return unproved(verdicts.values())

    def _failed(self, task: Task, name: str, verdict: Verdict, where: str) -> str:
        """Where the user says no answer, neither of two that differ is called wrong."""
        first = next((other for other, each in self.entrants.named.items() if each.code == task.reference), None)
        if self.entrants.task.reference is None and first is not None and verdict.outcome == "wrong":
            return f"{name} and {first} differ{where}: {verdict.detail}; expected is what {first} gives"
        advice = "; give a smaller input" if verdict.outcome == "timeout" else ""
        return f"{name}: {verdict.outcome}{where}: {verdict.detail}{advice}"

    def _with_stand_in(self, task: Task, tests: TaskTests) -> tuple[Task, TaskTests]:
        """The program that serves as reference where the user gives none: what takes least on the loads, else on the
        checks. A slow one would not answer the very loads that tell it from the others. A single input that takes time
        as it is, is timed as it is."""
        from efficoder.cli.entrants import GIVEN
        from efficoder.judging.trial import CHECK_LIMITS, run_pass
        from efficoder.languages import language

        program, named = language(task.language).program, self.entrants.named
        inputs = [case.input for case in tests.loads or tests.checks]
        ran = {
            name: run_pass(self.sandbox, program(task, each.code), inputs, CHECK_LIMITS) for name, each in named.items()
        }
        finished = {name: one.cpu_s for name, one in ran.items() if one.ended == "finished"}
        if not finished:
            name, one = next(iter(ran.items()))
            raise CheckFailed(f"{name}: {one.ended} on what is given: {one.detail}")
        chosen = min(finished, key=finished.__getitem__)
        task = msgspec.structs.replace(task, reference=named[chosen].code)
        if not tests.loads:  # said before anything is made
            answers = [output.decode("utf-8", "replace") for output in ran[chosen].outputs]
            pairs = zip(tests.checks, answers, strict=True)
            filled = tuple(msgspec.structs.replace(case, expected=case.expected or answer) for case, answer in pairs)
            self._check(task, msgspec.structs.replace(tests, checks=filled))
        if task.id == GIVEN and finished[chosen] >= WriteTestsConfig().signal_s:
            tests = msgspec.structs.replace(tests, loads=tests.checks)
        return task, tests


def _gain(rows: Sequence[Measurement], best: Candidate, second: Candidate) -> Ratio:
    from efficoder.metrics.readings import paired_ratio

    measured = {row.candidate_id: row for row in rows}
    return paired_ratio(measured[second.id], measured[best.id])


def _slope(curve: GrowthCurve | None) -> Slope | None:
    from efficoder.metrics.growth import growth

    found = growth(curve) if curve is not None else None
    return None if found is None else found.slope
