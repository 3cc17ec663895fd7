"""Scores of one task, worked out by hand."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from efficoder.evaluation.enamel_levels import LevelTimes
from efficoder.evaluation.leaderboard import text
from efficoder.evaluation.model_scores import SETS, Board
from efficoder.evaluation.rows import score_tasks, task_rows
from efficoder.evaluation.summary import read_summary
from efficoder.evaluation.task_scores import GAP, SampleScore, TaskScore, clusters, score_task
from efficoder.languages.identity import candidate_id
from efficoder.metrics.faster_or_tie import WORDS
from efficoder.store import Store
from efficoder.types import Outcome, Task
from invented import REFERENCE_CODE, Entry, Problem, measurement, run_of


def score(tmp_path: Path, problem: Problem) -> TaskScore:
    with Store(run_of(tmp_path / "run", [problem])) as store:
        return score_task(task_rows(store, next(store.all(Task))))


def by_model(task: TaskScore) -> dict[str, SampleScore]:
    return {sample.model: sample for sample in task.samples}


def trio(*more: Entry) -> Sequence[Entry]:
    return [Entry(model="fast", et_s=0.05), Entry(model="slow", et_s=0.2), *more]


def test_fast_reference_and_slow_score_as_worked_out_by_hand(tmp_path: Path) -> None:
    samples = by_model(score(tmp_path, Problem(id="t", entries=trio())))
    fast, slow, reference = (samples[name].own for name in ("fast", "slow", "reference"))
    assert fast is not None
    assert slow is not None
    assert reference is not None
    assert [fast.net, slow.net, reference.net] == pytest.approx([0.5, 2.0, 1.0])
    # Beyond: (slowest - t) / (slowest - fastest)
    assert [fast.beyond, slow.beyond, reference.beyond] == pytest.approx([1.0, 0.0, 2 / 3])
    # DPS: share of the three matched or beaten
    assert [fast.dps, slow.dps, reference.dps] == pytest.approx([100.0, 100 / 3, 200 / 3])
    # eff: (T - t) / (T - t*), T twice the reference's time
    assert [fast.eff, slow.eff, reference.eff] == pytest.approx([1.5, 0.0, 1.0])
    assert [fast.percentile, slow.percentile] == pytest.approx([1.0, 1 / 3])
    assert (fast.optimised, slow.optimised, fast.efficient, slow.efficient) == (1.0, 0.0, 1.0, 0.0)


def test_a_failure_stands_at_ten_references_and_scores_zero(tmp_path: Path) -> None:
    wrong = by_model(score(tmp_path, Problem(id="t", entries=trio(Entry(model="bad", outcome="wrong")))))["bad"]
    assert wrong.own is None
    assert wrong.all is not None
    assert wrong.all.et_s == pytest.approx(1.0)
    assert (wrong.all.net, wrong.all.nmu, wrong.all.ntmu) == pytest.approx((10.0, 10.0, 10.0))
    assert (wrong.all.beyond, wrong.all.eff, wrong.all.dps, wrong.all.clipped) == (0.0, 0.0, 0.0, 0.0)


def test_right_but_very_slow_stands_where_a_failure_does_on_all_tasks(tmp_path: Path) -> None:
    slow = by_model(score(tmp_path, Problem(id="t", entries=[Entry(model="snail", et_s=5.0)])))["snail"]
    assert slow.own is not None
    assert slow.all is not None
    assert slow.own.net == pytest.approx(50.0)
    assert slow.all.net == 10.0


def test_a_pool_of_the_sources_own_is_all_that_answers_are_ranked_among(tmp_path: Path) -> None:
    """Slow 30 of 100 recorded solutions, middle 50, fast 20: EvalPerf's scores are 30, 80, 100."""
    codes = {name: f"def f(n):\n    return n  if {cost} else n\n" for name, cost in (("s", 1), ("m", 2), ("f", 3))}
    times = {"s": 0.3, "m": 0.2, "f": 0.05}
    entries = [Entry(model=name, code=codes[name], et_s=times[name]) for name in codes]
    entries += [Entry(model=name, et_s=et_s) for name, et_s in (("a", 0.1), ("b", 0.21), ("c", 0.5), ("d", 0.01))]
    with Store(run_of(tmp_path / "run", [Problem(id="t", entries=entries)])) as store:
        rows = task_rows(store, next(store.all(Task)))
    shares = {
        candidate_id("t", codes[name], "python"): share for name, share in (("s", 30.0), ("m", 50.0), ("f", 20.0))
    }
    samples = by_model(score_task(msgspec.structs.replace(rows, pool=shares)))
    own = {name: samples[name].own for name in ("a", "b", "c", "d", "reference")}
    found = {name: (reading.dps, reading.dps_norm, reading.beyond) for name, reading in own.items() if reading}
    third = 100 / 3
    assert found["a"] == found["reference"] == pytest.approx((80.0, 2 * third, 0.8), abs=0.01)
    assert found["b"] == pytest.approx((80.0, 2 * third, (0.3 - 0.205) / 0.25), abs=0.01)
    assert found["c"] == pytest.approx((0.0, 0.0, 0.0))
    assert found["d"] == pytest.approx((100.0, 100.0, 1.0))
    without = by_model(score_task(msgspec.structs.replace(rows, pool={"never timed": 1.0})))
    assert without["d"].own == by_model(score_task(rows))["d"].own


