"""Rust code as text: tokens, one spelling, signatures, types and inputs, risks, answers in replies. Nothing is run."""

import time
from pathlib import Path

import msgspec
import pytest

from efficoder import wire
from efficoder.languages import language_of_file, refusal
from efficoder.languages.identity import candidate_id
from efficoder.languages.rust import language as rust
from efficoder.languages.rust import types
from efficoder.languages.wiretypes import Unknown, problem_of
from efficoder.models.prompts import chat_prompt, completion_prompt, prompt_for_tests
from efficoder.types import Script
from rust import task

TWO_SUM = """use std::collections::HashMap;

fn two_sum(nums: Vec<i32>, target: i32) -> Vec<i32> {
    vec![0, 1]
}
"""
FUNCTION = task(TWO_SUM, "two_sum")
PROGRAM = task("fn main() {}")


def test_one_spelling_for_equal_code() -> None:
    same = "use std::io;  // a comment\nfn f( x: i32 )->i32{ /* more /* and */ more */ return x\n; }"
    plain = "use std::io;\nfn f(x: i32) -> i32 { return x; }\n"
    assert candidate_id("t", plain, "rust") == candidate_id("t", same, "rust")
    for other in ("fn f(x: i32) -> i64 { return x; }", 'let a = "a  b";', "let a = 'a';", "fn main( {", "fn main("):
        assert rust.normalise(other) != rust.normalise(same)
    for one, other in (
        ('a = "x  // y";', 'a = "x // y";'),
        ('let s = r#"a" // b"#;', 'let s = r#"a" //  b"#;'),
        ('let s = "a\n  b";', 'let s = "a\n b";'),
        ("for i in 1..2 {}", "for i in 1.0.2 {}"),
        ("let c = '\"'; // x", "let c = '\\''; // x"),
        ("fn f<'a>(x: &'a str) {}", "fn f<'b>(x: &'b str) {}"),
    ):
        assert rust.normalise(one) != rust.normalise(other)


@pytest.mark.parametrize(
    ("code", "entry_point", "annotations", "returns"),
    [
        (TWO_SUM, "two_sum", ["Vec<i32>", "i32"], "Vec<i32>"),
        ("impl Solution { pub fn f(mut s: &'a str, n: &mut Vec<Vec<char>>,) -> bool where T: X { g() } }",
         "Solution::f", ["&'a str", "&mut Vec<Vec<char>>"], "bool"),
        ("fn f<T: Into<i32>, const N: usize>(a: [u8; 3], (b, c): (i32, String)) {}", "f",
         ["[u8; 3]", "(i32, String)"], "()"),
        ("pub(crate) fn f(t: Option<Rc<RefCell<TreeNode>>>) -> Option<Box<ListNode>> {", "Solution().f",
         ["Option<Rc<RefCell<TreeNode>>>"], "Option<Box<ListNode>>"),
        ("fn f() -> [i32; 2];", "f", [], "[i32; 2]"),
        ("fn g(x: i32) -> i32 { f(x) }", "f", [], None),
        ("impl S { fn f(&self, x: HashMap<String, Vec<(i32, i32)>>) -> u64 { 1 } }", "S::f",
         ["&self", "HashMap<String, Vec<(i32, i32)>>"], "u64"),
    ],
)  # fmt: skip
def test_signatures(code: str, entry_point: str, annotations: list[str], returns: str | None) -> None:
    found = rust.signature(code, entry_point)
    assert ([each.annotation for each in found.parameters], found.returns) == (annotations, returns)
    codecs = {each.codec for each in found.parameters} | {found.returns_codec}
    assert ("TreeNode" in codecs) == ("TreeNode" in str(annotations))


