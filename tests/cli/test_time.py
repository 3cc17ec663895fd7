"""``efficoder time``: the faster one is named, and a program without a time is said to have none."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from efficoder.cli.time import compare_programs
from efficoder.errors import CheckFailed, InputError
from efficoder.metrics.outcomes import WORDS
from efficoder.testgen.writer import WrittenTests, write_tests

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
    with pytest.raises(CheckFailed, match=r"a\.py: wrong on case 1"):
        compare_programs(programs(tmp_path, "def total(n):\n    return n\n", LOOP), tests, as_json=False)


READ = "words = open(0).read().split()\nx = words[1:int(words[0]) + 1]\n"
LINEAR = READ + "from collections import Counter\nprint(sum(v * (v - 1) // 2 for v in Counter(x).values()))\n"
QUADRATIC = READ + "print(sum(a == b for i, a in enumerate(x) for b in x[:i]))\n"


@pytest.mark.parametrize("codes", [(LINEAR, QUADRATIC), (QUADRATIC, LINEAR)])
def test_the_load_that_tells_two_programs_apart_is_kept_whichever_is_named_first(
    codes: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first served as reference, and a load that took it over half a second was dropped: the quadratic program,
    named first, came out faster."""
    path, n = tmp_path / "t.jsonl", 8000
    small = [{"stdin": "4\n1 1 2 1\n", "stdout": "3"}, {"stdin": "3\n5 6 7\n", "stdout": "0"}]
    load = {"stdin": f"{n}\n{' '.join(str(i % 1000) for i in range(n))}\n", "size": n}
    path.write_text(
        json.dumps({"id": "t/2", "prompt": "Pairs.", "stdio": True, "tests": small, "loads": [load]}) + "\n"
    )
    compare_programs(programs(tmp_path, *codes), path, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert Path(found["lines"][0]["program"]).read_text() == LINEAR
    assert found["outcome"] == "faster"
    assert found["gain"]["low"] > 10


def test_what_takes_no_time_is_no_tie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("efficoder.judging.race.MAX_LOOPS", 10)  # a loop of a program is a child
    path = tmp_path / "t.jsonl"
    hello = {"id": "t/3", "prompt": "Greet.", "stdio": True, "tests": [{"stdin": "", "stdout": "hello"}]}
    path.write_text(json.dumps(hello) + "\n")
    compare_programs(programs(tmp_path, "print('hello')\n", "print('hel' + 'lo')\n"), path, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["outcome"] == "no_signal"
    assert WORDS["no_signal"] in found["words"]


def test_a_tie_is_of_programs_that_take_time(tests: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare_programs(programs(tmp_path, LOOP, LOOP.replace("s +=", "s = s +")), tests, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["outcome"] in {"tie", "not_confirmed"}  # the second where noise looked like a gain once
    assert found["words"].endswith("is not claimed.") == (found["outcome"] == "tie")


def test_from_a_constant_answer_no_gain_is_claimed(
    tests: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def constant(*given: Any, **options: Any) -> WrittenTests:
        written = write_tests(*given, **options)
        return WrittenTests(msgspec.structs.replace(written.tests, constant="False answers all loads"), written.facts)

    monkeypatch.setattr("efficoder.testgen.writer.write_tests", constant)
    compare_programs(programs(tmp_path, LOOP, TWICE), tests, as_json=False)
    assert capsys.readouterr().out.strip() == f"{WORDS['constant_answer']}; False answers all loads"
