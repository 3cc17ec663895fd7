import pytest

from efficoder import wire
from efficoder.languages.python.asserts import Dialect, checks_of, convert_asserts
from efficoder.languages.python.signatures import signature
from efficoder.types import Comparison, Function, Script, TestCase

_SHAPE = signature("def f(a, b=2, *, c=3):\n    return a", "f")


def _cases(source: str) -> list[TestCase]:
    converted = convert_asserts(source, _SHAPE)
    assert isinstance(converted, list), converted
    return converted


def _one(condition: str) -> TestCase:
    (case,) = _cases(f"assert {condition}")
    return case


def _run_checker(case: TestCase, output: object) -> bool:
    assert case.comparison.kind == "checker"
    names: dict[str, object] = {}
    exec(case.comparison.checker, names)  # our own text, made of the assert above
    check = names["check"]
    assert callable(check)
    return bool(check(wire.decode(case.input), output, None))


@pytest.mark.parametrize(
    ("condition", "arguments", "expected"),
    [
        ("f(1) == 2", [1], 2),
        ("2 == f(1), 'message'", [1], 2),
        ("f((1, 2), b={3}) == [None]", [(1, 2), {3}], [None]),
        ("f(b=1, a=5) == 'x'", [5, 1], "x"),
        ("f(*[1, 2]) == -1.5", [1, 2], -1.5),
        ("f([0] * 3) == [i * i for i in range(3)]", [[0, 0, 0]], [0, 1, 4]),
        ("f(1) is None", [1], None),
        ("f(1) == float('inf')", [1], float("inf")),
    ],
)
def test_equality_becomes_an_exact_pair(condition: str, arguments: list[object], expected: object) -> None:
    case = _one(condition)
    assert wire.decode(case.input) == arguments
    assert case.expected == wire.encode(expected)
    assert case.comparison == Comparison()


@pytest.mark.parametrize(
    ("condition", "comparison", "expected"),
    [
        ("set(f(1)) == set([1, 2])", Comparison(kind="set"), [1, 2]),
        ("set(f(1)) == {1, 2}", Comparison(kind="set"), {1, 2}),
        ("sorted(f(1)) == sorted([2, 1])", Comparison(kind="unordered"), [2, 1]),
        ("Counter(f(1)) == Counter('aba')", Comparison(kind="unordered"), "aba"),
        ("sorted(f(1)) == [1, 2]", Comparison(kind="unordered"), [1, 2]),
        ("abs(f(1) - 0.5) < 1e-6", Comparison(kind="float", absolute=1e-6), 0.5),
        ("abs(0.5 - f(1)) <= 0.1", Comparison(kind="float", absolute=0.1), 0.5),
        ("math.isclose(f(1), 3, rel_tol=0.001)", Comparison(kind="float", relative=0.001), 3),
        ("math.isclose(f(1), 3)", Comparison(kind="float", relative=1e-9), 3),
    ],
)
def test_known_forms_become_comparisons(condition: str, comparison: Comparison, expected: object) -> None:
    case = _one(condition)
    assert case.comparison == comparison
    assert case.expected == wire.encode(expected)


@pytest.mark.parametrize(
    ("condition", "right", "wrong"),
    [
        ("f(1)", [0], []),
        ("not f(1)", 0, 1),
        ("f(1) is True", True, 1),
        ("f(1) != 3", 4, 3),
        ("f(1) in (1, 2)", 2, 3),
        ("len(f(1)) == 2", "ab", "a"),
        ("all(x > 0 for x in f(1))", [1, 2], [1, -2]),
        ("tuple(f(1)) == (1, 2)", [1, 2], [1, 3]),
        ("math.floor(f(1)) == 2", 2.5, 3.5),
    ],
)
def test_other_conditions_become_checkers(condition: str, right: object, wrong: object) -> None:
    case = _one(condition)
    assert _run_checker(case, right)
    assert not _run_checker(case, wrong)


def test_loops_and_constants_are_unrolled() -> None:
    cases = _cases("big = [1] * 3\nfor x, want in [(1, 2), (3, 4)]:\n    assert f(x, big) == want\n")
    assert [(case.input, case.expected) for case in cases] == [("[1,[1,1,1]]", "2"), ("[3,[1,1,1]]", "4")]


def test_a_loop_value_reaches_a_checker() -> None:
    low, _ = _cases("for x in (1, 2):\n    assert f(0) > x\n")
    assert _run_checker(low, 2)
    assert not _run_checker(low, 1)


def test_conjunctions_and_constants_and_check_functions() -> None:
    source = """
METADATA = {"author": "a"}

def check(candidate):
    "Some words."
    import math
    assert candidate(1) == 2 and candidate(3) == 4, "both"
    assert True, "always"
"""
    assert [case.input for case in _cases(source)] == ["[1]", "[3]"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("assert f(f(1)) == 1", "more than once"),
        ("assert f(1) == f(2)", "more than once"),
        ("assert f(g(1)) == 1", "'g'"),
        ("assert g(f(1))", "g"),
        ("assert f(1) == other", "'other'"),
        ("assert False", "is false"),
        ("assert f(z=1) == 1", "leaves out 'a'"),
        ("assert f(1, 2, z=1) == 1", "names"),
        ("x = f(1)\nassert x == 1", "'f'"),
        ("with g():\n    assert f(1) == 1", "With"),
        ("f(1)", "Expr"),
        ("assert f(1) ==", "parse"),
        ("x = 1", "no assert"),
        ("for x in 3:\n    assert f(x)", "not iterable"),
        ("for x in range(10 ** 5):\n    for y in range(10 ** 5):\n        pass", "too long"),
        ("assert Counter(f(1)) == {'a': 1}", "Counter"),
    ],
)
def test_what_cannot_be_data_says_why(source: str, reason: str) -> None:
    converted = convert_asserts(source, _SHAPE)
    assert isinstance(converted, str)
    assert reason in converted