def test_times_within_the_gap_count_as_equal(tmp_path: Path) -> None:
    twin = Entry(model="twin", et_s=0.1 * (GAP - 0.02))
    samples = by_model(score(tmp_path, Problem(id="t", entries=[twin, Entry(model="third", et_s=0.1)])))
    for name in ("twin", "reference", "third"):
        own = samples[name].own
        assert own is not None
        assert (own.beyond, own.dps, own.percentile) == (1.0, 100.0, 1.0)


def test_clusters_cut_at_gaps_not_at_distances_from_the_first() -> None:
    groups = clusters({"a": 1.0, "b": 1.05, "c": 1.12, "d": 2.0})
    assert [sorted(group) for group in groups] == [["a", "b", "c"], ["d"]]


def test_wrong_on_a_load_alone_is_right_by_the_checks_and_stands_where_a_failure_does(tmp_path: Path) -> None:
    on_load = Entry(model="m", outcome="wrong", first_failure=2)
    on_check = Entry(model="k", outcome="wrong", first_failure=1)
    task = score(tmp_path, Problem(id="t", entries=[on_load, on_check]))
    assert by_model(task)["m"].right
    assert not by_model(task)["k"].right
    assert task.cells["m"].right == 1
    assert by_model(task)["m"].own is None
    assert task.cells["m"].unmeasured == 1
    assert task.cells["m"].all is not None
    assert task.cells["m"].all.eff == 0.0
    assert task.cells["m"].own == task.cells["m"].all
    assert task.cells["k"].own is None


def test_refusing_a_slow_task_is_worth_no_more_than_being_slow(tmp_path: Path) -> None:
    """It was: a model whose program failed while it was timed lost the task from its means."""
    quick = [Entry(model="refuser", et_s=0.1), Entry(model="slow", et_s=0.1)]
    problems = [
        Problem(id="quick", entries=quick),
        Problem(id="heavy", entries=[Entry(model="refuser", et_s=None), Entry(model="slow", et_s=0.5)]),
    ]
    board = Board()
    with Store(run_of(tmp_path / "run", problems)) as store:
        for task in store.all(Task):
            rows = task_rows(store, task)
            refused = measurement("heavy", "heavy refuser 0", 0.1)
            if task.id == "heavy":
                refuser = next(s.candidate_id for s in rows.samples if s.model == "refuser")
                row = msgspec.structs.replace(refused, candidate_id=refuser, rounds=())
                rows = msgspec.structs.replace(rows, measurements={**rows.measurements, refuser: row})
            board.add(score_task(rows))
    refuser, slow = (next(m for m in board.standings().models if m.model == name) for name in ("refuser", "slow"))
    assert refuser.pass_at["1"].value == slow.pass_at["1"].value == 1.0
    assert (refuser.unmeasured, slow.unmeasured) == (1, 0)
    for name in SETS:
        mine, other = refuser.sets[name]["net"], slow.sets[name]["net"]
        assert mine is not None
        assert other is not None
        assert (mine.n, other.n) == (2, 2)
        assert mine.value > other.value
        for score in ("beyond", "eff_at_1", "speedup"):
            mine, other = refuser.sets[name][score], slow.sets[name][score]
            assert mine is not None
            assert other is not None
            assert mine.value <= other.value


