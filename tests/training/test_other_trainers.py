"""What `export` writes trains one step elsewhere with no edit: in TRL's own trainers, and in LLaMA-Factory."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

import tiny
from efficoder.exports import FormatName, export
from efficoder.types import DatasetRecord, Origin

pytestmark = pytest.mark.filterwarnings("ignore")

ORIGIN = Origin(source="own", revision="r1", licence="MIT", url="https://example.org", line=7)
TRAINED = {"sft": "efficient", "dpo": "pairs_speed"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model_folder(tmp_path_factory.mktemp("tiny") / "model")


def exported(folder: Path, form: FormatName) -> Path:
    """Four rows an arm, as ``efficoder export`` writes them."""
    rows = []
    for n in range(4):
        facts: dict[str, Any] = {"task_id": f"t/{n}", "prompt": f"{tiny.QUESTION} {n}", "origin": ORIGIN}
        facts |= {"chosen": tiny.FAST, "chosen_id": f"c{n}"}
        rows.append(DatasetRecord(id=f"efficient/t/{n}", arm="efficient", kind="sft", **facts))
        slow = {"rejected": tiny.SLOW, "rejected_id": "w"}
        rows.append(DatasetRecord(id=f"pairs_speed/t/{n}/w", arm="pairs_speed", kind="pair", **slow, **facts))
    export(folder, form, rows, lambda task_id: pytest.fail(f"tests of {task_id} in rows without any"))
    return folder


def changed(before: Path, after: Path) -> bool:
    """Whether a step moved any weight."""
    old, new = (load_file(folder / "model.safetensors") for folder in (before, after))
    return any(not old[name].equal(new[name]) for name in old)


@pytest.mark.parametrize("method", TRAINED)
def test_trl(method: str, model: Path, tmp_path: Path) -> None:
    import trl
    from datasets import load_dataset

    data = exported(tmp_path / "data", "trl")
    rows = load_dataset("json", data_files=str(data / f"{TRAINED[method]}.jsonl"), cache_dir=str(tmp_path / "cache"))
    settings = {"output_dir": str(tmp_path / "out"), "max_steps": 1, "use_cpu": True, "report_to": "none"}
    config, trainer = (getattr(trl, f"{method.upper()}{part}") for part in ("Config", "Trainer"))
    made = trainer(str(model), args=config(**settings, bf16=False), train_dataset=rows["train"])
    made.train()
    made.save_model()
    assert changed(model, tmp_path / "out")


@pytest.fixture(scope="module")
def llamafactory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LLaMA-Factory's command, in an environment of its own: it pins other versions than ours of what we share.

    It imports torchaudio and torchvision, whose wheels want CUDA's libraries: a CPU build of torch has none.
    """
    home = tmp_path_factory.mktemp("llamafactory")
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    pip = [home / "bin" / "pip", "install", "--quiet"]
    subprocess.run([*pip, "torch==2.12.1", "llamafactory==0.9.5"], check=True)
    return home / "bin" / "llamafactory-cli"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("method", TRAINED)
def test_llamafactory(method: str, model: Path, llamafactory: Path, tmp_path: Path) -> None:
    settings = {
        "model_name_or_path": str(model),
        "stage": method,
        "do_train": True,
        "finetuning_type": "full",
        "dataset_dir": str(exported(tmp_path / "data", "llamafactory")),
        "dataset": TRAINED[method],
        "template": "chatml",
        "output_dir": str(tmp_path / "out"),
        "max_steps": 1,
        "use_cpu": True,
        "report_to": "none",
    }
    (tmp_path / "step.yaml").write_text(json.dumps(settings))
    ran = subprocess.run([llamafactory, "train", tmp_path / "step.yaml"], capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert changed(model, tmp_path / "out")
