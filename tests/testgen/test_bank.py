"""The bank: found again where everything is the same, and in the way of nobody where its folder is broken."""

import dataclasses
import gzip
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

import efficoder
from efficoder.config import WriteTestsConfig
from efficoder.sandbox.compiling import Compiler
from efficoder.testgen import bank
from efficoder.testgen.bank import Address, Bank
from efficoder.types import Drop, Function, Origin, Task, TaskTests, TestCase, TestFacts

TASK = Task(
    id="t/1", prompt="P", interface=Function(entry_point="f"), origin=Origin(source="own", line=1), reference="R"
)
GIVEN = TaskTests(task_id="t/1", checks=(TestCase(input="[1]"),))
WRITTEN = TaskTests(task_id="t/1", written=True, checks=(TestCase(input="[1]", expected="2"),))
FACTS = TestFacts(task_id="t/1", grown=3)
GROUND = ("machine", "3.12", "A", "False")


def address(**changes: Any) -> Address:
    made_from: dict[str, Any] = {"task": TASK, "given": GIVEN, "config": WriteTestsConfig(), "seed": 0}
    return bank.address(**made_from | {"replies": (), "ground": GROUND} | changes)


def filled(folder: Path) -> Bank:
    made = Bank(folder)
    made.keep("t/1", address(), [WRITTEN, FACTS])
    assert not made.problem
    return made


def entry(folder: Path) -> Path:
    (found,) = folder.glob("*/*.json.gz")
    return found


def test_what_was_kept_is_found_by_another(tmp_path: Path) -> None:
    filled(tmp_path)
    assert Bank(tmp_path).find("t/1", address()) == (WRITTEN, FACTS)
    again = msgspec.structs.replace(TASK, origin=Origin(source="a copy", url="elsewhere", line=7))
    assert Bank(tmp_path).find("t/1", address(task=again)) == (WRITTEN, FACTS), "where it was read from is no matter"


OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "text": ({"task": msgspec.structs.replace(TASK, prompt="Q")}, "the task has another text"),
    "reference": ({"task": msgspec.structs.replace(TASK, reference="S")}, "the reference is another one"),
    "no reference": ({"task": msgspec.structs.replace(TASK, reference=None)}, "the reference is another one"),
    "given": ({"given": TaskTests(task_id="t/1")}, "the source gives other tests"),
    "load programs": ({"given": msgspec.structs.replace(GIVEN, load_programs=("p",))}, "the source gives other tests"),
    "settings": ({"config": WriteTestsConfig(grow=1)}, "settings"),
    "seed": ({"seed": 1}, "settings"),
    "tester": ({"replies": ("assert f(1) == 2",)}, "a tester's replies, are others"),
    "machine": ({"ground": ("other", *GROUND[1:])}, "EffiCoder, Python or the machine is another one"),
}


@pytest.mark.parametrize(("changes", "why"), OTHERS.values(), ids=OTHERS)
def test_what_differs_is_not_used_and_named(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    found = filled(tmp_path).find("t/1", address(**changes))
    assert isinstance(found, str)
    assert why in found


def test_every_setting_is_part_of_the_address() -> None:
    default = WriteTestsConfig()
    for field in dataclasses.fields(default):
        value = getattr(default, field.name)
        other = not value if isinstance(value, bool) else (value or 0) + 1
        assert address(config=dataclasses.replace(default, **{field.name: other})) != address(), field.name


def test_another_version_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = filled(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("efficoder.__version__", "9.9")
        assert "EffiCoder" in str(made.find("t/1", address()))
    monkeypatch.setattr(bank, "code_digest", lambda: "a changed line")
    assert "EffiCoder" in str(made.find("t/1", address()))


@pytest.mark.parametrize(
    "driver", sorted(Path(efficoder.__file__).parent.glob("languages/**/*river.*")), ids=lambda p: p.name
)
def test_another_line_of_a_driver_is_another_code(driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, read = bank.code_digest.__wrapped__(), Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + (b"// changed" if path == driver else b""))
    assert bank.code_digest.__wrapped__() != before


def test_another_compiler_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = msgspec.structs.replace(TASK, language="cpp")
    there = Compiler("/usr/bin/c++", "/usr/bin", "version 1", (), ())
    found = []
    for compiler in (there, there._replace(version="version 2")):
        monkeypatch.setattr(bank, "compiler_of", lambda _, compiler=compiler: compiler)
        found.append((address(task=compiled), address()))
    assert found[0][0] != found[1][0]
    assert found[0][1] == found[1][1], "Python's tests are the same"


def test_the_nearest_entry_says_what_differs(tmp_path: Path) -> None:
    made = filled(tmp_path)
    assert made.find("t/2", address()) == "the bank has none of this task"
    far = msgspec.structs.replace(TASK, prompt="Q", reference="S")
    made.keep("t/1", address(task=far, seed=5), [WRITTEN, FACTS])
    assert made.find("t/1", address(seed=1)) == "the bank's are not these: settings, or a tester's replies, are others"


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "flipped": lambda path: path.write_bytes(path.read_bytes()[:30] + b"\xff\xff" + path.read_bytes()[32:]),
    "no gzip": lambda path: path.write_bytes(b"cos\nsystem\n(S'true'\ntR."),
    "no json": lambda path: path.write_bytes(gzip.compress(b"{")),
    "no utf-8": lambda path: path.write_bytes(gzip.compress(b'{"address": "\xff"}')),
    "other fields": lambda path: path.write_bytes(gzip.compress(b'{"address": "x", "tests": 3, "facts": {}}')),
    "nested": lambda path: path.write_bytes(gzip.compress(b'{"address": ' + b"[" * 100_000)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_entry_is_written_anew(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    made = filled(tmp_path)
    damage(entry(tmp_path))
    assert made.find("t/1", address()) == "the bank's entry is damaged"
    made.keep("t/1", address(), [WRITTEN, FACTS])
    assert made.find("t/1", address()) == (WRITTEN, FACTS)


def test_an_entry_under_another_name_is_not_used(tmp_path: Path) -> None:
    made = filled(tmp_path)
    path = entry(tmp_path)
    path.rename(path.with_name(f"{address(seed=1).name}.json.gz"))
    assert made.find("t/1", address(seed=1)) == "the bank's entry is of another task"


def test_a_task_that_is_left_out_is_not_kept(tmp_path: Path) -> None:
    made = Bank(tmp_path)
    made.keep("t/1", address(), [WRITTEN, FACTS, Drop(id="t/1", stage="write_tests", reason="too_heavy")])
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_used_is_told_once_and_done_without(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    made = Bank(blocked / "tests")
    assert isinstance(made.find("t/1", address()), str)
    made.keep("t/1", address(), [WRITTEN, FACTS])
    assert made.problem == f"{blocked / 'tests'}: Not a directory"
    made.keep("t/1", address(), [WRITTEN, FACTS])


def test_a_full_disk_leaves_no_half_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:10])
        raise OSError(28, os.strerror(28))

    made = Bank(tmp_path)
    monkeypatch.setattr(Path, "write_bytes", full)
    made.keep("t/1", address(), [WRITTEN, FACTS])
    assert made.problem == f"{tmp_path}: No space left on device"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def _keep_often(folder: str, grown: int) -> None:
    made = Bank(Path(folder))
    for _ in range(200):
        made.keep("t/1", address(), [WRITTEN, msgspec.structs.replace(FACTS, grown=grown)])
        found = made.find("t/1", address())
        assert not isinstance(found, str), found


def test_two_processes_write_one_entry(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_keep_often, args=(str(tmp_path), number)) for number in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
