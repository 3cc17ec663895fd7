import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from efficoder import sources
from efficoder.errors import InputError, UsageError
from efficoder.sources.files import origin_of, read_rows
from efficoder.types import Origin

_TASK: dict[str, Any] = {"id": "a", "prompt": "p", "entry_point": "f", "tests": [{"input": [1], "expected": 1}]}


def _write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _read(path: Path, form: str = "jsonl") -> list[sources.SourceRow]:
    return list(sources.read(f"{form}:{path}"))


def test_every_container_gives_the_same_rows(tmp_path: Path) -> None:
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    (tmp_path / "r.json").write_text(json.dumps(rows))
    _write(tmp_path / "r.jsonl", *rows)
    for name in ("r.json", "r.jsonl"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "r.parquet")
    for name in ("r.json", "r.json.gz", "r.jsonl", "r.jsonl.gz", "r.parquet"):
        found = list(read_rows(tmp_path / name, "set"))
        assert [row.fields for row in found] == rows
        assert [row.line for row in found] == [1, 2]


def test_csv_rows_keep_newlines_in_fields(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text('a,b\n1,"two\nlines"\n')
    (row,) = read_rows(tmp_path / "r.csv", "set")
    assert row.fields == {"a": "1", "b": "two\nlines"}


def test_lines_stream(tmp_path: Path) -> None:
    path = _write(tmp_path / "r.jsonl", _TASK)
    with path.open("a") as file:
        file.write("not JSON\n")
    rows = sources.read(str(path))
    assert next(rows).task.id == "a"
    with pytest.raises(InputError, match=r"r\.jsonl:2: not JSON"):
        next(rows)


def test_a_truncated_gzip_names_file_and_line(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(json.dumps(_TASK | {"id": str(i)}).encode() + b"\n" for i in range(2000)))
    (tmp_path / "r.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"r\.jsonl\.gz:\d+: not a whole gzip file"):
        _read(tmp_path / "r.jsonl.gz")


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz"])
@pytest.mark.parametrize("packed", [True, False])
def test_the_bytes_say_whether_a_file_is_gzip(tmp_path: Path, name: str, packed: bool) -> None:
    text = json.dumps(_TASK).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if packed else text)
    assert len(_read(tmp_path / name)) == 1


@pytest.mark.parametrize("field", ["id", "prompt", "reference", "header"])
def test_half_a_character_is_named_with_its_line(tmp_path: Path, field: str) -> None:
    path = _write(tmp_path / "r.jsonl", _TASK, _TASK | {"id": "2", field: "# \ud83d"})
    with pytest.raises(InputError, match=r"r\.jsonl:2: .*half a character"):
        _read(path)


def test_bytes_that_are_not_utf8_name_the_line(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_bytes(json.dumps(_TASK).encode() + b'\n{"id": "\xff"}\n')
    with pytest.raises(InputError, match=r"r\.jsonl:2: not UTF-8 \(byte 0xff"):
        _read(tmp_path / "r.jsonl")


def test_a_missing_column_names_set_and_column(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r":1: humanevalplus: column 'prompt' is missing"):
        _read(_write(tmp_path / "r.jsonl", {"task_id": "x"}), "humanevalplus")


def test_a_column_of_another_type_names_set_and_column(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="humaneval: column 'prompt' is int, not text"):
        _read(_write(tmp_path / "r.jsonl", {"task_id": "x", "prompt": 1}), "humaneval")


def test_a_repeated_id_names_both_lines(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r":3: the task id 'a' is there twice, first in line 1"):
        _read(_write(tmp_path / "r.jsonl", _TASK, _TASK | {"id": "b"}, _TASK))


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.jsonl").write_text(text)
    with pytest.raises(InputError, match="no tasks"):
        _read(tmp_path / "r.jsonl")


def test_a_row_that_is_no_object_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=":1: jsonl: a row is list"):
        _read(_write(tmp_path / "r.jsonl", [1]))


@pytest.mark.parametrize("name", ["none.jsonl", "none.parquet", "none.csv", "folder.jsonl"])
def test_an_unreadable_path_is_an_input_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(InputError, match=name):
        list(read_rows(tmp_path / name, "set"))


def test_a_broken_parquet_file_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "r.parquet").write_bytes(b"PAR1 no PAR1")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        _read(tmp_path / "r.parquet")


