"""Go code as text: tokens, one spelling, imports, signatures, types and inputs, risks, answers in replies."""

import time
from pathlib import Path

import msgspec
import pytest

from efficoder import wire
from efficoder.languages import language_of_file, refusal
from efficoder.languages.go import language as go
from efficoder.languages.go import types
from efficoder.languages.go.imports import packaged, without_imports
from efficoder.languages.identity import candidate_id
from efficoder.languages.wiretypes import Unknown, problem_of
from efficoder.models.prompts import chat_prompt, completion_prompt, prompt_for_tests
from efficoder.types import Script
from golang import task

TWO_SUM = """import "sort"

func twoSum(nums []int, target int) []int {
	sort.Ints(nums)
	return []int{0, 1}
}
"""
FUNCTION = task(TWO_SUM, "twoSum")
PROGRAM = task("package main\n\nfunc main() {}\n")


def test_code_that_stands_alone_has_the_imports_that_it_uses() -> None:
    header = 'import "sort"\nimport h "container/heap"\nimport "strings"\n\ntype TreeNode struct{}\n'
    task_ = msgspec.structs.replace(FUNCTION, interface=msgspec.structs.replace(FUNCTION.interface, header=header))
    body = "func twoSum(nums []int) []int {\n\tsort.Ints(nums)\n\th.Init(nil)\n\treturn nums\n}\n"
    alone = go.standalone(body, task_).code
    assert alone.startswith('import "sort"\nimport h "container/heap"\n\nfunc twoSum')
    assert alone.endswith("type TreeNode struct{}\n")
    assert "strings" not in alone
    assert go.standalone(TWO_SUM, FUNCTION).code == TWO_SUM
    clause = go.standalone(f"package main\n\n{body}", task_).code
    assert clause.startswith('package main\n\nimport "sort"\n')


def test_one_spelling_for_equal_code() -> None:
    plain = "func f(x int) int {\n\ty := x\n\treturn y\n}\n"
    for same in (
        "func f( x int )int{ y:=x; return y }",
        "// a\nfunc f(x int) int { /* b */ y := x // c\n return y; };",
    ):
        assert candidate_id("t", plain, "go") == candidate_id("t", same, "go"), same
    for one, other in (
        (plain, plain.replace("int {", "int64 {")),
        ("a := f\n(b)", "a := f(b)"),
        ("return\nx", "return x"),
        ("s := `a\n b`", "s := `a\n  b`"),
        ('a := "x  // y"', 'a := "x // y"'),
        ("r := 'a'", 'r := "a"'),
        ("x := 1\n-y", "x := 1 - y"),
        ("func main( {", "func main({"),
    ):
        assert go.normalise(one) != go.normalise(other), one


@pytest.mark.parametrize(
    ("code", "entry_point", "annotations", "returns"),
    [
        (TWO_SUM, "twoSum", ["[]int", "int"], "[]int"),
        ("func F(a, b int, s map[string][]int, t *TreeNode) (int, bool) { return 1, true }", "F",
         ["int", "int", "map[string][]int", "*TreeNode"], "(int, bool)"),
        ("func f(x ...int) (n int) { return }", "f", ["...int"], "int"),
        ("func f(\n\tx [3]int,\n\ty rune,\n) [][]byte {", "f", ["[3]int", "rune"], "[][]byte"),
        ("func (s *S) f(x int) int { return x }\nfunc f(y string) {}", "f", ["string"], ""),
        ("func f() (a, b int, err error) { return }", "f", [], "(int, int, error)"),
        ("func g(x int) int { return f(x) }", "f", [], None),
    ],
)  # fmt: skip
def test_signatures(code: str, entry_point: str, annotations: list[str], returns: str | None) -> None:
    found = go.signature(code, entry_point)
    assert ([each.annotation for each in found.parameters], found.returns) == (annotations, returns)


