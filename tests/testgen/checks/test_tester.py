"""A tester's replies are text of any kind: what is data in them is read, the rest is counted, nothing raises."""

import json

import pytest

from efficoder import wire
from efficoder.testgen.checks.claims import Proposal
from efficoder.testgen.checks.tester import LONGEST_INPUT, MOST_CHECKS, read_replies
from efficoder.types import Function, Origin, Parameter, Stdio, Task, TesterReply

FUNCTION = Function(entry_point="f", parameters=(Parameter(name="a"), Parameter(name="b")))


def read(text: str, kind: str = "checks", interface: Function | Stdio = FUNCTION, reference: str = "") -> Proposal:
    task = Task(id="t", prompt="", interface=interface, origin=Origin(source="s"), reference=reference or None)
    reply = TesterReply(
        id="r",
        task_id="t",
        model="m",
        kind=kind,  # type: ignore[arg-type]
        reply=text,
        prompt_version="",
        settings="",
    )
    return read_replies([reply], task)


def pairs(proposal: Proposal) -> list[tuple[object, object]]:
    return [
        (wire.decode(case.input), None if case.expected is None else wire.decode(case.expected))
        for case in proposal.checks
    ]


@pytest.mark.parametrize(
    "reply",
    [
        "assert f(1, 2) == 3\nassert f([], 'x') == None",
        "Here they are:\n```python\nassert f(1, 2) == 3  # sum\nassert f([], 'x') == None, 'empty'\n```\nDone.",
        "```python\ndef test_f():\n    assert f(1, 2) == 3\n    assert f(\n        [], 'x') == None\n```",
        "<think>assert f(9, 9) == 9</think>- first\nassert f(1, 2) == 3\n- second\nassert f([], 'x') == None\nDone.",
        "```\nassert f(1, 2) == 3\nassert f([], 'x') == None\nassert f(5, ",
        "class A(TestCase):\n  def test(self):\n    self.assertEqual(f(1, 2), 3)\n    self.assertIsNone(f([], 'x'))",
    ],
    ids=["bare", "fenced", "in a function", "among prose", "cut off", "unittest"],
)
def test_asserts_are_found_wherever_they_stand(reply: str) -> None:
    assert pairs(read(reply)) == [([1, 2], 3), ([[], "x"], None)]


def test_what_cannot_be_nodes_is_counted() -> None:
    tree = Function(entry_point="f", parameters=(Parameter(name="a", codec="TreeNode"), Parameter(name="b")))
    found = read("assert f([1, None, 2], 5) == 3\nassert f(5, 5) == 1\nassert f(None, {}) == 0", interface=tree)
    assert [arguments for arguments, _ in pairs(found)] == [[[1, None, 2], 5], [None, {}]]
    assert found.ignored == 1


def test_what_is_no_data_is_counted_and_loses_nothing_else() -> None:
    found = read(
        "assert f(1, 2) == 3\nassert f(open('x'), 2) == 3\nassert g(1) == 2\nassert f(g(1), 2) == 3\nassert f(7, 8\n"
        f"assert f([0] * {LONGEST_INPUT}, 1) == 0\nassert f(1, 2) == 5\nassert True"
    )
    assert pairs(found) == [([1, 2], 3)]
    assert found.ignored == 6


def test_a_condition_that_is_no_comparison_gives_its_input_and_no_rule() -> None:
    (case,) = read("assert len(f(1, 2)) > 3").checks
    assert (case.input, case.expected, case.comparison.kind) == ("[1,2]", None, "exact")


def test_defaults_and_names_of_the_reference_put_arguments_in_their_places() -> None:
    reference = "def f(a, b=4):\n    return a\n"
    assert pairs(read("assert f(b=1, a=2) == 2\nassert f(3) == 3", reference=reference))[0] == ([2, 1], 2)


def test_linked_data_is_written_as_plain_lists() -> None:
    linked = Function(entry_point="f", parameters=(Parameter(name="head", codec="ListNode"),), returns_codec="ListNode")
    assert pairs(read("assert f([1, 2]) == [2, 1]", interface=linked)) == [([[1, 2]], [2, 1])]


def test_only_so_many_tests_of_a_reply_are_read() -> None:
    assert len(read("\n".join(f"assert f({n}, 1) == 0" for n in range(1000))).checks) == MOST_CHECKS


@pytest.mark.parametrize("fence", ["```json\n{}\n```", "{}", "The tests:\n{}\nThat is all."])
def test_pairs_for_standard_input_are_read(fence: str) -> None:
    listed = json.dumps([{"input": "1 2\n", "output": "3\n"}, {"input": "4 5\n"}, {"in": "x"}])
    found = read(fence.replace("{}", listed), interface=Stdio())
    assert [(case.input, case.expected) for case in found.checks] == [("1 2\n", "3\n"), ("4 5\n", None)]
    assert found.ignored == 1


def test_a_list_that_is_cut_off_loses_its_last_pair() -> None:
    found = read('[{"input": "1\\n", "output": "1\\n"}, {"input": "2\\n", "out', interface=Stdio())
    assert [case.input for case in found.checks] == ["1\n"]


@pytest.mark.parametrize(
    "reply", ["", "I cannot.", "{" * 100_000, '{"a":' * 100_000, '{"input": "\\ud800"}', "\0", "[" * 10_000]
)
def test_no_reply_raises(reply: str) -> None:
    for interface in (FUNCTION, Stdio()):
        assert read(reply, interface=interface).checks == []
    assert read(reply, "load").problems


def test_the_generator_is_taken_out_of_the_reply_with_what_it_needs() -> None:
    found = read(
        "Sure:\n```python\nimport random\n\ndef make_input(n, seed):\n    return [random.Random(seed).random(), n]\n\n"
        "print(make_input(3, 0))\n```",
        "load",
    )
    (program,) = found.programs
    assert "import random" in program
    assert "print" not in program


@pytest.mark.parametrize("reply", ["No.", "```python\ndef other(n, seed):\n    return [n]\n```"])
def test_a_reply_without_a_generator_says_so(reply: str) -> None:
    found = read(reply, "load")
    assert found.programs == []
    assert found.problems[0].startswith("load: ")
