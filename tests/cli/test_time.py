"""``efficoder time``: the faster one is named, and a program without a time is said to have none."""

import json
from pathlib import Path

import pytest

from efficoder.cli.time import compare_programs
from efficoder.errors import CheckFailed, InputError

LOOP = "def total(n):\n    s = 0\n    for i in range(n + 1):\n        s += i\n    return s\n"
TWICE = LOOP.replace("s += i", "s += i\n        s += 0\n        s += 0")
TESTS = {"id": "t/1", "prompt": "Sum.", "entry_point": "total"}


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    path = tmp_path / "t.jsonl"
    cases = [{"input": [n], "expected": n * (n + 1) // 2} for n in (0, 3, 9000)]
    path.write_text(json.dumps(TESTS | {"tests": cases}) + "\n")
    return path


def programs(folder: Path, *codes: str) -> list[Path]:
    paths = [folder / f"{name}.py" for name in "ab"[: len(codes)]]
    for path, code in zip(paths, codes, strict=True):
        path.write_text(code)
    return paths


def test_the_faster_of_two_comes_first(tests: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare_programs(programs(tmp_path, TWICE, LOOP), tests, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert [Path(line["program"]).name for line in found["lines"]] == ["b.py", "a.py"]
    assert found["gain"]["low"] > 1.05


def test_a_program_that_fails_in_the_race_is_named(
    tests: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("efficoder.judging.race.race", lambda *_, **__: [])
    with pytest.raises(CheckFailed, match=r"a\.py: unmeasured"):
        compare_programs(programs(tmp_path, LOOP, TWICE), tests, as_json=False)


def test_a_task_in_a_language_that_is_not_here_is_refused_with_file_and_line(tmp_path: Path) -> None:
    """Its programs would be run as Python: two that say the same in both languages would even get a time."""
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps(TESTS | {"language": "cobol", "tests": [{"input": [1], "expected": 1}]}) + "\n")
    with pytest.raises(InputError, match=r"t\.jsonl:1: task 't/1': no language 'cobol', there is python"):
        compare_programs(programs(tmp_path, LOOP, TWICE), path, as_json=False)


def test_wrong_and_equal_programs_are_refused(tests: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match=r"b\.py: wrong on case 1"):
        compare_programs(programs(tmp_path, LOOP, "def total(n):\n    return n\n"), tests, as_json=False)
    with pytest.raises(InputError, match="the same code as"):
        compare_programs(programs(tmp_path, LOOP, LOOP + "\n# twin\n"), tests, as_json=False)
