"""`efficoder train` on a run's folder."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import tiny
from efficoder import wire
from efficoder.cli.main import app
from efficoder.cli.train import train_run
from efficoder.config import overrides
from efficoder.errors import PrerequisiteError
from efficoder.store import Store
from efficoder.types import DatasetRecord, Function, Origin, Parameter, Task, TaskTests, TestCase

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_config_file_goes_over_the_runs_and_set_over_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "first"
    with Store(run, write=True):
        (run / "run.toml").write_text("[train]\nglobal_batch = 2\nlora_rank = 4\n")
    (run / "dataset").mkdir()
    tiny.write(run / "dataset" / "efficient.jsonl", tiny.sft_rows(4))
    model = tiny.model_folder(tmp_path / "model")
    sets = [*overrides(EXAMPLES / "small.toml", "train"), f"train.model={model}", "train.max_steps=1"]
    train_run(tmp_path, "first", None, sets, as_json=True)
    result = json.loads(capsys.readouterr().out)
    assert result["rows"] == 4
    config = json.loads((run / "models" / "sft-efficient" / "run.json").read_text())["config"]
    assert (config["global_batch"], config["lora_rank"]) == (8, 4)


def run_with_tasks(run: Path, tasks: int) -> None:
    """A run whose dataset is ``efficient``, one row a task, with the checks of each task in the store."""
    rows = tiny.sft_rows(tasks)
    with Store(run, write=True) as store:
        (run / "run.toml").write_text("")
        for number, row in enumerate(rows):
            prompt, answer = (message["content"] for message in row["messages"])
            task_id, origin = f"t/{number}", Origin(source="test")
            task = Task(
                id=task_id,
                prompt=prompt,
                interface=Function(entry_point="double", parameters=(Parameter(name="x"),)),
                origin=origin,
                reference="def double(x):\n    return 2 * x\n",
            )
            check = TestCase(input=wire.encode([number]), expected=f"{2 * number}")
            record = DatasetRecord(
                id=task_id, task_id=task_id, arm="efficient", kind="sft", prompt=prompt, chosen=answer, origin=origin
            )
            store.put([task, TaskTests(task_id=task_id, checks=(check,)), record])
    (run / "dataset").mkdir()
    tiny.write(run / "dataset" / "efficient.jsonl", rows)


def test_the_last_line_says_whether_the_model_got_better(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("efficoder.training.guard.SPARE_TOKENS", 16)  # a random model never stops
    run_with_tasks(tmp_path / "first", 80)
    model = tiny.model_folder(tmp_path / "model")
    sets = [f"train.model={model}", "train.adapter=full", "train.learning_rate=5e-3", "train.epochs=6.0"]
    sets += ["train.global_batch=8", "train.schedule=constant"]
    try:
        train_run(tmp_path, "first", None, sets, as_json=False)
    except PrerequisiteError as reason:
        pytest.skip(str(reason))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "guard: 0 of 16 held-back training tasks solved"
    assert sum(line.endswith("held-back training tasks solved") for line in lines) == 5
    assert lines[-1].startswith("guard: on 16 held-back training tasks pass@1 0.00 before, 1.00 after")
    assert lines[-1].endswith("a change of 1.00 [1.00, 1.00]: the model got better")


def test_without_the_guard_every_row_is_trained_on(tmp_path: Path) -> None:
    run_with_tasks(tmp_path / "first", 80)
    model = tiny.model_folder(tmp_path / "model")
    asked = ["train", "first", "--runs", str(tmp_path), "--no-guard", "--json"]
    ran = CliRunner().invoke(app, [*asked, "--set", f"train.model={model}", "--set", "train.max_steps=1"])
    assert ran.exit_code == 0, ran.output
    result = json.loads(ran.stdout)
    assert (result["rows"], result["guard"], result["config"]["guard"]) == (80, None, False)
    assert "guard:" not in ran.stderr


def test_a_small_arm_is_said_to_be_too_small_for_the_guard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_with_tasks(tmp_path / "first", 8)
    model = tiny.model_folder(tmp_path / "model")
    train_run(tmp_path, "first", None, [f"train.model={model}", "train.max_steps=1"], as_json=False)
    assert capsys.readouterr().err.splitlines()[-1] == (
        "guard: it cannot be told whether the model got better or worse: 80 training tasks with checks are needed, "
        "8 are here"
    )
