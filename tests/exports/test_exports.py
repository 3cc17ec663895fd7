import json
import re
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from efficoder.errors import InputError, UsageError
from efficoder.exports import (
    FORMATS,
    Exported,
    FormatName,
    Grading,
    check_export,
    export,
    files,
    read_tests,
    write_evalplus,
)
from efficoder.types import (
    Candidate,
    DatasetRecord,
    Function,
    Origin,
    Ratio,
    Sample,
    Task,
    TaskTests,
    TestCase,
)

ORIGIN = Origin(source="own", revision="r1", licence="MIT", url="https://example.org", line=7)
WANTED = {
    "sft": {"messages"},
    "completion": {"prompt", "completion"},
    "pair": {"prompt", "chosen", "rejected", "chosen_exponent", "rejected_exponent"},
    "prompt": {"prompt", "tests"},
}


def lookup(task_id: str) -> Grading:
    task = Task(id=task_id, prompt="p", interface=Function(entry_point="f"), origin=ORIGIN)
    return Grading(task, TaskTests(task_id=task_id, checks=(TestCase(input='["ß"]', expected="2"),)))


def records(count: int = 3) -> list[DatasetRecord]:
    rows: list[DatasetRecord] = []
    for i in range(count):
        facts: dict[str, Any] = {"task_id": f"t/{i}", "prompt": f"Write f{i} – \u2028 \x00 ü", "origin": ORIGIN}
        gain = Ratio(value=2.0, low=1.8, high=2.2, rounds=7) if i else None
        for arm in ("efficient", "first_correct"):
            rows.append(
                DatasetRecord(
                    id=f"{arm}/t/{i}",
                    arm=arm,
                    kind="sft",
                    chosen=f"```python\n{i}\n```",
                    chosen_id=f"c{i}",
                    gain=gain,
                    chosen_models=("m/a", "m/b"),
                    **facts,
                )
            )
        rows.append(
            DatasetRecord(
                id=f"pairs_speed/t/{i}/w",
                arm="pairs_speed",
                kind="pair",
                chosen="good",
                rejected="bad",
                chosen_id=f"c{i}",
                rejected_id="w",
                **facts,
            )
        )
        rows.append(DatasetRecord(id=f"prompts/t/{i}", arm="prompts", kind="prompt", **facts))
    return rows


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def test_trl_files_hold_exactly_the_columns_wanted(tmp_path: Path) -> None:
    export(tmp_path / "d", "trl", records(), lookup)
    for stem, kind in (
        ("efficient", "sft"),
        ("efficient-completion", "completion"),
        ("pairs_speed", "pair"),
        ("prompts", "prompt"),
    ):
        rows = lines(tmp_path / "d" / f"{stem}.jsonl")
        assert [set(row) for row in rows] == [WANTED[kind]] * 3
        assert pq.read_table(tmp_path / "d" / f"{stem}.parquet").to_pylist() == rows
    assert lines(tmp_path / "d" / "efficient.jsonl")[1]["messages"] == [
        {"role": "user", "content": "Write f1 – \u2028 \x00 ü"},
        {"role": "assistant", "content": "```python\n1\n```"},
    ]


def test_tests_come_back_as_records(tmp_path: Path) -> None:
    export(tmp_path / "d", "trl", records(), lookup)
    assert read_tests(lines(tmp_path / "d" / "prompts.jsonl")[2]["tests"]) == lookup("t/2")