def test_a_json_object_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("{}")
    with pytest.raises(InputError, match="not a JSON array"):
        _read(tmp_path / "r.json")


def test_specs_are_checked_before_reading() -> None:
    with pytest.raises(UsageError, match="did you mean 'humanevalplus'"):
        sources.read("humanevalpluss:a.jsonl")
    with pytest.raises(UsageError, match="known: bigcodebench"):
        sources.read("zzzz:a.jsonl")
    with pytest.raises(UsageError):
        sources.read("tasks.txt")
    with pytest.raises(UsageError):
        sources.read("jsonl:")


def test_a_bare_path_is_the_generic_schema() -> None:
    assert sources.parse_spec("a/b.jsonl") == ("jsonl", Path("a/b.jsonl"))
    assert sources.parse_spec("b.jsonl.gz") == ("jsonl", Path("b.jsonl.gz"))
    assert sources.parse_spec("b.parquet") == ("jsonl", Path("b.parquet"))
    assert sources.parse_spec("mbpp:x:y.jsonl") == ("mbpp", Path("x:y.jsonl"))


def test_a_note_beside_the_file_gives_origin(tmp_path: Path) -> None:
    (tmp_path / "SOURCE.txt").write_text("source: ours\ncommit: abc\nlicence: CC0-1.0\nnotes: none\n")
    (tmp_path / "inner").mkdir()
    path = _write(tmp_path / "inner" / "r.jsonl", _TASK)
    (row,) = _read(path)
    assert row.task.origin == Origin(source="ours", revision="abc", licence="CC0-1.0", line=1)
    default = Origin(source="set", licence="MIT", url="https://example.org")
    found = origin_of(path, default)
    assert (found.source, found.licence, found.url) == ("set", "CC0-1.0", "https://example.org")


@pytest.mark.usefixtures("usual_depth")
def test_values_nested_too_deeply_name_the_file(tmp_path: Path) -> None:
    row = {
        "task_id": "HumanEval/0",
        "prompt": "def f(x):\n",
        "canonical_solution": "    return x\n",
        "entry_point": "f",
        "base_input": [[1]],
        "plus_input": [],
        "atol": 0,
    }
    deep = json.dumps(row | {"task_id": "HumanEval/1"}).replace("[[1]]", "[" * 450 + "]" * 450)
    path = tmp_path / "h.jsonl"
    path.write_text(f"{json.dumps(row)}\n{deep}\n")
    with pytest.raises(InputError, match=r"h\.jsonl: a value is nested too deeply, in the row after 'HumanEval/0'"):
        list(sources.read(f"humanevalplus:{path}"))
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match=r"h\.jsonl:1: not JSON: a value is nested too deeply"):
        list(sources.read(f"humanevalplus:{path}"))


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "a", "prompt": "p", "entry_point": "f"}\n')
    assert [row.task.id for row in sources.read(str(path))] == ["a"]


MARKED = {
    "t.jsonl": '{"a": "1"}\n{"a": "2"}\n',
    "t.json": '[{"a": "1"}, {"a": "2"}]',
    "t.csv": "a,b\n1,x\n2,y\n",
    "q.csv": '"a","b"\n"1","x"\n"2","y"\n',
}


@pytest.mark.parametrize("name", MARKED)
@pytest.mark.parametrize("packed", [False, True])
def test_a_byte_order_mark_is_no_part_of_a_file_of_any_form(name: str, packed: bool, tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + MARKED[name].encode()
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(content) if packed else content)
    assert [row.text("a") for row in read_rows(path, "t")] == ["1", "2"]
