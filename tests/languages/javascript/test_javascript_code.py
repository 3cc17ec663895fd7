"""JavaScript code as text: tokens, one spelling, signatures, inputs, risks, answers in replies. Nothing is run."""

import time
from pathlib import Path

import msgspec
import pytest

from efficoder import wire
from efficoder.errors import UsageError
from efficoder.languages import language_of_file, problem, refusal
from efficoder.languages.identity import candidate_id
from efficoder.languages.javascript import language as javascript
from efficoder.models.prompts import chat_prompt, completion_prompt
from efficoder.types import Script
from javascript import task

TWO_SUM = """const twoSum = (nums, target) => {
  const seen = new Map();
  return [0, 1];
};
"""
FUNCTION = task(TWO_SUM, "twoSum")
PROGRAM = task("console.log(1)")


def test_one_spelling_for_equal_code() -> None:
    plain = "function f(x) {\n  return x / 2; // half\n}\n"
    for same in ("function f( x ){ return x/2;}", "/* of x */ function f(x) {\n\n\treturn x / 2\n;\n}"):
        assert candidate_id("t", plain, "javascript") == candidate_id("t", same, "javascript"), same
    for other in (
        "function f(x) {\n  return\n x / 2;\n}",
        "function f(x) { return x / 2 } g()",
        "function f(x) { return /2 ;/ }",
        "function f(x) { return `x / 2`; }",
        "function f( {",
    ):
        assert javascript.normalise(other) != javascript.normalise(plain), other
    assert javascript.normalise("a = b\n++c") != javascript.normalise("a = b++\nc")
    assert javascript.normalise("a = `x  // y ${ 1 } `") != javascript.normalise("a = `x // y ${ 1 } `")
    assert javascript.normalise("a = /[/]  x/g") != javascript.normalise("a = /[/] x/g")


@pytest.mark.parametrize(
    "code",
    [
        "const a = `x ${ b ? `{${c}}` : '}' } y`;",
        "const r = /[/\"']/.test(x) ? a / b / c : [/'/, 1]; // '",
        "if (x) { y = 1 }\nz = '\\'' + \"\\\"\" + 1e3 + .5 + 0x1F + 1_000n;",
        "a?.b ?? c?.[0]; x = y ** 2 >>> 0; class A { #p = 1; get q() { return this.#p; } }",
        "const é = 1, $ = 2, _ = 3; label: for (;;) break label;",
        "#!/usr/bin/env node\nconsole.log(`'`)",
        "return a\n/b/ c",
    ],
)
def test_what_is_code_parses(code: str) -> None:
    assert javascript.findings(code) == []


@pytest.mark.parametrize(
    "code", ["f( {", "f() { /* }", "a = 'abc\n';", "a = `x ${ b `", "a = `x", "}", "a = /[/;", "return /abc\n/"]
)
def test_what_cannot_be_code_does_not_parse(code: str) -> None:
    with pytest.raises(SyntaxError) as caught:
        javascript.findings(code)
    assert caught.value.lineno


@pytest.mark.parametrize(
    ("code", "entry_point", "names"),
    [
        (TWO_SUM, "twoSum", ["nums", "target"]),
        ("var f = function(a, b = [1, 2], ...c) {}", "f", ["a", "b", "p2"]),
        ("async function f({ a, b }, [c]) { return f(1); }", "f", ["p0", "p1"]),
        ("const f = x => x + 1", "f", ["x"]),
        ("const f = async (x) => { return x }", "f", ["x"]),
        ("module.exports = { f: function (x) { return x } }", "f", ["x"]),
        ("class Solution { g(a) { return this.f(a) } f(a, b) { return a } }", "Solution().f", ["a", "b"]),
        ("let f = function named(x) { return x }", "f", ["x"]),
        ("const f = (a, b) => {", "f", ["a", "b"]),
        ("const g = (a) => f(a)", "f", []),
    ],
)
def test_signatures(code: str, entry_point: str, names: list[str]) -> None:
    assert [each.name for each in javascript.signature(code, entry_point).parameters] == names


def test_nodes_are_read_from_the_comment_above() -> None:
    code = (
        "/**\n * Definition for singly-linked list.\n */\n/**\n * @param {ListNode} head\n * @param {number} n\n"
        " * @param {TreeNode[]} roots\n * @return {TreeNode}\n */\nvar f = function (head, n, roots) {};"
    )
    found = javascript.signature(code, "f")
    assert [each.codec for each in found.parameters] == ["ListNode", "plain", "plain"]
    assert found.returns_codec == "TreeNode"


def test_which_inputs_have_a_counterpart() -> None:
    fits = [0, 2**53 - 1, -0.0, float("nan"), 1e300, "é", "\ud800", None, True, [(1,), {2}], {"a": {1: [2.5]}}]
    misfits = [2**53, -(2**60), "😀", b"a", 1j, [[2**53]], {2**53: 1}, {"a": "😀"}, {"😀": 1}]
    for value in fits:
        assert javascript.misfit(FUNCTION, wire.encode([value, 1])) == "", value
    for value in misfits:
        assert javascript.misfit(FUNCTION, wire.encode([value, 1])), value
    assert javascript.misfit(FUNCTION, wire.batch(["[1,2]", wire.encode([2**53, 1])]))
    assert javascript.misfit(PROGRAM, "any text") == ""


