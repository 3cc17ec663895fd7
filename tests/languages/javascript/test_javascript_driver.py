"""Functions in JavaScript: arguments as its values, answers as wire text, how they end. All is run."""

from collections.abc import Iterator

import pytest

import javascript as javascript_tests
from efficoder import wire
from efficoder.judging.compare import compare
from efficoder.judging.trial import empty_program
from efficoder.languages.javascript import language as javascript
from efficoder.sandbox import Limits, Outcome, Sandbox, digest
from efficoder.types import Comparison
from javascript import task

pytestmark = javascript_tests.needs_node


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def call(sandbox: Sandbox, code: str, *calls: list[object], entry_point: str = "f", **more: object) -> Outcome:
    program = javascript.program(task(code, entry_point), code)
    return sandbox.run(program, [wire.encode(each) for each in calls], **more)  # type: ignore[arg-type]


def test_every_value_comes_back_as_it_went(sandbox: Sandbox) -> None:
    values = [
        True, None, 0, -(2**53) + 1, 2.5, -0.0, 1e300, 5e-324, float("inf"), float("nan"), "",
        'a"\\\n\t\x01\x7f/é\ud800',
        [[1], []], {"a": [1], "": None}, {1: 2, 3: {}}, {3, 4}, [{"__proto__": 1}],
    ]  # fmt: skip
    text = wire.encode([values])
    asked = task("function f(x) { return x; }", "f")
    assert javascript.misfit(asked, text) == ""
    outcome = call(sandbox, "function f(x) { return x; }", [values], loops=2)
    assert outcome.ended == "finished", outcome.detail
    for output in outcome.outputs:
        assert compare(wire.encode(values), output, Comparison(kind="float")), output
    assert wire.decode(call(sandbox, "const f = x => x", [(1, (2,))]).outputs[0]) == [1, [2]]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2n ** 70n", 2**70),
        ("2n ** 5000n", 2**5000),
        ("2 ** 70", 2**70),
        ("2 ** 60", 2**60),
        ("undefined", None),
        ("new Map([[1, 2], ['a', new Set([3])]])", {1: 2, "a": {3}}),
        ("new Uint8Array([1, 2])", [1, 2]),
        ("Object.assign(Object.create(null), { a: 1 })", {"a": 1}),
        ("(a => { a[2] = 1; return a; })([])", [None, None, 1]),
    ],
)
def test_other_values_leave_as_python_reads_them(sandbox: Sandbox, written: str, value: object) -> None:
    outcome = call(sandbox, f"function f() {{ return {written}; }}", [])
    assert (outcome.ended, wire.decode(outcome.outputs[0])) == ("finished", value), outcome


@pytest.mark.parametrize(
    ("body", "ended", "detail"),
    [
        ("return f;", "refused", "a function is not plain data"),
        ("return new (class A {})();", "refused", "an object of a class"),
        ("return Promise.resolve(1);", "refused", "an object of a class"),
        ("return (async () => { for (;;) await null; })();", "refused", "an object of a class"),
        ("const a = []; a.push(a); return a;", "refused", "nested too deeply"),
        ("const a = {}; a.b = [a]; return a;", "refused", "nested too deeply"),
        ("const a = []; a.length = 4e9; return a;", "refused", "larger than the output limit"),
        ("let a = []; for (let i = 0; i < 60; ++i) a = [a, a]; return a;", "refused", "larger than the output limit"),
        ("return 'x'.repeat(4e6);", "refused", "larger than the output limit"),
        ("process.exit(0);", "error", "ended early with exit status 0"),
        ("process.reallyExit(0);", "error", "ended early"),
        ("process.on('exit', () => { for (;;); }); process.exit(0);", "timeout", "CPU time"),
        ("return f(x) + 1;", "error", "RangeError: Maximum call stack size exceeded"),
        ("throw new TypeError('no');", "error", "TypeError: no (line 1)"),
        ("throw { toString() { throw 1; } };", "error", "an exception"),
        ("throw null;", "error", "null"),
        ("return y;", "error", "ReferenceError: y is not defined"),
        ("for (;;);", "timeout", "CPU time"),
        ("return 1n + x;", "error", "TypeError: Cannot mix BigInt"),
        ("return require('md5');", "error", "Cannot find module 'md5'"),
    ],
)
def test_how_a_call_ends(sandbox: Sandbox, body: str, ended: str, detail: str) -> None:
    limits = Limits(cpu_s=1.5, wall_s=20, output_bytes=1 << 20)
    outcome = call(sandbox, f"function f(x) {{ {body} }}", [3], limits=limits)
    assert (outcome.ended, detail in outcome.detail) == (ended, True), outcome


