"""C++ code as text: tokens, one spelling, signatures, types and inputs, risks, answers in replies. Nothing is run."""

import time
from pathlib import Path

import msgspec
import pytest

from cpp import task
from efficoder import wire
from efficoder.languages import language_of_file, refusal
from efficoder.languages.cpp import language as cpp
from efficoder.languages.cpp import types
from efficoder.languages.identity import candidate_id
from efficoder.languages.wiretypes import Unknown, problem_of
from efficoder.models.prompts import chat_prompt, completion_prompt, prompt_for_tests
from efficoder.types import Script

TWO_SUM = """#include <vector>
using namespace std;
vector<int> two_sum(vector<int>& nums, int target) {
  return {0, 1};
}
"""
FUNCTION = task(TWO_SUM, "two_sum")
PROGRAM = task("int main() {}")


def test_one_spelling_for_equal_code() -> None:
    same = "#include   <vector>\n// a comment\nint f( int x ){ /* more */ return x\n; }"
    plain = "#include <vector>\nint f(int x) { return x; }\n"
    assert candidate_id("t", plain, "cpp") == candidate_id("t", same, "cpp")
    for other in (
        "int f(int x) { return x ; } int y;",
        'auto a = "a  b";',
        'auto a = "a b";',
        "int main( {",
        "int main(",
    ):
        assert cpp.normalise(other) != cpp.normalise(same)
    assert cpp.normalise('a = "x  // y";') != cpp.normalise('a = "x // y";')
    assert cpp.normalise('auto s = R"(a\n// b)";') != cpp.normalise('auto s = R"(a\n)";')


@pytest.mark.parametrize(
    ("code", "entry_point", "annotations", "returns"),
    [
        (TWO_SUM, "two_sum", ["vector<int>&", "int"], "vector<int>"),
        ("class Solution { int f(const string &s, unsigned long long n = 3) const; };",
         "Solution().f",
         ["const string&", "unsigned long long"], "int"),
        ("struct T { int g(int a) { return f(a, a); } };\nstd::map<int, vector<int>> f(int a, int b) {}",
         "f", ["int", "int"], "std::map<int, vector<int>>"),
        ("TreeNode* f(TreeNode* a, TreeNode* b) { return a && f(a->left, b) ? a : f(b, a); }", "f",
         ["TreeNode*", "TreeNode*"], "TreeNode*"),
        ("int f() { return 1; }", "f", [], "int"),
        ("class Solution {\npublic:\n    int f(vector<vector<char>>& g) {", "Solution().f",
         ["vector<vector<char>>&"], "int"),
        ("int g(int x) { return f(x); }", "f", [], None),
    ],
)  # fmt: skip
def test_signatures(code: str, entry_point: str, annotations: list[str], returns: str | None) -> None:
    found = cpp.signature(code, entry_point)
    assert ([each.annotation for each in found.parameters], found.returns) == (annotations, returns)


@pytest.mark.parametrize(
    ("annotation", "fits", "misfits"),
    [
        ("int", [0, -(2**31), 2**31 - 1], [2**31, 1.0, True, "1", None]),
        ("const long long&", [2**63 - 1], [2**63]),
        ("unsigned char", [255], [-1, 256]),
        ("size_t", [0, 2**64 - 1], [-1]),
        ("double", [1, 1.5, float("inf"), float("nan")], [2**60, True, "1"]),
        ("float", [0.5], [1e300]),
        ("bool", [True], [1, None]),
        ("char", ["a"], ["", "ab", "é", 1]),
        ("string", ["", "a\n"], ["é", 1, None]),
        ("vector<vector<int>>", [[], [[1], []], ((1,),)], [[1], [[None]], "ab", [[2**40]]]),
        ("std::map<string, vector<int>>", [{}, {"a": [1]}], [{1: [1]}, {"a": 1}]),
        ("set<int>", [{1, 2}], [{"a"}]),
        ("pair<int, string>", [[1, "a"], (1, "a")], [[1], [1, 2]]),
        ("tuple<int, int, int>", [[1, 2, 3]], [[1, 2]]),
        ("array<int, 2>", [[1, 2]], [[1, 2, 3]]),
        ("optional<int>", [None, 1], ["a"]),
        ("ListNode*", [[1, 2], [], None], [[None, "a"], 1]),
    ],
)  # fmt: skip
def test_which_inputs_fit_a_type(annotation: str, fits: list[object], misfits: list[object]) -> None:
    found = [types.read(annotation)]
    for value in fits:
        assert problem_of(wire.encode([value]), found) == "", value
    for value in misfits:
        assert problem_of(wire.encode([value]), found), value
    assert problem_of(wire.batch([wire.encode([fits[0]]), wire.encode([misfits[0]])]), found)
    assert problem_of(wire.encode([fits[0], fits[0]]), found)


@pytest.mark.parametrize("annotation", ["void*", "Foo", "vector<Foo>", "auto", "int[]", "vector", "", "map<int>"])
def test_other_types_are_refused_by_name(annotation: str) -> None:
    with pytest.raises(Unknown):
        types.read(annotation)


