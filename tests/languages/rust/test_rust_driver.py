"""Functions in Rust: arguments read by the declared types, answers as wire text, how they end. All is run."""

from collections.abc import Iterator

import pytest

import rust as rust_tests
from efficoder import wire
from efficoder.judging.compare import compare
from efficoder.judging.trial import empty_program
from efficoder.languages.rust import language as rust
from efficoder.sandbox import Limits, Outcome, Sandbox, digest
from efficoder.types import Comparison
from rust import task

pytestmark = rust_tests.needs_compiler
_INF = float("inf")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def call(sandbox: Sandbox, code: str, *calls: list[object], entry_point: str = "f") -> Outcome:
    return sandbox.run(rust.program(task(code, entry_point), code), [wire.encode(each) for each in calls])


def test_every_type_comes_back_as_it_went(sandbox: Sandbox) -> None:
    values: dict[str, object] = {
        "bool": True,
        "u8": 200,
        "i64": -(2**63),
        "usize": 2**64 - 1,
        "i128": -(2**127),
        "f64": -0.1,
        "f32": 0.5,
        "char": "\\",
        "String": 'a"\\\n\t\x01\x7f/',
        "&str": "text",
        "Vec<Vec<i32>>": [[1], [], [-2, 3]],
        "&[Vec<bool>]": [[True, False]],
        "&mut Vec<&str>": ["", "x"],
        "std::collections::VecDeque<i8>": [1],
        "HashSet<i32>": {3, 1},
        "&BTreeMap<String, Vec<i32>>": {"a": [1], "": []},
        "HashMap<i32, i32>": {7: 8},
        "(String, i32)": ["a", 1],
        "(i32, f64, bool)": [1, 2.5, False],
        "[u16; 2]": [4, 5],
        "Option<i32>": None,
        "Option<Box<ListNode>>": [1, 2, 3],
        "Option<Rc<RefCell<TreeNode>>>": [1, None, 2, 3],
    }
    places = [place for place, kind in enumerate(values) if place % 2]
    header = "use std::collections::*;\nuse std::rc::Rc;\nuse std::cell::RefCell;\n"
    for chosen in (places, [place for place in range(len(values)) if place not in places]):
        kinds = {kind: value for place, (kind, value) in enumerate(values.items()) if place in chosen}
        names = [f"a{i}" for i in range(len(kinds))]
        parameters = ", ".join(f"mut {name}: {kind}" for kind, name in zip(kinds, names, strict=True))
        head = f"fn f<'a>({parameters}) -> ({', '.join(kinds)})".replace("&", "&'a ")
        code = f"{head} {{ ({', '.join(names)}) }}"
        asked, text = task(code, "f", header=header), wire.encode([*kinds.values()])
        assert rust.unsupported(asked) is None
        assert rust.misfit(asked, text) == ""
        outcome = sandbox.run(rust.program(asked, code), [text], loops=2)
        assert outcome.ended == "finished", outcome.detail
        assert [wire.decode(each) for each in outcome.outputs] == [[*kinds.values()]] * 2


def test_floats_and_text_leave_as_python_reads_them(sandbox: Sandbox) -> None:
    code = "fn f(x: f64) -> Vec<f64> { vec![x, f64::NAN, f64::INFINITY, -f64::INFINITY, 1e100, 3.0, 5e-324, 0.1] }"
    found = wire.decode(call(sandbox, code, [-_INF]).outputs[0])
    assert isinstance(found, list)
    expected = wire.encode([-_INF, float("nan"), _INF, -_INF, 1e100, 3.0, 5e-324, 0.1])
    assert compare(expected, wire.encode(found).encode(), Comparison(kind="float"))
    text = 'fn f() -> String { "é😀\\u{7f}\\0\\"".to_string() }'
    assert wire.decode(call(sandbox, text, []).outputs[0]) == 'é😀\x7f\0"'


