"""``efficoder export --format evalplus``: the file of one model, and of no reference."""

import json
from pathlib import Path

import msgspec
import pytest

from efficoder.cli.export import export_run
from efficoder.errors import InputError, UsageError
from efficoder.store import Store
from efficoder.types import REFERENCE, Candidate, DatasetRecord, Origin, Sample


def a_run(folder: Path, *models: str) -> None:
    with Store(folder / "r", write=True) as store:
        for model in models:
            store.put([Candidate(id=f"c-{model}", task_id="t", code=f"# {model}\n")])
            store.put([Sample(id=f"s-{model}", task_id="t", model=model, index=0, reply="", candidate_id=f"c-{model}")])


def solutions(path: Path) -> list[str]:
    return [json.loads(line)["solution"] for line in path.read_text().splitlines()]


def test_the_samples_of_the_only_model_are_written(tmp_path: Path) -> None:
    a_run(tmp_path, REFERENCE, "a")
    export_run(tmp_path, "r", tmp_path / "s.jsonl", "evalplus", check=False)
    assert solutions(tmp_path / "s.jsonl") == ["# a\n"]


def test_of_several_models_one_is_named(tmp_path: Path) -> None:
    a_run(tmp_path, REFERENCE, "a", "b")
    with pytest.raises(UsageError, match="name one with --model: a, b"):
        export_run(tmp_path, "r", tmp_path / "s.jsonl", "evalplus", check=False)
    assert not (tmp_path / "s.jsonl").exists()
    export_run(tmp_path, "r", tmp_path / "s.jsonl", "evalplus", "b", check=False)
    assert solutions(tmp_path / "s.jsonl") == ["# b\n"]
    with pytest.raises(UsageError, match="no samples of it"):
        export_run(tmp_path, "r", tmp_path / "s.jsonl", "evalplus", REFERENCE, check=False)


def test_a_run_with_nothing_but_references_has_nothing_to_export(tmp_path: Path) -> None:
    a_run(tmp_path, REFERENCE)
    with pytest.raises(InputError, match="no samples of a model"):
        export_run(tmp_path, "r", tmp_path / "s.jsonl", "evalplus", check=False)


def test_one_arm_alone_is_exported_on_request(tmp_path: Path) -> None:
    a_run(tmp_path, "a")
    with Store(tmp_path / "r", write=True) as store:
        row = DatasetRecord(id="", task_id="t", arm="", kind="sft", prompt="P", chosen="C", origin=Origin(source="s"))
        store.put([msgspec.structs.replace(row, id=arm, arm=arm) for arm in ("efficient", "first_correct")])
    export_run(tmp_path, "r", tmp_path / "d", "axolotl", arm="efficient", check=False)
    assert [path.name for path in (tmp_path / "d").glob("*.jsonl") if path.stem != "provenance"] == ["efficient.jsonl"]
    with pytest.raises(UsageError, match="did you mean 'efficient'"):
        export_run(tmp_path, "r", tmp_path / "d2", "trl", arm="eficient", check=False)