def test_a_task_with_a_constant_answer_counts_in_pass_alone(tmp_path: Path) -> None:
    with Store(run_of(tmp_path / "run", [Problem(id="t", entries=trio())])) as store:
        rows = task_rows(store, next(store.all(Task)))
    rows = msgspec.structs.replace(rows, constant="False answers all loads", measurements={})
    task = score_task(rows)
    assert task.cells["fast"].right == 1
    assert (task.cells["fast"].own, task.cells["fast"].all) == (None, None)
    assert by_model(task)["fast"].detail == f"{WORDS['constant_answer']}; False answers all loads"


def test_no_code_fails_and_not_judged_counts_neither_way(tmp_path: Path) -> None:
    entries = [Entry(model="mute", code=None), Entry(model="lost", outcome=None)]
    task = score(tmp_path, Problem(id="t", entries=entries))
    assert task.cells["mute"].no_code == 1
    assert task.cells["mute"].right == 0
    assert "lost" not in task.cells
    assert task.outcomes["lost"] == {"not_judged": 1}


def test_without_a_reference_nothing_is_relative_to_one(tmp_path: Path) -> None:
    task = score(
        tmp_path,
        Problem(
            id="t", entries=[*trio(Entry(model="bad", outcome="wrong")), Entry(model="mid", et_s=0.1)], reference_s=None
        ),
    )
    fast, bad = by_model(task)["fast"], by_model(task)["bad"]
    assert fast.own is not None
    assert (fast.own.et_s, fast.own.net, fast.own.eff) == (pytest.approx(0.05), None, None)
    assert fast.own.beyond == 1.0
    assert bad.all is not None
    assert (bad.all.et_s, bad.all.beyond) == (None, 0.0)


def test_a_censored_time_is_a_bound_and_scores_no_eff(tmp_path: Path) -> None:
    late = by_model(score(tmp_path, Problem(id="t", entries=[Entry(model="late", et_s=0.1, censored=True)])))["late"]
    assert late.censored
    assert late.own is not None
    assert late.own.eff == 0.0
    assert late.to_reference is not None
    assert late.to_reference.high >= 1e9


def test_the_race_beside_the_reference_replaces_a_bound(tmp_path: Path) -> None:
    entry = Entry(model="late", et_s=0.1, censored=True, again_s=0.3)
    late = by_model(score(tmp_path, Problem(id="t", entries=[entry], again_s=0.15)))["late"]
    assert not late.censored
    assert late.own is not None
    assert late.own.net == pytest.approx(2.0)
    # in the units of the first race: twice its reference
    assert late.own.et_s == pytest.approx(0.2)


def test_by_levels_eff_is_enamels_and_a_wrong_level_is_wrong(tmp_path: Path) -> None:
    entries = [Entry(model="half", et_s=0.05), Entry(model="bad", et_s=0.05), Entry(model="new", et_s=0.05)]
    folder = run_of(tmp_path / "run", [Problem(id="t", entries=entries)])

    def levels(key: str, times: tuple[float | None, ...], wrong: bool = False) -> LevelTimes:
        rows = tuple((time,) for time in times)
        return LevelTimes(candidate_id=key, task_id="t", levels=rows, wrong=wrong, machine="m1", tier="A")

    reference = candidate_id("t", REFERENCE_CODE, "python")
    with Store(folder, write=True) as store:
        store.put([levels(reference, (0.1, 1.0, 1.0, 1.0)), levels("t half 0", (0.1, 1.0, 1.5, None))])
        store.put([levels("t bad 0", (0.1,), wrong=True)])
        task = score_task(task_rows(store, next(store.all(Task))))
    found = by_model(task)
    own = {name: found[name].own for name in ("reference", "half", "new")}
    assert own["reference"] is not None
    assert own["reference"].eff == 1.0
    # weights 0, 3, 3, 4; limit 2: full on level 1, (2 - 1.5) / (2 - 1) on level 2, timed out on level 3
    assert own["half"] is not None
    assert own["half"].eff == pytest.approx((3 * 1.0 + 3 * 0.5) / 10)
    assert (found["bad"].outcome, found["bad"].right, found["bad"].own) == ("wrong", False, None)
    assert own["new"] is not None
    assert own["new"].eff is None


