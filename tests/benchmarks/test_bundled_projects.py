"""The four bundled projects: both versions are right, one is slower, and the samples are the baselines."""

import json
from pathlib import Path

import pytest

from efficoder import benchmarks, sources
from efficoder.config import CurateConfig
from efficoder.curation.curate import curate
from efficoder.evaluation.evaluate import Spec, default_name, source_of
from efficoder.judging.judge import Terms, judge
from efficoder.languages.python.mutants import mutants
from efficoder.languages.python.program import program
from efficoder.sandbox import Limits, Sandbox
from efficoder.sources import SourceRow
from efficoder.testgen.loads.generators import Generator
from efficoder.types import Candidate, Task

SAMPLES = Path(__file__).parents[2] / "examples" / "projects-baseline.jsonl"
SPEC, _ = source_of(Spec("projects", None, (SAMPLES,), None))
ROWS = list(sources.read(SPEC))
SIZES = {"csv_to_json": 4000, "log_parser": 4000, "pathfinding": 4000, "text_search": 800}


def test_they_need_no_data_option() -> None:
    benchmark = benchmarks.find("projects")
    assert len(ROWS) in benchmark.tasks
    assert default_name(Spec("projects", None, (SAMPLES,), None)) == "evaluate-projects-projects-baseline"


def test_the_samples_are_the_baselines() -> None:
    lines = [json.loads(line) for line in SAMPLES.read_text().splitlines()]
    wanted = [{"task_id": r.task.id, "model": "baseline", "solution": r.task.starter} for r in ROWS]
    assert lines == wanted, f"write {SAMPLES.name} anew: one line a task, its solution the task's starter"


def test_curation_keeps_them() -> None:
    assert all(isinstance(kept, Task) for kept in curate(ROWS, CurateConfig()))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.task.id)
def test_both_versions_are_right_and_the_baseline_is_slower(row: SourceRow) -> None:
    task, limits = row.task, Limits(cpu_s=20.0, wall_s=120.0)
    codes = {"reference": task.reference or "", "baseline": task.starter}
    with Sandbox() as sandbox:
        for name, code in codes.items():
            verdict = judge(
                sandbox, task, Candidate(id=name, task_id=task.id, code=code), Terms(row.tests.checks, limits)
            )
            assert (name, verdict.outcome, verdict.detail) == (name, "passed", "")
        made = Generator(sandbox, row.tests.load_programs[0], 1, text=True)
        load = made.make(SIZES[task.id.partition("/")[2]], 7)
        assert made.problems == []
        ran = {name: sandbox.run(program(task, code), [load or ""], limits) for name, code in codes.items()}
        floor_s = sandbox.run(program(task, ""), [load or ""], limits).cpu_s
    assert ran["baseline"].outputs[0].split() == ran["reference"].outputs[0].split()
    assert ran["baseline"].cpu_s - floor_s > 2 * (ran["reference"].cpu_s - floor_s)


def test_mutants_of_a_project_change_one_file_each() -> None:
    reference = ROWS[0].task.reference or ""
    found = mutants(reference, 30, 0)
    assert len({mutant.code for mutant in found}) == 30
    task = ROWS[0].task
    assert all(len(program(task, mutant.code).files) == len(program(task, reference).files) for mutant in found)
