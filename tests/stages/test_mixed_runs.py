"""One run of tasks in two languages: tests lent, samples told apart, arms, pairs and the report by language."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cpp
from efficoder.cli.main import app
from efficoder.config import load
from efficoder.console import Console
from efficoder.exports.formats import read_tests
from efficoder.pipeline.work import Scope, Work
from efficoder.reward import ExecutionReward
from efficoder.sources import tasks_by_language
from efficoder.stages.collect import collect_step
from efficoder.stages.generate import generate_step
from efficoder.store import Store, open_run
from efficoder.types import REFERENCE, DatasetRecord, Drop, Origin, Sample, Stdio, Task, TaskTests, TestFacts, Verdict

HEADER = "#include <bits/stdc++.h>\nusing namespace std;\n"
PYTHON = "def distinct(xs: list[int]) -> int:\n    return len(set(xs))\n"
CPP = HEADER + "int distinct(vector<int> xs) { sort(xs.begin(), xs.end());\n"
CPP += "  return unique(xs.begin(), xs.end()) - xs.begin(); }\n"
SLOW = HEADER + "int distinct(vector<int> xs) { vector<int> seen;\n"
SLOW += "  for (int x : xs) if (find(seen.begin(), seen.end(), x) == seen.end()) seen.push_back(x);\n"
SLOW += "  return seen.size(); }\n"
WRONG = CPP.replace("- xs.begin()", "- xs.begin() + (xs.size() > 3)")
SLOW_PYTHON = """def distinct(xs):
    seen = []
    for x in xs:
        if x not in seen:
            seen.append(x)
    return len(seen)
