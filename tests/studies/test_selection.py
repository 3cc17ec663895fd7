"""``efficoder study selection``: a run's arms to an answer, for real with a tiny model; and what is refused."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tiny
from efficoder.cli.main import app
from efficoder.config import load
from efficoder.errors import InputError, UsageError
from efficoder.pipeline.work import Scope
from efficoder.stages import run
from efficoder.studies.arm_training import BASE
from efficoder.studies.conclusion import StudyResult
from efficoder.studies.selection import StudySpec, study_selection

pytestmark = pytest.mark.filterwarnings("ignore")

LOOP = "def total(n):\n    s = 0\n    for i in range(n + 1):\n        s += i\n    return s\n"
FORMULA = "def total(n):\n    return n * (n + 1) // 2\n"
WHILE = "def total(n):\n    s = 0\n    while n:\n        s += n\n        n -= 1\n    return s\n"
SLOW = LOOP.replace("s += i", "s += i + 0 * i * i * i")
TESTS = [{"input": [1], "expected": 1}, {"input": [10], "expected": 55}, {"input": [20000], "expected": 200010000}]
LOGS = "A stack of logs has one more in each row than in the row above; how many are there?"


def lines(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def task(name: str, prompt: str, reference: str = LOOP) -> dict[str, Any]:
    return {"id": name, "prompt": prompt, "entry_point": "total", "tests": TESTS, "reference": reference}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run ``r`` of one task: its first right answer is slower than the reference, its second much faster."""
    folder = tmp_path_factory.mktemp("study")
    tasks = lines(folder / "train.jsonl", [task("t", "Sum 1..n.")])
    answers = [{"task_id": "t", "solution": code, "model": "m"} for code in (SLOW, FORMULA)]
    sets = [
        f'collect.sources=["jsonl:{tasks}"]',
        f'generate.models=["replay/{lines(folder / "s.jsonl", answers)}"]',
        "write_tests.target_s=0.005",
        "measure.min_body_s=0.002",
        "measure.memory=false",
        "run.workers=1",
    ]
    steps = Scope(("collect", "generate", "write_tests", "check", "measure", "select", "build"))
    run.run(folder / "runs" / "r", load(None, sets), steps)
    return folder / "runs"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"train.model={tiny.model_folder(tmp_path_factory.mktemp('tiny') / 'model')}"


def spec(runs: Path, *, arms: Sequence[str] = (), seeds: str = "0") -> StudySpec:
    held = runs.parent / "held.jsonl"
    return StudySpec(str(lines(held, [task("h", LOGS, WHILE), task("other", "Sum 1..n.")])), arms, seeds)


def ask(runs: Path, wanted: StudySpec, *sets: str, as_json: bool = False) -> None:
    study_selection(runs, "r", wanted, sets, "text", as_json=as_json)


def test_arms_to_an_answer_for_real(
    runs: Path, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    small = ("train.max_steps=1", "train.max_tokens=1024", "train.gguf=false", "generate.max_tokens=8")
    quick = ("write_tests.mutate=false", "measure.min_body_s=0.002", "measure.memory=false", "run.workers=1")
    wanted = spec(runs, arms=("efficient", "reference"))
    ask(runs, dataclasses.replace(wanted, answers_only=True), model, *small, *quick)
    said = capsys.readouterr()
    assert "the same command without --answers-only scores them" in said.err
    assert "write_tests" not in said.err
    ask(runs, wanted, model, *small, *quick, as_json=True)
    result = msgspec.json.decode(capsys.readouterr().out, type=StudyResult)
    assert [(arm.arm, arm.rows) for arm in result.arms] == [(BASE, 0), ("efficient", 1), ("reference", 1)]
    assert result.tasks == 1
    data = {arm.arm: arm.data_ratio.value for arm in result.arms if arm.data_ratio}
    assert data["efficient"] < data["reference"] == 1.0
    assert result.words.startswith("Cannot be told")
    sets = [part for value in (model, *small, *quick) for part in ("--set", value)]
    options = ["--tasks", wanted.tasks, "--arms", "efficient,reference", "--seeds", "0", "--runs", str(runs)]
    app(["study", "selection", "r", *options, *sets], standalone_mode=False)
    said = capsys.readouterr()
    assert "step 1" not in said.err
    assert "answering" not in said.err
    assert "1 of 2 tasks" in said.out
    assert "1 that overlap a training task" in said.out
    assert "efficient against reference: pass@1" in said.out
    assert said.out.rstrip().endswith(result.words)
    studies = runs / "r" / "studies"
    assert len(list(studies.glob("sft-held-*"))) == 1
    arm = runs / "r" / "dataset" / "reference.jsonl"
    arm.write_text(arm.read_text().replace("range", "reversed(range") + "\n")
    ask(runs, dataclasses.replace(wanted, answers_only=True), model, *small, *quick)
    assert len(list(studies.glob("sft-held-*"))) == 2  # answers of models trained on other rows are not used


def test_a_study_needs_a_model_and_arms_that_are_there(runs: Path, model: str) -> None:
    with pytest.raises(UsageError, match="no model to train"):
        ask(runs, spec(runs))
    with pytest.raises(InputError, match=r"no such arm; there are: .*efficient"):
        ask(runs, spec(runs, arms=("efficient", "fastest")), model)
    with pytest.raises(
        InputError, match="needs two of the arms pairs_speed, pairs_correct, pairs_mixed, the run has pairs_speed"
    ):
        ask(runs, spec(runs), model, "train.method=dpo")


def test_grpo_has_no_arms_to_compare(runs: Path, model: str) -> None:
    options = ["--tasks", spec(runs).tasks, "--method", "grpo", "--set", model, "--runs", str(runs)]
    with pytest.raises(UsageError, match="grpo learns from its own answers"):
        app(["study", "selection", "r", *options], standalone_mode=False)


def test_unusable_seeds_and_held_out_tasks_are_refused(runs: Path, model: str) -> None:
    with pytest.raises(UsageError, match="--seeds a,b"):
        ask(runs, spec(runs, seeds="a,b"), model)
    with pytest.raises(UsageError, match="not FORMAT:PATH"):
        ask(runs, StudySpec("humaneval++:x", (), "0"), model)
    with pytest.raises(InputError, match=r"gone\.jsonl: "):
        ask(runs, StudySpec("gone.jsonl", (), "0"), model)


def test_a_model_that_is_not_there_is_refused_before_tests_are_made(runs: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        ask(runs, spec(runs), f"train.model={tmp_path / 'none'}", "train.epochs=9")
