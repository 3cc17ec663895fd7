"""bench/harm.py: the cause of each lost answer, what texts look like, and a run of tiny tasks from files to tables."""

import json
import sys
from pathlib import Path

import pytest

import causes
import harm
from causes import Cause, cause, traits
from efficoder.languages.python.extract import extract
from efficoder.types import Function, Origin, Task

TASK = Task(id="t", prompt="Sum 1..n.", interface=Function(entry_point="total"), origin=Origin(source="own"))
RIGHT = "def total(n):\n    return n * (n + 1) // 2\n"
LOOP = "def total(n):\n    s = 0\n    for i in range(n + 1):\n        s += i\n    return s\n"
NAMELESS = "def total(n):\n    return reduce(add, range(n + 1))\n"
TESTS = [{"input": [1], "expected": 1}, {"input": [10], "expected": 55}]


def fenced(code: str) -> str:
    return f"Here it is:\n```python\n{code}```\n"


def why(reply: str, outcome: str = "no_code", detail: str = "") -> Cause:
    """As harm.py asks: the code is what extract finds, and without any its problem is the detail."""
    found = extract(reply, TASK)
    assert (found.code is None) == (outcome == "no_code"), (found.code, found.problem)
    return cause(reply, found.code, outcome, detail or found.problem or "")


@pytest.mark.parametrize("reply", ["", "I cannot help with that.", fenced("def total(n):\n    pass\n")])
def test_no_code(reply: str) -> None:
    assert why(reply).kind == "no code"


@pytest.mark.parametrize("reply", ["```python\ndef total(n):\n    return (n *", "def total(n):\n    return (n *"])
def test_code_that_ends_in_the_middle_is_cut_off(reply: str) -> None:
    assert why(reply) == Cause("cut off")


def test_thinking_that_never_ends_is_cut_off() -> None:
    assert why("<think>Let me see. def total(n) is") == Cause("cut off")


def test_an_open_fence_is_cut_off_where_the_function_has_not_come_to_its_end() -> None:
    opening = "```python\n"
    assert why(opening + LOOP.removesuffix("    return s\n"), "wrong") == Cause("cut off")
    assert why(opening + LOOP, "wrong") == Cause("wrong answer"), "a stop text took the closing fence"
    assert why(fenced(LOOP), "wrong") == Cause("wrong answer")


def test_code_in_closed_fences_does_not_parse() -> None:
    found = why(fenced("def total(n):\n    return n +* 1\n"))
    assert found.kind == "does not parse"
    assert "invalid syntax" in found.what


def test_code_that_python_refuses_to_compile_does_not_parse() -> None:
    assert why(fenced(RIGHT), "error", "SyntaxError: 'return' outside function").kind == "does not parse"


def test_undefined_name() -> None:
    detail = "NameError: name 'reduce' is not defined (line 2)"
    assert why(fenced(NAMELESS), "error", detail) == Cause("undefined name", "reduce")


def test_a_name_that_is_bound_too_late_is_an_error() -> None:
    late = fenced("def total(n):\n    return later(n)\nif False:\n    later = len\n")
    assert why(late, "error", "NameError: name 'later' is not defined (line 2)") == Cause("error", "NameError")


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("class Solution:\n    def total(self, n):\n        return n\n", "Solution"),
        ("def add_up(n):\n    return n\n", "add_up"),
        ("answer = 3\n", "no function"),
    ],
)
def test_another_form_than_asked(code: str, what: str) -> None:
    assert why(fenced(code)) == Cause("another form than asked", what)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [("wrong", "wrong answer"), ("timeout", "too slow"), ("memory", "memory"), ("refused", "refused")],
)
def test_the_other_verdicts(outcome: str, kind: str) -> None:
    assert why(fenced(RIGHT), outcome) == Cause(kind)


def test_an_error_goes_by_its_type() -> None:
    assert why(fenced(RIGHT), "error", "ValueError: math domain error (line 2)") == Cause("error", "ValueError")
    assert why(fenced(RIGHT), "error", "on a load of size 9: KeyError: 3") == Cause("error", "KeyError")
    assert why(fenced(RIGHT), "error", "crashed by SIGSEGV") == Cause("error", "crashed by SIGSEGV")


