"""Mutants that answer by a constant above a size."""

import contextlib
import io
import sys

import pytest

from efficoder.languages.python.cut_short import cut_short
from efficoder.types import Function, Interface, Origin, Script, Stdio, Task


def task(interface: Interface) -> Task:
    return Task(id="t", prompt="", interface=interface, origin=Origin(source="test"))


def run(code: str, call: str) -> object:
    names: dict[str, object] = {}
    exec(code, names)
    return eval(call, names)


def test_it_is_honest_up_to_the_size() -> None:
    made = task(Function(entry_point="f"))
    mutant = cut_short("def f(items, n):\n    return sum(items) + n\n", made, 0, 3.0, "[7]")
    assert mutant is not None
    assert run(mutant.code, "f([1, 2, 3], 100)") == 106
    assert run(mutant.code, "f([1, 2, 3, 4], 0)") == [7]
    mutant = cut_short("def f(items, n):\n    return sum(items) + n\n", made, 1, 50.0, '{"!tuple":[1]}')
    assert mutant is not None
    assert run(mutant.code, "f([1, 2, 3], 50)") == 56
    assert run(mutant.code, "f([], 51)") == (1,)


def test_a_method_has_its_own_object_first() -> None:
    code = "class Solution:\n    def f(self, text):\n        return text[::-1]\n"
    mutant = cut_short(code, task(Function(entry_point="Solution().f")), 0, 2.0, '"x"')
    assert mutant is not None
    assert run(mutant.code, "Solution().f('ab')") == "ba"
    assert run(mutant.code, "Solution().f('abc')") == "x"


def test_a_program_is_cut_short_by_its_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant = cut_short("print(input()[::-1])\n", task(Stdio()), 0, 3, "short\n")
    assert mutant is not None
    for text, printed in (("ab\n", "ba\n"), ("abcd\n", "short\n")):
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        with contextlib.suppress(SystemExit):
            exec(mutant.code, {})
        assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("code", "interface", "argument", "answer"),
    [
        ("x = 1\n", Function(entry_point="f"), 0, "1"),
        ("def f(a):\n    return a\n", Function(entry_point="f"), 1, "1"),
        ("def f(a):\n    return a\n", Function(entry_point="f"), 0, '{"!float":"nan"}'),
        ("def f(a):\n    return a\n", Script(), 0, "1"),
    ],
    ids=["not defined", "no such argument", "no literal", "tests that are code"],
)
def test_what_cannot_be_written_is_none(code: str, interface: Interface, argument: int, answer: str) -> None:
    assert cut_short(code, task(interface), argument, 3.0, answer) is None
