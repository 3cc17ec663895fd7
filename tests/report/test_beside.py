"""Two runs on one page: what changed, which way, and with which settings."""

import re

import msgspec
import pytest

from efficoder.report import ReportView, collect_view, put_beside, render_beside
from efficoder.report.content import EvaluationView, TaskGain
from fake_run import EVIL, fake_run


def view(name: str, gains: dict[str, float], config: str = "") -> ReportView:
    found = tuple(
        TaskGain(task_id=task, source="s", gain=gain, verdict="faster" if gain > 1 else "tie")
        for task, gain in gains.items()
    )
    return ReportView(name=name, gains=found, config=config)


def test_the_change_is_b_over_a_on_the_tasks_of_both() -> None:
    a = view("before", {"x": 1.0, "y": 2.0, "z": 5.0})
    both = put_beside(a, view("after", {"x": 4.0, "y": 2.0, "w": 9.0}))
    assert [(pair.a.task_id, pair.change) for pair in both.pairs] == [("x", 4.0), ("y", 1.0)]
    assert both.change is not None
    assert both.change.value == pytest.approx(2.0)
    assert both.alone == (1, 1)
    page = render_beside(both)
    assert "the gain of B is 2.00× that of A" in page
    assert re.search(r"x</th><td[^>]*>tie: measured and not told apart.*1.00×.*faster.*4.00×.*4.00×", page, re.DOTALL)


def test_a_run_beside_itself_shows_no_change() -> None:
    found = collect_view(fake_run(60), "r")
    both = put_beside(found, found)
    assert both.change is not None
    assert both.change.value == pytest.approx(1.0)
    assert not both.settings
    assert both.alone == (0, 0)


def test_without_a_common_task_nothing_is_claimed() -> None:
    both = put_beside(view("a", {"x": 2.0}), view("b", {}))
    assert both.change is None
    assert "No task has a gain in both runs." in render_beside(both)


def test_settings_that_differ_are_named() -> None:
    a, b = "[run]\nseed = 0\n[generate]\nsamples = 4\n", "[run]\nseed = 0\n[generate]\nsamples = 8\nrefine = 1\n"
    both = put_beside(view("a", {}, a), view("b", {}, b))
    assert [(s.key, s.a, s.b) for s in both.settings] == [
        ("generate.samples", "4", "8"),
        ("generate.refine", None, "1"),
    ]


def test_what_others_wrote_is_escaped() -> None:
    evil = view(EVIL, {EVIL: 2.0}, f"[run]\nname = '{EVIL.splitlines()[0][:40]}'\n".replace("'owned')", ""))
    page = render_beside(put_beside(evil, msgspec.structs.replace(evil, config="")))
    assert "<script>" not in page
    assert "\x1b" not in page


def test_ten_thousand_tasks_stay_small() -> None:
    many = view("a", {f"t{number}": 2.0 for number in range(10_000)})
    assert len(render_beside(put_beside(many, many))) < 1_000_000


def test_of_two_evaluations_the_scores_stand_and_no_gain() -> None:
    of_two = put_beside(*(msgspec.structs.replace(view(name, {}), evaluation=EvaluationView()) for name in "ab"))
    page = render_beside(of_two)
    assert "gain" not in page.partition("<main")[2]
    assert "Settings that differ" in page