"""
TASKS = [
    {"id": "d/cpp", "prompt": "How many distinct items are there?", "entry_point": "distinct", "language": "cpp"}
    | {"problem_id": "d", "reference": CPP},
    {"id": "d", "prompt": "How many distinct items are there?", "entry_point": "distinct", "reference": PYTHON}
    | {"tests": [{"input": [[k * k % 7 for k in range(n)]]} for n in range(25)]},
    {"id": "d/ada", "prompt": "The same.", "entry_point": "distinct", "language": "ada", "problem_id": "d"},
]
SAMPLES = [
    {"task_id": "d", "model": f"m{number}", "language": name, "sample": 0, "solution": code}
    for name, codes in {"C++": [CPP, SLOW, WRONG], "python": [PYTHON, SLOW_PYTHON], "ada": ["begin end;"]}.items()
    for number, code in enumerate(codes)
]


def lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def work(tmp_path: Path, store: Store, scope: Scope | None = None, tasks: list[dict[str, object]] = TASKS) -> Work:
    source, recorded = lines(tmp_path / "tasks.jsonl", tasks), lines(tmp_path / "samples.jsonl", SAMPLES)
    config = load(None, [f'collect.sources=["{source}"]', f'generate.models=["replay/{recorded}"]'])
    return Work(store, config, Console(tmp_path / "log.txt"), scope or Scope())


@pytest.mark.parametrize("scope", [Scope(), Scope(limit=1), Scope(ids=frozenset({"d/cpp"}))])
def test_a_task_without_tests_has_its_twins_whatever_part_is_collected(tmp_path: Path, scope: Scope) -> None:
    with Store(tmp_path / "run", write=True) as store:
        collect_step(work(tmp_path, store, scope))
        tests = store.get(TaskTests, "d/cpp/False")
        assert tests is not None
        assert (tests.task_id, len(tests.checks)) == ("d/cpp", 25)
        assert tests.twin is not None
        assert (tests.twin.id, tests.twin.reference) == ("d", PYTHON)
        assert store.get(TaskTests, "d/ada/False") == (None if scope != Scope() else TaskTests(task_id="d/ada"))


def test_a_task_with_tests_of_its_own_borrows_none(tmp_path: Path) -> None:
    own = [{**TASKS[0], "tests": [{"input": [[1]], "expected": 1}]}, *TASKS[1:]]
    with Store(tmp_path / "run", write=True) as store:
        collect_step(work(tmp_path, store, tasks=own))
        tests = store.get(TaskTests, "d/cpp/False")
        assert tests is not None
        assert (len(tests.checks), tests.twin) == (1, None)


@pytest.mark.parametrize(("named", "lender"), [("d", "d"), ("most", "most")])
def test_the_problem_itself_lends_else_the_task_with_most_checks(tmp_path: Path, named: str, lender: str) -> None:
    more = {**TASKS[1], "id": "most", "problem_id": "d", "tests": [{"input": [[k]]} for k in range(30)]}
    itself = {**TASKS[1], "id": named, "problem_id": "d"}
    tasks = [more, *([itself] if named == "d" else []), {**TASKS[1], "id": "few", "problem_id": "d"}, TASKS[0]]
    with Store(tmp_path / "run", write=True) as store:
        collect_step(work(tmp_path, store, tasks=tasks))
        tests = store.get(TaskTests, "d/cpp/False")
        assert tests is not None
        assert tests.twin is not None
        assert tests.twin.id == lender


def test_a_sample_goes_to_its_problems_task_in_its_language(tmp_path: Path) -> None:
    with Store(tmp_path / "run", write=True) as store:
        done = work(tmp_path, store)
        collect_step(done)
        store.put([Drop(id="d/ada", stage="curate", reason="language", task_id="d/ada")])
        generate_step(done)
        samples = sorted((s.task_id, s.model) for s in store.all(Sample) if s.model != REFERENCE)
        assert samples == [("d", "m0"), ("d", "m1"), ("d/cpp", "m0"), ("d/cpp", "m1"), ("d/cpp", "m2")]


def test_a_sample_in_a_language_without_a_task_is_named(tmp_path: Path) -> None:
    with Store(tmp_path / "run", write=True) as store:
        done = work(tmp_path, store, tasks=TASKS[1:2])
        collect_step(done)
        generate_step(done)
        assert {drop.detail for drop in store.all(Drop)} == {"d in cpp", "d in ada"}


def test_what_names_two_tasks_names_none() -> None:
    def task(name: str, language: str, problem: str = "") -> Task:
        return Task(
            id=name, prompt="", interface=Stdio(), origin=Origin(source=""), language=language, problem_id=problem
        )

    tasks = [task("p", "python"), task("a", "cpp", "p"), task("b", "cpp", "p"), task("c", "go", "p")]
    found = tasks_by_language(tasks)
    assert ("p", "cpp") not in found
    assert found["p", "go"] == "c"
    assert found["p", "python"] == "p"


@cpp.needs_compiler
def test_a_mixed_run_to_dataset_report_and_reward(tmp_path: Path) -> None:
    source, recorded = lines(tmp_path / "tasks.jsonl", TASKS), lines(tmp_path / "samples.jsonl", SAMPLES)
    config = tmp_path / "r.toml"
    config.write_text(f'[collect]\nsources = ["{source}"]\n[generate]\nmodels = ["replay/{recorded}"]\n')
    settings = [
        "run.workers=1",
        "write_tests.grow=5",
        "write_tests.mutants=6",
        "write_tests.target_s=0.02",
        "measure.memory=false",
        "measure.looks=[3,5]",
    ]
    sets = [word for setting in settings for word in ("--set", setting)]
    done = CliRunner().invoke(app, ["run", str(config), "--runs", str(tmp_path / "runs"), *sets])
    assert done.exit_code == 0, done.output
    assert "(1 language 'ada')" in done.output
    with open_run(tmp_path / "runs", "r") as store:
        facts = store.get(TestFacts, "d/cpp")
        assert facts is not None
        assert facts.twin == "d"
        outcomes = {v.task_id: [] for v in store.all(Verdict)}
        for verdict in store.all(Verdict):
            outcomes[verdict.task_id].append(verdict.outcome)
        assert sorted(outcomes["d/cpp"]) == ["passed", "passed", "wrong"]
        assert sorted(outcomes["d"]) == ["passed", "passed"]
        language_of = {sample.candidate_id: sample.task_id for sample in store.all(Sample)}
        for row in store.all(DatasetRecord):
            assert {language_of[each] for each in (row.chosen_id, row.rejected_id) if each} <= {row.task_id}
        assert {row.task_id for row in store.all(DatasetRecord) if row.kind == "sft"} == {"d", "d/cpp"}
    why = CliRunner().invoke(app, ["why", "r", "d/cpp", "--runs", str(tmp_path / "runs")])
    assert "25 of 25 checks of d serve" in why.output
    folder = tmp_path / "runs" / "r"
    for text in ((folder / "report.html").read_text(), (folder / "dataset" / "README.md").read_text()):
        assert "cpp" in text
        assert "By language" in text
    for form in ("trl", "axolotl"):
        made = ["export", "r", str(tmp_path / form), "--format", form, "--check", "--runs", str(tmp_path / "runs")]
        exported = CliRunner().invoke(app, made)
        assert exported.exit_code == 0, exported.output
    rows = [json.loads(line) for line in (tmp_path / "trl" / "prompts.jsonl").read_text().splitlines()]
    (tests,) = (row["tests"] for row in rows if "C++" in str(row["prompt"]))
    replies = [f"```cpp\n{code}```" for code in (CPP, WRONG, "int distinct(")]
    with ExecutionReward(workers=1) as execution:
        right, wrong, none = execution(replies, [read_tests(tests)] * 3)
    assert right > 0.4
    assert wrong == none == 0.0
