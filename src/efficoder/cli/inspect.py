"""Reading a run without changing it: status, show, why. Text for people, ``--json`` for programs."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from efficoder.cli.options import Json, RunName, Runs, examples
from efficoder.console import counted, data, table, to_json
from efficoder.errors import InputError, suggest
from efficoder.store import Store, open_run
from efficoder.types import (
    Candidate,
    DatasetRecord,
    Drop,
    GrowthCurve,
    Measurement,
    Sample,
    Selection,
    Task,
    TestFacts,
    Verdict,
)

app = typer.Typer()
TaskId = Annotated[str, typer.Argument(metavar="TASK", help="The id of a task.")]
ItemId = Annotated[
    str, typer.Argument(metavar="ID", help="The id of a task, candidate or sample, or FILE:LINE of an input line.")
]
_MARGIN = "\n" + 13 * " "
"""What stands for a line break in a text of others, which must not look like the next stage's line."""


@app.command(epilog=examples("efficoder status first", "efficoder status first --json"))
def status(run_name: RunName, runs: Runs = Path("runs"), as_json: Json = False) -> None:
    """Say how far a run is: rows, outcomes, drops."""
    print_status(runs, run_name, as_json=as_json)


@app.command(epilog=examples("efficoder show first HumanEval/0", "efficoder show first HumanEval/0 --json"))
def show(run_name: RunName, task_id: TaskId, runs: Runs = Path("runs"), as_json: Json = False) -> None:
    """Show a task with its candidates.

    Verdict, time, memory, rank and growth of each, and the code of what was chosen.
    """
    print_task(runs, run_name, task_id, as_json=as_json)


@app.command(epilog=examples("efficoder why first HumanEval/0", "efficoder why first samples.jsonl:12"))
def why(run_name: RunName, item_id: ItemId, runs: Runs = Path("runs"), as_json: Json = False) -> None:
    """Say what became of a task, candidate or input line."""
    print_trail(runs, run_name, item_id, as_json=as_json)


def print_status(runs: Path, name: str, *, as_json: bool) -> None:
    from efficoder.metrics.faster_or_tie import WORDS
    from efficoder.metrics.readings import raced

    with open_run(runs, name) as store:
        outcomes = Counter(verdict.outcome for verdict in store.all(Verdict))
        no_code = sum(sample.candidate_id is None for sample in store.all(Sample))
        facts = {
            "tasks": store.count(Task),
            "dropped": dict(Counter(f"{drop.stage}: {drop.reason}" for drop in store.all(Drop))),
            "samples": store.count(Sample),
            "samples without code": no_code,
            "candidates": store.count(Candidate),
            "verdicts": dict(outcomes),
            "measured": len(raced(store.all(Measurement))),
            "selections": dict(Counter(selection.reason for selection in store.all(Selection))),
            "dataset rows": dict(Counter(record.arm for record in store.all(DatasetRecord))),
        }
    if as_json:
        to_json(facts)
        return
    rows: list[list[str]] = []
    for key, value in facts.items():
        if isinstance(value, dict):
            rows += [[f"{key}: {WORDS.get(inner, inner)}", str(count)] for inner, count in sorted(value.items())]
        else:
            rows.append([key, str(value)])
    data(table(["what", "count"], rows))


def print_task(runs: Path, name: str, task_id: str, *, as_json: bool) -> None:
    with open_run(runs, name) as store:
        task = store.get(Task, task_id)
        if task is None:
            raise InputError(f"the run has no task {task_id!r}{_nearest(store, task_id)}")
        candidates = _candidate_facts(store, task)
        selection = store.get(Selection, task_id)
    if as_json:
        to_json({"task": task, "selection": selection, "candidates": candidates})
        return
    data(f"{task.id}  ({_origin_words(task)})\n\n{task.prompt.strip()}\n")
    if selection is not None:
        data(f"selection: {_selection_words(selection)}\n")
    columns = ["candidate", "models", "outcome", "rank", "ET s", "MU MB", "growth"]
    data(table(columns, [[str(facts[column]) for column in columns] for facts in candidates]))
    for facts in candidates:
        if selection is not None and facts["candidate"] in {selection.chosen, selection.baseline}:
            role = "chosen" if facts["candidate"] == selection.chosen else "baseline"
            data(f"\n--- {role} {facts['candidate']}\n{facts['code'].rstrip()}")


def _origin_words(task: Task) -> str:
    line = None if task.origin.line is None else f"line {task.origin.line}"
    return ", ".join(filter(None, (task.origin.source, line, task.origin.licence)))


def _nearest(store: Store, task_id: str) -> str:
    """What to append to an error about a task that is not there."""
    ids = sorted(store.keys(Task))
    for known in ids:
        if known.rpartition("/")[2] == task_id:
            return f"; did you mean {known!r}?"
    return suggest(task_id, ids, f"`efficoder status {store.folder.name}` counts what it has")


def _candidate_facts(store: Store, task: Task) -> list[dict[str, Any]]:
    from efficoder.metrics.growth import growth, in_words
    from efficoder.metrics.readings import raced

    curves = {curve.candidate_id: growth(curve) for curve in store.all(GrowthCurve, task.id)}
    verdicts = {verdict.candidate_id: verdict for verdict in store.all(Verdict, task.id)}
    measured = raced(store.all(Measurement, task.id))
    selection = store.get(Selection, task.id)
    ranks = {ranked.candidate_id: ranked.rank for ranked in selection.ranking} if selection else {}
    models: dict[str, list[str]] = {}
    for sample in store.all(Sample, task.id):
        if sample.candidate_id:
            models.setdefault(sample.candidate_id, []).append(f"{sample.model}#{sample.index}")
    facts = []
    for candidate in store.candidates(task.id):
        measurement, verdict = measured.get(candidate.id), verdicts.get(candidate.id)
        facts.append(
            {
                "candidate": candidate.id,
                "models": ", ".join(models.get(candidate.id, [])),
                "outcome": verdict.outcome if verdict else "not checked",
                "rank": ranks.get(candidate.id, ""),
                "ET s": _time_words(measurement) if measurement else "",
                "MU MB": f"{measurement.peak_bytes / 1e6:.2f}" if measurement and measurement.peak_bytes else "",
                "growth": in_words(curves[candidate.id]) if candidate.id in curves else "",
                "exponent": grows.slope if (grows := curves.get(candidate.id)) else None,
                "detail": verdict.detail if verdict else "",
                "code": candidate.code,
            }
        )
    return sorted(facts, key=lambda row: (row["rank"] or 10**9, row["candidate"]))


