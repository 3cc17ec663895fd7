"""Rust and Go tasks from a file to verdicts, and `time` of programs in them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import golang
import rust
from efficoder.cli.main import app

# A reference, and answers that pass, are wrong and do not compile.
TOTALS = {
    "rust": (
        "fn total(v: Vec<i32>) -> i64 { v.iter().map(|x| *x as i64).sum() }\n",
        "pub fn total(v: Vec<i32>) -> i64 {\n    let mut s = 0i64;\n    for x in v { s += x as i64 }\n    s\n}\n",
        "fn total(v: Vec<i32>) -> i64 { v.len() as i64 }\n",
        "fn total(v: Vec<i32>) -> i64 { nothing }\n",
    ),
    "go": (
        "func total(v []int) int {\n\ts := 0\n\tfor _, x := range v {\n\t\ts += x\n\t}\n\treturn s\n}\n",
        "package main\n\nfunc total(v []int) (s int) {\n\tfor i := range v {\n\t\ts += v[i]\n\t}\n\treturn\n}\n",
        "func total(v []int) int { return len(v) }\n",
        "func total(v []int) int { return nothing }\n",
    ),
}
# A program, its work, and a slower way to do it.
PROGRAMS = {
    "rs": (
        "use std::io::*;\nfn main() { let s = read_to_string(stdin()).unwrap();\n"
        'println!("{}", s.split_whitespace().map(|x| x.parse::<u64>().unwrap()).WORK); }\n',
        "sum::<u64>()",
        "fold(0, |a, b| { let mut k = a; for _ in 0..b { k = unsafe { std::ptr::read_volatile(&k) } + 1 } k })",
    ),
    "go": (
        'package main\nimport "fmt"\n\nfunc main() {\n\tt, x := 0, 0\n\tfor {\n\t\tif n, _ := fmt.Scan(&x); n == 0 {\n'
        "\t\t\tbreak\n\t\t}\n\t\tWORK\n\t}\n\tfmt.Println(t)\n}\n",
        "t += x",
        "for i := 0; i < 40*x; i++ {\n\t\t\tt += 1 - (t+1)%1\n\t\t}\n\t\tt -= 39 * x",
    ),
}
NEEDS = {"rust": rust.needs_compiler, "rs": rust.needs_compiler, "go": golang.needs_compiler}


@pytest.mark.parametrize("language", [pytest.param(name, marks=NEEDS[name]) for name in TOTALS])
def test_evaluate_judges_functions(tmp_path: Path, language: str) -> None:
    reference, *answers = TOTALS[language]
    row = {
        "id": "total",
        "prompt": "The sum of the items.",
        "entry_point": "total",
        "language": language,
        "reference": reference,
        "tests": [{"input": [[1, 2]], "expected": 3}, {"input": [[]], "expected": 0}, {"input": [[7, 2, -9, 4]]}],
    }
    tasks, samples = tmp_path / "tasks.jsonl", tmp_path / "samples.jsonl"
    tasks.write_text(json.dumps(row) + "\n")
    replies = [{"task_id": "total", "solution": f"Here:\n```{language}\n{code}```\n"} for code in answers]
    samples.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
    command = ["evaluate", str(tasks), "--samples", str(samples), "--only-correct", "--json"]
    done = CliRunner().invoke(app, [*command, "--runs", str(tmp_path / "runs"), "--set", "run.workers=1"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout[done.stdout.index("{") :])["samples"]
    assert [each["outcome"] for each in found if each["model"] != "reference"] == ["passed", "wrong", "compile_error"]


@pytest.mark.parametrize("suffix", [pytest.param(name, marks=NEEDS[name]) for name in PROGRAMS])
def test_time_compares_programs(tmp_path: Path, suffix: str) -> None:
    text, fast, slow = PROGRAMS[suffix]
    for name, work in (("a", fast), ("b", slow)):
        (tmp_path / f"{name}.{suffix}").write_text(text.replace("WORK", work))
    (tmp_path / "in.txt").write_text(" ".join(str(n % 700) for n in range(20_000)) + "\n")
    programs = [str(tmp_path / f"{name}.{suffix}") for name in "ab"]
    done = CliRunner().invoke(app, ["time", *programs, "--stdin", str(tmp_path / "in.txt"), "--json"])
    assert done.exit_code == 0, done.output
    outcome = json.loads(done.stdout[done.stdout.index("{") :])["outcome"]
    assert outcome not in ("error", "failed", "wrong"), outcome