@pytest.mark.parametrize(
    ("body", "ended", "detail"),
    [
        ("Vec::<i32>::new()[x as usize]", "error", "panic: index out of bounds"),
        ("x / (x - 3)", "error", "panic: attempt to divide by zero (line 2)"),
        ("std::thread::spawn(|| panic!(\"inner\")).join().unwrap()", "error", "panic: called `Result::unwrap()`"),
        ("std::panic::catch_unwind(|| panic!()).unwrap_or(7)", "finished", ""),
        ("opaque(vec![0i64; 1 << 50]).len() as i32", "memory", "memory allocation of"),
        ("let mut v: Vec<Vec<u8>> = vec![]; loop { v.push(vec![1; 1 << 20]) }", "memory", ""),
        ("unsafe { *(8 as *mut i32) }", "error", "crashed by SIGSEGV"),
        ("fn deep(n: i32) -> i32 { let a = opaque([n; 64]); let b = deep(n + 1); b + opaque(a)[3] } deep(x)",
         "error", "crashed by SIG"),
        ("std::process::abort()", "error", "crashed by SIG"),
        ("std::process::exit(0)", "error", "ended early"),
        ("loop { opaque(x); }", "timeout", "CPU time"),
        ("forge(b\"R\\x01\\0\\0\\x001E\\0\\0\\0\\0\"); std::process::exit(0)", "finished", ""),
        ("forge(b\"R\\x01\\0\\0\\x001\"); 1", "refused", "more results"),
        ("i32::MAX.wrapping_add(x)", "finished", ""),
    ],
)  # fmt: skip
def test_how_a_call_ends(sandbox: Sandbox, body: str, ended: str, detail: str) -> None:
    forge = (
        "fn forge(b: &[u8]) { use std::{io::Write, os::unix::io::FromRawFd}; "
        "let mut f = unsafe { std::fs::File::from_raw_fd(3) }; f.write_all(b).unwrap(); std::mem::forget(f) }"
    )
    code = f"#![allow(unconditional_recursion, unused)]\nfn f(x: i32) -> i32 {{ {body} }}\n{forge}{rust_tests.OPAQUE}"
    limits = Limits(cpu_s=3 if ended == "memory" else 0.5, wall_s=20, memory_bytes=256 << 20)
    outcome = sandbox.run(rust.program(task(code, "f"), code), ["[3]"], limits)
    assert (outcome.ended, detail in outcome.detail) == (ended, True), outcome


def test_results_before_a_failure_are_kept(sandbox: Sandbox) -> None:
    code = 'fn f(x: i32) -> i32 { if x == 2 { panic!("two") } x }'
    outcome = call(sandbox, code, [0], [1], [2], [3])
    assert (outcome.ended, outcome.outputs, outcome.detail) == ("error", (b"0", b"1"), "panic: two (line 1)")


def test_a_batch_has_one_answer_and_loops_one_digest_each(sandbox: Sandbox) -> None:
    code = "fn f(v: &mut Vec<i32>) -> usize { v.push(1); v.len() }"
    inputs = [wire.batch(["[[]]", "[[5,6]]"]), "[[1]]", wire.encode([list(range(100))])]
    program = rust.program(task(code, "f"), code)
    kept = sandbox.run(program, inputs, loops=3)
    assert kept.outputs == (b"[1,3]", b"2", b"101") * 3
    digests = sandbox.run(program, inputs, loops=3, keep_outputs=False)
    assert digests.outputs == (digest(kept.outputs[:3]),) * 3
    long = 'fn f(n: usize) -> String { "x".repeat(n) }'
    for size in (0, 53, 54, 55, 56, 60, 61, 62, 63, 64, 1000):
        ran = sandbox.run(rust.program(task(long, "f"), long), [f"[{size}]"], keep_outputs=False)
        assert ran.outputs == (digest([wire.encode("x" * size).encode()]),)


def test_the_empty_program_reads_the_same_and_calls_nothing(sandbox: Sandbox) -> None:
    code = "fn f(v: Vec<i32>) -> i32 { 1 }"
    empty = empty_program(rust.program(task(code, "f"), code))
    ran = sandbox.run(empty, ["[[1,2]]"])
    assert (ran.ended, ran.outputs) == ("finished", ())


def test_an_input_that_does_not_fit_fails_alone(sandbox: Sandbox) -> None:
    code = "fn f(v: Vec<i32>) -> usize { v.len() }"
    outcome = call(sandbox, code, [[1]], ["text"], [[]])
    assert (outcome.ended, outcome.outputs) == ("error", (b"1",))
    assert outcome.detail == "the input does not fit the signature"
    for odd in ([[2**31]], [[1.5]], [[-(2**31) - 1]], [None]):
        assert "fit" in call(sandbox, code, odd).detail