def test_names_that_nobody_binds() -> None:
    code = "import math\ndef f(x: List[int]):\n    return math.gcd(*x), heappop(x), [y for y in x]\n"
    assert causes.unbound(code) == ["List", "heappop"]
    assert causes.unbound("from heapq import *\ndef f(x):\n    return heappop(x)\n") == []


def test_traits_of_a_text() -> None:
    method = '    """Sums."""\n    def total(self, n: int):\n        return comb(n, 2)  # pairs\n'
    full = f"import math\n\nclass Solution:\n{method}"
    found = traits(fenced(full))
    assert (found.fenced, found.outside, found.imports, found.solution_class) == (True, True, True, True)
    assert (found.docstring, found.comments, found.hints, found.unbound) == (True, True, True, ("comb",))
    assert (found.lines, found.words) == (5, 14)
    bare = traits(RIGHT.replace("2", "len('#')"))
    flags = (bare.fenced, bare.outside, bare.imports, bare.solution_class, bare.docstring, bare.comments, bare.hints)
    assert not any(flags)
    assert bare.unbound == ()


@pytest.mark.parametrize(
    ("text", "outside"),
    [("```python\nf()\n```\n", False), ("```python\nf()\n```\nIt calls f.\n", True), ("```python\nf()\n", False)],
)
def test_text_outside_the_fence(text: str, outside: bool) -> None:
    assert traits(text).outside is outside


# ---------------------------------------------------------------- for real


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def answers(path: Path, codes: dict[str, str]) -> str:
    """A file as a study writes it: all are of one model, whatever harm.py is told to call it."""
    rows = [{"task_id": task, "model": "m", "sample": 0, "solution": fenced(code)} for task, code in codes.items()]
    return f"{path.stem}={write(path, rows)}"


def report(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> str:
    out = folder / "out.md"
    source = f"jsonl:{folder / 'tasks.jsonl'}"
    monkeypatch.setattr(sys, "argv", ["harm.py", source, "--runs", str(folder / "runs"), "-o", str(out), *arguments])
    harm.main()
    return out.read_text()


def test_answers_from_files_to_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    task = {"prompt": "Sum 1..n.", "entry_point": "total", "tests": TESTS, "reference": LOOP}
    write(tmp_path / "tasks.jsonl", [{"id": name} | task for name in "abcd"])
    base = answers(tmp_path / "base.jsonl", {"a": RIGHT, "b": RIGHT, "c": NAMELESS, "d": RIGHT})
    tuned = answers(tmp_path / "tuned.jsonl", {"a": NAMELESS, "b": RIGHT, "c": RIGHT})
    chat = [{"role": "user", "content": "Sum."}, {"role": "assistant", "content": fenced(NAMELESS)}]
    arm = write(tmp_path / "arm.jsonl", [{"messages": chat}])
    text = report(monkeypatch, tmp_path, "--answers", base, "--answers", tuned, "--rows", str(arm))
    assert "3 tasks; 0 left out without usable tests, 1 not wanted or not answered by all" in text
    assert "| tuned | 0.667 [0, 1.00] | 0 [-1.00, 1.00] | 1 | 1 |" in text
    assert "| undefined name | 1 | 1 reduce |" in text
    assert "<b>a</b> (reduce): check 0: input [1]: NameError" in text
    assert "| arm.jsonl | 1 | 100% |" in text
    capsys.readouterr()
    other = answers(tmp_path / "other.jsonl", {"a": "def total(n):\n    return 0\n", "b": RIGHT, "c": RIGHT})
    report(monkeypatch, tmp_path, "--answers", base, "--answers", other)
    said = capsys.readouterr().err
    assert "check_each   1 done" in said, "what was judged before, and is equal, is judged once"
    assert "write_tests  nothing to do" in said


def test_a_file_of_two_models_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mixed = write(tmp_path / "mixed.jsonl", [{"task_id": "a", "model": name, "solution": RIGHT} for name in "xy"])
    with pytest.raises(SystemExit) as stopped:
        report(monkeypatch, tmp_path, "--answers", f"base={mixed}", "--answers", f"tuned={mixed}")
    assert stopped.value.code == 2
    assert "mixed.jsonl: answers of 2 models; give each model a file of its own" in capsys.readouterr().err