@pytest.mark.parametrize(
    "hoard",
    ["a.push(new Array(1000).fill(a.length))", "a.push(Buffer.alloc(1 << 20, 1))", "a.push('x'.repeat(1 << 20) + x)"],
)
def test_memory_bombs_end(sandbox: Sandbox, hoard: str) -> None:
    code = f"function f(x) {{ const a = []; for (;;) {{ {hoard}; a[a.length - 1][0]; }} }}"
    outcome = call(sandbox, code, [3], limits=Limits(cpu_s=20, wall_s=90, memory_bytes=256 << 20))
    assert outcome.ended in {"memory", "timeout"}, outcome
    assert outcome.peak_bytes < 1200 << 20


@pytest.mark.parametrize(
    "attack",
    [
        "JSON.stringify = () => '3'; JSON.parse = () => 3; return 1;",
        "Array.isArray = () => false; Array.prototype.map = () => [3]; "
        "Array.prototype[Symbol.iterator] = () => 3; return [1];",
        "Object.prototype.toJSON = () => 3; String.prototype.toString = () => '3'; return 1;",
        "Number.isSafeInteger = () => { throw 1; }; Reflect.apply = () => 3; return 1;",
        "Object.defineProperty(Object.prototype, '0', { set() {}, get() { return 3; } }); return 1;",
    ],
)
def test_patched_builtins_change_no_more_than_the_own_answer(sandbox: Sandbox, attack: str) -> None:
    """What comes out is compared outside with 3, and is some text of the candidate's or none."""
    outcome = call(sandbox, f"function f(x) {{ {attack} }}", [5], [6])
    right = [compare("3", output, Comparison()) for output in outcome.outputs]
    assert outcome.ended != "finished" or not all(right)
    assert call(sandbox, "const f = x => x", [1]).outputs == (b"1",)


def test_frames_written_by_hand_are_compared_like_any_answer(sandbox: Sandbox) -> None:
    forged = "function f(x) { const fs = require('fs'); fs.writeSync(3, 'R\\x01\\0\\0\\x001'); "
    forged += "fs.writeSync(3, 'E\\0\\0\\0\\0'); "
    assert call(sandbox, forged + "process.exit(0); }", [3]).outputs == (b"1",)
    assert call(sandbox, forged + "return 1; }", [3]).ended in {"refused", "error"}


def test_results_before_a_failure_are_kept(sandbox: Sandbox) -> None:
    outcome = call(sandbox, "const f = x => { if (x === 2) throw new Error('two'); return x; };", [0], [1], [2], [3])
    assert (outcome.ended, outcome.outputs) == ("error", (b"0", b"1"))


def test_a_batch_has_one_answer_and_loops_one_digest_each_in_fresh_scopes(sandbox: Sandbox) -> None:
    code = "let n = 0; function f(v) { v.push(1); n += 1; return v.length + 0 * n + (n > 4 ? 100 : 0); }"
    inputs = [wire.batch(["[[]]", "[[5,6]]"]), "[[1]]", wire.encode([list(range(100))])]
    program = javascript.program(task(code, "f"), code)
    kept = sandbox.run(program, inputs, loops=3)
    assert kept.outputs == (b"[1,3]", b"2", b"101") * 3
    assert sandbox.run(program, inputs, loops=3, keep_outputs=False).outputs == (digest(kept.outputs[:3]),) * 3
    text = "const f = n => 'é'.repeat(n)"
    for size in (0, 1, 1000):
        ran = sandbox.run(javascript.program(task(text, "f"), text), [f"[{size}]"], keep_outputs=False)
        assert ran.outputs == (digest([f'"{"é" * size}"'.encode()]),)


