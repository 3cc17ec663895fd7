"""What the command line says of itself: whole sentences, names for values, examples that parse, errors that lead on."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from command_line import exit_code
from efficoder.cli.main import app
from efficoder.cli.options import completed, model_names, run_names
from efficoder.store import Store

ROOT = typer.main.get_command(app)


def commands(group: object = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every command, with the words that call it."""
    inner = getattr(group, "commands", None)
    if inner is None:
        yield path, group
        return
    for name, command in inner.items():
        yield from commands(command, (*path, name))


COMMANDS = dict(commands())


def shown(*words: str) -> str:
    return CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "80"}).output


@pytest.mark.parametrize("group", ["", "study", "batch", "models", "runs"])
def test_first_sentences_are_whole(group: str) -> None:
    lines = shown(*group.split()).partition("Commands:\n")[2].splitlines()
    listed = [line for line in lines if line.startswith("  ") and not line.startswith("  First")]
    assert listed
    assert not [line for line in listed if line.endswith("...")]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_examples_that_parse_one_a_line(words: tuple[str, ...]) -> None:
    text = shown(*words)
    examples = [line.strip() for line in text.partition("Examples:\n")[2].splitlines() if line.strip()]
    assert len(examples) >= 2
    for example in examples:
        for part in example.split(" && "):
            program, *rest = shlex.split(part)
            assert program == "efficoder"
            command: object = ROOT
            while (name := rest[0] if rest else "") in getattr(command, "commands", {}):
                command, rest = command.commands[name], rest[1:]  # type: ignore[attr-defined]
            command.make_context(name, list(rest))  # type: ignore[attr-defined]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_values_have_names(words: tuple[str, ...]) -> None:
    text = shown(*words)
    assert not re.search(r"<\w", text.partition("Options:\n")[2].partition("Examples:")[0])


def test_an_error_of_usage_names_the_commands_own_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("models", "pull", "--nothing") == 2
    assert "see `efficoder models pull --help`" in capsys.readouterr().err
    assert exit_code("nothing") == 2
    assert "see `efficoder --help`" in capsys.readouterr().err


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("first", "fast"):
        Store(tmp_path / "runs" / name, write=True).close()
    return tmp_path / "runs"


@pytest.mark.parametrize(
    "words",
    [
        ("status", "nosuch"),
        ("report", "nosuch"),
        ("export", "nosuch", "out"),
        ("why", "nosuch", "x"),
        ("leaderboard", "nosuch"),
        ("stage", "check", "nosuch"),
        ("run", "nosuch"),
        ("train", "nosuch"),
    ],
    ids=" ".join,
)
def test_a_run_that_is_not_there_is_a_usage_error_that_names_those_that_are(
    runs: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert exit_code(*words) == 2
    assert "runs there: fast, first" in capsys.readouterr().err
    assert not (runs / "nosuch").exists()


def test_runs_are_listed(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (runs / "broken").mkdir()
    (runs / "broken" / "run.sqlite").write_bytes(b"no database" * 100)
    assert exit_code("runs", "list") == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    assert [line.split()[0] for line in lines] == ["broken", "fast", "first"]
    assert "not a database" in lines[0]
    assert exit_code("runs", "list", "--runs", "none") == 0
    assert "no runs under none" in capsys.readouterr().out


def test_values_complete(runs: Path) -> None:
    context = typer.Context(COMMANDS[("status",)])  # type: ignore[arg-type]
    assert run_names(context, "fi") == ["first"]
    assert completed("check", "collect")("ch") == ["check"]
    assert "openai/" in model_names("o")
    assert all(name.startswith("local/") for name in model_names("local/"))


def test_a_place_that_cannot_be_written_is_named_plainly(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("init", "none/c.toml"), ("report", "first", "--out", "none/r.html")):
        assert exit_code(*words) == 1
        said = capsys.readouterr().err
        assert "No such file or directory; check the path" in said
        assert "unexpected" not in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")  # noqa: PTH110
def test_a_full_disk_is_named_plainly(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("report", "first", "--out", "/dev/full") == 1
    assert "No space left on device; free some disk space" in capsys.readouterr().err
