"""Every command that README and docs show is run as it stands, offline and with recorded models, or stands in NOT_RUN
with the reason; those are held against the command line's own parser."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from efficoder import sources
from efficoder.cli.main import app
from efficoder.models import replay
from pasted import NOT_RUN, PAGES, ROOT, blocks, shown, why_not

FIRST = ROOT / "README.md"
"""Its commands are run before those of any other page: the others go on from there."""
COMMANDS = [(page.name, command) for page in PAGES for command in shown(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_looks_like_a_command_stands_where_commands_are_found(page: Path) -> None:
    for language, text in blocks(page):
        for line in text.splitlines():
            word = line.removeprefix("$ ")
            is_command = word.startswith(("efficoder ", "make ", "pip ", "python "))
            assert not is_command or (language == "console" and line.startswith("$ ")), (
                f"{page.name}: {line!r}: write it as `$ ...` in a ```console block, so that it is run"
            )


def test_each_reason_is_needed() -> None:
    for pattern in NOT_RUN:
        assert any(re.match(pattern, command) for _, command in COMMANDS), f"no page has a command like {pattern}"


@pytest.mark.parametrize(("page", "command"), COMMANDS, ids=lambda each: each[:60])
def test_commands_parse(page: str, command: str) -> None:
    words = shlex.split(command, comments=True)
    if words[0] != "efficoder":
        return
    inner, rest = typer.main.get_command(app), words[1:]
    while rest and rest[0] in (under := getattr(inner, "commands", {})):
        inner, rest = under[rest[0]], rest[1:]
    inner.make_context(words[1], list(rest))


def test_commands_in_running_text_are_there() -> None:
    """Their values are placeholders; the command and its options are not."""
    for page in PAGES:
        for span in re.findall(r"`efficoder ([a-z][^`\n]*)`", page.read_text(encoding="utf-8")):
            inner, rest = typer.main.get_command(app), span.split()
            while rest and rest[0] in (under := getattr(inner, "commands", {})):
                inner, rest = under[rest[0]], rest[1:]
            assert not hasattr(inner, "commands") or not rest, f"{page.name}: no command `efficoder {span}`"
            known = {name for parameter in inner.params for name in parameter.opts}
            options = {word.partition("=")[0] for word in rest if word.startswith("--")}
            assert options <= known, f"{page.name}: `efficoder {span}` has no {', '.join(sorted(options - known))}"


def test_the_two_lines_that_the_first_page_shows_are_a_task_and_a_sample_of_it(tmp_path: Path) -> None:
    (lines,) = [text.splitlines() for language, text in blocks(FIRST) if language == "json"]
    for name, line in zip(("tasks", "samples"), lines, strict=True):
        (tmp_path / f"{name}.jsonl").write_text(line + "\n")
    (row,) = sources.read(str(tmp_path / "tasks.jsonl"))
    (sample,) = replay.read(tmp_path / "samples.jsonl")
    assert sample.task_id == row.task.id
    assert row.tests.checks
    for code in (row.task.reference, sample.reply):
        space: dict[str, Any] = {}
        exec(code, space)
        assert space["add"](1, 2) == 3


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like a clone of a new user after `make setup`, in which the first page was pasted."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "examples", folder / "examples")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "activate").write_text(f"PATH={programs}:$PATH\n")
    for name, words in (("efficoder", "-m efficoder "), ("python", "")):
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
        script.chmod(0o755)
    (folder / ".venv" / ".core").touch()
    paste(FIRST, folder)
    return folder


def paste(page: Path, folder: Path) -> None:
    """Run a page's commands in order; each must end with 0."""
    home = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    environment = {**os.environ, **home, "PATH": f"{folder / '.venv' / 'bin'}:{os.environ['PATH']}"}
    for key in ("OPENAI_API_KEY", "HF_TOKEN"):
        environment.pop(key, None)
    for command in shown(page):
        if why_not(command):
            continue
        ran = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=1200,
            check=False,
        )
        assert ran.returncode == 0, f"{page.name}: {command}\n{ran.stdout}\n{ran.stderr}"


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("page", [page for page in PAGES if shown(page)], ids=lambda page: page.name)
def test_commands_can_be_pasted(page: Path, clone: Path) -> None:
    if page != FIRST:  # pasted by the fixture
        paste(page, clone)