@pytest.mark.parametrize(
    ("annotation", "fits", "misfits"),
    [
        ("int", [0, -(2**63), 2**63 - 1], [2**63, 1.0, True, "1", None]),
        ("uint8", [255], [-1, 256, "a"]),
        ("byte", ["a"], ["", "ab", "é", 1]),
        ("rune", ["a"], ["ab", 97]),
        ("float64", [1, 1.5, float("inf"), float("nan")], [2**60, True, "1"]),
        ("float32", [0.5], [1e300]),
        ("bool", [True], [1, None]),
        ("string", ["", "a\n"], ["é", 1, None]),
        ("[][]int", [[], [[1], []], ((1,),)], [[1], [[None]], "ab", [[2**70]]]),
        ("map[string][]int", [{}, {"a": [1]}], [{1: [1]}, {"a": 1}]),
        ("[2]int", [[1, 2]], [[1, 2, 3]]),
        ("*ListNode", [[1, 2], [], None], [[None, "a"], 1]),
        ("[]*ListNode", [[[1], []]], [[1]]),
    ],
)
def test_which_inputs_fit_a_type(annotation: str, fits: list[object], misfits: list[object]) -> None:
    found = [types.read(annotation)]
    for value in fits:
        assert problem_of(wire.encode([value]), found) == "", value
    for value in misfits:
        assert problem_of(wire.encode([value]), found), value


@pytest.mark.parametrize(
    "annotation", ["Foo", "[]Foo", "any", "interface{}", "func()", "*int", "chan int", "...int", "", "[]"]
)
def test_other_types_are_refused_by_name(annotation: str) -> None:
    with pytest.raises(Unknown):
        types.read(annotation)


def test_tasks_that_cannot_be_run_say_why() -> None:
    assert refusal(FUNCTION) is None
    assert refusal(PROGRAM) is None
    assert refusal(task("func f(x []int) {}", "f")) is None
    assert "Foo" in str(refusal(task("func f(x Foo) int { return 1 }", "f")))
    assert "no signature" in str(refusal(task("func g() int { return 1 }", "f")))
    assert "a Go task is" in str(refusal(msgspec.structs.replace(PROGRAM, interface=Script())))
    assert language_of_file(Path("a.go")) == "go"


def test_a_file_gets_the_package_and_the_imports_that_it_lacks() -> None:
    header = 'package main\n\nimport (\n\t"sort"\n\tm "math"\n)\n\ntype T int\n'
    code = "// Package a\n// does.\npackage a\n\nfunc f() { sort.Ints(nil); m.Sqrt(1); x.math.Sqrt() }\n"
    made = packaged(code, header, "solution")
    assert made.splitlines()[2] == 'package solution; import "sort"; import m "math"'
    assert made.count("\n") == code.count("\n")
    assert packaged("func f() {}", header, "solution") == "package solution; func f() {}"
    assert packaged('import "sort"\nfunc f() { sort.Ints(nil) }', header, "s").count("import") == 1
    idle = 'package main\nimport (\n\t"sort"\n\tq "math"\n\t. "fmt"\n\t"os"\n)\nfunc f() {}'
    assert packaged(idle, header, "s") == idle.replace("main", "s").replace('"sort"', '_ "sort"').replace('q "', '_ "')
    assert packaged('import "sort"; func f() {}', header, "s") == 'package s; import _ "sort"; func f() {}'
    assert without_imports(header).split() == ["type", "T", "int"]
    assert without_imports('import "a"\nimport b "c"\nvar x = 1').split() == ["var", "x", "=", "1"]


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ('import "os"\nfunc main() { os.Open("x"); os.Stdin.Read(nil); os.Exit(1) }', ["files"]),
        ('import (\n\t"net/http"\n\t"os/exec"\n)', ["network", "processes"]),
        ('import "C"\nimport x "github.com/a/b"', ["dynamic", "third_party"]),
        ('import "time"\nfunc main() { time.Now() }', ["clocks"]),
        ('s := "os.Open" // os.Open\nx := `import "net"`', []),
    ],
)
def test_risks(code: str, rules: list[str]) -> None:
    assert [found.rule for found in go.findings(code)] == rules


