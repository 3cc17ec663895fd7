"""Methods in Java: arguments read by the declared types, answers as wire text, how they end. All is run."""

from collections.abc import Iterator

import pytest

import java as java_tests
from efficoder import wire
from efficoder.judging.compare import compare
from efficoder.judging.trial import empty_program
from efficoder.languages.java import language as java
from efficoder.sandbox import Limits, Outcome, Sandbox, digest
from efficoder.types import Comparison
from java import method, task

pytestmark = java_tests.needs_java


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def call(
    sandbox: Sandbox, code: str, *calls: list[object], entry_point: str = "Solution().f", limits: Limits | None = None
) -> Outcome:
    program = java.program(task(code, entry_point), code)
    return sandbox.run(program, [wire.encode(each) for each in calls], limits or Limits())


_VALUES: dict[str, object] = {
    "boolean": True,
    "byte": -128,
    "short": 32767,
    "int": -(2**31),
    "long": 2**63 - 1,
    "double": -0.1,
    "float": 0.5,
    "char": "\\",
    "String": 'a"\\\n\t\x01\x7f/é\ud800',
    "Integer": 7,
    "int[][]": [[1], [], [-2, 3]],
    "String[]": ["", "x"],
    "char[]": ["a", "b"],
    "List<List<Integer>>": [[1, None], []],
    "ArrayList<Double>": [1.5, float("inf")],
    "java.util.Set<Integer>": {3, 1},
    "Map<String, List<Boolean>>": {"a": [True], "": []},
    "TreeMap<Integer, String>": {7: "x"},
    "Deque<Long>": [2**40],
    "Optional<Integer>": None,
    "Object": {1: [2.5, None, "x", {4}]},
    "BigInteger": 2**200,
    "List<int[]>": [[1, 2]],
    "ListNode": [1, 2, 3],
    "TreeNode": [1, None, 2, 3],
}


def test_every_type_comes_back_as_it_went(sandbox: Sandbox) -> None:
    for kind, value in _VALUES.items():
        code = f"import java.math.*;\n{method(f'public {kind} f({kind} x) {{ return x; }}')}"
        asked, text = task(code, "Solution().f"), wire.encode([value])
        assert java.unsupported(asked) is None, kind
        assert java.misfit(asked, text) == "", kind
        outcome = sandbox.run(java.program(asked, code), [text], loops=2)
        assert outcome.ended == "finished", (kind, outcome.detail)
        for output in outcome.outputs:
            assert compare(wire.encode(value), output, Comparison(kind="float")), (kind, output)


@pytest.mark.parametrize(
    ("returns", "written", "value"),
    [
        (
            "double[]",
            "new double[] {3, 1e100, 5e-324, Double.NaN, -1.0 / 0}",
            [3.0, 1e100, 5e-324, float("nan"), float("-inf")],
        ),
        ("float", "0.1f", 0.1),
        ("Object", "BigInteger.TWO.pow(5000).negate()", -(2**5000)),
        ("StringBuilder", 'new StringBuilder("x")', "x"),
        ("Object", "null", None),
        ("void", "", None),
        ("Object", "Arrays.asList(1, 2L, (short) 3, 'c')", [1, 2, 3, "c"]),
        ("Object", "new ArrayDeque<Integer>()", []),
        ("Object", "new HashMap<String, Integer>()", {}),
        ("Object", "Map.of(1, Set.of(2))", {1: {2}}),
    ],
)
def test_other_values_leave_as_python_reads_them(sandbox: Sandbox, returns: str, written: str, value: object) -> None:
    code = f"import java.math.*;\n{method(f'{returns} f() {{ return {written}; }}')}"
    outcome = call(sandbox, code, [])
    assert outcome.ended == "finished", outcome
    assert compare(wire.encode(value), outcome.outputs[0], Comparison(kind="float")), outcome


_UNSAFE = (
    'java.lang.reflect.Field u = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe"); u.setAccessible(true);'
    "sun.misc.Unsafe m = (sun.misc.Unsafe) u.get(null);"
)