def test_provenance_joins_by_id_and_by_place(tmp_path: Path) -> None:
    rows = records()
    export(tmp_path / "d", "trl", rows, lookup)
    provenance = lines(tmp_path / "d" / "provenance.jsonl")
    assert [row["id"] for row in provenance] == [record.id for record in rows]
    assert pq.read_table(tmp_path / "d" / "provenance.parquet").to_pylist() == provenance
    second = next(row for row in provenance if row["id"] == "efficient/t/1")
    assert (second["arm"], second["row"], second["licence"], second["line"]) == ("efficient", 1, "MIT", 7)
    assert (second["gain"], second["gain_low"], second["chosen_models"]) == (2.0, 1.8, ["m/a", "m/b"])
    assert provenance[0]["gain"] is None


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_loads_with_the_datasets_library(name: FormatName, tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    files = export(tmp_path / "d", name, records(), lookup)
    checked = {one.name: one for one in check_export(tmp_path / "d")}
    assert {file.name for file in files} | {"provenance.jsonl", "provenance.parquet"} == checked.keys()
    assert all(one.loader == "datasets" and one.rows == 3 for n, one in checked.items() if "provenance" not in n)


def test_check_works_without_the_datasets_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(tmp_path / "d", "trl", records(), lookup)
    monkeypatch.setitem(sys.modules, "datasets", None)
    assert {one.loader for one in check_export(tmp_path / "d")} == {"pyarrow"}


def test_llamafactory_registry_names_every_file_and_its_columns(tmp_path: Path) -> None:
    export(tmp_path / "d", "llamafactory", records(), lookup)
    registry = json.loads((tmp_path / "d" / "dataset_info.json").read_text())
    assert registry.keys() == {"efficient", "first_correct", "pairs_speed"}
    for entry in registry.values():
        row = lines(tmp_path / "d" / entry["file_name"])[0]
        assert set(entry["columns"].values()) == row.keys()
    assert registry["pairs_speed"]["ranking"] is True
    row = lines(tmp_path / "d" / "pairs_speed.jsonl")[0]
    assert row["chosen"] == {"from": "gpt", "value": "good"}
    assert row["conversations"][0]["from"] == "human"


def test_axolotl_snippet_names_the_files_and_fields(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    export(tmp_path / "d", "axolotl", records(), lookup)
    text = (tmp_path / "d" / "axolotl.yaml").read_text()
    assert yaml.safe_load(text)["datasets"][0]["path"] == "efficient.jsonl"  # the file serves as it is
    blocks = [re.sub(r"^# ", "", b, flags=re.M) for b in re.split(r"# --- .*\n", text)[1:]]
    configs = [yaml.safe_load(block) for block in blocks]
    assert [c["datasets"][0]["path"] for c in configs] == [
        "efficient.jsonl",
        "first_correct.jsonl",
        "pairs_speed.jsonl",
    ]
    assert configs[2]["rl"] == "dpo"
    assert configs[2]["datasets"][0]["field_rejected"] == "rejected"


def test_verl_rows_carry_the_tests_as_ground_truth(tmp_path: Path) -> None:
    files = export(tmp_path / "d", "verl", records(), lookup)
    assert files == [Exported("prompts.parquet", "prompts", "prompt", 3)]
    row = pq.read_table(tmp_path / "d" / "prompts.parquet").to_pylist()[1]
    assert (row["data_source"], row["ability"], row["extra_info"]["index"]) == ("own", "code", 1)
    assert read_tests(row["reward_model"]["ground_truth"]) == lookup("t/1")


def test_many_rows_are_written_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_BATCH_ROWS", 10)
    export(tmp_path / "d", "trl", (record for record in records(35)), lookup)
    assert pq.ParquetFile(tmp_path / "d" / "efficient.parquet").num_row_groups == 4
    assert [row["row"] for row in lines(tmp_path / "d" / "provenance.jsonl") if row["arm"] == "prompts"] == [*range(35)]


def test_an_export_that_fails_leaves_the_earlier_one_whole(tmp_path: Path) -> None:
    export(tmp_path / "d", "trl", records(), lookup)
    before = {p.name: p.read_bytes() for p in (tmp_path / "d").iterdir()}

    def broken(task_id: str) -> Grading:
        raise InputError("lost")

    with pytest.raises(InputError, match="lost"):
        export(tmp_path / "d", "trl", records(9), broken)
    assert {p.name: p.read_bytes() for p in (tmp_path / "d").iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["d"]


def test_a_second_export_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    export(tmp_path / "d", "trl", records(), lookup, card=lambda files: "card")
    export(tmp_path / "d", "trl", records()[:1], lookup, card=lambda files: f"{len(files)} files")
    assert not (tmp_path / "d" / "pairs_speed.jsonl").exists()
    assert (tmp_path / "d" / "README.md").read_text() == "4 files"


def test_a_folder_of_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="name a new folder"):
        export(tmp_path, "trl", records(), lookup)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_nothing_to_export_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row"):
        export(tmp_path / "d", "verl", records()[:1], lookup)
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": "x"}, "columns text fit no trainer's format"),
        ({"messages": [{"role": "user", "content": 3}]}, r"row 1: .*\$.messages"),
        ({"prompt": "plain", "chosen": "a", "rejected": "b"}, r"row 1: .*\$.prompt"),
    ],
)
def test_check_says_what_is_wrong_with_a_file(row: dict[str, Any], message: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(json.dumps(row) + "\n")
    with pytest.raises(InputError, match=message):
        check_export(file)


@pytest.mark.parametrize("name", ["bad.jsonl", "bad.parquet"])
def test_check_refuses_what_does_not_load(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\x00not data")
    with pytest.raises(InputError, match="does not load"):
        check_export(tmp_path)
    with pytest.raises(InputError, match="no data file"):
        check_export(tmp_path / "missing")


def test_evalplus_samples_keep_one_line_a_sample(tmp_path: Path) -> None:
    samples = [
        Sample(id=str(i), task_id="HumanEval/0", model="m", index=i, reply="", candidate_id=c)
        for i, c in enumerate(["a", None, "a"])
    ]
    candidate = Candidate(id="a", task_id="HumanEval/0", code="def f(): ...")
    others = [
        Sample(id="r", task_id="HumanEval/0", model="reference", index=0, reply="", candidate_id="a"),
        Sample(id="o", task_id="HumanEval/0", model="other", index=0, reply="", candidate_id="a"),
        Sample(id="w", task_id="HumanEval/0", model="m", index=0, reply="", candidate_id="a", parent_id="0"),
    ]
    assert write_evalplus(tmp_path / "samples.jsonl", [*others, *samples], "m", lambda _: candidate) == 3
    assert lines(tmp_path / "samples.jsonl") == [
        {"task_id": "HumanEval/0", "solution": "def f(): ..."},
        {"task_id": "HumanEval/0", "solution": ""},
        {"task_id": "HumanEval/0", "solution": "def f(): ..."},
    ]
    assert check_export(tmp_path / "samples.jsonl")[0].shape == "EvalPlusRow"
