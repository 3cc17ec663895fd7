"""Project tasks from folders and from JSON lines."""

import json
from pathlib import Path
from typing import Any

import pytest

from efficoder import sources
from efficoder.errors import InputError
from efficoder.types import Project

_INTERFACE: dict[str, Any] = {
    "kind": "project",
    "writes": ["work.py"],
    "files": {"main.py": "import work\nprint(work.f(input()))\n"},
    "run": ["main", "-v"],
}
_WORK = "def f(text):\n    return text\n"
_TOML = 'prompt = "Echo."\nrun = ["main", "-v"]\n'


def _line(tmp_path: Path, **fields: Any) -> sources.SourceRow:
    path = tmp_path / "tasks.jsonl"
    row = {"id": "p/1", "prompt": "Echo.", "interface": _INTERFACE, "reference": {"work.py": _WORK}}
    path.write_text(json.dumps(row | fields) + "\n")
    (found,) = sources.read(str(path))
    return found


def _folder(tmp_path: Path, **texts: str) -> Path:
    default = {
        "task.toml": _TOML,
        "fixed/main.py": _INTERFACE["files"]["main.py"],
        "baseline/work.py": "def f(text):\n    return ''.join(list(text))\n",
        "reference/work.py": _WORK,
        "make_input.py": "def make_input(n, seed):\n    return ['x' * n]\n",
        "checks/a.in": "hello",
        "checks/a.out": "hello",
        "checks/b.in": "bye",
    }
    for name, text in {**default, **texts}.items():
        place = tmp_path / "set" / "echo" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return tmp_path / "set"


def test_a_line_with_files(tmp_path: Path) -> None:
    row = _line(tmp_path, tests=[{"stdin": "a", "stdout": "a"}], starter="# file: work.py\ndef f(text): ...\n")
    interface = row.task.interface
    assert isinstance(interface, Project)
    assert (interface.writes, interface.run) == (("work.py",), ("main", "-v"))
    assert row.task.reference == f"# file: work.py\n{_WORK}"
    assert row.task.starter == "# file: work.py\ndef f(text): ...\n"
    assert row.tests.checks[0].comparison.kind == "tokens"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"stdio": True}, "give either"),
        ({"interface": _INTERFACE | {"writes": ["json.py"]}}, "'json.py' is the standard library"),
        ({"interface": _INTERFACE | {"writes": ["../work.py"]}}, "not a relative path"),
        ({"interface": _INTERFACE | {"writes": ["main.py"]}}, "'main.py' is there twice"),
        ({"interface": _INTERFACE | {"writes": []}}, "must name something"),
        ({"interface": _INTERFACE | {"run": ["nothing"]}}, "'nothing' to run is none of its files"),
        ({"interface": _INTERFACE | {"build": ["main"]}}, "go together"),
        ({"interface": _INTERFACE | {"kind": "other"}}, "Invalid enum value"),
        ({"reference": {"work.py": _WORK, "extra.py": ""}}, "'extra.py' is not one that a candidate writes"),
        ({"reference": {}}, "'work.py' is missing"),
        ({"reference": _WORK}, "'work.py' is missing"),
        ({"reference": {"work.py": "# file: x.py\n"}}, "would begin another file"),
        ({"tests": [{"input": [1]}]}, 'has "stdin" and "stdout"'),
        ({"interface": None, "entry_point": "f"}, "several files are for"),
    ],
)
def test_a_bad_line_says_what_is_wrong(tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=r"tasks\.jsonl:1") as caught:
        _line(tmp_path, **fields)
    assert message in str(caught.value)


def test_a_folder_of_tasks(tmp_path: Path) -> None:
    (row,) = sources.read(f"projects:{_folder(tmp_path)}")
    assert (row.task.id, row.task.origin.source) == ("set/echo", "set")
    assert row.task.reference == f"# file: work.py\n{_WORK}"
    assert "''.join" in row.task.starter
    assert [(check.input, check.expected) for check in row.tests.checks] == [("hello", "hello"), ("bye", None)]
    assert "make_input" in row.tests.load_programs[0]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"task.toml": "prompt = "}, "task.toml: "),
        ({"task.toml": _TOML + 'timeout = "1"\n'}, "unknown field `timeout`"),
        ({"reference/other.py": ""}, "'other.py' is not one that a candidate writes"),
        ({"fixed/work.py": ""}, "'work.py' is there twice"),
    ],
)
def test_a_bad_folder_says_what_is_wrong(tmp_path: Path, texts: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        list(sources.read(f"projects:{_folder(tmp_path, **texts)}"))
    assert message in str(caught.value)


def test_a_folder_without_tasks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tasks in it"):
        list(sources.read(f"projects:{tmp_path}"))
    with pytest.raises(InputError, match="no such folder"):
        list(sources.read(f"projects:{tmp_path}/none"))