@pytest.mark.parametrize("code", ["func main( {", "/* x", 's := "abc\n"', "s := `abc", "}", "r := 'a"])
def test_what_cannot_be_code_does_not_parse(code: str) -> None:
    with pytest.raises(SyntaxError) as caught:
        go.findings(code)
    assert caught.value.lineno


@pytest.mark.parametrize(
    "reply",
    [
        f"Sure!\n```go\n{TWO_SUM}```\nIt is fast.",
        f"```golang\n{TWO_SUM}```\nUse it:\n```go\nfunc main() {{ twoSum(v, 3) }}\n```",
        f"```\n{TWO_SUM}```",
        TWO_SUM,
        f"Here is the code:\n{TWO_SUM}",
        f"<think>\n```go\nint x\n```\n</think>\n```go\n{TWO_SUM}```",
        f"```go\nfunc twoSum(target int) int {{ return 1 }}\n```\nBetter:\n```go\n{TWO_SUM}```",
        f"```python\ndef twoSum(): pass\n```\n```go\n{TWO_SUM}```",
        f"```go\n{TWO_SUM}",
    ],
)
def test_the_answer_in_a_reply(reply: str) -> None:
    found = go.extract(reply, FUNCTION)
    assert found.code is not None, found.problem
    assert go.normalise(found.code) == go.normalise(TWO_SUM)


def test_a_body_continues_the_prompt() -> None:
    head, body = "func twoSum(nums []int, target int) []int {\n", "\treturn []int{0, 1}\n}\n"
    asked = msgspec.structs.replace(FUNCTION, prompt=head)
    for reply in (body, f"```go\n{body}```", f"{body}\nfunc main() {{}}\n"):
        found = go.extract(reply, asked)
        assert found.code is not None, found.problem
        assert go.normalise(found.code) == go.normalise(head + body)
    assert go.opens(head, "twoSum")
    assert not go.opens("Write twoSum.", "twoSum")
    assert go.statement("// The sum.\n" + head) == " The sum."


@pytest.mark.parametrize("reply", ["", "I cannot.", "```go\nfunc other() {}\n```", "```go\nfunc twoSum(\n```"])
def test_no_answer_is_said(reply: str) -> None:
    assert go.extract(reply, FUNCTION).problem


@pytest.mark.measured
@pytest.mark.parametrize("piece", ["/*", '"\\', "'", "`", "func twoSum(", "{", "}", "import (", "//", "x\n", ";", "<"])
def test_hostile_replies_take_bounded_work(piece: str) -> None:
    """Four times the text takes about four times the time."""
    taken = []
    for size in (50_000, 200_000):
        begun = time.process_time()
        go.extract("```go\n" + piece * (size // len(piece)), FUNCTION)
        go.normalise(piece * (size // len(piece)))
        packaged(piece * (size // len(piece)), piece * (size // len(piece)), "solution")
        taken.append(time.process_time() - begun)
    assert taken[1] < 10 * taken[0] + 0.5


@pytest.mark.measured
def test_imports_within_imports_take_bounded_work() -> None:
    taken = []
    for count in (5_000, 20_000):
        code = "import (\n" * count + ")\n" * count
        begun = time.process_time()
        packaged(code, "", "solution")
        go.findings(code)
        taken.append(time.process_time() - begun)
    assert taken[1] < 10 * taken[0] + 0.5


def test_prompts_name_the_language() -> None:
    assert "Go code that defines `twoSum`" in chat_prompt(FUNCTION)
    assert "Go program" in chat_prompt(PROGRAM)
    head = "func twoSum(nums []int, target int) []int {\n"
    assert completion_prompt(msgspec.structs.replace(FUNCTION, prompt=head))[0] == head
    for kind in ("checks", "load"):
        assert "twoSum" in prompt_for_tests(FUNCTION, kind)[0] or kind == "load"
    (case,) = go.asserts("assert twoSum([1, 2], 3) == [0, 1]", FUNCTION)
    assert case is not None
    assert (case.input, case.expected) == ("[[1,2],3]", "[0,1]")
