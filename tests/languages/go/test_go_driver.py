"""Functions in Go: arguments read by the declared types, answers as wire text, how they end. All is run."""

from collections.abc import Iterator

import pytest

import golang
from efficoder import wire
from efficoder.judging.compare import compare
from efficoder.judging.trial import empty_program
from efficoder.languages.go import language as go
from efficoder.sandbox import Limits, Outcome, Sandbox, digest
from efficoder.types import Comparison
from golang import task

pytestmark = golang.needs_compiler
_INF = float("inf")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def call(sandbox: Sandbox, code: str, *calls: list[object], entry_point: str = "f", header: str = "") -> Outcome:
    program = go.program(task(code, entry_point, header), code)
    return sandbox.run(program, [wire.encode(each) for each in calls])


def test_every_type_comes_back_as_it_went(sandbox: Sandbox) -> None:
    values: dict[str, object] = {
        "bool": True,
        "uint16": 200,
        "int64": -(2**63),
        "uint64": 2**64 - 1,
        "int8": -128,
        "float64": -0.1,
        "float32": 0.5,
        "byte": "\\",
        "rune": "a",
        "string": 'a"\\\n\t\x01\x7f/',
        "[][]int": [[1], [], [-2, 3]],
        "[]bool": [True, False],
        "[][]byte": [["x", "y"]],
        "map[string][]int": {"a": [1], "": []},
        "map[int]int": {7: 8, -1: 0},
        "[2]int": [4, 5],
        "*ListNode": [1, 2, 3],
        "*TreeNode": [1, None, 2, 3],
    }
    names = [f"a{i}" for i in range(len(values))]
    parameters = ", ".join(f"{name} {kind}" for kind, name in zip(values, names, strict=True))
    code = f"func f({parameters}) ({', '.join(values)}) {{ return {', '.join(names)} }}"
    asked, text = task(code, "f"), wire.encode([*values.values()])
    assert go.unsupported(asked) is None
    assert go.misfit(asked, text) == ""
    outcome = sandbox.run(go.program(asked, code), [text], loops=2)
    assert outcome.ended == "finished", outcome.detail
    assert [wire.decode(each) for each in outcome.outputs] == [[*values.values()]] * 2


def test_floats_and_text_leave_as_python_reads_them(sandbox: Sandbox) -> None:
    code = (
        'import "math"\nfunc f(x float64) []float64 '
        "{ return []float64{x, math.NaN(), math.Inf(1), math.Inf(-1), 1e100, 3, 5e-324, 0.1} }"
    )
    found = wire.decode(call(sandbox, code, [-_INF]).outputs[0])
    assert isinstance(found, list)
    expected = wire.encode([-_INF, float("nan"), _INF, -_INF, 1e100, 3.0, 5e-324, 0.1])
    assert compare(expected, wire.encode(found).encode(), Comparison(kind="float"))
    bytes_ = 'func f() string { return "\\xff\\xc3\\xa9\\xf0\\x9f\\x98\\x80\\xe2\\x82" }'
    assert wire.decode(call(sandbox, bytes_, []).outputs[0]) == "\udcffé😀\udce2\udc82"