@pytest.mark.parametrize(
    ("annotation", "fits", "misfits"),
    [
        ("i32", [0, -(2**31), 2**31 - 1], [2**31, 1.0, True, "1", None]),
        ("u8", [255], [-1, 256]),
        ("usize", [0, 2**64 - 1], [-1]),
        ("i128", [-(2**127)], [2**127]),
        ("f64", [1, 1.5, float("inf"), float("nan")], [2**60, True, "1"]),
        ("f32", [0.5], [1e300]),
        ("bool", [True], [1, None]),
        ("char", ["a"], ["", "ab", "é", 1]),
        ("&'a str", ["", "a\n"], ["é", 1, None]),
        ("&mut Vec<Vec<i32>>", [[], [[1], []], ((1,),)], [[1], [[None]], "ab", [[2**40]]]),
        ("&[&str]", [["a"], []], [[1], "a"]),
        ("std::collections::HashMap<String, Vec<i64>>", [{}, {"a": [1]}], [{1: [1]}, {"a": 1}]),
        ("BTreeSet<i32>", [{1, 2}], [{"a"}]),
        ("(i32, String)", [[1, "a"], (1, "a")], [[1], [1, 2]]),
        ("[i32; 2]", [[1, 2]], [[1, 2, 3]]),
        ("Option<i32>", [None, 1], ["a"]),
        ("Option<Box<ListNode>>", [[1, 2], [], None], [[None, "a"], 1]),
        ("Vec<Option<Box<ListNode>>>", [[[1], []]], [[1]]),
    ],
)
def test_which_inputs_fit_a_type(annotation: str, fits: list[object], misfits: list[object]) -> None:
    found = [types.read(annotation)]
    for value in fits:
        assert problem_of(wire.encode([value]), found) == "", value
    for value in misfits:
        assert problem_of(wire.encode([value]), found), value
    assert problem_of(wire.batch([wire.encode([fits[0]]), wire.encode([misfits[0]])]), found)
    assert problem_of(wire.encode([fits[0], fits[0]]), found)


@pytest.mark.parametrize(
    "annotation",
    [
        "Foo",
        "Vec<Foo>",
        "Box<dyn Any>",
        "impl Fn(i32) -> i32",
        "Vec",
        "",
        "HashMap<i32>",
        "*const i32",
        "[i32; N]",
        "(i32",
    ],
)
def test_other_types_are_refused_by_name(annotation: str) -> None:
    with pytest.raises(Unknown):
        types.read(annotation)


def test_tasks_that_cannot_be_run_say_why() -> None:
    assert refusal(FUNCTION) is None
    assert refusal(PROGRAM) is None
    assert "Foo" in str(refusal(task("fn f(x: Foo) -> i32 { 1 }", "f")))
    assert "self" in str(refusal(task("fn f(&self) -> i32 { 1 }", "f")))
    assert "no signature" in str(refusal(task("fn g() -> i32 { 1 }", "f")))
    assert "a Rust task is" in str(refusal(msgspec.structs.replace(PROGRAM, interface=Script())))
    assert language_of_file(Path("a.rs")) == "rust"


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("use std::fs::File;\nfn main() {}", ["files"]),
        ("use std::{fs::File, io};", ["files"]),
        ('static S: &str = include_str!("x");', ["files"]),
        ('fn main() { std::process::Command::new("ls"); }', ["processes"]),
        ("use rand::Rng;\nextern crate regex;\nuse std::io;", ["third_party", "third_party"]),
        ("use std::collections::hash_map;\nuse hash_map::Entry;\nmod own { }\nuse own::*;\nuse self::own as o;", []),
        ("enum E { A }\nuse E::*;\nfn f() { std::process::exit(0); unsafe { g() } }", []),
        ('let s = "std::fs::File"; // std::net', []),
    ],
)
def test_risks(code: str, rules: list[str]) -> None:
    assert [found.rule for found in rust.findings(code)] == rules