def test_the_empty_program_reads_the_same_and_calls_nothing(sandbox: Sandbox) -> None:
    code = "function f(v) { return 1; }"
    empty = empty_program(javascript.program(task(code, "f"), code))
    for keep in (True, False):
        ran = sandbox.run(empty, ["[[1,2]]"], loops=2, keep_outputs=keep)
        assert (ran.ended, ran.outputs) == ("finished", ()), ran


@pytest.mark.parametrize(
    "code",
    [
        "function f(v) { return v.length; }",
        "var f = function (v) { return v.length; };",
        "let f = v => v.length",
        "'use strict';\nconst g = (v) => v.length;\nmodule.exports = { f: g };",
        "function f(v) { return v.length; }\nif (require.main === module) { const argv = process.argv.slice(2); }",
        "#!/usr/bin/env node\nfunction f(v) { return v.length } // last line",
        "class A { static size(v) { return v.length; } }\nconst f = A.size;",
    ],
)
def test_candidates_may_write_it_their_way(sandbox: Sandbox, code: str) -> None:
    assert call(sandbox, code, [[1, 2, 3]]).outputs == (b"3",)


@pytest.mark.parametrize(
    ("code", "ended", "reason"),
    [
        ("function f(x) {\n  return x +;\n}", "compile_error", "solution.js:2: error: Unexpected token ';'"),
        ("function f(x) { return 1; ", "compile_error", "solution.js"),
        ("let f = 1; let f = 2;", "compile_error", "already been declared"),
        ("function f(x: number): number { return x; }", "compile_error", "Unexpected token ':'"),
        ("function g(x) { return 1; }", "error", "it defines no such function"),
        ("}); process.exit(0); (function () {", "compile_error", "Unexpected token"),
        ("\ud800 \udc80", "compile_error", "Invalid or unexpected token"),
        ("const f = " + "[" * 5000 + "]" * 5000, "compile_error", "call stack size"),
        ("const f = " + "(" * 200_000, "compile_error", ""),
    ],
)  # fmt: skip
def test_what_is_no_code_does_not_compile(sandbox: Sandbox, code: str, ended: str, reason: str) -> None:
    outcome = call(sandbox, code, [3])
    assert (outcome.ended, reason in outcome.detail) == (ended, True), outcome


def test_methods_nodes_and_headers(sandbox: Sandbox) -> None:
    code = "class Solution { f(x) { this.n = (this.n || 0) + x; return this.n; } }"
    assert call(sandbox, code, [1], [2], entry_point="Solution().f").outputs == (b"1", b"2")
    turned = (
        "/**\n * @param {ListNode} head\n * @return {ListNode}\n */\n"
        "var f = function (head) { let p = null; while (head) [head.next, p, head] = [p, head, head.next]; return p; };"
    )
    assert call(sandbox, turned, [[1, 2, 3]], [[]]).outputs == (b"[3,2,1]", b"[]")
    tree = "/** @param {TreeNode} r\n @return {TreeNode} */\nvar f = r => r && new TreeNode(r.val, r.right, r.left);"
    assert call(sandbox, tree, [[1, None, 2, 3]]).outputs == (b"[1,2,null,3]",)
    cyclic = "/** @param {ListNode} h\n @return {ListNode} */\nvar f = h => { h.next = h; return h; };"
    assert call(sandbox, cyclic, [[1]]).ended == "refused"
    asked = task("function f(x) { return 0; }", "f", header="const helper = x => x + 1;\n")
    assert sandbox.run(javascript.program(asked, "const f = x => helper(x)"), ["[3]"]).outputs == (b"4",)
    assert "(line 2)" in sandbox.run(javascript.program(asked, "\nconst f = x => y"), ["[3]"]).detail


def test_what_is_printed_is_no_answer(sandbox: Sandbox) -> None:
    assert call(sandbox, "const f = x => { console.log(7); console.error(8); return x; }", [1]).outputs == (b"1",)
    assert sandbox.run(javascript.echo, ["[[1,2]]"]).outputs == (b"[1,2]",)
