"""``efficoder time``: which of some programs is faster, by how much, with an interval - or a tie."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from efficoder.cli.options import Json
from efficoder.config import CheckConfig, MeasureConfig, WriteTestsConfig
from efficoder.console import data, table
from efficoder.errors import CheckFailed, InputError
from efficoder.store import timed_inputs
from efficoder.types import Candidate, GrowthCurve, Measurement, Ranked, Ratio, Slope, Task, TaskTests

if TYPE_CHECKING:
    from efficoder.sandbox import Sandbox

app = typer.Typer()


@app.command(
    "time",
    epilog="Examples: efficoder time a.py b.py --tests t.jsonl | efficoder time a.py b.py --tests t.jsonl --json",
)
def time_(
    programs: Annotated[list[Path], typer.Argument(help="Two or more program files that solve the same task.")],
    tests: Annotated[
        Path, typer.Option("--tests", help="A task file (docs/tasks.md): what to call, inputs, expected.")
    ],
    as_json: Json = False,
) -> None:
    """Which is faster, by how much, with an interval - or a tie."""
    compare_programs(programs, tests, as_json=as_json)


class Line(msgspec.Struct, frozen=True):
    """One program's place. ``to_best`` is its CPU time over the best one's."""

    program: str
    place: Ranked
    slope: Slope | None = None
    """The power of the size by which its time grows; None where it is not known."""


class TimeComparison(msgspec.Struct, frozen=True):
    """The answer of ``time``: programs best first, the first over the second, and that in words."""

    lines: list[Line]
    """Empty where nothing was timed."""
    gain: Ratio | None
    outcome: str
    """As ``Selection.reason`` has it."""
    words: str
    growth: str = ""
    """How the second's time grows with size against the first's, in words; empty without inputs of growing size."""


def compare_programs(programs: list[Path], tests: Path, *, as_json: bool) -> None:
    """Print the comparison. Raises InputError for unusable files, CheckFailed when a program fails its checks."""
    from efficoder import sources
    from efficoder.languages import refuse_unknown
    from efficoder.sandbox import Sandbox

    rows = list(sources.read(str(tests)))
    if len(rows) != 1:
        raise InputError(f"{len(rows)} tasks in it", path=tests, hint="`time` wants a file with one task")
    refuse_unknown([rows[0].task], tests)
    with Sandbox() as sandbox:
        result = _compare(sandbox, rows[0].task, rows[0].tests, _read(programs, rows[0].task))
    if as_json:
        data(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
        return
    if result.lines:
        data(table(["program", "rank", "ET s", "times the best", "MU MB"], [_cells(line) for line in result.lines]))
        data("")
    data(result.words)
    if result.growth:
        data(result.growth)


def _cells(line: Line) -> list[str]:
    place, ratio = line.place, line.place.to_best
    times = f"{ratio.value:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]" if ratio else "1"
    memory = "" if place.mu_bytes is None else f"{place.mu_bytes / 1e6:.2f}"
    return [line.program, str(place.rank), f"{'>' if place.censored else ''}{place.et_s:.6f}", times, memory]


def _read(programs: list[Path], task: Task) -> dict[str, Candidate]:
    from efficoder.languages.identity import candidate_id

    named: dict[str, Candidate] = {}
    for path in programs:
        try:
            code = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot be read as UTF-8 text: {error}", path=path) from None
        candidate = Candidate(id=candidate_id(task.id, code, task.language), task_id=task.id, code=code)
        for other, known in named.items():
            if known.id == candidate.id:
                raise InputError(f"the same code as {other}", path=path, hint="there is nothing to compare")
        named[str(path)] = candidate
    if len(named) < 2:
        raise InputError("one program alone", path=programs[0], hint="name at least two")
    return named


def _compare(sandbox: "Sandbox", task: Task, tests: TaskTests, named: Mapping[str, Candidate]) -> TimeComparison:
    from efficoder.judging.growth import growth
    from efficoder.judging.race import Contest, confirm, is_confirmed, race
    from efficoder.judging.verdict import believed
    from efficoder.metrics.outcomes import NO_TIME, WORDS, any_shows
    from efficoder.metrics.ranking import rank

    tests, doubted = _written(sandbox, task, tests, named)
    loads = timed_inputs(task, tests)
    if not loads:
        outcome = "constant_answer" if tests.constant else "no_signal"
        return TimeComparison([], None, outcome, "; ".join(filter(None, (WORDS[outcome], tests.constant))))
    by_id, settings = {candidate.id: candidate for candidate in named.values()}, MeasureConfig()
    contest = Contest(task, list(by_id.values()), loads, keep=frozenset(by_id))
    rows = believed(race(sandbox, contest, settings), doubted)
    ranking = rank(rows, by_id)
    placed = {place.candidate_id for place in ranking}
    for name, candidate in named.items():
        if candidate.id not in placed:
            raise CheckFailed(f"{name}: {NO_TIME}; it refuses a large input that the others take")
    names = {candidate.id: name for name, candidate in named.items()}
    best, second = (by_id[place.candidate_id] for place in ranking[:2])
    gain, outcome = _gain(rows, best, second), "no_signal"
    if any_shows(rows, settings.min_body_s):
        again = _gain(confirm(sandbox, contest, best.id, second.id, settings), best, second)
        told = "faster" if is_confirmed(gain, again, settings.margin) else "not_confirmed"
        outcome = told if gain.low > settings.margin else "tie"
    curves = {curve.candidate_id: curve for curve in growth(sandbox, task, list(named.values()), tests.ladder)}
    return TimeComparison(
        lines=[Line(names[place.candidate_id], place, _slope(curves[place.candidate_id])) for place in ranking],
        gain=gain,
        outcome=outcome,
        words=_words(names[best.id], names[second.id], gain, outcome, settings.margin),
        growth=_growth_words(names, curves[best.id], curves[second.id], settings.margin) if tests.ladder else "",
    )


def _written(
    sandbox: "Sandbox", task: Task, tests: TaskTests, named: Mapping[str, Candidate]
) -> tuple[TaskTests, frozenset[str]]:
    """The file's checks with loads added, and the ids of programs that leave some unanswered. Raises CheckFailed for a
    program that fails them."""
    from efficoder.testgen.checks.settle import is_known
    from efficoder.testgen.writer import write_tests

    if task.reference is None:
        known = [tuple(filter(is_known, cases)) for cases in (tests.checks, tests.loads)]
        _check(sandbox, task, TaskTests(task_id=task.id, checks=known[0], loads=known[1]), named)
        task = msgspec.structs.replace(task, reference=_stand_in(sandbox, task, tests, list(named.values())).code)
    written = write_tests(sandbox, task, tests, WriteTestsConfig(grow=0, mutants=0), seed=0)
    if written.drop is not None:
        raise CheckFailed(f"the task cannot be used: {written.drop.reason}: {written.drop.detail}")
    return written.tests, _check(sandbox, task, written.tests, named)


def _check(sandbox: "Sandbox", task: Task, tests: TaskTests, named: Mapping[str, Candidate]) -> frozenset[str]:
    from efficoder.judging.verdict import check_one, terms_of, unproved

    held_to = terms_of(sandbox, task, tests, CheckConfig())
    verdicts = {name: check_one(sandbox, task, each, tests, held_to) for name, each in named.items()}
    for name, verdict in verdicts.items():
        if verdict.outcome != "passed":
            raise CheckFailed(f"{name}: {verdict.outcome} on case {verdict.first_failure}: {verdict.detail}")
    return unproved(verdicts.values())


def _stand_in(sandbox: "Sandbox", task: Task, tests: TaskTests, candidates: list[Candidate]) -> Candidate:
    """The program that serves as reference where the file has none: what takes least on the file's loads. A slow one
    would not answer the very loads that tell it from the others. All are checked against what the file expects."""
    from efficoder.judging.trial import CHECK_LIMITS, run_pass
    from efficoder.languages import language

    program = language(task.language).program
    inputs = [load.input for load in tests.loads]
    ran = [run_pass(sandbox, program(task, each.code), inputs, CHECK_LIMITS) for each in candidates if inputs]
    keys = [(one.ended != "finished", one.cpu_s) for one in ran]
    return candidates[keys.index(min(keys))] if keys else candidates[0]


def _gain(rows: list[Measurement], best: Candidate, second: Candidate) -> Ratio:
    from efficoder.metrics.readings import paired_ratio

    measured = {row.candidate_id: row for row in rows}
    return paired_ratio(measured[second.id], measured[best.id])


def _slope(curve: GrowthCurve) -> Slope | None:
    from efficoder.metrics.growth import growth

    found = growth(curve)
    return None if found is None else found.slope


def _growth_words(names: Mapping[str, str], best: GrowthCurve, second: GrowthCurve, margin: float) -> str:
    from efficoder.metrics.growth import against, growth, parting

    words = against(growth(second), growth(best), parting(second, best, margin))
    return f"{names[second.candidate_id]} against {names[best.candidate_id]}: {words}."


def _words(best: str, second: str, gain: Ratio, outcome: str, margin: float) -> str:
    from efficoder.metrics.outcomes import WORDS

    interval = f"{gain.value:.2f}x, interval [{gain.low:.2f}, {gain.high:.2f}], {gain.rounds} rounds"
    if outcome == "faster":
        return f"{best} is {WORDS[outcome]} than {second}: {interval}, confirmed in a second zygote."
    if outcome == "no_signal":
        return f"{best} and {second}: {WORDS[outcome]}."
    unclaimed = f"; a difference under {margin}x is not claimed" if outcome == "tie" else ""
    return f"{best} and {second}: {WORDS[outcome]} ({interval}){unclaimed}."
