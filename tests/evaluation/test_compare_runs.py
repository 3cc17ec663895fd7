"""Comparisons of invented runs: right direction, right sets, clear refusals."""

import csv
import io
import json
from pathlib import Path

import pytest

from efficoder.errors import CheckFailed, InputError, UsageError
from efficoder.evaluation.compare_runs import Options, compare, read_side
from efficoder.evaluation.difference import RunComparison, compare_sides
from efficoder.evaluation.fail_if import parse_condition
from efficoder.types import TestCase
from invented import LOADS, Entry, Problem, run_of

pytestmark = pytest.mark.measured


def problems(slow: float, *, model: str = "m", failing: int = 0, tasks: int = 8) -> list[Problem]:
    """Tasks on which the model takes ``slow`` times the reference's 0.1 s, give or take, and fails the first few."""
    made = []
    for i in range(tasks):
        entry = Entry(model=model, et_s=0.1 * slow * (1 + 0.02 * (i % 3)))
        made.append(Problem(id=f"t{i}", entries=[Entry(model=model, outcome="wrong") if i < failing else entry]))
    return made


def sides(tmp_path: Path, a: list[Problem], b: list[Problem]) -> RunComparison:
    run_of(tmp_path / "a", a)
    run_of(tmp_path / "b", b)
    return compare_sides(read_side(tmp_path, "a"), read_side(tmp_path, "b"))


def found(result: RunComparison) -> dict[str, tuple[float, int]]:
    return {d.name: (d.estimate.value, d.estimate.n) for d in result.differences}


def test_ratios_are_b_over_a_and_pass_is_b_less_a(tmp_path: Path) -> None:
    result = sides(tmp_path, problems(1.0, failing=2), problems(0.5))
    values = found(result)
    assert values["et_ratio"] == (pytest.approx(0.5), 6)
    assert values["pass_difference"] == (pytest.approx(0.25), 8)
    assert (result.attempted, result.solved, result.timed) == (8, 6, 6)
    words = {d.name: d.words for d in result.differences}
    assert words["et_ratio"].startswith("better")


@pytest.mark.parametrize(("tasks", "few"), [(8, True), (20, False)])
def test_few_tasks_and_several_metrics_are_remarked_on(tmp_path: Path, tasks: int, few: bool) -> None:
    notes = sides(tmp_path, problems(1.0, tasks=tasks), problems(0.5, tasks=tasks)).notes
    assert "the likelier that one differs by chance" in notes[-1]
    assert ("Few tasks (8): the intervals are rough, and likely too narrow." in notes) == few


def test_equal_runs_show_no_difference(tmp_path: Path) -> None:
    result = sides(tmp_path, problems(1.0), problems(1.0))
    assert all(d.words.startswith("no difference shown") for d in result.differences)


def test_two_models_of_one_run_also_compare_beyond(tmp_path: Path) -> None:
    both = [Problem(id=f"t{i}", entries=[Entry(model="x", et_s=0.2), Entry(model="y:z", et_s=0.05)]) for i in range(4)]
    run_of(tmp_path / "r", both)
    result = compare_sides(read_side(tmp_path, "r:x"), read_side(tmp_path, "r:y:z"))
    assert found(result)["et_ratio"] == (pytest.approx(0.25), 4)
    assert found(result)["beyond_difference"][0] == pytest.approx(1.0)


def test_one_common_task_gives_the_number_without_an_interval(tmp_path: Path) -> None:
    result = sides(tmp_path, problems(1.0, tasks=1), problems(2.0, tasks=3))
    ratio = next(d for d in result.differences if d.name == "et_ratio")
    assert ratio.estimate.value == pytest.approx(2.0)
    assert ratio.estimate.low is None
    assert ratio.words.startswith("not known")
    assert "Not counted: 2 tasks with samples of one side alone" in result.notes[0]


def test_times_on_other_loads_are_not_compared(tmp_path: Path) -> None:
    others = (*LOADS, TestCase(input="[7]", expected="7"))
    b = [Problem(id=p.id, entries=p.entries, loads=others) for p in problems(2.0)]
    result = sides(tmp_path, problems(1.0), b)
    assert "et_ratio" not in found(result)
    assert found(result)["pass_difference"][1] == 8
    assert any("--remeasure" in note for note in result.notes)


def test_tasks_of_one_id_with_another_prompt_do_not_count(tmp_path: Path) -> None:
    b = [*problems(1.0)[:7], Problem(id="t7", entries=[Entry(model="m", et_s=0.1)], prompt="Something else.")]
    result = sides(tmp_path, problems(1.0), b)
    assert result.attempted == 7
    assert any("prompt or checks differ" in note for note in result.notes)


def test_no_common_task_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no task in common"):
        sides(tmp_path, problems(1.0), [Problem(id="other", entries=[Entry(model="m", et_s=0.1)])])


