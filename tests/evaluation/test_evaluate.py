"""evaluate: real runs of tiny tasks, standings of invented ones, and what is refused."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from command_line import exit_code
from efficoder import benchmarks, sources
from efficoder.config import load
from efficoder.console import Console
from efficoder.errors import InputError, TooManyFailures, UsageError
from efficoder.evaluation.evaluate import Spec, default_name, evaluate, show_leaderboard, source_of
from efficoder.evaluation.leaderboard import Summary, text
from efficoder.evaluation.model_scores import ModelScore
from efficoder.evaluation.rows import task_rows
from efficoder.evaluation.summary import read_summary
from efficoder.evaluation.task_scores import SampleScore
from efficoder.pipeline.pool import Answer, WorkerPool
from efficoder.pipeline.stage import Job
from efficoder.pipeline.work import Scope
from efficoder.report.content import Estimate
from efficoder.sources import published_ids
from efficoder.stages.run import execute
from efficoder.store import Store, open_run
from efficoder.types import REFERENCE, Drop, Function, Measurement, Origin, Sample, Task, TaskTests, TestCase, Verdict
from invented import Entry, Problem, board_of, measurement, run_of

QUICK = ["write_tests.mutate=false", "measure.min_body_s=0.002", "measure.memory=false", "run.workers=1"]
LOOP = "def total(n):\n    s = 0\n    for i in range(n + 1):\n        s += i\n    return s\n"
FORMULA = "def total(n):\n    return n * (n + 1) // 2\n"
WRONG = "def total(n):\n    return n\n"
TESTS = [{"input": [1], "expected": 1}, {"input": [10], "expected": 55}, {"input": [20000], "expected": 200010000}]


class Document(Summary, frozen=True, kw_only=True):
    """What ``evaluate --json`` prints."""

    samples: tuple[SampleScore, ...]


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def task(name: str, reference: str | None = LOOP) -> dict[str, object]:
    row: dict[str, object] = {"id": name, "prompt": "Sum 1..n.", "entry_point": "total", "tests": TESTS}
    return row | ({"reference": reference} if reference else {})


def sample(task_id: str, solution: str, model: str = "mine") -> dict[str, object]:
    return {"task_id": task_id, "solution": solution, "model": model}


def run(tmp_path: Path, tasks: Path, samples: Path, *, name: str = "e", as_json: bool = True) -> None:
    spec = Spec(str(tasks), None, (samples,), None)
    evaluate(spec, tmp_path / "runs", name, QUICK, limit=None, as_json=as_json)


def model_of(document: Document, name: str) -> ModelScore:
    return next(model for model in document.standings.models if model.model == name)


# ---------------------------------------------------------------- for real


def test_a_sample_that_fails_only_checks_of_our_making_is_right_by_the_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = write(tmp_path / "tasks.jsonl", [task("t/1")])
    odd = FORMULA.replace("return", "return -1 if n > 10 and n % 2 else")
    right = [sample("t/1", f"{FORMULA.rstrip()} + {number} - {number}\n", "mine") for number in range(4)]
    samples = write(tmp_path / "s.jsonl", [*right, sample("t/1", odd, "odd"), sample("t/1", WRONG, "wrong")])
    sets = ["measure.memory=false", "run.workers=1", "write_tests.grow=60", "write_tests.target_s=0.002"]
    evaluate(Spec(str(tasks), None, (samples,), None), tmp_path / "runs", "e", sets, limit=None, as_json=True)
    found = {row["model"]: row for row in json.loads(capsys.readouterr().out)["samples"]}
    assert (found["odd"]["outcome"], found["odd"]["right"]) == ("wrong", True)
    assert (found["wrong"]["outcome"], found["wrong"]["right"]) == ("wrong", False)


def test_a_given_check_left_out_and_grown_again_is_of_our_making(tmp_path: Path) -> None:
    first, heavy = (TestCase(input=text, expected="1") for text in ("[1]", "[2]"))
    grown, again = (TestCase(input=text, expected="1", origin="grown") for text in ("[3]", "[2]"))
    with Store(tmp_path / "r", write=True) as store:
        made = Task(id="t", prompt="", interface=Function(entry_point="f"), origin=Origin(source="own"))
        written = TaskTests(task_id="t", written=True, checks=(first, grown, again))
        store.put([made, TaskTests(task_id="t", checks=(first, heavy)), written])
        assert task_rows(store, made).checks == 1


def test_a_pool_races_beside_the_samples_and_is_nobodys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = {"entry_point": "total", "atol": 0, "base_input": [[1], [10]], "plus_input": [[20000]]}
    plus = fields | {
        "task_id": "HumanEval/0",
        "prompt": "def total(n):\n",
        "canonical_solution": LOOP.partition("\n")[2],
    }
    mbpp = fields | {
        "task_id": "Mbpp/1",
        "prompt": "P",
        "canonical_solution": LOOP,
        "assertion": "assert total(1) == 1",
    }
    write(tmp_path / "HumanEvalPlus.jsonl", [plus])
    write(tmp_path / "MbppPlus.jsonl", [mbpp])
    perf = {"task_id": "HumanEval/0", "reference": [LOOP.replace("s += i", "s += i + 0 * i * i * i"), FORMULA]}
    write(tmp_path / "evalperf.jsonl", [perf | {"scores": [40.0, 100.0], "pe_input": "[[300000]]"}])
    samples = write(tmp_path / "s.jsonl", [sample("HumanEval/0", LOOP.replace("range(n + 1)", "range(1, n + 1)"))])
    spec = Spec("evalperf", tmp_path, (samples,), None)
    evaluate(spec, tmp_path / "runs", "e", QUICK, limit=None, as_json=True)
    document = msgspec.json.decode(capsys.readouterr().out, type=Document)
    assert {model.model for model in document.standings.models} == {"mine", "reference"}
    dps = model_of(document, "mine").sets["own"]["dps"]
    assert dps is not None
    assert dps.value == 40.0


def test_own_tasks_and_samples_for_real(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = write(tmp_path / "tasks.jsonl", [task("a"), task("b"), task("c"), task("bad", WRONG)])
    rows = [sample("a", FORMULA), sample("b", WRONG), sample("b", "no code at all ...", "chatty")]
    rows += [sample("zzz", FORMULA), sample("bad", FORMULA)]
    samples = write(tmp_path / "s.jsonl", rows)
    run(tmp_path, tasks, samples)
    document = msgspec.json.decode(capsys.readouterr().out, type=Document)
    assert document.schema == "efficoder.evaluation/1"
    mine, chatty, reference = (model_of(document, name) for name in ("mine", "chatty", "reference"))
    assert mine.pass_at["1"].value == 0.5
    assert mine.missing == ("c",)
    assert chatty.outcomes == {"no_code": 1}
    assert chatty.pass_at["1"].value == 0.0
    assert (reference.tasks, reference.pass_at["1"].value) == (2, 1.0)  # nobody answered c
    assert document.unknown_samples == 1
    assert [(lost.task_id, lost.reason) for lost in document.excluded] == [("bad", "reference_fails")]
    fast = next(s for s in document.samples if s.task_id == "a" and s.model == "mine")
    assert fast.to_reference is not None
    assert fast.to_reference.high < 1.0
    assert document.machine

    run(tmp_path, tasks, samples, as_json=False)  # resumes, and says the same as text
    out, err = capsys.readouterr()
    assert "nothing to do" in err
    assert out.startswith("Best of 2 models: mine has pass@1 0.500")
    assert "\t" not in out
    lines = [line.split("\t") for line in (tmp_path / "runs" / "e" / "samples.tsv").read_text().splitlines()]
    assert [line[3] for line in lines[1:]] == ["passed", "wrong", "no_code"]
    assert "mine: no sample for 1 task, not counted: c." in out
    assert "Left out: 1 task: bad (reference_fails). `efficoder why RUN TASK` says what to do." in out


def test_tests_are_written_for_tasks_that_have_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = write(tmp_path / "tasks.jsonl", [task(name) for name in "abc"])
    spec = Spec(str(tasks), None, (write(tmp_path / "s.jsonl", [sample("b", FORMULA)]),), None, only_correct=True)

    def written() -> list[str]:
        with open_run(tmp_path / "runs", "e") as store:
            found = [tests.task_id for tests in store.all(TaskTests) if tests.written]
            assert store.count(Verdict) == 2 * len(found)
        return found

    evaluate(spec, tmp_path / "runs", "e", QUICK, limit=None, as_json=True)
    document = msgspec.json.decode(capsys.readouterr().out, type=Document)
    assert written() == ["b"]
    mine, reference = model_of(document, "mine"), model_of(document, "reference")
    assert (document.standings.tasks, mine.tasks, mine.missing) == (3, 1, ("a", "c"))
    assert (reference.tasks, reference.outcomes) == (1, {"passed": 1})
    assert "Without a sample of anyone: 2 of 3 tasks: no tests are written, no score counts them." in document.notes
    write(tmp_path / "s.jsonl", [sample(name, FORMULA) for name in "ab"])
    evaluate(spec, tmp_path / "runs", "e", QUICK, limit=None, as_json=False)
    out = capsys.readouterr().out
    assert sorted(written()) == ["a", "b"]
    assert "mine: no sample for 1 task, not counted: c." in out
    assert "reference:" not in out


def test_base_only_reads_the_base_inputs(tmp_path: Path) -> None:
    fields = {"task_id": "HumanEval/0", "prompt": "def total(n):\n", "canonical_solution": LOOP.partition("\n")[2]}
    more = {"entry_point": "total", "atol": 0, "base_input": [[1], [10]], "plus_input": [[20000]]}
    path = write(tmp_path / "HumanEvalPlus.jsonl", [fields | more])
    checks = []
    for base_only in (False, True):
        source, benchmark = source_of(Spec("humanevalplus", path, (path,), None, base_only=base_only))
        assert benchmark is benchmarks.find("humanevalplus")
        assert benchmarks.of_format(source.partition(":")[0]) is benchmark
        checks.append([check.input for row in sources.read(source) for check in row.tests.checks])
    assert checks == [["[1]", "[10]", "[20000]"], ["[1]", "[10]"]]
    spec = Spec("humaneval", path, (path,), None, base_only=True)
    assert default_name(spec) == "evaluate-humaneval-base-HumanEvalPlus"
    with pytest.raises(UsageError, match="has no base and plus inputs; these have: humanevalplus, mbppplus"):
        source_of(spec)


def test_only_correct_judges_alike_and_times_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = write(tmp_path / "tasks.jsonl", [task("a"), task("b")])
    samples = write(tmp_path / "s.jsonl", [sample("a", FORMULA), sample("b", WRONG)])
    spec = Spec(str(tasks), None, (samples,), None, only_correct=True)
    evaluate(spec, tmp_path / "runs", "quick", QUICK, limit=None, as_json=True)
    quick = msgspec.json.decode(capsys.readouterr().out, type=Document)
    assert {(found.task_id, found.outcome) for found in quick.samples if found.model == "mine"} == {
        ("a", "passed"),
        ("b", "wrong"),
    }
    assert model_of(quick, "mine").pass_at["1"].value == 0.5
    with open_run(tmp_path / "runs", "quick") as store:
        assert store.count(Measurement) == 0
    evaluate(spec, tmp_path / "runs", "quick", QUICK, limit=None, as_json=False)
    out = capsys.readouterr().out
    assert "no load on which time shows" not in out


def test_programs_whose_package_is_not_there_are_counted_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = write(tmp_path / "tasks.jsonl", [task("a")])
    samples = write(tmp_path / "s.jsonl", [sample("a", "import absent.part\n" + FORMULA)])
    run(tmp_path, tasks, samples, as_json=False)
    out = capsys.readouterr().out
    assert "Programs that failed because a package is not there: 1 absent; run.packages names a folder" in out


def test_checks_that_judge_nobody_are_counted_in_the_sample_the_summary_and_the_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raises = LOOP.replace("    s = 0\n", "    s = 0\n    if n == 7:\n        raise ValueError(n)\n")
    unknown = [{"input": [n]} for n in range(1, 21)]
    tasks = write(tmp_path / "tasks.jsonl", [task("t/1", raises) | {"tests": unknown}, task("t/2")])
    samples = write(tmp_path / "s.jsonl", [sample("t/1", FORMULA), sample("t/2", FORMULA)])
    run(tmp_path, tasks, samples)
    document = msgspec.json.decode(capsys.readouterr().out, type=Document)
    one, two = (next(s for s in document.samples if s.task_id == name and s.model == "mine") for name in ("t/1", "t/2"))
    assert (one.outcome, one.checks, one.lost) == ("passed", 19, {"reference_raises": 1})
    assert (two.checks, two.lost) == (3, {})
    assert [(lost.task_id, lost.shipped, lost.used) for lost in document.lost] == [("t/1", 20, 19)]
    run(tmp_path, tasks, samples, as_json=False)
    out = capsys.readouterr().out
    samples_file = tmp_path / "runs" / "e" / "samples.tsv"
    assert "judged on 19 of 20 checks: 1 reference_raises" in samples_file.read_text()
    assert "Judged on 19 of 20 checks: 1 task: t/1 (1: 1 reference_raises)." in out


def test_a_disputed_task_is_left_out_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unknown = [{"input": [n]} for n in (1, 10, 20)]
    rows = [task(name, WRONG) | {"tests": unknown, "vouched": vouched} for name, vouched in (("a", False), ("b", True))]
    tasks = write(tmp_path / "tasks.jsonl", rows)
    samples = write(tmp_path / "s.jsonl", [sample(name, FORMULA, m) for name in "ab" for m in ("one", "two")])
    run(tmp_path, tasks, samples)
    document = msgspec.json.decode(capsys.readouterr().out, type=Document)
    (excluded,) = document.excluded
    assert (excluded.task_id, excluded.reason) == ("a", "disputed")
    assert "two models agree against the reference" in excluded.detail
    assert {(s.task_id, s.outcome) for s in document.samples if s.model in ("one", "two")} == {("b", "wrong")}


def test_tasks_without_a_reference_that_nobody_solves_still_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = write(tmp_path / "tasks.jsonl", [task("a", None), task("b", None)])
    samples = write(tmp_path / "s.jsonl", [sample("a", WRONG), sample("b", FORMULA)])
    run(tmp_path, tasks, samples)
    document = msgspec.json.decode(capsys.readouterr().out, type=Document)
    mine = model_of(document, "mine")
    assert (mine.tasks, mine.pass_at["1"].value) == (2, 0.5)
    assert document.excluded == ()


# ---------------------------------------------------------------- what is refused


def test_samples_of_other_tasks_alone_are_an_error(tmp_path: Path) -> None:
    tasks = write(tmp_path / "tasks.jsonl", [task("a")])
    samples = write(tmp_path / "s.jsonl", [sample("HumanEval/0", FORMULA)])
    with pytest.raises(InputError, match="no sample is of these tasks; its task_id 'HumanEval/0'"):
        run(tmp_path, tasks, samples)


def test_tasks_in_a_language_that_is_not_here_are_left_out_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = task("c/1", "PROCEDURE DIVISION.") | {"language": "cobol"}
    tasks = write(tmp_path / "tasks.jsonl", [other, task("t/1")])
    samples = write(tmp_path / "s.jsonl", [sample("t/1", FORMULA), sample("c/1", FORMULA)])
    run(tmp_path, tasks, samples)
    printed = json.loads(capsys.readouterr().out)
    assert {row["task_id"] for row in printed["samples"]} == {"t/1"}
    (excluded,) = printed["excluded"]
    assert (excluded["task_id"], excluded["reason"]) == ("c/1", "unknown_language")
    assert "no language 'cobol'" in excluded["detail"]


def test_an_evaluation_of_which_no_task_is_left_names_file_and_line(tmp_path: Path) -> None:
    tasks = write(tmp_path / "tasks.jsonl", [task("c/1") | {"language": "cobol"}])
    samples = write(tmp_path / "s.jsonl", [sample("c/1", FORMULA)])
    with pytest.raises(InputError, match=r"tasks\.jsonl:1: task 'c/1': no language 'cobol', there is python"):
        run(tmp_path, tasks, samples)


def test_a_run_that_was_scored_as_python_is_not_shown(tmp_path: Path) -> None:
    """Earlier versions judged tasks in any language as Python."""
    with Store(run_of(tmp_path / "r", [Problem(id="t", entries=[Entry(model="m", et_s=0.1)])]), write=True) as store:
        store.put([msgspec.structs.replace(each, language="cobol") for each in store.all(Task)])
        with pytest.raises(InputError, match="task 't': no language 'cobol'"):
            read_summary(store)


def test_other_tasks_under_a_name_that_is_taken_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_of(tmp_path / "runs" / "e", [Problem(id="t", entries=[Entry(model="m", et_s=0.1)])])
    (tmp_path / "runs" / "e" / "run.toml").write_text('[collect]\nsources = ["jsonl:other.jsonl"]\n')
    tasks = write(tmp_path / "tasks.jsonl", [task("a")])
    with pytest.raises(UsageError, match=r"evaluates jsonl:.*other.jsonl, not .* choose another --name"):
        run(tmp_path, tasks, write(tmp_path / "s.jsonl", [sample("a", FORMULA)]))


@pytest.mark.parametrize(("samples", "model"), [((), None), ((Path("s.jsonl"),), "openai/x")])
def test_samples_or_a_model_never_both_or_none(tmp_path: Path, samples: tuple[Path, ...], model: str | None) -> None:
    with pytest.raises(UsageError, match="either --samples FILE or --model"):
        evaluate(Spec("t.jsonl", None, samples, model), tmp_path, None, [], limit=None, as_json=False)


def test_samples_of_several_files_are_scored_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "t.jsonl", [task("a")])
    for name in ("one", "two"):
        write(tmp_path / f"{name}.jsonl", [{"task_id": "a", "solution": FORMULA}])
    words = ("evaluate", "t.jsonl", "--samples", "one.jsonl", "--samples", "two.jsonl", "--only-correct", "--json")
    assert exit_code(*words) == 0
    said = capsys.readouterr()
    models = {model["model"] for model in json.loads(said.out)["standings"]["models"]}
    assert models == {REFERENCE, "one", "two"}
    assert "efficoder compare runs/evaluate-t-one-two:one runs/evaluate-t-one-two:two" in said.err


def test_benchmarks_by_name_want_their_file() -> None:
    with pytest.raises(UsageError, match=r"give its file with --data: HumanEvalPlus\.jsonl"):
        source_of(Spec("humanevalplus", None, (Path("s"),), None))
    with pytest.raises(UsageError, match="did you mean 'humanevalplus'"):
        source_of(Spec("humanevalpls", Path("f"), (Path("s"),), None))
    source, benchmark = source_of(Spec("mbppplus", Path("f.jsonl"), (Path("s"),), None))
    assert source == "mbppplus:f.jsonl"
    assert benchmark is not None
    assert source_of(Spec("own.jsonl", None, (Path("s"),), None)) == ("jsonl:own.jsonl", None)


def test_a_benchmark_file_of_another_version_names_the_column(tmp_path: Path) -> None:
    data = write(tmp_path / "old.jsonl", [{"task_id": "HumanEval/0", "prompt": "def f():\n"}])
    samples = write(tmp_path / "s.jsonl", [sample("HumanEval/0", FORMULA)])
    with pytest.raises(InputError, match=r"old.jsonl:1: humanevalplus: column .* is missing"):
        evaluate(Spec("humanevalplus", data, (samples,), None), tmp_path, "x", [], limit=None, as_json=False)


def test_every_benchmark_has_a_source_and_says_when_its_size_is_another() -> None:
    from efficoder.sources import FORMATS

    for benchmark in benchmarks.BENCHMARKS.values():
        assert {benchmark.format, benchmark.base or benchmark.format} <= FORMATS.keys()
        assert not benchmarks.size_note(benchmark, benchmark.tasks[0])
    assert "163 tasks, the published set has 164" in benchmarks.size_note(benchmarks.find("humaneval"), 163)


@pytest.mark.parametrize("stage", ["write_tests", "check", "measure"])
def test_an_internal_error_ends_with_exit_4_after_the_scores(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    healthy = WorkerPool.run

    def broken(pool: WorkerPool, jobs: Iterable[Job], pack: Callable[[Job], Any]) -> Iterator[Answer]:
        for job, rows, fault in healthy(pool, jobs, pack):
            hit = job.id == "b" and pool._stage.name == stage
            yield (job, [], "a fault of ours") if hit else (job, rows, fault)

    monkeypatch.setattr(WorkerPool, "run", broken)
    tasks = write(tmp_path / "t.jsonl", [task("a"), task("b")])
    samples = write(tmp_path / "s.jsonl", [sample("a", FORMULA), sample("b", FORMULA)])
    with pytest.raises(TooManyFailures, match=f"{stage}: 1 task met an internal error") as failed:
        run(tmp_path, tasks, samples)
    assert failed.value.exit_code == 4
    document = msgspec.json.decode(capsys.readouterr().out, type=Document)
    assert any(note.startswith(f"{stage}: 1 task met an internal error") for note in document.notes)
    assert {each.task_id: each.outcome for each in document.samples if each.model == "mine"}["a"] == "passed"
    monkeypatch.undo()
    run(tmp_path, tasks, samples)


def test_default_names_come_from_the_files() -> None:
    assert default_name(Spec("humaneval:a/H.jsonl.gz", None, (Path("x/s.jsonl"),), None)) == "evaluate-H-s"
    assert default_name(Spec("mbpp", Path("d"), (), "openai/gpt-5")) == "evaluate-mbpp-gpt-5"


# ---------------------------------------------------------------- standings


def standing(tmp_path: Path, problems: list[Problem], models: tuple[str, ...] = ()) -> dict[str, ModelScore]:
    with Store(run_of(tmp_path / "r", problems)) as store:
        return {model.model: model for model in read_summary(store, models).standings.models}


def test_sets_of_tasks_differ_and_carry_their_size(tmp_path: Path) -> None:
    good = [Problem(id=f"t{i}", entries=[Entry(model="a", et_s=0.1), Entry(model="b", et_s=0.2)]) for i in range(3)]
    half = Problem(id="h", entries=[Entry(model="a", et_s=0.05), Entry(model="b", outcome="timeout")])
    alone = Problem(id="x", entries=[Entry(model="a", et_s=0.05)])
    found = standing(tmp_path, [*good, half, alone])
    nets = {name: {key: found[name].sets[key]["net"] for key in ("all", "own", "common")} for name in ("a", "b")}
    sizes = {name: [value.n for value in sets.values() if value] for name, sets in nets.items()}
    assert sizes == {"a": [5, 4 + 1, 3], "b": [4, 3, 3]}
    b_all, b_own, a_common = nets["b"]["all"], nets["b"]["own"], nets["a"]["common"]
    assert None not in (b_all, b_own, a_common)
    assert b_all.value == pytest.approx((3 * 2.0 + 10.0) / 4)
    assert b_own.value == pytest.approx(2.0)
    assert a_common.value == pytest.approx(1.0)
    assert found["b"].missing == ("x",)
    assert found["a"].pass_at_1_common is not None
    assert found["a"].pass_at_1_common.n == 4


def test_both_definitions_of_net_are_given_and_differ(tmp_path: Path) -> None:
    problems = [
        Problem(id="short", entries=[Entry(model="m", et_s=0.04)], reference_s=0.01),
        Problem(id="long", entries=[Entry(model="m", et_s=0.5)], reference_s=1.0),
    ]
    own = standing(tmp_path, problems)["m"].sets["own"]
    net, total, speedup = own["net"], own["net_total"], own["speedup"]
    assert None not in (net, total, speedup)
    assert net.value == pytest.approx((4.0 + 0.5) / 2)
    assert total.value == pytest.approx(0.54 / 1.01)
    assert speedup.value == pytest.approx((0.25 * 2.0) ** 0.5)


def test_the_papers_own_et_mu_and_tmu_are_in_csv_json_and_report_but_not_in_the_text(tmp_path: Path) -> None:
    entry = Entry(model="m", et_s=0.05, raw_peak_bytes=9_000_000)
    failed = Problem(id="w", entries=[Entry(model="m", outcome="wrong")])
    with Store(run_of(tmp_path / "r", [Problem(id="t", entries=[entry]), failed])) as store:
        summary = read_summary(store)
    sets = next(model for model in summary.standings.models if model.model == "m").sets
    for name in ("all", "own"):
        values = [sets[name][metric] for metric in ("raw_et", "raw_mu", "raw_tmu")]
        assert [value.value for value in values if value] == pytest.approx([0.052, 9e6, 3e6])
        assert [value.n for value in values if value] == [1, 1, 1]  # a failure has none
    rows = list(csv.DictReader(io.StringIO(text(summary, "csv"))))
    wall = next(row for row in rows if (row["model"], row["set"], row["metric"]) == ("m", "all", "raw_et"))
    assert (float(wall["value"]), wall["n"]) == (pytest.approx(0.052), "1")
    assert "as the paper" not in text(summary)


def test_the_report_tells_the_papers_own_memory_in_the_units_of_the_cli(tmp_path: Path) -> None:
    entry = Entry(model="m", et_s=0.05, raw_peak_bytes=9_000_000)
    with Store(run_of(tmp_path / "r", [Problem(id="t", entries=[entry])])) as store:
        table = board_of(store).tables[1]
    told = {metric.name: metric.unit for metric in table.metrics}
    assert (told["MU (as the paper)"], told["MU"], told["ET"], told["TMU"]) == ("MB", "MB", "ms", "MB·s")
    row = next(score for score in table.scores if score.model == "m").values
    by_name = dict(zip(told, row, strict=True))
    assert by_name["MU (as the paper)"] == Estimate(value=9.0)
    assert by_name["ET"] == Estimate(value=pytest.approx(50.0))


def test_runs_from_before_the_papers_memory_was_kept_show_none_of_it(tmp_path: Path) -> None:
    with Store(run_of(tmp_path / "r", [Problem(id="t", entries=[Entry(model="m", et_s=0.05)])])) as store:
        summary = read_summary(store)
    own = next(model for model in summary.standings.models if model.model == "m").sets["own"]
    assert own["raw_et"] is not None
    assert (own["raw_mu"], own["raw_tmu"]) == (None, None)
    assert ",raw_mu," not in text(summary, "csv")


def test_pass_at_k_and_eff_at_k_only_for_k_that_every_task_has(tmp_path: Path) -> None:
    many = [Entry(model="m", index=i, outcome="wrong") for i in range(9)] + [Entry(model="m", index=9, et_s=0.05)]
    found = standing(tmp_path, [Problem(id="a", entries=many), Problem(id="b", entries=many[4:])])["m"]
    assert list(found.pass_at) == ["1", "2", "5"]
    assert found.pass_at["1"].value == pytest.approx((0.1 + 1 / 6) / 2)
    assert found.pass_at["5"].value == pytest.approx((0.5 + 5 / 6) / 2)
    assert found.eff_at["5"].value == pytest.approx(1.5 * (0.5 + 5 / 6) / 2)
    with Store(tmp_path / "r") as store:
        summary = read_summary(store)
    shown = text(summary, "markdown", everything=True)
    table = [[cell.strip() for cell in line.split("|")] for line in shown.splitlines() if line.startswith("|")]
    header, row = table[0], next(cells for cells in table if "m" in cells)
    assert [name for name in header if "@" in name and "common" not in name] == [
        f"{metric}@{k}" for metric, k in (("pass", 1), ("pass", 2), ("pass", 5), ("eff", 2), ("eff", 5))
    ]
    assert row[header.index("pass@5")].startswith("0.667")
    assert "DPS_norm" not in shown
    assert "n/a" in shown


def test_zero_passing_tasks_is_zero_with_a_bound_and_no_efficiency(tmp_path: Path) -> None:
    problems = [Problem(id=f"t{i}", entries=[Entry(model="m", outcome="wrong")]) for i in range(5)]
    with Store(run_of(tmp_path / "r", problems)) as store:
        summary = read_summary(store)
    found = next(model for model in summary.standings.models if model.model == "m")
    assert (found.pass_at["1"].value, found.pass_at["1"].low) == (0.0, 0.0)
    assert found.pass_at["1"].high == pytest.approx(0.434, abs=1e-3)  # Wilson, 0 of 5
    assert set(found.sets["own"].values()) == {None}
    assert "m: solved nothing" in text(summary)


def test_one_task_gives_numbers_without_intervals(tmp_path: Path) -> None:
    found = standing(tmp_path, [Problem(id="t", entries=[Entry(model="m", et_s=0.05)])])["m"]
    assert found.pass_at["1"].value == 1.0
    assert found.pass_at["1"].low is None
    net = found.sets["own"]["net"]
    assert net is not None
    assert (net.value, net.low) == (pytest.approx(0.5), None)


def test_named_models_decide_the_common_set(tmp_path: Path) -> None:
    entries = [Entry(model="a", et_s=0.1), Entry(model="b", et_s=0.1), Entry(model="weak", outcome="wrong")]
    problems = [Problem(id=f"t{i}", entries=entries) for i in range(2)]
    assert standing(tmp_path, problems)["a"].sets["common"]["net"] is None
    with Store(tmp_path / "r") as store:
        net = read_summary(store, ["a", "b"]).standings.models[0].sets["common"]["net"]
        assert net is not None
        assert net.n == 2
        with pytest.raises(UsageError, match="no sample of the model 'c'"):
            read_summary(store, ["c"])


def test_times_of_two_machines_are_never_mixed(tmp_path: Path) -> None:
    problems = [Problem(id=f"t{i}", entries=[Entry(model="m", et_s=0.1)]) for i in range(2)]
    folder = run_of(tmp_path / "r", problems)
    with Store(folder, write=True) as store:
        store.put([measurement("t1", "t1 m 0", 0.1, machine="m2")])
        with pytest.raises(InputError, match=r"machine m1 .* and of machine m2"):
            read_summary(store)


def test_verdicts_by_other_tests_do_not_count(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "r", [Problem(id="t", entries=[Entry(model="m", et_s=0.1)])])
    with Store(folder, write=True) as store:
        store.put([Verdict(candidate_id="t m 0", task_id="t", outcome="passed", tests_hash="older")])
        summary = read_summary(store)
    found = next(model for model in summary.standings.models if model.model == "m")
    assert found.outcomes == {"not_judged": 1}
    assert found.pass_at == {}
    assert "no verdict on 1 sample" in text(summary)


def test_a_dropped_task_is_named_and_not_scored(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "r", [Problem(id=i, entries=[Entry(model="m", et_s=0.1)]) for i in ("a", "b")])
    with Store(folder, write=True) as store:
        store.put([Drop(id="b", stage="write_tests", reason="reference_fails", task_id="b")])
        summary = read_summary(store)
    assert summary.standings.tasks == 1
    assert "b (reference_fails)" in text(summary)


def test_a_run_without_samples_is_an_error(tmp_path: Path) -> None:
    run_of(tmp_path / "r", [])
    with pytest.raises(InputError, match="no sample is judged yet"):
        show_leaderboard(tmp_path, "r", [], "text", as_json=False)


def test_a_scoreboard_says_first_who_is_right_how_often_and_how_fast(tmp_path: Path) -> None:
    problems = [
        Problem(
            id=f"t{i}",
            entries=[
                Entry(model="good", et_s=0.05),
                Entry(model="bad", outcome=bad, et_s=0.3 if bad == "passed" else None),
            ],
        )
        for i, bad in enumerate(["passed", "passed", "wrong", "error"])
    ]
    with Store(run_of(tmp_path / "r", problems)) as store:
        board = board_of(store)
    assert board.sentence == (
        "Best of 2 models: good has pass@1 1.00 [0.510, 1.00] on 4 tasks; "
        "on the 4 tasks with a time that it solved, "
        "its speed-up over the reference is 2.00 [2.00, 2.00]."
    )
    assert [metric.name for metric in board.headline.metrics] == ["pass@1", "eff@1", "speed-up", "memory"]
    assert [score.model for score in board.headline.scores] == ["good", "bad", "reference"]
    assert [score.tasks for score in board.tables[2].scores] == [2, 2, 2]
    assert [(case.task_id, case.outcome) for case in board.failed] == [("t2", "wrong"), ("t3", "error")]
    assert [(case.task_id, case.model) for case in board.slow] == [("t0", "bad"), ("t1", "bad")]
    counts = {one.model: one.counts for one in board.outcomes}
    assert counts == {"good": {"passed": 4}, "bad": {"passed": 2, "wrong": 1, "error": 1}}


def test_without_times_a_scoreboard_tells_right_and_wrong_alone(tmp_path: Path) -> None:
    problem = Problem(id="t", entries=[Entry(model="m")], reference_s=None)
    with Store(run_of(tmp_path / "r", [problem])) as store:
        board = board_of(store)
    assert board.sentence == "m has pass@1 1.00 on 1 task; its speed is not known."
    assert [metric.name for metric in board.headline.metrics] == ["pass@1"]


def test_the_scores_of_a_run_are_taken_back_by_whatever_is_done_next(tmp_path: Path) -> None:
    tasks = write(tmp_path / "tasks.jsonl", [task("a")])
    samples = write(tmp_path / "s.jsonl", [sample("a", FORMULA)])
    run(tmp_path, tasks, samples)
    folder = tmp_path / "runs" / "e"
    assert "mine has pass@1" in (folder / "report.html").read_text()
    config = load(folder / "run.toml", [])
    with Store(folder, write=True) as store:
        assert {"check", "measure", "beside"} <= msgspec.json.decode(store.meta()["stage_wall_s"]).keys()
        execute(store, config, Console(quiet=True), Scope(("report",)))
        assert "mine has pass@1" in (folder / "report.html").read_text()
        execute(store, config, Console(quiet=True), Scope(("check",), fresh=True))
        execute(store, config, Console(quiet=True), Scope(("report",)))
    assert "This evaluation is not finished" in (folder / "report.html").read_text()


def test_a_sentence_and_four_headline_metrics_come_first_and_the_rest_on_request(tmp_path: Path) -> None:
    problems = [
        Problem(id=f"t{i}", entries=[Entry(model="m", et_s=0.05), Entry(model="n", et_s=0.1)]) for i in range(3)
    ]
    with Store(run_of(tmp_path / "r", problems)) as store:
        summary = read_summary(store)
    short, long = text(summary), text(summary, everything=True)
    first = short.splitlines()[0]
    assert first.startswith("Best of 2 models, the fastest of 2 with its pass@1: m has pass@1 1.00 [")
    assert "on the 3 tasks with a time that it solved, its speed-up over the reference is 2.00" in first
    assert long.splitlines()[0] == first
    assert max(map(len, short.splitlines()[2:7])) < 120
    assert "Beyond" not in short
    assert "Beyond" in long


def test_who_solved_nothing_is_not_called_the_best(tmp_path: Path) -> None:
    problems = [Problem(id=f"t{i}", entries=[Entry(model=name, outcome="wrong") for name in "mn"]) for i in range(2)]
    with Store(run_of(tmp_path / "r", problems)) as store:
        assert text(read_summary(store)).startswith("None of 2 models solved a task: m has pass@1 0 [")


def test_of_models_that_are_right_equally_often_the_fastest_comes_first(tmp_path: Path) -> None:
    """Not the first by the alphabet; and a weak third one does not shrink what the sentence speaks of."""
    others = [Entry(model="alice", et_s=0.2), Entry(model="bob", et_s=0.05)]
    weak = [
        Entry(model="weak", outcome=outcome, et_s=0.1 if outcome == "passed" else None)
        for outcome in ("passed", "wrong")
    ]
    problems = [Problem(id=f"t{i}", entries=[*others, weak[i > 0]]) for i in range(6)]
    with Store(run_of(tmp_path / "r", problems)) as store:
        first = text(read_summary(store)).splitlines()[0]
    assert first.startswith("Best of 3 models, the fastest of 2 with its pass@1: bob has pass@1 1.00 [")
    assert "on the 6 tasks with a time that it solved" in first


def test_a_task_without_a_reference_is_not_said_to_show_no_time(tmp_path: Path) -> None:
    row = task("a", reference=None) | {"loads": [{"input": [300_000], "expected": 45_000_150_000}]}
    tasks = write(tmp_path / "tasks.jsonl", [row])
    run(tmp_path, tasks, write(tmp_path / "s.jsonl", [sample("a", FORMULA), sample("a", LOOP, model="slow")]))
    with Store(tmp_path / "runs" / "e") as store:
        assert not [note for note in read_summary(store).notes if "no measurable time" in note]


def test_every_number_is_in_one_table_with_bounds_of_their_own(tmp_path: Path) -> None:
    problems = [Problem(id=f"t{i}", entries=[Entry(model="=m", et_s=0.05 * (i + 1))]) for i in range(3)]
    run_of(tmp_path / "r", problems)
    out = tmp_path / "table.csv"
    show_leaderboard(tmp_path, "r", [], "text", as_json=False, out=out)
    with out.open() as lines:
        rows = list(csv.DictReader(lines))
    net = next(row for row in rows if (row["model"], row["set"], row["metric"]) == ("'=m", "common", "net"))
    assert float(net["low"]) < float(net["value"]) == 1.0 < float(net["high"])
    assert net["n"] == "3"
    assert {row["metric"] for row in rows} >= {"pass@1", "speedup", "eff_at_1", "nmu", "ntmu"}
    with Store(tmp_path / "r") as store:
        assert text(read_summary(store), "csv") + "\n" == out.read_text()


def test_evoevals_own_samples_are_taken_by_their_own_ids(tmp_path: Path) -> None:
    row = {"task_id": "EvoEval/0", "entry_point": "f", "prompt": "def f(n):\n", "inputs": ["1"]}
    row["canonical_solution"] = "    return n\n"
    tasks = write(tmp_path / "EvoEval_difficult.jsonl", [row])
    samples = write(tmp_path / "s.jsonl", [{"task_id": "EvoEval/0", "solution": "def f(n):\n    return n\n"}])
    spec = Spec(f"evoeval:{tasks}", None, (samples,), None, only_correct=True)
    evaluate(spec, tmp_path / "runs", "e", QUICK, limit=None, as_json=True)
    with open_run(tmp_path / "runs", "e") as store:
        assert {sample.task_id for sample in store.all(Sample)} == {"EvoEval_difficult/0"}
        assert published_ids(store.all(Task)) == {"EvoEval/0": "EvoEval_difficult/0"}
        twins = [*store.all(Task), *(msgspec.structs.replace(t, id="EvoEval_subtle/0") for t in store.all(Task))]
        assert published_ids(twins) == {}