@pytest.mark.parametrize("code", ["fn main( {", "fn main() { /* /* */ }", 'let s = "abc', 'r#"abc"', "}"])
def test_what_cannot_be_code_does_not_parse(code: str) -> None:
    with pytest.raises(SyntaxError) as caught:
        rust.findings(code)
    assert caught.value.lineno


@pytest.mark.parametrize(
    "reply",
    [
        f"Sure!\n```rust\n{TWO_SUM}```\nIt is fast.",
        f"```rs\n{TWO_SUM}```\nUse it:\n```rust\nfn main() {{ two_sum(v, 3); }}\n```",
        f"```\n{TWO_SUM}```",
        TWO_SUM,
        f"Here is the code:\n{TWO_SUM}",
        f"<think>\n```rust\nint x;\n```\n</think>\n```rust\n{TWO_SUM}```",
        f"```rust\nfn two_sum(target: i32) -> i32 {{ 1 }}\n```\nBetter:\n```rust\n{TWO_SUM}```",
        f"```python\ndef two_sum(): pass\n```\n```rust\n{TWO_SUM}```",
        f"```rust\n{TWO_SUM}",
    ],
)
def test_the_answer_in_a_reply(reply: str) -> None:
    found = rust.extract(reply, FUNCTION)
    assert found.code is not None, found.problem
    assert rust.normalise(found.code) == rust.normalise(TWO_SUM)


def test_a_body_continues_the_prompt() -> None:
    head, body = TWO_SUM.split("{\n")[0] + "{\n", "    vec![0, 1]\n}\n"
    asked = msgspec.structs.replace(FUNCTION, prompt=head)
    for reply in (body, f"```rust\n{body}```", f"{body}\nfn main() {{}}\n"):
        found = rust.extract(reply, asked)
        assert found.code is not None, found.problem
        assert rust.normalise(found.code) == rust.normalise(TWO_SUM)
    assert rust.opens(head, "two_sum")
    assert rust.opens("fn f<T>(x: T) {", "Solution::f")
    assert not rust.opens("Write two_sum.", "two_sum")
    assert rust.statement("/* The\n * sum. */\n" + head) == " The\n sum. "
    assert rust.statement("The sum {") is None


@pytest.mark.parametrize(
    "reply",
    ["", "I cannot.", "```rust\nfn other() {}\n```", "```rust\nfn two_sum(\n```", "```rust\nfn two_sum();\n```"],
)
def test_no_answer_is_said(reply: str) -> None:
    assert rust.extract(reply, FUNCTION).problem


@pytest.mark.measured
@pytest.mark.parametrize(
    "piece", ["/*", '"\\', "'", 'r#"', "fn two_sum(", "{", "}", "#", "'a", "//", "r###", "1.", "<"]
)
def test_hostile_replies_take_bounded_work(piece: str) -> None:
    """Four times the text takes about four times the time."""
    taken = []
    for size in (50_000, 200_000):
        begun = time.process_time()
        rust.extract("```rust\n" + piece * (size // len(piece)), FUNCTION)
        rust.normalise(piece * (size // len(piece)))
        taken.append(time.process_time() - begun)
    assert taken[1] < 10 * taken[0] + 0.5


def test_prompts_name_the_language() -> None:
    assert "Rust code that defines `two_sum`" in chat_prompt(FUNCTION)
    assert "Rust program" in chat_prompt(PROGRAM)
    head = TWO_SUM.split("{\n")[0] + "{\n"
    starting = msgspec.structs.replace(FUNCTION, starter=head)
    assert completion_prompt(starting)[0].endswith("{")
    assert completion_prompt(msgspec.structs.replace(FUNCTION, prompt=head))[0] == head
    for kind in ("checks", "load"):
        assert "two_sum" in prompt_for_tests(FUNCTION, kind)[0] or kind == "load"
    (case,) = rust.asserts("assert two_sum([1, 2], 3) == [0, 1]", FUNCTION)
    assert case is not None
    assert (case.input, case.expected) == ("[[1,2],3]", "[0,1]")