@pytest.mark.parametrize(
    ("body", "ended", "detail"),
    [
        ("return new Thread();", "refused", "java.lang.Thread is not plain data"),
        ("List<Object> a = new ArrayList<>(); a.add(a); return a;", "refused", "nested too deeply"),
        ("Object a = 1; for (int i = 0; i < 60; ++i) a = new Object[] {a, a}; return a;",
         "refused", "larger than the output"),
        ('return "x".repeat(4000000);', "refused", "larger than the output limit"),
        ("System.exit(0); return 1;", "error", "ended early with exit status 0"),
        ("Runtime.getRuntime().halt(0); return 1;", "error", "ended early"),
        ("Runtime.getRuntime().addShutdownHook(new Thread(() -> { for (;;); })); System.exit(0); return "
         "1;", "timeout", "time"),
        ("return (int) f(x) + 1;", "error", "java.lang.StackOverflowError (line 3)"),
        ('throw new IllegalStateException("no");', "error", "java.lang.IllegalStateException: no (line 3)"),
        ("throw new RuntimeException() { public String toString() { throw this; } };", "error", "an exception"),
        ("return new int[x][1 << 30];", "memory", "OutOfMemoryError"),
        ("List<long[]> a = new ArrayList<>(); for (;;) a.add(new long[1 << 16]);", "memory", "OutOfMemoryError"),
        ("for (;;);", "timeout", "CPU time"),
        ("Object o = 1; return (String) o;", "error", "java.lang.ClassCastException"),
        ("return new int[1][-x];", "error", "java.lang.NegativeArraySizeException"),
        (f"{_UNSAFE} m.putLong(8L, 1L); return 1;", "error", "ended early"),
    ],
)  # fmt: skip
def test_how_a_call_ends(sandbox: Sandbox, body: str, ended: str, detail: str) -> None:
    limits = Limits(cpu_s=4.0, wall_s=40.0, memory_bytes=512 << 20, output_bytes=1 << 20)
    outcome = call(sandbox, method(f"Object f(int x) throws Exception {{ {body} }}"), [3], limits=limits)
    assert (outcome.ended, detail in outcome.detail) == (ended, True), outcome


def test_memory_that_the_heap_does_not_count_ends_too(sandbox: Sandbox) -> None:
    hoard = f"{_UNSAFE} for (;;) m.setMemory(m.allocateMemory(1 << 20), 1 << 20, (byte) 1);"
    outcome = call(
        sandbox, method(f"int f(int x) throws Exception {{ {hoard} }}"), [3], limits=Limits(memory_bytes=256 << 20)
    )
    assert outcome.ended in {"memory", "timeout"}, outcome
    assert outcome.peak_bytes < 1300 << 20


@pytest.mark.parametrize(
    "forged",
    [
        'static { out("3"); Runtime.getRuntime().halt(0); }',
        'static { out("3"); }',
        'static { try { Object d = Class.forName("efficoder.Driver").getDeclaredMethods(); } catch (Throwable t) {} }',
    ],
)
def test_what_a_static_initialiser_writes_is_an_answer_like_any_other(sandbox: Sandbox, forged: str) -> None:
    write = (
        f"static void out(String s) {{ try {{ {_UNSAFE} java.io.FileDescriptor d = new java.io.FileDescriptor();"
        'm.putInt(d, m.objectFieldOffset(java.io.FileDescriptor.class.getDeclaredField("fd")), 3);'
        "java.io.OutputStream o = new java.io.FileOutputStream(d);"
        "o.write(new byte[] {'R', 1, 0, 0, 0}); o.write(s.getBytes()); o.write(new byte[] {'E', 0, 0, 0, 0}); }"
        " catch (Exception e) { throw new RuntimeException(e); } }"
    )
    outcome = call(sandbox, method(f"{write} {forged} public int f(int x) {{ return 5; }}"), [7], [8])
    assert outcome.outputs in {(b"3",), (b"5", b"5"), ()}, outcome
    assert outcome.ended != "finished" or outcome.outputs == (b"5", b"5")


def test_results_before_a_failure_are_kept(sandbox: Sandbox) -> None:
    code = method('int f(int x) { if (x == 2) throw new IllegalStateException("two"); return x; }')
    outcome = call(sandbox, code, [0], [1], [2], [3])
    assert (outcome.ended, outcome.outputs) == ("error", (b"0", b"1"))


def test_a_batch_has_one_answer_and_loops_one_digest_each(sandbox: Sandbox) -> None:
    code = method("int f(List<Integer> v) { v.add(1); return v.size(); }")
    inputs = [wire.batch(["[[]]", "[[5,6]]"]), "[[1]]", wire.encode([list(range(100))])]
    program = java.program(task(code, "Solution().f"), code)
    kept = sandbox.run(program, inputs, loops=3)
    assert kept.outputs == (b"[1,3]", b"2", b"101") * 3
    assert sandbox.run(program, inputs, loops=3, keep_outputs=False).outputs == (digest(kept.outputs[:3]),) * 3