def test_nothing_solved_by_both_compares_pass_alone_and_says_so(tmp_path: Path) -> None:
    result = sides(tmp_path, problems(1.0, failing=8), problems(1.0))
    assert "et_ratio" not in found(result)
    assert found(result)["pass_difference"][0] == pytest.approx(1.0)
    assert any("No time can be compared" in note for note in result.notes)


def test_two_machines_are_refused_unless_asked_for(tmp_path: Path) -> None:
    run_of(tmp_path / "a", problems(1.0))
    run_of(tmp_path / "b", problems(2.0), machine="m2")
    with pytest.raises(InputError, match=r"machine m1 .* on m2"):
        compare("a", "b", Options(tmp_path))
    compare("a", "b", Options(tmp_path, across_machines=True))
    result = compare_sides(read_side(tmp_path, "a"), read_side(tmp_path, "b"))
    assert found(result)["et_ratio"][0] == pytest.approx(2.0)
    assert any("Two machines" in note for note in result.notes)


def test_across_machines_nothing_absolute_is_compared(tmp_path: Path) -> None:
    def alone(seconds: float) -> list[Problem]:
        return [Problem(id="t", entries=[Entry(model="m", et_s=seconds)], reference_s=None)]

    run_of(tmp_path / "a", alone(0.1))
    run_of(tmp_path / "b", alone(0.2), machine="m2")
    result = compare_sides(read_side(tmp_path, "a"), read_side(tmp_path, "b"))
    assert "et_ratio" not in found(result)


def test_two_runs_raced_side_by_side_for_real(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slow = "def f(n):\n    for _ in range(20000):\n        pass\n    return n\n"
    for name, code in (("base", slow), ("tuned", slow.replace("20000", "2000"))):
        run_of(tmp_path / name, [Problem(id="t", entries=[Entry(model="m", code=code, et_s=0.1)])])
        (tmp_path / name / "run.toml").write_text("[run]\nworkers = 1\n[measure]\nlooks = [3]\nmemory = false\n")
    compare("base", "tuned", Options(tmp_path, remeasure=True, as_json=True))
    result = json.loads(capsys.readouterr().out)
    assert (result["a"], result["b"]) == ("compare-base-tuned:base/m", "compare-base-tuned:tuned/m")
    ratio = next(d for d in result["differences"] if d["name"] == "et_ratio")
    assert ratio["estimate"]["n"] == 1
    assert ratio["estimate"]["value"] < 0.5


def test_fail_if_holds_and_does_not(tmp_path: Path) -> None:
    run_of(tmp_path / "a", problems(1.0))
    run_of(tmp_path / "b", problems(1.2))
    compare("a", "b", Options(tmp_path, fail_if=("et_ratio>1.3", "pass_difference<0")))
    with pytest.raises(CheckFailed, match=r"et_ratio>1.05 holds: it is 1.20") as caught:
        compare("a", "b", Options(tmp_path, fail_if=("et_ratio>1.05",)))
    assert caught.value.exit_code == 5
    with pytest.raises(CheckFailed, match=r"et_ratio\.low"):
        compare("a", "b", Options(tmp_path, fail_if=("et_ratio.low>=1.1",)))


def test_a_check_that_cannot_be_made_does_not_pass(tmp_path: Path) -> None:
    run_of(tmp_path / "a", problems(1.0, failing=8))
    run_of(tmp_path / "b", problems(1.0))
    with pytest.raises(InputError, match="et_ratio is not known"):
        compare("a", "b", Options(tmp_path, fail_if=("et_ratio>1.05",)))


@pytest.mark.parametrize("text", ["et_ratio", "et_ratio=1", "et_ratio>x", "ratio>1", "et_ratio.mid>1"])
def test_unclear_conditions_are_usage_errors(text: str) -> None:
    with pytest.raises(UsageError, match="--fail-if"):
        parse_condition(text)


def test_a_run_of_several_models_wants_one_named(tmp_path: Path) -> None:
    run_of(tmp_path / "r", [Problem(id="t", entries=[Entry(model="x", et_s=0.1), Entry(model="y", et_s=0.1)])])
    with pytest.raises(UsageError, match="2 models; name one as r:MODEL"):
        read_side(tmp_path, "r")
    with pytest.raises(UsageError, match="no model 'z'"):
        read_side(tmp_path, "r:z")


def test_every_form_holds_the_same_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_of(tmp_path / "a", problems(1.0))
    run_of(tmp_path / "b", problems(2.0))
    compare("a", "b", Options(tmp_path, form="csv"))
    rows = {row["metric"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert rows["et_ratio"]["B against A"].startswith("2.00")
    compare("a", "b", Options(tmp_path, form="latex"))
    latex = capsys.readouterr().out
    assert r"et\_ratio" in latex
    assert latex.count(r"\\") == 6
    compare("a", "b", Options(tmp_path, form="markdown"))
    assert "| et_ratio |" in capsys.readouterr().out
    compare("a", "b", Options(tmp_path, as_json=True))
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "efficoder.comparison/1"
    assert document["differences"][1]["estimate"]["value"] == pytest.approx(2.0)