@pytest.mark.parametrize(
    ("body", "ended", "detail"),
    [
        ("var v []int; return v[x]", "error", "panic: runtime error: index out of range [3]"),
        ("return x / (x - 3)", "error", "panic: runtime error: integer divide by zero"),
        ("done := make(chan int); go func() { panic(\"inner\") }(); return <-done", "error", "panic: inner"),
        ("defer func() { recover() }(); panic(1)", "finished", ""),
        ("var v [][]byte; for { v = append(v, make([]byte, 1<<20)) }", "memory", ""),
        ("return len(make([]int64, 1<<40+x))", "memory", "no more memory"),
        ("var p *int; return *p", "error", "panic: runtime error: invalid memory address"),
        ("<-make(chan int); return 1", "error", "deadlock"),
        ("return f(x+1) + f(x+2)", "memory", ""),
        ('println(strings.Repeat("x", 5000)); var l sync.Mutex; l.Lock(); l.Lock(); return 1', "error", "deadlock"),
        ("time.Sleep(1e6); return x", "finished", ""),
        ("os.Exit(0); return 1", "error", "ended early"),
        ("for { x++ }", "timeout", "CPU time"),
        ("for i := 0; i < 100; i++ { go func() { for { x++ } }() }; for { x++ }", "timeout", "CPU time"),
        ('os.NewFile(3, "").Write([]byte("R\\x01\\x00\\x00\\x001E\\x00\\x00\\x00\\x00")); os.Exit(0); return 1',
         "finished", ""),
        ('os.NewFile(3, "").Write([]byte("R\\x01\\x00\\x00\\x001")); return 1', "refused", "more results"),
        ("y := 1<<63 - 1; return y + x", "finished", ""),
    ],
)  # fmt: skip
def test_how_a_call_ends(sandbox: Sandbox, body: str, ended: str, detail: str) -> None:
    code = f"func f(x int) int {{ {body} }}"
    asked = task(code, "f", header='import ("os"; "strings"; "sync"; "time")\n')
    limits = Limits(cpu_s=4 if ended == "memory" else 0.5, wall_s=30, memory_bytes=256 << 20)
    outcome = sandbox.run(go.program(asked, code), ["[3]"], limits)
    assert (outcome.ended, detail in outcome.detail) == (ended, True), outcome


def test_too_deep_a_recursion_is_told_from_a_mistake(sandbox: Sandbox) -> None:
    outcome = call(sandbox, "func f(x int) int { return f(x+1) + 1 }", [3])
    assert (outcome.ended, outcome.detail.startswith(go.too_large)) == ("error", True), outcome


def test_results_before_a_failure_are_kept(sandbox: Sandbox) -> None:
    outcome = call(sandbox, 'func f(x int) int { if x == 2 { panic("two") }; return x }', [0], [1], [2], [3])
    assert (outcome.ended, outcome.outputs, outcome.detail) == ("error", (b"0", b"1"), "panic: two")


def test_a_batch_has_one_answer_and_loops_one_digest_each(sandbox: Sandbox) -> None:
    code = "func f(v []int) map[int]int { m := map[int]int{}; for i, x := range append(v, 1) { m[x] = i }; return m }"
    inputs = [wire.batch(["[[]]", "[[5,6]]"]), "[[1]]", wire.encode([list(range(100))])]
    program = go.program(task(code, "f"), code)
    kept = sandbox.run(program, inputs, loops=3)
    assert wire.decode(kept.outputs[0]) == [{1: 0}, {5: 0, 6: 1, 1: 2}]
    assert kept.outputs[:3] * 3 == kept.outputs
    digests = sandbox.run(program, inputs, loops=3, keep_outputs=False)
    assert digests.outputs == (digest(kept.outputs[:3]),) * 3


def test_the_empty_program_reads_the_same_and_calls_nothing(sandbox: Sandbox) -> None:
    for code in ("func f(v []int, n *ListNode) (int, *ListNode) { return 1, n }", "func f(v []int, n *ListNode) {}"):
        empty = empty_program(go.program(task(code, "f"), code))
        ran = sandbox.run(empty, ["[[1,2],[3]]"])
        assert (ran.ended, ran.outputs) == ("finished", ()), ran


def test_an_input_that_does_not_fit_fails_alone(sandbox: Sandbox) -> None:
    code = "func f(v []int32) int { return len(v) }"
    outcome = call(sandbox, code, [[1]], ["text"], [[]])
    assert (outcome.ended, outcome.outputs) == ("error", (b"1",))
    assert outcome.detail == "the input does not fit the signature"
    for odd in ([[2**31]], [[1.5]], [None]):
        assert "fit" in call(sandbox, code, odd).detail


