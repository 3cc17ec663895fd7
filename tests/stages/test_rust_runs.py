"""Rust tasks from a file to verdicts, and `time` of programs in it."""

import json
from pathlib import Path

from typer.testing import CliRunner

import rust
from efficoder.cli.main import app

pytestmark = rust.needs_compiler
REFERENCE = "fn total(v: Vec<i32>) -> i64 { v.iter().map(|x| *x as i64).sum() }\n"
ANSWERS = (
    "pub fn total(v: Vec<i32>) -> i64 {\n    let mut s = 0i64;\n    for x in v { s += x as i64 }\n    s\n}\n",
    "fn total(v: Vec<i32>) -> i64 { v.len() as i64 }\n",
    "fn total(v: Vec<i32>) -> i64 { nothing }\n",
)
PROGRAM = """use std::io::*;
fn main() {
    let s = read_to_string(stdin()).unwrap();
    println!("{}", s.split_whitespace().map(|x| x.parse::<u64>().unwrap()).WORK);
}
"""
SLOW = "fold(0, |a, b| { let mut k = a; for _ in 0..b { k = unsafe { std::ptr::read_volatile(&k) } + 1 } k })"


def test_evaluate_judges_functions(tmp_path: Path) -> None:
    row = {
        "id": "total",
        "prompt": "The sum of the items.",
        "entry_point": "total",
        "language": "rust",
        "reference": REFERENCE,
        "tests": [{"input": [[1, 2]], "expected": 3}, {"input": [[]], "expected": 0}, {"input": [[7, 2, -9, 4]]}],
    }
    tasks, samples = tmp_path / "tasks.jsonl", tmp_path / "samples.jsonl"
    tasks.write_text(json.dumps(row) + "\n")
    replies = [{"task_id": "total", "solution": f"Here:\n```rust\n{code}```\n"} for code in ANSWERS]
    samples.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
    command = ["evaluate", str(tasks), "--samples", str(samples), "--only-correct", "--json"]
    done = CliRunner().invoke(app, [*command, "--runs", str(tmp_path / "runs"), "--set", "run.workers=1"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout[done.stdout.index("{") :])["samples"]
    assert [each["outcome"] for each in found if each["model"] != "reference"] == ["passed", "wrong", "compile_error"]


def test_time_compares_programs(tmp_path: Path) -> None:
    for name, work in (("a", "sum::<u64>()"), ("b", SLOW)):
        (tmp_path / f"{name}.rs").write_text(PROGRAM.replace("WORK", work))
    (tmp_path / "in.txt").write_text(" ".join(str(n % 700) for n in range(20_000)) + "\n")
    programs = [str(tmp_path / f"{name}.rs") for name in "ab"]
    done = CliRunner().invoke(app, ["time", *programs, "--stdin", str(tmp_path / "in.txt"), "--json"])
    assert done.exit_code == 0, done.output
    outcome = json.loads(done.stdout[done.stdout.index("{") :])["outcome"]
    assert outcome not in ("error", "failed", "wrong"), outcome
