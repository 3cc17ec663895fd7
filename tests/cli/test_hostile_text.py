"""Text that candidates, models and sources wrote never steers a terminal, a spreadsheet or a page."""

import csv
import io
import json
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from efficoder import console
from efficoder.cli.main import main
from efficoder.report.tables import markdown_cell, render, sheet_cell

STEERS = {
    "an escape sequence": "\x1b[2J\x1b[31mPASSED",
    "a title": "\x1b]0;owned\x07",
    "an 8-bit sequence": "\x9b31m",
    "a reading direction": "\u202egnorw\u202c \u2066x\u2069",
    "a way back": "wrong\rright\b\b",
    "other lines": "a\u2028b\u0085c\x0bd",
    "tags": "\U000e0041\U000e007f",
    "nothing at all": "\x00\u200b\ufeff",
}
ALL = "".join(STEERS.values())
Command = Callable[..., tuple[int, str, str]]


def steering(text: str) -> set[str]:
    return {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} - {"\n", "\t"}


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["efficoder", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[int, str, str]]:
    """An evaluation whose task, prompt, model and candidates are hostile: its folder, and how the command ended."""
    folder = tmp_path_factory.mktemp("hostile")
    task = {
        "id": f"=cmd/{ALL}",
        "prompt": f"Double x. {ALL}",
        "entry_point": "f",
        "reference": f"def f(x):\n    '''{STEERS['an escape sequence'][3:]}\u202e'''\n    return 2 * x",
        "tests": [{"input": [2]}, {"input": [3]}],
    }
    raising = f"def f(x):\n    raise ValueError({ALL!r})"
    wrong = f"def f(x):\n    return {ALL!r} + '\\ncheck        passed'"
    solutions = [raising, wrong, "def f(x):\n    return x + x"]
    (folder / "t.jsonl").write_text(json.dumps(task))
    rows = [{"task_id": task["id"], "solution": code, "model": f"=1+1{ALL}|[a](http://b)"} for code in solutions]
    (folder / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["evaluate", "t.jsonl", "--samples", "s.jsonl", "--name", "e", "--only-correct"]
    done = subprocess.run(
        [sys.executable, "-m", "efficoder", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    return folder, (done.returncode, done.stdout, done.stderr)


@pytest.fixture
def evaluated(
    command: Command, hostile: tuple[Path, tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str, str]:
    """Commands run where the hostile evaluation is."""
    folder, ended = hostile
    monkeypatch.chdir(folder)
    return ended


@pytest.mark.parametrize("text", STEERS.values(), ids=STEERS)
def test_what_is_printed_steers_nothing(text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    talk = console.Console(tmp_path / "log.txt")
    console.data(text)
    talk.say(text)
    talk.draw(text)
    captured = capsys.readouterr()
    assert not steering(captured.out)
    assert not steering(captured.err.replace("\r\x1b[K", ""))
    assert not steering((tmp_path / "log.txt").read_text(encoding="utf-8"))


def test_json_keeps_its_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    console.to_json({ALL: ALL})
    assert json.loads(capsys.readouterr().out) == {ALL: ALL}


def test_ordinary_text_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    text = "é 日本\u3000語\u00a0\n\tλ 🙂"
    console.data(text)
    assert capsys.readouterr().out == text + "\n"


def test_a_hostile_evaluation_prints_plain_text(evaluated: tuple[int, str, str]) -> None:
    code, out, err = evaluated
    assert code == 0
    assert not steering(out)
    assert not steering(err)
    written = Path("runs", "e", "samples.tsv").read_text()
    assert not steering(written)
    samples = [line.split("\t") for line in written.splitlines()]
    assert [len(line) for line in samples] == [len(samples[0])] * 4
    assert [line[3] for line in samples[1:]] == ["error", "wrong", "passed"]
    assert not [cell for line in samples for cell in line if cell.startswith("=")]
    for name in ("log.txt", "report.html"):
        assert not steering(Path("runs", "e", name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("words", [("status",), ("show", "TASK"), ("why", "TASK"), ("leaderboard",)], ids=" ".join)
@pytest.mark.parametrize("form", ["text", "json"])
def test_reading_a_hostile_run_prints_plain_text(
    evaluated: object, command: Command, words: tuple[str, ...], form: str
) -> None:
    named = [f"=cmd/{ALL}" if word == "TASK" else word for word in words]
    code, out, err = command(named[0], "e", *named[1:], *(["--json"] if form == "json" else []))
    assert code == 0
    assert not steering(out + err)
    if form == "json":
        json.loads(out)


def test_why_gives_a_stage_no_line_of_anothers_making(evaluated: object, command: Command) -> None:
    _, out, _ = command("show", "e", f"=cmd/{ALL}", "--json")
    wrong = next(each for each in json.loads(out)["candidates"] if each["outcome"] == "wrong")
    _, shown, _ = command("why", "e", wrong["candidate"])
    assert [line for line in shown.splitlines() if line.startswith("check")] == [
        line for line in shown.splitlines() if line.startswith("check        wrong")
    ]


@pytest.mark.parametrize("words", [("show", "e", ALL), ("why", "e", ALL), ("status", ALL), ("time", ALL, ALL)])
def test_errors_print_plain_text(evaluated: object, command: Command, words: tuple[str, ...]) -> None:
    more = ("--tests", "t.jsonl") if words[0] == "time" else ()
    code, out, err = command(*(word.replace("\x00", "") for word in words), *more)
    assert code != 0
    assert err.startswith("efficoder: ")
    assert not steering(out + err)


def test_a_program_that_fails_while_it_is_timed_prints_plain_text(command: Command, tmp_path: Path) -> None:
    task = {"id": ALL, "prompt": ALL, "entry_point": "f", "tests": [{"input": [2], "expected": 4}]}
    (tmp_path / "t.jsonl").write_text(json.dumps(task))
    (tmp_path / "a.py").write_text("def f(x):\n    return 4")
    (tmp_path / "b.py").write_text(f"def f(x):\n    return {ALL!r}")
    code, out, err = command("time", "a.py", "b.py", "--tests", "t.jsonl")
    assert code == 5
    assert not steering(out + err)


def test_csv_has_no_formula(evaluated: object, command: Command) -> None:
    _, out, _ = command("leaderboard", "e", "--format", "csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert any(cell.startswith("'=1+1") for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_a_formula_is_text_in_a_sheet(start: str) -> None:
    assert sheet_cell(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"


@pytest.mark.parametrize("number", ["-1", "+2.5", "-1.5e-07", "-0.5 [-1.00, 0.20] (n = 3)", "3", "n/a", ""])
def test_numbers_stay_numbers_in_a_sheet(number: str) -> None:
    assert sheet_cell(number) == number


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("a|b\nc", "a\\|b c"),
        ("[x](http://e)", "\\[x\\](http\\://e)"),
        ("![x](http://e)", "\\!\\[x\\](http\\://e)"),
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("# *b* `c` ~~d~~", "\\# \\*b\\* \\`c\\` \\~\\~d\\~\\~"),
        ("0.5 [0.4, 0.6]", "0.5 [0.4, 0.6]"),
    ],
)
def test_markdown_is_text_in_a_markdown_cell(words: str, shown: str) -> None:
    assert markdown_cell(words) == shown
    assert render(["h"], [[words]], "markdown").splitlines()[2:] == [f"| {shown} |"]


def test_a_cell_of_latex_is_one_row() -> None:
    assert len(render(["h"], [["a\n\\\\\nb"]], "latex").splitlines()) == 7