@pytest.mark.parametrize(
    "code",
    [
        'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println(f(nil)) }\n\nfunc f(v []int) int { return len(v) }',
        "// Package x.\npackage x\nfunc f(v []int) uint8 { return uint8(len(v)) }",
        "func f(v []int) (n int) { n = len(v); return }",
        "import (\n\ts \"sort\"\n)\nfunc f(v []int) int { s.Ints(v); return v[2] }",
        "func f(v []int) int { sort.Ints(v); return v[2] }",
        'import "sort"\nfunc f(v []int) int { sort.Ints(v); return int(math.Sqrt(9)) + len(strings.Trim("", "")) }',
        "var f = func(v []int) int { return len(v) }",
        'import (\n\t"math"\n\tq "sort"\n)\nfunc f(v []int) int { return len(v) }',
        "func f(v []int) any { return len(v) }",
    ],
)  # fmt: skip
def test_candidates_may_write_it_their_way(sandbox: Sandbox, code: str) -> None:
    header = 'package main\nimport (\n\t"sort"\n\t"math"\n\t"strings"\n\tr "math/rand"\n)\n'
    outcome = sandbox.run(go.program(task("func f(v []int) int { return 0 }", "f", header), code), ["[[1,2,3]]"])
    assert outcome.outputs == (b"3",), outcome


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("func g(x int) int { return 1 }", "undefined: f"),
        ("func f(x, y int) int { return 1 }", "not enough arguments"),
        ("func f(x string) int { return 1 }", "cannot use given.A0"),
        ("func f(x int) int {\n  return y\n}", "solution.go:2:10: undefined: y"),
        ("func f(x int) int {\n  y = 1\n  return x\n}", "solution.go:2:3: undefined: y"),
        ("func f(x int) int { return 1 }\nconst EfficoderCalls = false", "EfficoderCalls redeclared"),
        ("func f(x int) int { return 1 } /* no end", "comment not terminated"),
        ('import "github.com/x/y"\nfunc f(x int) int { return y.Z }', "could not import"),
        ("func f(x int) (int, int) { return 1, 2 }", "assignment mismatch"),
        ('import "sort"\nfunc f(x int) int { return x }', "imported and not used"),
    ],
)
def test_what_does_not_fit_the_signature_does_not_compile(sandbox: Sandbox, code: str, reason: str) -> None:
    outcome = sandbox.run(go.program(task("func f(x int) int { return 0 }", "f"), code), ["[3]"])
    assert outcome.ended == "compile_error"
    assert reason in outcome.detail


def test_what_is_no_plain_data_is_refused(sandbox: Sandbox) -> None:
    asked = task("func f(x int) int { return 0 }", "f")
    for code in ("type S struct { A int }\nfunc f(x int) S { return S{1} }", "func f(x int) func() { return nil }"):
        outcome = sandbox.run(go.program(asked, code), ["[3]"])
        assert (outcome.ended, "plain data" in outcome.detail) == ("refused", True), outcome


def test_the_header_of_a_task_is_there_for_its_candidates(sandbox: Sandbox) -> None:
    header = 'import "sort"\n\ntype Pair struct{ A, B int }\n'
    header += "func helper(x int) int { s := []int{x, 1}; sort.Ints(s); return s[1] }\n"
    asked = task("func f(x int) int { return 0 }", "f", header=header)
    own = "func f(x int) int { return Pair{helper(x), 2}.A + 1 }"
    assert sandbox.run(go.program(asked, own), ["[3]"]).outputs == (b"4",)
    nodes = "type ListNode struct {\n\tVal int\n\tNext *ListNode\n}\n"
    assert call(sandbox, "func f(l *ListNode) *ListNode { return l.Next }", [[1, 2]], header=nodes).outputs == (b"[2]",)


def test_cyclic_nodes_are_errors_and_none_is_an_empty_list(sandbox: Sandbox) -> None:
    code = "func f(l *ListNode) *ListNode { if l != nil { l.Next = l }; return l }"
    assert "cyclic" in call(sandbox, code, [[1]]).detail
    assert call(sandbox, code, [[]], [None]).outputs == (b"[]", b"[]")


def test_echo(sandbox: Sandbox) -> None:
    assert go.seeded(go.echo, 3) == go.echo
    assert sandbox.run(go.echo, ["[5]"]).outputs == (b"5",)