def test_unconverted_tests_stay_scripts() -> None:
    tests = checks_of("assert f(f(1)) == 1", _SHAPE, ["assert f(f(1)) == 1"])
    assert isinstance(tests.interface, Script)
    assert tests.checks == (TestCase(input="assert f(f(1)) == 1"),)
    assert "more than once" in tests.skipped[0]


def test_match_objects_stay_scripts() -> None:
    shape = signature("import re\ndef f(x):\n    return re.search('a', x)\n", "f")
    assert isinstance(checks_of("assert f('a')", shape, ["assert f('a')"]).interface, Script)


_NODES = Dialect({"list_node": "ListNode", "tree_node": "TreeNode"}, frozenset({"is_same_list"}))
_METHOD = "class Solution:\n    def m(self, head: Optional[ListNode], k: int) -> ListNode:\n        return head\n"


def test_linked_data_is_its_list_on_the_wire() -> None:
    shape = signature(_METHOD, "Solution().m")
    assert isinstance(shape.interface, Function)
    assert [p.codec for p in shape.interface.parameters] == ["ListNode", "plain"]
    source = """
def check(candidate):
    assert is_same_list(candidate(head=list_node([1, 2]), k=0), list_node([2, 1]))
    assert is_same_list(candidate(head=None, k=0), list_node([]))
"""
    converted = convert_asserts(source, shape, _NODES)
    assert isinstance(converted, list), converted
    assert [(case.input, case.expected) for case in converted] == [("[[1,2],0]", "[2,1]"), ("[[],0]", "[]")]


@pytest.mark.parametrize(
    "source",
    [
        "assert is_same_list(Solution().m([1], 0), list_node([1]))",
        "assert is_same_list(Solution().m(tree_node([1]), 0), list_node([1]))",
        "assert Solution().m(list_node([1]), list_node([1])) == list_node([1])",
        "assert Solution().m(list_node([1]), 0) == [1]",
    ],
)
def test_linked_data_where_none_fits_is_refused(source: str) -> None:
    assert isinstance(convert_asserts(source, signature(_METHOD, "Solution().m"), _NODES), str)


UNITTEST = """
import unittest

class TestF(unittest.TestCase):
    def test_equal(self):
        expected = [1, 2]
        self.assertEqual(f(1, 2), expected)
        self.assertListEqual([4], f(2), msg="why")

    def test_more(self):
        self.assertIsNone(f(3))
        self.assertCountEqual(f(4), [2, 1])
        self.assertAlmostEqual(f(5), 0.5)
        self.assertFalse(f(6))
        self.assertTrue(f(7) == 8)

if __name__ == "__main__":
    unittest.main()
"""


def test_unittest_methods_are_the_asserts_they_stand_for() -> None:
    first, second, none, unordered, close, false, true = _cases(UNITTEST)
    assert (first.input, first.expected) == ("[1,2]", "[1,2]")
    assert (second.input, second.expected) == ("[2]", "[4]")
    assert (none.expected, none.comparison) == ("null", Comparison())
    assert unordered.comparison == Comparison(kind="unordered")
    assert close.comparison == Comparison(kind="float", absolute=5e-08)
    assert _run_checker(false, 0)
    assert not _run_checker(false, 1)
    assert (true.expected, true.comparison) == ("8", Comparison())


@pytest.mark.parametrize(
    "body",
    [
        "def setUp(self):\n        self.x = 1",
        "def test_a(self):\n        self.assertEqual(f(self.x), 1)",
        "def test_a(self):\n        self.assertEqual(f(1), 1.004, 2)",
        "def test_a(self):\n        self.assertAlmostEqual(f(1), 1.004, places=2)",
        "def test_a(self):\n        self.assertRaises(ValueError, f, 1)",
        "@unittest.expectedFailure\n    def test_a(self):\n        self.assertEqual(f(1), 1)",
        "def test_a(self):\n        with self.assertRaises(ValueError):\n            f(1)",
    ],
)
def test_unittest_that_is_more_than_pairs_is_refused(body: str) -> None:
    assert isinstance(convert_asserts(f"class TestF(TestCase):\n    {body}\n", _SHAPE), str)


INSIDE = {
    "attribute": "assert m([1], 2).x == 1",
    "attribute of an item": "assert m([1], 2)[0].x == 1",
    "text of an object": "assert str(m([1], 2)) == 'P(x=1)'",
    "repr": "assert repr(m([1], 2)) == 'P(x=1)'",
    "formatted": "assert f'{m([1], 2)}' == 'P'",
    "getattr": "assert getattr(m([1], 2), 'x') == 1",
    "type": "assert type(m([1], 2)).__name__ == 'P'",
    "two asserts of one object": "p = m([1], 2)\nassert p.x == 1\nassert p.y == 2",
}


@pytest.mark.parametrize("name", INSIDE)
def test_an_assert_that_looks_into_the_result_stays_code(name: str) -> None:
    shape = signature("def m(head, k):\n    return head\n", "m")
    assert isinstance(convert_asserts(INSIDE[name], shape), str)


@pytest.mark.parametrize(
    "text",
    [
        "assert m([1], 2).count(1) == 1",
        "assert m([1], 2).real > 0",
        "assert str(m([1], 2)) == '1'",
        "assert list(m([1], 2)) == [1]",
    ],
)
def test_an_assert_on_plain_data_becomes_a_checker(text: str) -> None:
    shape = signature("def m(head, k) -> int:\n    return head\n", "m")
    (case,) = convert_asserts(text, shape)
    assert isinstance(case, TestCase)
    assert case.comparison.kind == "checker"
