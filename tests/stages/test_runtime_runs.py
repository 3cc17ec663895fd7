"""JavaScript and Java tasks from a file to a dataset: judged, timed, chosen and exported; and `time`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import java
import javascript
from efficoder.cli.main import app
from efficoder.config import MeasureConfig
from efficoder.judging.policy import fitted
from efficoder.judging.trial import Trial
from efficoder.sandbox import Sandbox
from efficoder.sources.jsonl import read_jsonl
from efficoder.store import open_run
from efficoder.testgen.checks.settle import settle
from efficoder.types import DatasetRecord, TestFacts, Verdict

JS = "const f = v => { let s = 0; for (const x of v) s += x; return s; };\n"
JAVA = "class Solution {\n  public long total(int[] v) { long s = 0; for (int x : v) s += x; return s; }\n}\n"
TASKS: list[dict[str, object]] = [
    {
        "id": "js", "prompt": "The sum of the items.", "entry_point": "f", "language": "javascript", "reference": JS,
        "tests": [{"input": [[1, 2]], "expected": 3}, {"input": [[]], "expected": 0}, {"input": [[2**60]]}],
    },
    {
        "id": "java", "prompt": "The sum of the items.", "entry_point": "Solution().total", "language": "java",
        "reference": JAVA,
        "tests": [{"input": [[1, 2]], "expected": 3}, {"input": [[]], "expected": 0}, {"input": [[2**31]]}],
    },
]  # fmt: skip
REPLIES = {
    "js": [
        f"```js\n{JS}```",
        "```javascript\nfunction f(v) { return v.length; }\n```",
        "```js\nconst f = v => v v;\n```",
    ],
    "java": [
        f"Here:\n```java\n{JAVA}```",
        f"```java\n{JAVA.replace('s += x', 's -= x')}```",
        f"```java\n{JAVA.replace('long s', 'lang s')}```",
    ],
}
NEEDED = {"js": javascript.needs_node, "java": java.needs_java}
NAMES = [pytest.param(name, marks=marks) for name, marks in NEEDED.items()]


def _written(folder: Path, rows: list[dict[str, object]], name: str) -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("name", NAMES)
def test_an_input_that_fits_no_type_is_lost_and_judges_nobody(tmp_path: Path, name: str) -> None:
    (row,) = read_jsonl(_written(tmp_path, [task for task in TASKS if task["id"] == name], "tasks.jsonl"))
    with Sandbox() as sandbox:
        settled = settle(Trial(sandbox, row.task), row.tests.checks, {})
    assert (len(settled.checks), dict(settled.lost), settled.problem) == (2, {"misfit": 1}, None)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_takes_its_tasks_from_collect_to_the_report(tmp_path: Path, name: str) -> None:
    tasks = _written(tmp_path, [task for task in TASKS if task["id"] == name], "tasks.jsonl")
    samples = [{"task_id": name, "model": f"m{n}", "solution": text} for n, text in enumerate(REPLIES[name])]
    recorded = _written(tmp_path, samples, "samples.jsonl")
    config = tmp_path / "r.toml"
    config.write_text(f'[collect]\nsources = ["jsonl:{tasks}"]\n[generate]\nmodels = ["replay/{recorded}"]\n')
    settings = [
        "run.workers=1",
        "write_tests.grow=3",
        "write_tests.mutants=6",
        "write_tests.loads=0",
        "measure.memory=false",
    ]
    sets = [word for setting in settings for word in ("--set", setting)]
    done = CliRunner().invoke(app, ["run", str(config), "--runs", str(tmp_path / "runs"), *sets])
    assert done.exit_code == 0, done.output
    store = open_run(tmp_path / "runs", "r")
    outcomes = sorted(verdict.outcome for verdict in store.all(Verdict, name) if type(verdict) is Verdict)
    assert outcomes == ["compile_error", "passed", "wrong"]
    assert {facts.task_id for facts in store.all(TestFacts)} == {name}
    rows = list(store.all(DatasetRecord))
    assert {row.task_id for row in rows if row.kind == "prompt"} == {name}


@pytest.mark.parametrize(
    ("suffix", "fast", "slow"),
    [
        pytest.param("js", "let s = 0; for (let i = 0; i < 1e8; ++i) s += i % 7; console.log(s > 0)",
                     "let s = 0; for (let i = 0; i < 4e8; ++i) s += i % 7; console.log(s > 0)", marks=NEEDED["js"]),
        pytest.param("java", "class A { public static void main(String[] a) { long s = 0;"
                     "for (int i = 0; i < 60000000; ++i) s += i % 7; System.out.println(s > 0); } }",
                     "class B { public static void main(String[] a) { long s = 0;"
                     "for (int i = 0; i < 240000000; ++i) s += i % 7; System.out.println(s > 0); } "
                     "}", marks=NEEDED["java"]),
    ],
)  # fmt: skip
@pytest.mark.measured
def test_time_compares_two_programs(tmp_path: Path, suffix: str, fast: str, slow: str) -> None:
    for name, code in (("a", fast), ("b", slow)):
        (tmp_path / f"{name}.{suffix}").write_text(code)
    (tmp_path / "in.txt").write_text("1\n")
    programs = [str(tmp_path / f"{name}.{suffix}") for name in "ba"]
    done = CliRunner().invoke(app, ["time", *programs, "--stdin", str(tmp_path / "in.txt"), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout[done.stdout.index("{") :])
    assert told["gain"]["value"] > 1.5, told


def test_a_language_whose_times_are_noisy_gets_longer_bodies_and_a_wider_margin() -> None:
    settings = MeasureConfig()
    assert fitted(settings, java.task("", "")) == MeasureConfig(min_body_s=0.2, margin=1.15)
    assert fitted(settings, javascript.task("", "")) == MeasureConfig(min_body_s=0.1, margin=1.1)
    wide = MeasureConfig(min_body_s=0.5, margin=2.0)
    assert fitted(wide, java.task("", "")) == wide


@javascript.needs_node
def test_evaluate_judges_javascript_samples(tmp_path: Path) -> None:
    tasks = _written(tmp_path, TASKS[:1], "tasks.jsonl")
    samples = [{"task_id": "js", "model": "m", "solution": text} for text in REPLIES["js"]]
    recorded = _written(tmp_path, samples, "samples.jsonl")
    words = ["evaluate", str(tasks), "--samples", str(recorded), "--runs", str(tmp_path / "runs"), "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert '"pass@1": 0.33' in done.output or "0.333" in done.output, done.output
