"""What a tester (a model that writes tests) wrote for a task, read as data: inputs with the values it expects, and a
program that makes loads.

The idea is the EffiCoder paper's (arXiv 2410.10209). Here nothing the model says is believed: tests that are no plain
data are counted and left out, its values are only compared (testgen/checks/claims.py), and its program runs in the
sandbox.
"""

import json
from collections.abc import Iterable, Iterator

from efficoder import wire
from efficoder.languages import LOAD_LANGUAGE, language, marks
from efficoder.languages.replies import MAX_REPLY
from efficoder.testgen.checks.claims import Proposal
from efficoder.testgen.loads.generators import ENTRY_POINT
from efficoder.types import Function, Origin, Parameter, Stdio, Task, TestCase, TesterReply

MOST_CHECKS = 100
"""The most checks read from one reply; the prompt asks for 20."""
LONGEST_INPUT = 1 << 14
"""The most characters of one input: a check is no load, and `[0] * 10**6` is short to write."""
_UNREADABLE = 100  # places in a reply where JSON seems to begin and does not


def read_replies(replies: Iterable[TesterReply], task: Task) -> Proposal:
    """All that the replies for a task propose. No reply raises, whatever is in it."""
    proposal = Proposal()
    for reply in replies:
        if reply.kind == "load":
            _read_load(reply.reply, proposal)
        else:
            _read_checks(reply.reply, task, proposal)
    return proposal


def _read_load(reply: str, proposal: Proposal) -> None:
    found = LOAD_LANGUAGE.extract(reply, _generator_task())
    if found.code is not None:
        proposal.programs.append(found.code)
    else:
        proposal.problems.append(f"load: {found.problem}")


def _generator_task() -> Task:
    """A generator as a task, so that it is found in a reply the way solutions are."""
    interface = Function(entry_point=ENTRY_POINT, parameters=(Parameter(name="n"), Parameter(name="seed")))
    return Task(id="", prompt="", interface=interface, origin=Origin(source=""))


def _read_checks(reply: str, task: Task, proposal: Proposal) -> None:
    if len(reply) > MAX_REPLY:
        proposal.problems.append(f"checks: reply too large: {len(reply)} characters, at most {MAX_REPLY} are read")
        return
    text = next(iter(marks.readings(marks.clean(reply))), "")
    found: dict[str, TestCase] = {}
    number = 0
    for number, case in enumerate(_pairs(text) if isinstance(task.interface, Stdio) else _calls(text, task), 1):
        if case is None or len(case.input) > LONGEST_INPUT:
            proposal.ignored += 1
        else:
            found.setdefault(case.input, case)
        if number == MOST_CHECKS:
            break
    proposal.checks += found.values()
    if not number:
        proposal.problems.append("checks: no test found")


def _calls(text: str, task: Task) -> Iterator[TestCase | None]:
    found = language(task.language).asserts(text, task)
    return (case if case is not None and _nodes_fit(case, task) else None for case in found)


def _nodes_fit(case: TestCase, task: Task) -> bool:
    """True if every node argument is a list; anything else would crash the child at start-up."""
    arguments = wire.decode(case.input)
    assert isinstance(task.interface, Function)
    assert isinstance(arguments, list)
    given = zip(task.interface.parameters, arguments, strict=False)
    return all(parameter.codec == "plain" or isinstance(value, list | None) for parameter, value in given)


def _pairs(text: str) -> Iterator[TestCase | None]:
    """Every JSON object of the reply, wherever it stands. Of a list that is cut off only the last object is lost."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    unreadable = 0
    while at >= 0 and unreadable < _UNREADABLE:
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            unreadable, at = unreadable + 1, at + 1
        else:
            yield _pair(value)
        at = text.find("{", at)


def _pair(value: dict[str, object]) -> TestCase | None:
    given, expected = value.get("input"), value.get("output")
    if not isinstance(given, str) or not _is_text(given):
        return None
    return TestCase(input=given, expected=expected if isinstance(expected, str) and _is_text(expected) else None)


def _is_text(value: str) -> bool:
    """Whether it can be given to a program: JSON can spell half a character, which cannot."""
    return value.isascii() or value.encode("utf-8", "replace").decode() == value