def test_times_of_an_earlier_race_do_not_count(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "run", [Problem(id="t", entries=[Entry(model="m", et_s=0.05)])])
    with Store(folder, write=True) as store:
        store.put([measurement("t", "t m 0", 0.05, floor_s=0.003)])
        task = score_task(task_rows(store, next(store.all(Task))))
    assert task.cells["m"].own is None
    assert task.cells["m"].unmeasured == 1


def test_several_samples_are_averaged_and_equal_code_is_one_of_the_pool(tmp_path: Path) -> None:
    same = "def f(n):\n    return n + 0\n"
    entries = [Entry(model="m", index=0, code=same, et_s=0.05), Entry(model="m", index=1, code=same, et_s=0.05)]
    entries.append(Entry(model="m", index=2, outcome="error"))
    entries.append(Entry(model="slow", et_s=0.3))
    task = score(tmp_path, Problem(id="t", entries=entries))
    cell = task.cells["m"]
    assert (cell.samples, cell.right) == (3, 2)
    assert cell.own is not None
    assert cell.own.dps == pytest.approx(100.0)
    assert cell.all is not None
    assert cell.all.net == pytest.approx((0.5 + 0.5 + 10.0) / 3)
    assert cell.effs == pytest.approx((1.5, 1.5, 0.0))
    reference = by_model(task)["reference"].own
    assert reference is not None
    # three in the pool, not four
    assert reference.dps == pytest.approx(200 / 3)


def test_two_solutions_are_no_pool(tmp_path: Path) -> None:
    samples = by_model(
        score(tmp_path, Problem(id="t", entries=[Entry(model="m", et_s=0.05), Entry(model="w", outcome="wrong")]))
    )
    for reading in (samples["m"].own, samples["m"].all, samples["w"].all):
        assert reading is not None
        assert (reading.beyond, reading.dps, reading.dps_norm, reading.percentile) == (None, None, None, None)
        assert reading.eff is not None


@pytest.mark.parametrize(
    ("outcome", "first_failure", "right", "right_base"),
    [
        ("passed", None, True, True),
        ("wrong", 1, False, True),
        ("wrong", 0, False, False),
        ("error", None, False, False),
    ],
)
def test_a_set_with_base_checks_has_a_verdict_by_those_too(
    tmp_path: Path, outcome: Outcome, first_failure: int | None, right: bool, right_base: bool
) -> None:
    entry = Entry(model="m", outcome=outcome, first_failure=first_failure, et_s=0.05 if right else None)
    folder = run_of(tmp_path / "r", [Problem(id="t", entries=[entry])])
    with Store(folder, write=True) as store:
        assert read_summary(store).standings.models[0].pass_at_1_base is None
        tests = store.tests("t")
        checks = tuple(msgspec.structs.replace(case, base=i == 0) for i, case in enumerate(tests.checks))
        store.put([msgspec.structs.replace(tests, checks=checks)])
        (task,) = score_tasks(store)
        found = by_model(task)["m"]
        assert (found.right, found.right_base) == (right, right_base)
        summary = read_summary(store)
    mine = next(model for model in summary.standings.models if model.model == "m")
    assert mine.pass_at_1_base is not None
    assert mine.pass_at_1_base.value == right_base
    assert "by their base checks" in text(summary)
    assert "pass@1 base" in text(summary)