def test_tasks_that_cannot_be_run_say_why() -> None:
    assert refusal(FUNCTION) is None
    assert refusal(PROGRAM) is None
    assert "Foo" in str(refusal(task("int f(Foo x) { return 1; }", "f")))
    assert "no signature" in str(refusal(task("int g() { return 1; }", "f")))
    assert "script" in str(refusal(msgspec.structs.replace(PROGRAM, interface=Script())))
    assert language_of_file(Path("a.cc")) == "cpp"
    assert language_of_file(Path("a.txt")) == "python"


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("#include <fstream>\nint main() { std::ifstream f; }", ["files", "files"]),
        ('int main() { system("x"); }', ["processes"]),
        ("#include <boost/any.hpp>\n#include <vector>\n#include <bits/stdc++.h>", ["third_party"]),
        ('auto s = "system(fork)"; // system\n#pragma GCC optimize("O3")', []),
    ],
)
def test_risks(code: str, rules: list[str]) -> None:
    assert [found.rule for found in cpp.findings(code)] == rules


@pytest.mark.parametrize(
    "code", ["int main( {", "int main() { /* }", 'auto s = "abc\n";', "auto c = '\n';", 'R"x(abc)"', "}"]
)
def test_what_cannot_be_code_does_not_parse(code: str) -> None:
    with pytest.raises(SyntaxError) as caught:
        cpp.findings(code)
    assert caught.value.lineno


@pytest.mark.parametrize(
    "reply",
    [
        f"Sure!\n```cpp\n{TWO_SUM}```\nIt is fast.",
        f"```C++\n{TWO_SUM}```\nUse it:\n```cpp\nint main() {{ two_sum(v, 3); }}\n```",
        f"```\n{TWO_SUM}```",
        TWO_SUM,
        f"Here is the code:\n{TWO_SUM}",
        f"<think>\n```cpp\nint x;\n```\n</think>\n```cpp\n{TWO_SUM}```",
        f"```cpp\nint two_sum(int target) {{ return 1; }}\n```\nBetter:\n```cpp\n{TWO_SUM}```",
        f"```python\ndef two_sum(): pass\n```\n```cpp\n{TWO_SUM}```",
        f"```cpp\n{TWO_SUM}",
    ],
)
def test_the_answer_in_a_reply(reply: str) -> None:
    found = cpp.extract(reply, FUNCTION)
    assert found.code is not None, found.problem
    assert cpp.normalise(found.code) == cpp.normalise(TWO_SUM)


def test_a_body_continues_the_prompt() -> None:
    head, body = TWO_SUM.split("{\n")[0] + "{\n", "  return {0, 1};\n}\n"
    asked = msgspec.structs.replace(FUNCTION, prompt=head)
    for reply in (body, f"```cpp\n{body}```", f"{body}\nint main() {{ return 0; }}\n"):
        found = cpp.extract(reply, asked)
        assert found.code is not None, found.problem
        assert cpp.normalise(found.code) == cpp.normalise(TWO_SUM)
    assert cpp.opens(head, "two_sum")
    assert not cpp.opens("Write two_sum.", "two_sum")


@pytest.mark.parametrize("reply", ["", "I cannot.", "```cpp\nint other() {}\n```", "```cpp\nint two_sum(\n```"])
def test_no_answer_is_said(reply: str) -> None:
    assert cpp.extract(reply, FUNCTION).problem


@pytest.mark.measured
@pytest.mark.parametrize(
    "piece",
    ["/*", '"\\', "'", 'R"(', "two_sum(", "{", "}", "# /*", "```\n", "two_sum(){", "//", "\\\n", "x\n", '"', "1'", "<"],
)
def test_hostile_replies_take_bounded_work(piece: str) -> None:
    """Twice the text takes about twice the time."""
    taken = []
    for size in (100_000, 400_000):
        begun = time.process_time()
        cpp.extract("```cpp\n" + piece * (size // len(piece)), FUNCTION)
        cpp.normalise(piece * (size // len(piece)))
        taken.append(time.process_time() - begun)
    assert taken[1] < 10 * taken[0] + 0.5


def test_rows_stand_alone() -> None:
    with_header = task(TWO_SUM, "two_sum", header="#include <map>\nusing namespace std;\n")
    assert cpp.standalone(TWO_SUM, with_header).code == "#include <map>\n\n" + TWO_SUM


def test_prompts_name_the_language() -> None:
    assert "C++ code that defines `two_sum`" in chat_prompt(FUNCTION)
    assert "C++ program" in chat_prompt(PROGRAM)
    head = TWO_SUM.split("{\n")[0] + "{\n"
    starting = msgspec.structs.replace(FUNCTION, starter=head)
    assert completion_prompt(starting)[0].endswith("{")
    assert completion_prompt(msgspec.structs.replace(FUNCTION, prompt=head))[0] == head
    for kind in ("checks", "load"):
        assert "two_sum" in prompt_for_tests(FUNCTION, kind)[0] or kind == "load"
    (case,) = cpp.asserts("assert two_sum([1, 2], 3) == [0, 1]", FUNCTION)
    assert case is not None
    assert (case.input, case.expected) == ("[[1,2],3]", "[0,1]")
