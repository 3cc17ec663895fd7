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
from efficoder.types import Candidate, Measurement, Ranked, Ratio, Task, TaskTests

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


class TimeComparison(msgspec.Struct, frozen=True):
    """The answer of ``time``: programs best first, the first over the second, and that in words."""

    lines: list[Line]
    gain: Ratio
    confirmed: bool
    words: str


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
    data(table(["program", "rank", "ET s", "times the best", "MU MB"], [_cells(line) for line in result.lines]))
    data(f"\n{result.words}")


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
            code = path.read_text(encoding="utf-8")
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
    from efficoder.judging.race import Contest, confirm, is_confirmed, race
    from efficoder.judging.verdict import check_one, terms_of
    from efficoder.metrics.ranking import rank
    from efficoder.testgen.writer import write_tests

    candidates = list(named.values())
    if task.reference is None:
        # Any of them serves to make loads; all are checked against what the file expects.
        task = msgspec.structs.replace(task, reference=candidates[0].code)
    tests = write_tests(sandbox, task, tests, WriteTestsConfig(grow=0, mutants=0), seed=0).tests
    held_to = terms_of(sandbox, task, tests, CheckConfig())
    for name, candidate in named.items():
        verdict = check_one(sandbox, task, candidate, tests, held_to)
        if verdict.outcome != "passed":
            raise CheckFailed(f"{name}: {verdict.outcome} on case {verdict.first_failure}: {verdict.detail}")
    by_id, settings = {candidate.id: candidate for candidate in candidates}, MeasureConfig()
    contest = Contest(task, candidates, timed_inputs(task, tests), keep=frozenset(by_id))
    rows = race(sandbox, contest, settings)
    ranking = rank(rows, by_id)
    placed = {place.candidate_id for place in ranking}
    for name, candidate in named.items():
        if candidate.id not in placed:
            raise CheckFailed(f"{name}: no time of it: it refuses an input of the load that the others take")
    names = {candidate.id: name for name, candidate in named.items()}
    best, second = (by_id[place.candidate_id] for place in ranking[:2])
    gain = _gain(rows, best, second)
    again = _gain(confirm(sandbox, contest, best.id, second.id, settings), best, second)
    confirmed = is_confirmed(gain, again, settings.margin)
    return TimeComparison(
        lines=[Line(names[place.candidate_id], place) for place in ranking],
        gain=gain,
        confirmed=confirmed,
        words=_words(names[best.id], names[second.id], gain, confirmed, settings.margin),
    )


def _gain(rows: list[Measurement], best: Candidate, second: Candidate) -> Ratio:
    from efficoder.metrics.readings import paired_ratio

    measured = {row.candidate_id: row for row in rows}
    return paired_ratio(measured[second.id], measured[best.id])


def _words(best: str, second: str, gain: Ratio, confirmed: bool, margin: float) -> str:
    interval = f"{gain.value:.2f}x, interval [{gain.low:.2f}, {gain.high:.2f}], {gain.rounds} rounds"
    if confirmed:
        return f"{best} is faster than {second}: {interval}, confirmed in a second zygote."
    if gain.low > margin:
        return f"{best} came out faster than {second} ({interval}), but not again in a second zygote: call it a tie."
    return f"{best} and {second} tie: {interval}; a difference under {margin}x is not claimed."
