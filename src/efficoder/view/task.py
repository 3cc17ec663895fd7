"""One task for the browser: prompt, tests, every candidate with its verdict and time, and why the winner won."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from efficoder.config import MeasureConfig
from efficoder.console import counted
from efficoder.evaluation.rows import task_rows
from efficoder.evaluation.task_scores import score_task
from efficoder.languages import problem
from efficoder.metrics.faster_or_tie import NO_TIME, WORDS
from efficoder.metrics.growth import against, growth, in_words, parting
from efficoder.metrics.readings import et_s, has_time, raced
from efficoder.report import text
from efficoder.report.charts import Curve
from efficoder.report.content import DiffRun, Estimate
from efficoder.report.examples import cut, diff
from efficoder.store import Store
from efficoder.types import (
    REFERENCE,
    Candidate,
    Drop,
    GrowthCurve,
    Measurement,
    Ratio,
    Sample,
    Selection,
    Task,
    TaskTests,
    TestCase,
    TestFacts,
    Verdict,
)

SHOWN = 200
"""Candidates, samples and drops shown of one task."""
_TESTS = 20
_TEXT = 300
_LINES = 400
_CURVES = 12


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate."""

    id: str
    models: tuple[str, ...]
    """``model #index`` of each sample."""
    role: str
    outcome: str
    detail: str
    rank: int | None
    time: str
    ratio: Estimate | None
    """To the fastest of the race, in an evaluation to the reference."""
    memory: str
    growth: str