@pytest.mark.parametrize(
    "code",
    [
        "#![allow(unused)]\n//! D\nuse std::collections::HashMap;\nfn main() {}\npub fn f(v: Vec<i32>) -> i64 { 3 }",
        "fn f(mut v: Vec<i32>) -> u128 { v.push(1); (v.len() - 1) as u128 }",
        "#[cfg(test)]\nmod tests { use super::*; #[test] fn t() {} }\nfn f(v: Vec<i32>) -> usize { v.len() }",
        "fn f<T: IntoIterator>(v: T) -> usize { v.into_iter().count() }",
        "#![deny(warnings)]\nfn f(v: Vec<i32>) -> usize { let unused = 1; v.len() }",
        "macro_rules! g { ($n:ident) => { fn $n(v: Vec<i32>) -> usize { v.len() } } }\ng!(f);",
    ],
)
def test_candidates_may_write_it_their_way(sandbox: Sandbox, code: str) -> None:
    asked = task("fn f(v: Vec<i32>) -> usize { 0 }", "f")
    outcome = sandbox.run(rust.program(asked, code), ["[[1,2,3]]"])
    assert outcome.outputs == (b"3",), outcome


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("fn g(x: i32) -> i32 { 1 }", "cannot find function `f`"),
        ("fn f(x: i32, y: i32) -> i32 { 1 }", "error[E0061]"),
        ("struct S;\nfn f(x: i32) -> S { S }", "Answer"),
        ("fn f(x: i32) -> i32 {\n  y\n}", "solution.rs:2:3: error[E0425]"),
        ("fn f(x: i32) -> i32 { 1 }\npub const EFFICODER_CALLS: bool = false;", "error[E0428]"),
        ("fn f(x: i32) -> i32 { 1 } /* no end", "unterminated block comment"),
        ("use rand::Rng;\nfn f(x: i32) -> i32 { 1 }", "rand"),
    ],
)
def test_what_does_not_fit_the_signature_does_not_compile(sandbox: Sandbox, code: str, reason: str) -> None:
    outcome = sandbox.run(rust.program(task("fn f(x: i32) -> i32 { 0 }", "f"), code), ["[3]"])
    assert outcome.ended == "compile_error"
    assert reason in outcome.detail


def test_an_associated_function_is_called_by_its_type(sandbox: Sandbox) -> None:
    code = "impl Solution { pub fn f(x: i32) -> i32 { Self::g(x) } fn g(x: i32) -> i32 { x + 1 } }"
    for entry_point in ("Solution::f", "Solution().f"):
        assert call(sandbox, code, [1], entry_point=entry_point).outputs == (b"2",)
        own = f"pub struct Solution;\n{code}"
        assert call(sandbox, own, [1], entry_point=entry_point).outputs == (b"2",)


def test_the_header_of_a_task_is_there_for_its_candidates(sandbox: Sandbox) -> None:
    header = "use std::collections::HashMap;\ntype Number = i32;\nfn helper(x: i32) -> i32 { x + 1 }\n"
    asked = task("fn f(x: i32) -> i32 { 0 }", "f", header=header)
    own = "fn f(x: Number) -> Number { let m: HashMap<i32, i32> = HashMap::new(); helper(x) + m.len() as i32 }"
    assert sandbox.run(rust.program(asked, own), ["[3]"]).outputs == (b"4",)
    again = f"use std::collections::*;\n{own}"
    assert sandbox.run(rust.program(asked, again), ["[3]"]).outputs == (b"4",)


def test_cyclic_trees_are_errors_and_none_is_an_empty_list(sandbox: Sandbox) -> None:
    head = "use std::rc::Rc;\nuse std::cell::RefCell;\nfn f(t: Option<Rc<RefCell<TreeNode>>>)"
    code = f"{head} -> Option<Rc<RefCell<TreeNode>>> {{ let u = t.clone()?; u.borrow_mut().left = t; Some(u) }}"
    assert "cyclic" in call(sandbox, code, [[1]]).detail
    assert call(sandbox, code, [[]], [None]).outputs == (b"[]", b"[]")


def test_maps_and_sets_are_written_in_one_order_in_every_process(sandbox: Sandbox) -> None:
    code = (
        "use std::collections::*;\nfn f(n: i32) -> (HashMap<i32, i32>, HashSet<i32>) "
        "{ ((0..n).map(|x| (x, x)).collect(), (0..n).collect()) }"
    )
    first, second = (call(sandbox, code, [50]).outputs for _ in range(2))
    assert first == second
    assert wire.decode(first[0]) == [{x: x for x in range(50)}, set(range(50))]


def test_echo(sandbox: Sandbox) -> None:
    assert rust.seeded(rust.echo, 3) == rust.echo
    assert sandbox.run(rust.echo, ["[5]"]).outputs == (b"5",)
