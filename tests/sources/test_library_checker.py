"""Library Checker's rows become tasks: English statement, parameters put in, samples as inputs without answers."""

import json
from pathlib import Path

import pytest

from efficoder import sources
from efficoder.errors import InputError
from efficoder.types import Stdio

STATEMENT = (
    "## @{keyword.statement}\r\n@{lang.en}\nSum them.\n@{lang.ja}\n和\n@{lang.end}\n"
    "## @{keyword.constraints}\n- $1 \\leq N \\leq @{param.N_MAX}$\n## @{keyword.sample}\n@{example.example_00}\n"
)
FILES = {
    "task.md": STATEMENT,
    "info.toml": "title = 'Sum'\n[params]\n    N_MAX = 500_000\n",
    "gen/example_00.in": "2\n1 2\n",
    "gen/example_01.in": "1\n7\n",
    "checker.cpp": 'setName("compare sequences of tokens");',
    "gen/random.cpp": "int main() {}",
}


def rows(tmp_path: Path, files: dict[str, str]) -> list[sources.SourceRow]:
    path = tmp_path / "problems.jsonl"
    common = {"id": "library_checker/common", "files": {"testlib.h": ""}}
    path.write_text(
        "".join(json.dumps(row) + "\n" for row in ({"id": "library_checker/a/sum", "files": files}, common))
    )
    return list(sources.read(f"library_checker:{path}"))


def test_a_problem_becomes_a_task(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, FILES)
    assert row.task.id == "library_checker/a/sum"
    assert isinstance(row.task.interface, Stdio)
    assert [check.input for check in row.tests.checks] == ["2\n1 2\n", "1\n7\n"]
    assert all(check.expected is None for check in row.tests.checks)
    assert "1 \\leq N \\leq 500000" in row.task.prompt
    assert "Sum them." in row.task.prompt
    assert "和" not in row.task.prompt
    assert "```\n2\n1 2\n```" in row.task.prompt
    assert "@{" not in row.task.prompt


def test_settings_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"info\.toml"):
        rows(tmp_path, {**FILES, "info.toml": "= 3"})
