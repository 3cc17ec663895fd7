"""What ends with work done names the command that comes next, as it can be pasted."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from command_line import exit_code
from efficoder.cli.main import app
from efficoder.console import command
from efficoder.store import Store
from efficoder.types import DatasetRecord, Origin
from invented import Entry, Problem, run_of


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An evaluated run of two models, with a row of a dataset."""
    monkeypatch.chdir(tmp_path)
    entries = [Entry(model="a", et_s=0.1), Entry(model="b", et_s=0.2)]
    folder = run_of(tmp_path / "runs" / "my run", [Problem(id=f"t{n}", entries=entries) for n in range(3)])
    with Store(folder, write=True) as store:
        row = DatasetRecord(id="x", task_id="t0", arm="efficient", kind="sft", prompt="P", origin=Origin(source="s"))
        store.put([row])
    return folder


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("study", "candidates", "my run"), "study teachers"),
        (("study", "teachers", "my run"), "study candidates"),
        (("report", "my run"), "view"),
        (("export", "my run", "out"), "push"),
        (("export", "my run", "s.jsonl", "--format", "evalplus", "--model", "a"), "evaluate"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else words,
)
def test_the_next_command_parses(
    run: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], wanted: str
) -> None:
    assert exit_code(*words) == 0
    said = capsys.readouterr().err
    named = re.search(r"next: .*?`efficoder ([^`]*)`", said, re.DOTALL)
    assert named is not None, said
    assert named[1].startswith(wanted)
    inner, rest = typer.main.get_command(app), shlex.split(named[1])
    while rest and rest[0] in (under := getattr(inner, "commands", {})):
        inner, rest = under[rest[0]], rest[1:]
    inner.make_context(named[1], rest)


def test_a_name_with_a_space_can_be_pasted() -> None:
    assert command("status", "my run") == "`efficoder status 'my run'`"


def test_a_run_without_models_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.jsonl").write_text('{"id": "a", "prompt": "P", "entry_point": "f", "tests": [{"input": [1]}]}\n')
    (tmp_path / "c.toml").write_text('[collect]\nsources = ["t.jsonl"]\n')
    assert exit_code("run", "c.toml", "--until", "generate") == 0
    said = capsys.readouterr().err
    assert "collect      1 task\n" in said
    assert "generate.models names no model" in said
