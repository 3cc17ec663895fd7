"""C++ tasks from a file to a dataset: a program and a function, judged, timed, chosen and exported; and `time`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cpp
from efficoder.cli.entrants import On, read
from efficoder.cli.main import app
from efficoder.errors import UsageError
from efficoder.judging.trial import Trial
from efficoder.sandbox import Sandbox
from efficoder.sources.jsonl import read_jsonl
from efficoder.store import open_run
from efficoder.testgen.checks.settle import settle
from efficoder.types import DatasetRecord, Function, TestFacts, Verdict

HEADER = "#include <bits/stdc++.h>\nusing namespace std;\n"
DISTINCT = f"""{HEADER}int main() {{
  int n; cin >> n; vector<long long> v(n); for (auto& x : v) cin >> x;
  sort(v.begin(), v.end()); cout << unique(v.begin(), v.end()) - v.begin() << "\\n";
}}
"""
SLOW = f"""{HEADER}int main() {{
  int n; cin >> n; vector<long long> v;
  while (n--) {{ long long x; cin >> x; if (find(v.begin(), v.end(), x) == v.end()) v.push_back(x); }}
  cout << v.size() << "\\n";
}}
"""
TOTAL = f"{HEADER}long long total(vector<int>& v) {{ return accumulate(v.begin(), v.end(), 0ll); }}\n"
LOOP = f"{HEADER}long long total(vector<int> v) {{ long long s = 0; for (int x : v) s += x; return s; }}\n"
TASKS: list[dict[str, object]] = [
    {
        "id": "distinct",
        "prompt": "Read n and n integers (1 <= n <= 100000). Print how many distinct ones there are.",
        "stdio": True,
        "language": "cpp",
        "reference": DISTINCT,
        "tests": [{"stdin": f"{n}\n{' '.join(str(i * i % 7) for i in range(n))}\n"} for n in (1, 2, 4, 9, 20)],
    },
    {
        "id": "total",
        "prompt": "The sum of the items.",
        "entry_point": "total",
        "language": "cpp",
        "reference": TOTAL,
        "tests": [{"input": [[1, 2]], "expected": 3}, {"input": [[]], "expected": 0}, {"input": [[2**31]]}],
    },
]
REPLIES = {
    "distinct": [DISTINCT, SLOW, DISTINCT.replace("() <<", "() + 1 <<"), "int main() { return nothing; }\n"],
    "total": [LOOP, TOTAL.replace("0ll", "1ll"), f"{TOTAL}int main() {{ return 0; }}\n"],
}


def _written(folder: Path, rows: list[dict[str, object]], name: str = "tasks.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_signature_is_read_in_the_tasks_language(tmp_path: Path) -> None:
    _, row = read_jsonl(_written(tmp_path, TASKS))
    assert isinstance(row.task.interface, Function)
    assert [each.annotation for each in row.task.interface.parameters] == ["vector<int>&"]
    assert row.task.interface.returns == "long long"


@cpp.needs_compiler
def test_an_input_that_fits_no_type_is_lost_and_judges_nobody(tmp_path: Path) -> None:
    _, row = read_jsonl(_written(tmp_path, TASKS))
    with Sandbox() as sandbox:
        settled = settle(Trial(sandbox, row.task), row.tests.checks, {})
    assert (len(settled.checks), dict(settled.lost), settled.problem) == (2, {"misfit": 1}, None)


@cpp.needs_compiler
def test_a_reference_that_does_not_compile_is_named_with_what_the_compiler_says(tmp_path: Path) -> None:
    broken = [{**TASKS[0], "reference": '#include "nowhere.hpp"\nint main() {}\n'}]
    (row,) = read_jsonl(_written(tmp_path, broken))
    with Sandbox() as sandbox:
        settled = settle(Trial(sandbox, row.task), row.tests.checks, {})
    assert settled.problem == "reference_fails"
    assert settled.detail.startswith("compile_error")
    assert "nowhere.hpp" in settled.detail


@cpp.needs_compiler
def test_a_run_takes_cpp_tasks_from_collect_to_the_report(tmp_path: Path) -> None:
    tasks = _written(tmp_path, TASKS)
    samples = [
        {"task_id": task_id, "model": f"m{number}", "solution": f"Here:\n```cpp\n{code}```\n"}
        for task_id, codes in REPLIES.items()
        for number, code in enumerate(codes)
    ]
    recorded = _written(tmp_path, samples, "samples.jsonl")
    config = tmp_path / "r.toml"
    config.write_text(f'[collect]\nsources = ["jsonl:{tasks}"]\n[generate]\nmodels = ["replay/{recorded}"]\n')
    settings = [
        "run.workers=1",
        "write_tests.grow=5",
        "write_tests.mutants=6",
        "write_tests.target_s=0.01",
        "measure.memory=false",
    ]
    sets = [word for setting in settings for word in ("--set", setting)]
    done = CliRunner().invoke(app, ["run", str(config), "--runs", str(tmp_path / "runs"), *sets])
    assert done.exit_code == 0, done.output
    store = open_run(tmp_path / "runs", "r")
    outcomes = {
        task_id: sorted(verdict.outcome for verdict in store.all(Verdict, task_id) if type(verdict) is Verdict)
        for task_id in REPLIES
    }
    assert outcomes == {
        "distinct": ["compile_error", "passed", "passed", "wrong"],
        "total": ["passed", "passed", "passed", "wrong"],
    }
    assert {facts.task_id for facts in store.all(TestFacts)} == set(REPLIES)
    rows = list(store.all(DatasetRecord))
    assert {row.task_id for row in rows if row.kind == "prompt"} == set(REPLIES)
    targets = [row for row in rows if row.kind == "sft"]
    assert all("C++" in row.prompt and row.chosen.startswith("```cpp\n#include") for row in targets)
    assert (tmp_path / "runs" / "r" / "report.html").is_file()


@cpp.needs_compiler
def test_time_compares_cpp_programs(tmp_path: Path) -> None:
    for name, code in (("a.cpp", DISTINCT), ("b.cpp", SLOW)):
        (tmp_path / name).write_text(code)
    numbers = list(range(4000))
    (tmp_path / "in.txt").write_text(f"{len(numbers)}\n{' '.join(map(str, numbers))}\n")
    programs = [str(tmp_path / name) for name in ("a.cpp", "b.cpp")]
    done = CliRunner().invoke(app, ["time", *programs, "--stdin", str(tmp_path / "in.txt"), "--json"])
    assert done.exit_code == 0, done.output
    assert "error" not in json.loads(done.stdout[done.stdout.index("{") :])["outcome"]


@cpp.needs_compiler
def test_time_says_why_a_program_does_not_compile(tmp_path: Path) -> None:
    (tmp_path / "a.cpp").write_text("int main() { return nothing; }\n")
    (tmp_path / "b.cpp").write_text("int main() {}\n")
    done = CliRunner().invoke(app, ["time", *(str(tmp_path / n) for n in ("a.cpp", "b.cpp")), "--stdin", "/dev/null"])
    assert done.exit_code != 0
    assert "a.cpp: compile_error: solution.cpp:1:21: error: " in str(done.exception)


def test_no_pair_across_languages_and_no_call_of_a_compiled_one(tmp_path: Path) -> None:
    for name in ("a.cpp", "b.cpp", "c.py"):
        (tmp_path / name).write_text("int main() {}")
    a, b, c = (str(tmp_path / name) for name in ("a.cpp", "b.cpp", "c.py"))
    with pytest.raises(UsageError, match="cpp and python"):
        read([a, c], On(stdin=Path("/dev/null")))
    with pytest.raises(UsageError, match="--call is for Python"):
        read([a, b], On(call="f(1)"))
