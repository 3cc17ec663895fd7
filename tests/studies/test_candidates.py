"""The studies on invented pools, next to numbers worked out by hand or by enumeration."""

import itertools
import math
from pathlib import Path
from statistics import fmean
from xml.etree import ElementTree

import pytest

from efficoder.errors import InputError, UsageError
from efficoder.store import Store, open_run
from efficoder.studies.candidates import candidate_curve, draw
from efficoder.studies.teachers import leave_one_out
from invented import Entry, Problem, run_of


def pool(tmp_path: Path, problems: list[Problem]) -> Store:
    return Store(run_of(tmp_path / "r", problems))


def mixed(task: str, *times: float | None) -> Problem:
    """One sample a model a, b, c, ...; None is a wrong one."""
    entries = [
        Entry(model=chr(97 + i), outcome="wrong") if t is None else Entry(model=chr(97 + i), et_s=t, tokens=10)
        for i, t in enumerate(times)
    ]
    return Problem(id=task, entries=entries)


def test_the_curve_is_the_mean_over_all_ways_to_draw(tmp_path: Path) -> None:
    times = (0.05, None, 0.2, 0.025)
    with pool(tmp_path, [mixed("t", *times)]) as store:
        curve = candidate_curve(store)
    assert [point.n for point in curve.points] == [1, 2, 3, 4]
    right = fmean(math.log(0.1 / t) for t in times if t)
    for point in curve.points:
        draws = list(itertools.combinations([t and math.log(0.1 / t) for t in times], point.n))
        kept = fmean(max([0.0, *(log for log in draw if log is not None)]) for draw in draws)
        chosen = fmean(max((log - right for log in draw if log is not None), default=0.0) for draw in draws)
        assert point.gain.value == pytest.approx(math.exp(kept))
        assert point.selection.value == pytest.approx(math.exp(chosen))
        assert point.solved == pytest.approx(fmean(any(log is not None for log in draw) for draw in draws))
    assert curve.points[0].selection.value == pytest.approx(1.0)
    assert curve.points[3].gain.value == pytest.approx(4.0)


def test_costs_grow_with_n(tmp_path: Path) -> None:
    with pool(tmp_path, [mixed("t", 0.05, 0.2)]) as store:
        one, two = candidate_curve(store).points
    assert (one.tokens, two.tokens) == (10.0, 20.0)
    assert one.cost_usd is None
    # seven rounds of each, floor included
    assert one.measuring_s == pytest.approx(7 * (0.052 + 0.202) / 2)


def test_where_another_sample_no_longer_pays(tmp_path: Path) -> None:
    with pool(tmp_path, [mixed(f"t{i}", *[0.05] * 6) for i in range(3)]) as store:
        curve = candidate_curve(store)
    assert curve.enough == 1
    root = ElementTree.fromstring(draw(curve))
    assert root.tag.endswith("svg")


def test_tasks_with_fewer_samples_are_left_out_and_counted(tmp_path: Path) -> None:
    tasks = [mixed(f"t{i}", 0.05, 0.1, 0.2) for i in range(19)] + [mixed("short", 0.05)]
    with pool(tmp_path, tasks) as store:
        curve = candidate_curve(store)
    assert (curve.tasks, curve.left_out, len(curve.points)) == (19, 1, 3)


def test_the_teacher_that_is_missed_most_comes_first(tmp_path: Path) -> None:
    tasks = [mixed(f"t{i}", 0.025, 0.05, None) for i in range(3)] + [mixed("only", None, 0.05, None)]
    with pool(tmp_path, tasks) as store:
        result = leave_one_out(store)
    assert result.gain.value == pytest.approx(math.exp((3 * math.log(4) + math.log(2)) / 4))
    first, second, third = result.teachers
    assert (first.model, first.best_of, first.only_of) == ("a", 3, 0)
    assert first.gain_without.value == pytest.approx(2.0)
    assert first.change.value == pytest.approx(2.0 / result.gain.value - 1.0)
    assert (second.model, second.only_of) == ("b", 1)
    assert (third.model, third.change.value) == ("c", 0.0)


def test_a_pool_without_references_is_an_error(tmp_path: Path) -> None:
    alone = Problem(id="t", entries=[Entry(model="a", et_s=0.1)], reference_s=None)
    with pool(tmp_path, [alone]) as store, pytest.raises(InputError, match="timed reference"):
        candidate_curve(store)


def test_a_mistyped_run_is_an_error_and_makes_no_folder(tmp_path: Path) -> None:
    for write in (False, True):
        with pytest.raises(UsageError, match="no run "):
            open_run(tmp_path, "none", write=write)
    assert not (tmp_path / "none").exists()
