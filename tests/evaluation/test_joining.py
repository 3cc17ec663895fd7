"""A second model's samples race the reference alone; the first model's times stay."""

import json
from pathlib import Path

import msgspec
import pytest

from efficoder.evaluation.evaluate import Spec, evaluate
from efficoder.evaluation.joining import Newcomers
from efficoder.evaluation.rows import task_rows
from efficoder.evaluation.summary import read_summary
from efficoder.evaluation.times import timed
from efficoder.judging.race import Contest
from efficoder.judging.right_or_wrong import believed
from efficoder.languages import language
from efficoder.metrics.readings import raced
from efficoder.store import Store, open_run
from efficoder.types import REFERENCE, Candidate, Function, Measurement, Origin, Sample, Task, TestCase
from invented import Entry, Problem, measurement, run_of

LOOP = "def total(n):\n    s = 0\n    for i in range(n + 1):\n        s += i\n    return s\n"
HALF = "def total(n):\n    return sum(range(n + 1))\n"
TWICE = "def total(n):\n    s = 0\n    for i in range(2 * n + 2):\n        s += i // 2\n    return s // 2\n"
WRONG = "def total(n):\n    return n\n"
TESTS = [{"input": [1], "expected": 1}, {"input": [10], "expected": 55}, {"input": [20000], "expected": 200010000}]
QUICK = ("write_tests.mutate=false", "measure.min_body_s=0.002", "run.workers=1")


def add(folder: Path, model: str, *codes: str, sets: tuple[str, ...] = ()) -> None:
    """Evaluate a model's samples in the run ``e``, one a task."""
    tasks, samples = folder / "tasks.jsonl", folder / f"{model}.jsonl"
    shape = {"prompt": "Write total(n).", "entry_point": "total", "reference": LOOP, "tests": TESTS}
    tasks.write_text("".join(json.dumps({"id": f"t{i}", **shape}) + "\n" for i in range(2)))
    rows = [{"task_id": f"t{i}", "solution": code, "model": model} for i, code in enumerate(codes)]
    samples.write_text("".join(json.dumps(row) + "\n" for row in rows))
    evaluate(Spec(str(tasks), None, (samples,), None), folder / "runs", "e", [*QUICK, *sets], limit=None, as_json=True)


def measured(folder: Path) -> dict[tuple[str, str, int], Measurement]:
    """By task, code and session."""
    with open_run(folder / "runs", "e") as store:
        code = {candidate.id: candidate.code for candidate in store.all(Candidate)}
        return {(m.task_id, code[m.candidate_id], m.session): m for m in store.all(Measurement) if m.session != 2}


def test_a_second_models_samples_race_the_reference_and_the_firsts_are_not_run_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(tmp_path, "first", HALF, LOOP)
    first = measured(tmp_path)
    assert first.keys() == {("t0", HALF, 0), ("t0", LOOP, 0), ("t1", LOOP, 0)}
    add(tmp_path, "second", TWICE, LOOP + "\n\n")
    second = measured(tmp_path)
    assert second.keys() - first.keys() == {("t0", TWICE, 3), ("t0", LOOP, 3)}, "the reference's own text has its time"
    assert {key: second[key] for key in first} == first
    with open_run(tmp_path / "runs", "e") as store:
        scores = {model.model: model.sets["own"]["net"] for model in read_summary(store).standings.models}
        ratios = [each.to_reference for each in timed(task_rows(store, store.task("t0"))).values()]
    assert scores.keys() == {"first", "second", REFERENCE}
    assert all(score is not None for score in scores.values())
    assert len(ratios) == 3
    assert scores["first"].value < 1.0 < scores["second"].value  # type: ignore[union-attr]
    capsys.readouterr()
    add(tmp_path, "third", WRONG, HALF)
    assert measured(tmp_path).keys() - second.keys() == {("t1", HALF, 3), ("t1", LOOP, 3)}
    add(tmp_path, "third", WRONG, HALF)
    assert "measure      nothing to do" in capsys.readouterr().err


def test_with_other_settings_all_race_together(tmp_path: Path) -> None:
    add(tmp_path, "first", HALF)
    add(tmp_path, "second", TWICE, sets=("measure.looks=[3,5]",))
    found = measured(tmp_path)
    assert found.keys() == {("t0", code, 0) for code in (HALF, LOOP, TWICE)}
    assert len({m.worker for m in found.values()}) == 1


def test_times_of_two_races_are_put_together_by_the_reference(tmp_path: Path) -> None:
    run_of(tmp_path / "r", [Problem(id="t", reference_s=0.1, entries=[Entry(model="m", et_s=0.05)])])
    with Store(tmp_path / "r", write=True) as store:
        task = store.task("t")
        rows = task_rows(store, task)
        reference = rows.measurements[rows.reference_id or ""]
        first = next(key for key in rows.measurements if key != rows.reference_id)
        loads = reference.tests_hash
        late = [
            msgspec.structs.replace(measurement("t", key, et_s, session=3), tests_hash=loads, loads=reference.loads)
            for key, et_s in ((reference.candidate_id, 0.2), ("late", 0.6))
        ]
        verdict = msgspec.structs.replace(rows.verdicts[first], candidate_id="late")
        store.put([*late, verdict, Candidate(id="late", task_id="t", code="late")])
        store.put([Sample(id="s", task_id="t", model="n", index=0, reply="late", candidate_id="late")])
        found = timed(task_rows(store, task))
        assert raced(store.all(Measurement, "t"))[reference.candidate_id].session == 0
    ratios = {key: each.to_reference.value for key, each in found.items() if each.to_reference}
    assert ratios == pytest.approx({reference.candidate_id: 1.0, first: 0.5, "late": 3.0})
    assert found["late"].et_s == pytest.approx(0.3), "three times the reference of the first race"


def test_a_doubted_latecomer_is_believed_only_behind_those_that_raced_before() -> None:
    rows = [measurement("t", key, et_s) for key, et_s in (("reference", 0.1), ("doubted", 0.3))]
    assert believed(rows, {"doubted"})[1].rounds
    assert not believed(rows, {"doubted"}, least_s=0.4)[1].rounds


def test_a_latecomer_that_ends_the_worker_is_left_out() -> None:
    task = Task(id="t", prompt="", interface=Function(entry_point="f"), origin=Origin(source="own"))
    entrants = [Candidate(id=code, task_id="t", code=code) for code in "rab"]
    contest = Contest(task, entrants, (TestCase(input="[1]", expected="1"),), keep=frozenset("rab"), session=3)
    payload = Newcomers(contest, (), frozenset(), 0.0, 1.0)
    bad, reference = (language("python").program(task, code).identity for code in "br")
    rest = payload.blame(bad)
    assert rest is not None
    assert [each.id for each in rest.contest.entrants] == ["r", "a"]
    assert rest.contest.keep == frozenset("ra")
    assert payload.blame(reference) is None