class TaskPage(msgspec.Struct, frozen=True, kw_only=True):
    task: Task
    state: str
    why: tuple[str, ...]
    rows: tuple[Row, ...]
    ratio_to: str
    no_code: tuple[Sample, ...]
    drops: tuple[Drop, ...]
    tests: tuple[tuple[str, int, tuple[TestCase, ...]], ...]
    """Kind, how many there are, and the first of them."""
    lost: Mapping[str, int]
    curves: tuple[Curve, ...]
    pair: tuple[str, str]
    """Two candidates to compare first."""
    left_out: int
    """Candidates not shown."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    task: Task
    a: Row
    b: Row
    runs: tuple[DiffRun, ...]
    left_out: int
    rows: tuple[Row, ...]


def read_task(store: Store, task: Task, *, evaluated: bool) -> TaskPage:
    selection, tests = store.get(Selection, task.id), store.tests(task.id)
    rows = candidate_rows(store, task, evaluated=evaluated)
    curves = {c.candidate_id: c for c in store.all(GrowthCurve, task.id)}
    drops = list(store.all(Drop, task.id))
    dropped = next((f"{drop.stage}: {drop.reason}" for drop in drops if drop.id == task.id), "")
    return TaskPage(
        task=task,
        state=f"dropped, {dropped}" if dropped else WORDS[selection.reason] if selection else "",
        why=tuple(_why(store, task, selection, tests, curves)),
        rows=tuple(rows[:SHOWN]),
        left_out=max(0, len(rows) - SHOWN),
        ratio_to="the reference" if evaluated else "the fastest",
        no_code=tuple(s for s in store.all(Sample, task.id) if s.candidate_id is None)[:SHOWN],
        drops=tuple(drops[:SHOWN]),
        tests=tuple(_tests(tests)),
        lost=tests.lost,
        curves=tuple(_curves(rows, curves)),
        pair=_pair(rows) if rows else ("", ""),
    )


def compare(store: Store, task: Task, a: str, b: str, *, evaluated: bool) -> Comparison | None:
    """None where one of the two is no candidate of the task."""
    rows = candidate_rows(store, task, evaluated=evaluated)
    known = {row.id: row for row in rows}
    one, other = store.get(Candidate, a), store.get(Candidate, b)
    if one is None or other is None or not {a, b} <= known.keys():
        return None
    runs, left_out = cut(diff(one.code, other.code), _LINES)
    return Comparison(task=task, a=known[a], b=known[b], runs=tuple(runs), left_out=left_out, rows=tuple(rows[:SHOWN]))


def candidate_rows(store: Store, task: Task, *, evaluated: bool) -> list[Row]:
    """The best first: by rank, or by the ratio to the reference; then those without a time."""
    selection = store.get(Selection, task.id)
    ranked = {r.candidate_id: r for r in selection.ranking} if selection else {}
    verdicts = {v.candidate_id: v for v in store.all(Verdict, task.id)}
    measured = raced(store.all(Measurement, task.id))
    curves = {c.candidate_id: growth(c) for c in store.all(GrowthCurve, task.id)}
    models: dict[str, list[str]] = {}
    for sample in store.all(Sample, task.id):
        if sample.candidate_id is not None:
            name = sample.model if sample.model == REFERENCE else f"{sample.model} #{sample.index}"
            models.setdefault(sample.candidate_id, []).append(name)
    ratios = time_ratios(store, task, evaluated=evaluated)
    rows = []
    for candidate in store.candidates(task.id):
        key, measurement, verdict = candidate.id, measured.get(candidate.id), verdicts.get(candidate.id)
        place = ranked.get(key)
        rows.append(
            Row(
                id=key,
                models=tuple(models.get(key, ())),
                role=_role(key, selection, models.get(key, ())),
                outcome=verdict.outcome if verdict else "not judged",
                detail=verdict.detail if verdict else "",
                rank=place.rank if place else None,
                time=_time(measurement),
                ratio=ratios.get(key),
                memory=text.quantity(measurement.peak_bytes, "B")
                if measurement and measurement.peak_bytes is not None
                else "",
                growth=in_words(curves[key]) if key in curves else "",
            )
        )
    return sorted(rows, key=_order)


def _order(row: Row) -> tuple[float, float, bool, str]:
    return (row.rank or 1e9, row.ratio.value if row.ratio else 1e9, row.outcome != "passed", row.id)


def time_ratios(store: Store, task: Task, *, evaluated: bool) -> dict[str, Estimate]:
    """By candidate: its time over the fastest's in the race; in an evaluation over the reference's, as it is scored."""
    found: list[tuple[str | None, Ratio | None]] = []
    if not evaluated:
        selection = store.get(Selection, task.id)
        found = [(ranked.candidate_id, ranked.to_best) for ranked in selection.ranking] if selection else []
    elif problem(task.language) is None:
        found = [(score.candidate_id, score.to_reference) for score in score_task(task_rows(store, task)).samples]
    return {
        key: Estimate(value=ratio.value, low=ratio.low, high=ratio.high)
        for key, ratio in found
        if key is not None and ratio is not None
    }


def _role(key: str, selection: Selection | None, models: Sequence[str]) -> str:
    if selection is None:
        return "reference" if REFERENCE in models else ""
    roles = (("chosen", selection.chosen), ("baseline", selection.baseline))
    return " and ".join(role for role, candidate in roles if candidate == key)


def _pair(rows: Sequence[Row]) -> tuple[str, str]:
    """Whom to compare first: the baseline or the reference with the chosen program or the best other one."""
    left = next((row for row in rows if "baseline" in row.role or row.role == "reference"), rows[0])
    return left.id, next((row for row in rows if row is not left), left).id


def _time(measurement: Measurement | None) -> str:
    if measurement is None:
        return ""
    if not has_time(measurement):
        return NO_TIME
    return f"{'> ' if measurement.censored else ''}{text.quantity(et_s(measurement), 's')}"


def _memory(measurement: Measurement | None) -> str:
    peak = measurement.peak_bytes if measurement else None
    return "" if peak is None else text.quantity(peak, "B")


def _why(
    store: Store,
    task: Task,
    selection: Selection | None,
    tests: TaskTests,
    curves: Mapping[str, GrowthCurve],
) -> Iterable[str]:
    if selection is not None:
        words = WORDS[selection.reason]
        yield f"{words[0].upper()}{words[1:]}; {counted(selection.correct, 'right program')}."
        gain = selection.gain
        if gain is not None:
            yield (
                f"The baseline takes {text.ratio(gain.value)} the chosen program's CPU time, 95 % interval "
                f"{text.interval(gain.low, gain.high)}, over {counted(gain.rounds, 'round')}."
            )
            again = any(m.session == 1 for m in store.all(Measurement, task.id))
            yield "Both were raced again in a second process." if again else "They were raced once."
        chosen, baseline = curves.get(selection.chosen or ""), curves.get(selection.baseline or "")
        if chosen is not None and baseline is not None and chosen is not baseline:
            same = (chosen.machine, chosen.tests_hash) == (baseline.machine, baseline.tests_hash)
            parted = parting(baseline, chosen, MeasureConfig().margin) if same else None
            yield f"Baseline against chosen program: {against(growth(baseline), growth(chosen), parted)}."
    if tests.constant:
        yield f"{WORDS['constant_answer'][0].upper()}{WORDS['constant_answer'][1:]}; {tests.constant}."
    facts = store.get(TestFacts, task.id)
    if facts is not None and facts.kill_after is not None:
        yield f"The checks notice {text.percent(facts.kill_after)} of {facts.mutants - facts.equivalent} mutants."


def _tests(tests: TaskTests) -> Iterable[tuple[str, int, tuple[TestCase, ...]]]:
    kinds: Sequence[tuple[tuple[str, str], tuple[TestCase, ...]]] = (
        (("check", "checks"), tests.checks),
        (("load", "loads"), tests.loads),
        (("load that judges and is not timed", "loads that judge and are not timed"), tests.untimed),
        (("input of growing size", "inputs of growing size"), tests.ladder),
    )
    for (one, several), cases in kinds:
        if cases:
            yield counted(len(cases), one, several), len(cases), tuple(map(_short, cases[:_TESTS]))


def _short(case: TestCase) -> TestCase:
    return msgspec.structs.replace(
        case, input=shorten(case.input), expected=None if case.expected is None else shorten(case.expected)
    )


def shorten(words: str) -> str:
    return words if len(words) <= _TEXT else f"{words[:_TEXT]}… ({len(words):,} characters)"


def _curves(rows: Sequence[Row], curves: Mapping[str, GrowthCurve]) -> Iterable[Curve]:
    """The first of the rows, the chosen and the baseline among them."""
    known = [row for row in rows if row.id in curves]
    for row in sorted(known, key=lambda row: not row.role)[:_CURVES]:
        points = [(point.size, point.cpu_s) for point in curves[row.id].points if point.cpu_s > 0 and point.size > 0]
        kind = "chosen" if "chosen" in row.role else "baseline" if row.role else ""
        if points:
            yield Curve(f"{', '.join(row.models[:2])} ({row.growth})", kind, points)
