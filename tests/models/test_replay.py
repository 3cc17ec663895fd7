"""Recorded samples: every file that people have is read, or refused by file and line."""

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from efficoder.errors import InputError
from efficoder.languages.replies import MAX_REPLY
from efficoder.models.replay import Recorded, read


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_row_is_read_as_it_is(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        {"task_id": "HumanEval/0", "model": "m", "sample": 3, "solution": "x", "source": "s", "license": "MIT"},
    )
    expected = Recorded(line=1, task_id="HumanEval/0", model="m", index=3, reply="x", source="s", licence="MIT")
    assert list(read(path)) == [expected]


def test_completion_and_solution_both_serve_and_the_rest_is_optional(tmp_path: Path) -> None:
    rows = [{"task_id": 7, "completion": "a"}, {"task_id": 7, "solution": "b", "completion": "c", "extra": [1]}]
    read_back = list(read(write(tmp_path / "gpt.jsonl", *rows)))
    assert [(r.task_id, r.model, r.index, r.reply) for r in read_back] == [("7", "gpt", 0, "a"), ("7", "gpt", 1, "b")]


def test_indices_are_counted_by_task_and_model(tmp_path: Path) -> None:
    names = [("a", "m"), ("b", "m"), ("a", "m"), ("a", "n"), ("a", "m")]
    path = write(tmp_path / "x.jsonl", *({"task_id": t, "model": m, "solution": "same"} for t, m in names))
    assert [r.index for r in read(path)] == [0, 0, 1, 0, 2]


def test_one_index_in_two_languages_is_two_samples(tmp_path: Path) -> None:
    rows = [{"task_id": "a", "sample": 0, "language": each, "solution": "x"} for each in ("cpp", "java", "cpp")]
    read_back = list(read(write(tmp_path / "x.jsonl", *rows)))
    assert [(r.language, r.index) for r in read_back] == [("cpp", 0), ("java", 0), ("cpp", 0)]
    assert [bool(r.note) for r in read_back] == [False, False, True]


def test_an_identical_duplicate_keeps_its_name_and_says_so(tmp_path: Path) -> None:
    row = {"task_id": "a", "sample": 0, "solution": "x"}
    first, second = read(write(tmp_path / "x.jsonl", row, row))
    assert (first.index, first.note) == (0, "")
    assert (second.index, second.note) == (0, "line 2 repeats line 1; counted once")


def test_a_conflicting_duplicate_gets_the_next_free_index_and_says_so(tmp_path: Path) -> None:
    rows = [{"task_id": "a", "sample": k, "solution": s} for k, s in [(0, "x"), (1, "y"), (0, "z"), (2, "w")]]
    read_back = list(read(write(tmp_path / "x.jsonl", *rows)))
    assert [r.index for r in read_back] == [0, 1, 2, 3]
    assert read_back[2].note == "line 3 has the sample index 0 of line 1 and another reply; kept as sample 2"


def test_gzip_is_told_by_content_and_blank_lines_and_a_byte_order_mark_are_skipped(tmp_path: Path) -> None:
    text = '\ufeff{"task_id": "a", "solution": "x"}\n\n{"task_id": "a", "solution": "y"}'
    (tmp_path / "a.jsonl").write_bytes(gzip.compress(text.encode()))
    assert [(r.line, r.reply) for r in read(tmp_path / "a.jsonl")] == [(1, "x"), (3, "y")]


BROKEN = {
    b'{"task_id": "a", "solu': r"x\.jsonl:2: not JSON: .*was it cut off",
    b'{"task_id": "a"}\n': r"x\.jsonl:2: neither 'solution' nor 'completion'",
    b'{"task_id": "a", "solution": null}\n': "neither 'solution' nor 'completion'",
    b'{"solution": "x"}\n': r"x\.jsonl:2: .*`task_id`",
    b'{"task_id": "a", "solution": 3}\n': r"x\.jsonl:2: .*solution",
    b'{"task_id": "a", "solution": "x", "sample": "0"}\n': r"x\.jsonl:2: .*sample",
    b'{"task_id": "a", "solution": "x", "sample": -1}\n': "sample index -1 is negative",
    b"[]\n": r"x\.jsonl:2: Expected `object`",
    b'{"task_id": "a", "solution": "\xff"}\n': r"x\.jsonl:2: not UTF-8 at byte 30",
    b"[" * 100_000 + b"\n": r"x\.jsonl:2: not JSON",
}


@pytest.mark.parametrize(("line", "message"), BROKEN.items(), ids=range(len(BROKEN)))
def test_a_bad_line_is_named(tmp_path: Path, line: bytes, message: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"task_id": "a", "solution": "x"}\n' + line)
    with pytest.raises(InputError, match=message):
        list(read(path))


def test_files_without_samples_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    for path, message in [
        (tmp_path / "empty.jsonl", "no samples"),
        (tmp_path / "none.jsonl", "No such file"),
        (tmp_path, "directory"),
    ]:
        with pytest.raises(InputError, match=message):
            list(read(path))


def test_a_cut_gzip_is_named_with_its_line(tmp_path: Path) -> None:
    rows = "".join(json.dumps({"task_id": str(i), "solution": str(i**9)}) + "\n" for i in range(2000))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(rows.encode())[:-200])
    with pytest.raises(InputError, match=r"a\.jsonl\.gz:\d+: broken gzip"):
        list(read(tmp_path / "a.jsonl.gz"))


def test_lone_surrogates_are_replaced(tmp_path: Path) -> None:
    (row,) = read(write(tmp_path / "a.jsonl", {"task_id": "a", "solution": "x\ud800"}))
    assert row.reply == "x?"


def test_a_huge_reply_is_cut_past_what_is_read(tmp_path: Path) -> None:
    rows = [{"task_id": str(i), "solution": "x" * (50 << 20 if i == 1 else 1)} for i in range(3)]
    assert [len(r.reply) for r in read(write(tmp_path / "a.jsonl", *rows))] == [1, MAX_REPLY + 1, 1]


def test_reading_streams(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wt", compresslevel=1) as file:
        for i in range(300):
            file.write(json.dumps({"task_id": str(i), "solution": f"{i}" * 50_000}) + "\n")
    tracemalloc.start()
    assert sum(1 for _ in read(path)) == 300
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20  # the file holds about 40 MB