def test_tasks_and_languages_that_cannot_be_run_say_why() -> None:
    assert refusal(FUNCTION) is None
    assert refusal(PROGRAM) is None
    assert "script" in str(refusal(msgspec.structs.replace(PROGRAM, interface=Script())))
    assert "compile it to JavaScript" in str(problem("typescript"))
    assert [language_of_file(Path(name)) for name in ("a.js", "a.mjs", "a.cjs")] == ["javascript"] * 3
    with pytest.raises(UsageError, match=r"a\.ts: no language 'typescript'"):
        language_of_file(Path("a.ts"))


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("const { exec } = require('child_process');", ["processes"]),
        ("import net from 'node:net'\nfetch('x')", ["network", "network"]),
        ("const _ = require('lodash'), fs = require('fs'); fs.readFileSync(0)", ["third_party"]),
        ("const t = Date.now(), r = Math.random(); eval('1')", ["clocks", "dynamic", "randomness"]),
        ("const s = 'eval(fork)'; // fetch\nconst date = new Date(0)", []),
        ("fs.writeFileSync('a', 'b')", ["files"]),
    ],
)
def test_risks(code: str, rules: list[str]) -> None:
    assert sorted(found.rule for found in javascript.findings(code)) == rules


@pytest.mark.parametrize(
    "reply",
    [
        f"Sure!\n```javascript\n{TWO_SUM}```\nIt is fast.",
        f"```JS\n{TWO_SUM}```\nUse it:\n```js\nconsole.log(twoSum([1], 2));\n```",
        f"```\n{TWO_SUM}```",
        TWO_SUM,
        f"Here is the code:\n{TWO_SUM}",
        f"<think>\n```js\nlet x;\n```\n</think>\n```js\n{TWO_SUM}```",
        f"```js\nfunction twoSum(target) {{ return 1; }}\n```\nBetter:\n```js\n{TWO_SUM}```",
        f"```typescript\nfunction twoSum(): number {{ return 1 }}\n```\n```js\n{TWO_SUM}```",
        f"```js\n{TWO_SUM}",
    ],
)
def test_the_answer_in_a_reply(reply: str) -> None:
    found = javascript.extract(reply, FUNCTION)
    assert found.code is not None, found.problem
    assert javascript.normalise(found.code) == javascript.normalise(TWO_SUM)


@pytest.mark.parametrize(
    "program",
    [
        "const lines = require('fs').readFileSync(0, 'utf8').split('\\n');\nconsole.log(lines.length);\n",
        "import * as readline from 'readline';\nprocess.stdout.write('1');\n",
        "function main() {\n  console.log(1);\n}\nmain();\n",
    ],
)
def test_a_program_in_a_reply(program: str) -> None:
    for reply in (f"```js\n{program}```", f"```\n{program}```", program, f"Here it is:\n\n{program}"):
        assert javascript.extract(reply, PROGRAM).code == program


def test_a_body_continues_the_prompt() -> None:
    head, body = TWO_SUM.split("{\n")[0] + "{\n", "  const seen = new Map();\n  return [0, 1];\n};\n"
    asked = msgspec.structs.replace(FUNCTION, prompt=f"/* Two sum. */\n{head}")
    for reply in (body, f"```js\n{body}```", f"{body}\nconsole.log(twoSum([1], 2));\n"):
        found = javascript.extract(reply, asked)
        assert found.code is not None, found.problem
        assert javascript.normalise(found.code) == javascript.normalise(TWO_SUM)
    assert javascript.opens(head, "twoSum")
    assert not javascript.opens("Write twoSum.", "twoSum")
    assert str(javascript.statement(asked.prompt)).strip() == "Two sum."
    assert javascript.statement("Write twoSum.") is None


@pytest.mark.parametrize("reply", ["", "I cannot.", "```js\nfunction other() {}\n```", "```js\nconst twoSum = (\n```"])
def test_no_answer_is_said(reply: str) -> None:
    assert javascript.extract(reply, FUNCTION).problem


@pytest.mark.measured
@pytest.mark.parametrize(
    "piece",
    ["/*", '"\\', "'", "`", "`${", "${", "twoSum(", "{", "}", "}/", "(/", "/", "```\n", "twoSum=x=>", "//", "\\\n",
     "x\n", "1.", "=/[", "<!--", "twoSum=(", "twoSum:", "@param {a} b ", "/**/", "twoSum=async function*"],
)  # fmt: skip
def test_hostile_replies_take_bounded_work(piece: str) -> None:
    """Four times the text takes about four times as long."""
    taken = []
    for size in (50_000, 200_000):
        begun = time.process_time()
        code = piece * (size // len(piece))
        javascript.extract(f"```js\n{code}", FUNCTION)
        javascript.normalise(code)
        javascript.signature(code, "twoSum")
        taken.append(time.process_time() - begun)
    assert taken[1] < 10 * taken[0] + 0.5


def test_prompts_name_the_language() -> None:
    assert "JavaScript code that defines `twoSum`" in chat_prompt(FUNCTION)
    assert "JavaScript program" in chat_prompt(PROGRAM)
    head = TWO_SUM.split("{\n")[0] + "{\n"
    assert completion_prompt(msgspec.structs.replace(FUNCTION, prompt=head))[0] == head
    (case,) = javascript.asserts("assert twoSum([1, 2], 3) == [0, 1]", FUNCTION)
    assert case is not None
    assert (case.input, case.expected) == ("[[1,2],3]", "[0,1]")
    with_header = task(TWO_SUM, "twoSum", header="const help = 1;\n")
    assert javascript.standalone(TWO_SUM, with_header).code == "const help = 1;\n\n" + TWO_SUM
