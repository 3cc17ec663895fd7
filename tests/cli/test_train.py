"""`efficoder train` on a run's folder."""

import json
from pathlib import Path

import pytest

import tiny
from efficoder.cli.train import train_run
from efficoder.config import overrides
from efficoder.store import Store

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