def test_the_empty_program_reads_the_same_and_calls_nothing(sandbox: Sandbox) -> None:
    code = method("int f(List<Integer> v) { return 1; }")
    empty = empty_program(java.program(task(code, "Solution().f"), code))
    for keep in (True, False):
        ran = sandbox.run(empty, ["[[1,2]]"], loops=2, keep_outputs=keep)
        assert (ran.ended, ran.outputs) == ("finished", ()), ran


@pytest.mark.parametrize(
    "code",
    [
        "import java.util.List;\npublic class Solution { public int f(List<Integer> v) { return v.size(); } }",
        "class Solution { long f(java.util.Collection<Integer> v) { return v.size(); } }",
        "class Solution { Integer f(Object v) { return ((java.util.List<?>) v).size(); } }",
        "class Solution { static int f(Iterable<Integer> v) { int n = 0; for (int x : v) ++n; return n; } }",
        "public class Helper {}\nclass Solution { int f(java.util.List<Integer> v) { return v.size(); } }",
        "class Solution { int n; int f(java.util.List<Integer> v) { return n += v.size(); } "
        "public static void main(String[] a) { System.out.println(7); } }",
        "class Solution { int f(java.util.List<Integer> v) { System.out.println(9); return "
        "v.stream().mapToInt(x -> 1).sum(); } }",
        "record Pair(int a, int b) {}\nclass Solution { int f(java.util.List<Integer> v) { return new "
        "Pair(v.size(), 1).a(); } }",
    ],
)
def test_candidates_may_write_it_their_way(sandbox: Sandbox, code: str) -> None:
    asked = task(method("int f(List<Integer> v) { return 0; }"), "Solution().f")
    outcome = sandbox.run(java.program(asked, code), ["[[1,2,3]]", "[[1,2,3]]"])
    assert outcome.outputs == (b"3", b"3"), outcome


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (method("int g(int x) { return 1; }"), "cannot find symbol"),
        (method("int f(int x, int y) { return 1; }"), "cannot be applied to given types"),
        (method("int f(String x) { return 1; }"), "incompatible types"),
        (method("int f(int x) {\n    return y;\n  }"), "solution.java:4: error: cannot find symbol"),
        (method("private int f(int x) { return 1; }"), "private access"),
        (method("int f(int x) { return 1; }") + "class EfficoderCall {}", "duplicate class"),
        ("class Solution { int f(int x) { return 1; }", "reached end of file"),
        (method("int f(int x) { return 99999999999; }"), "integer number too large"),
        ("class Solution { \ud800 }", "error"),
        ("// nothing", "cannot find symbol"),
    ],
)
def test_what_does_not_fit_the_signature_does_not_compile(sandbox: Sandbox, code: str, reason: str) -> None:
    asked = task(method("int f(int x) { return 0; }"), "Solution().f")
    outcome = sandbox.run(java.program(asked, code), ["[3]"])
    assert (outcome.ended, reason in outcome.detail) == ("compile_error", True), outcome


def test_methods_nodes_and_headers(sandbox: Sandbox) -> None:
    turned = (
        "class Solution { ListNode f(ListNode head) { ListNode p = null;"
        "while (head != null) { ListNode n = head.next; head.next = p; p = head; head = n; } return p; } }"
    )
    assert call(sandbox, turned, [[1, 2, 3]], [[]]).outputs == (b"[3,2,1]", b"[]")
    tree = "class Solution { TreeNode f(TreeNode r) { return r == null ? r : new TreeNode(r.val, r.right, r.left); } }"
    assert call(sandbox, tree, [[1, None, 2, 3]], [[]]).outputs == (b"[1,2,null,3]", b"[]")
    cyclic = "class Solution { ListNode f(ListNode h) { h.next = h; return h; } }"
    assert call(sandbox, cyclic, [[1]]).ended == "refused"
    static = "class Tools { static int f(int x) { return x; } }"
    assert call(sandbox, static, [4], entry_point="Tools.f").outputs == (b"4",)
    asked = task(
        "class Solution { List<Integer> f(int x) { return null; } }", "Solution().f", header="import java.util.*;\n"
    )
    assert sandbox.run(java.program(asked, "class Solution { List<Integer> f(int x) { return List.of(x); } }"), ["[3]"]
                       ).outputs == (b"[3]",)  # fmt: skip
    broken = sandbox.run(java.program(asked, "class Solution {\n  int f(int x) { return y; } }"), ["[3]"])
    assert "solution.java:2: error" in broken.detail
    assert sandbox.run(java.echo, ["[[1,2]]"]).outputs == (b"[1,2]",)