def print_trail(runs: Path, name: str, item_id: str, *, as_json: bool) -> None:
    with open_run(runs, name) as store:
        found = _trail(store, item_id)
        nearest = "" if found else _nearest(store, item_id)
    if not found:
        raise InputError(
            f"the run knows nothing of {item_id!r}{nearest}",
            hint="give a task id, a candidate id, a sample id or FILE:LINE of an input line that was dropped",
        )
    if as_json:
        to_json([{"stage": stage, "what": what} for stage, what in found])
    else:
        data("\n".join(f"{stage:<12} {what.replace(chr(10), _MARGIN)}" for stage, what in found))


def _trail(store: Store, item_id: str) -> list[tuple[str, str]]:
    """What each stage said of a task, candidate, sample or dropped line, in order."""
    trail: list[tuple[str, str]] = []
    task = store.get(Task, item_id)
    if task is not None:
        trail.append(("collect", f"task from {_origin_words(task)}"))
    trail += [
        (drop.stage, f"dropped: {drop.reason}; {drop.detail}" if drop.detail else f"dropped: {drop.reason}")
        for drop in store.all(Drop)
        if item_id == drop.id or (task is not None and drop.task_id == task.id)
    ]
    if task is not None:
        trail += _task_trail(store, task)
    for sample in store.all(Sample):
        if item_id in {sample.id, sample.candidate_id}:
            what = f"candidate {sample.candidate_id}" if sample.candidate_id else f"no code: {sample.problem}"
            trail.append(("generate", f"sample {sample.index} of {sample.model} for {sample.task_id}: {what}"))
    verdict = store.get(Verdict, item_id)
    if verdict is not None:
        where = f", case {verdict.first_failure}" if verdict.first_failure is not None else ""
        trail.append(("check", f"{verdict.outcome} ({verdict.trust}){where} {verdict.detail}".rstrip()))
    for measurement in store.all(Measurement):
        if measurement.candidate_id == item_id:
            rounds = f"session {measurement.session}: {counted(len(measurement.rounds), 'round')}"
            trail.append(("measure", f"{rounds}, ET {_time_words(measurement)}"))
    return trail


def _time_words(measurement: Measurement) -> str:
    """Seconds, the least they can be, or that there are none."""
    from efficoder.metrics.faster_or_tie import NO_TIME
    from efficoder.metrics.readings import et_s, has_time

    if not has_time(measurement):
        return NO_TIME
    return f"{'>' if measurement.censored else ''}{et_s(measurement):.6f}"


def _task_trail(store: Store, task: Task) -> list[tuple[str, str]]:
    tests, samples = store.tests(task.id), store.count(Sample, task.id)
    written = f"{counted(len(tests.checks), 'check')}, {counted(len(tests.loads), 'load')}"
    trail = [
        ("write_tests", f"{written}{_test_words(store, task)}"),
        ("generate", f"{counted(samples, 'sample')}, {counted(store.count(Candidate, task.id), 'distinct candidate')}"),
    ]
    outcomes = Counter(verdict.outcome for verdict in store.all(Verdict, task.id))
    if outcomes:
        trail.append(("check", ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())))
    selection = store.get(Selection, task.id)
    if selection is not None:
        trail.append(("select", _selection_words(selection)))
    rows = Counter(record.arm for record in store.all(DatasetRecord, task.id))
    if rows:
        trail.append(("build", ", ".join(f"{count} in {arm}" for arm, count in sorted(rows.items()))))
    return trail


def _test_words(store: Store, task: Task) -> str:
    from efficoder.report.tables import counts

    facts = store.get(TestFacts, task.id)
    if facts is None:
        return ""
    tests = store.tests(task.id)
    left_out = f"; not used of the source's checks: {counts(tests.lost)}" if tests.lost else ""
    left_out += f"; {tests.used} of {counted(tests.shipped, 'check')} of {facts.twin} serve" if facts.twin else ""
    left_out += f"; {tests.constant}" if tests.constant else ""
    left_out += "".join(f"; {problem}" for problem in facts.generator_problems)
    left_out += f"; {facts.came_from}" if facts.came_from else ""
    if facts.tester is None:
        return left_out
    tester = facts.tester
    said = f"{tester.used} of {counted(tester.proposed, 'input')} used, {counted(tester.wrong, 'wrong value')}"
    return "; ".join([f"{left_out}; tester: {said}, {tester.ignored} not read", *tester.problems])


def _selection_words(selection: Selection) -> str:
    from efficoder.metrics.faster_or_tie import WORDS
    from efficoder.report.text import interval, ratio

    gain, words = selection.gain, WORDS[selection.reason]
    if gain is None:
        return f"{words}; {selection.correct} correct"
    times = f"{ratio(gain.value)}, interval {interval(gain.low, gain.high)}, over {counted(gain.rounds, 'round')}"
    return f"{words}; {selection.chosen} against {selection.baseline}, {times}; {selection.correct} correct"
