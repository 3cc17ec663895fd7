"""Tests that a run does not write: from the bank of an earlier run, or frozen ones. In real runs of tiny tasks."""

import errno
import gzip
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from efficoder.cli.inspect import print_trail
from efficoder.config import load
from efficoder.console import Console
from efficoder.errors import InputError, UsageError
from efficoder.evaluation import compare_runs, freezing
from efficoder.evaluation.evaluate import Spec, evaluate, show_leaderboard
from efficoder.evaluation.rows import frozen_tests
from efficoder.paths import cache_folder
from efficoder.pipeline.pool import WorkerPool
from efficoder.pipeline.work import Scope
from efficoder.stages import run
from efficoder.store import Store, open_run
from efficoder.testgen import frozen
from efficoder.types import Drop, Sample, TaskTests, TestFacts, Verdict

REFERENCE = "def total(n):\n    s = 0\n    for i in range(n + 1):\n        s += i\n    return s\n"
FORMULA = "def total(n):\n    return n * (n + 1) // 2\n"
TESTS = [{"input": [1], "expected": 1}, {"input": [10], "expected": 55}, {"input": [2000], "expected": 2001000}]
SETS = ["write_tests.mutate=false", "run.workers=1"]


def task(name: str, reference: str = REFERENCE, **fields: object) -> dict[str, object]:
    row = {"id": name, "prompt": "Sum 1..n.", "entry_point": "total", "tests": TESTS, "reference": reference}
    return row | fields


def write(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def written(tmp_path: Path, name: str, rows: Sequence[dict[str, object]], *sets: str, fresh: bool = False) -> str:
    """Runs write_tests in a run of that name; returns the log."""
    tasks = write(tmp_path / "tasks.jsonl", rows)
    config = load(None, [f"collect.sources={json.dumps([str(tasks)])}", *SETS, *sets])
    folder = tmp_path / "runs" / name
    with Store(folder, write=True) as store:
        console = Console(folder / "log.txt")
        run.execute(store, config, console, Scope(("collect",)))
        run.execute(store, config, console, Scope(("write_tests",), fresh=fresh))
    return (folder / "log.txt").read_text()


def why(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, task_id: str = "a") -> str:
    capsys.readouterr()
    print_trail(tmp_path / "runs", name, task_id, as_json=False)
    return next(line for line in capsys.readouterr().out.splitlines() if line.startswith("write_tests"))


def rows_of(tmp_path: Path, name: str) -> list[TaskTests]:
    with open_run(tmp_path / "runs", name) as store:
        return [tests for tests in store.all(TaskTests) if tests.written]


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def forbid() -> None:
        def fail(*_: object) -> None:
            raise AssertionError("no worker is needed")

        monkeypatch.setattr(WorkerPool, "__init__", fail)

    return forbid


# ---------------------------------------------------------------- the bank


def test_a_second_run_takes_the_tests_of_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], no_work: Callable[[], None]
) -> None:
    written(tmp_path, "one", [task("a"), task("b")])
    assert "written by this run: the bank has none of this task" in why(tmp_path, capsys, "one")
    no_work()
    assert "write_tests  2 from the bank" in written(tmp_path, "two", [task("b"), task("a")])
    assert why(tmp_path, capsys, "two").endswith("3 checks, 0 loads; from the bank")
    assert {t.task_id: t for t in rows_of(tmp_path, "one")} == {t.task_id: t for t in rows_of(tmp_path, "two")}
    assert "nothing to do, 2 done before" in written(tmp_path, "two", [task("b"), task("a")])


def test_what_changed_is_written_anew_and_why_says_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, "one", [task("a")])
    written(tmp_path, "two", [task("a", REFERENCE.replace("s = 0", "s = 0 + 0"))])
    assert "the bank's are not these: the reference is another one" in why(tmp_path, capsys, "two")
    written(tmp_path, "three", [task("a")], "write_tests.loads=1")
    assert "the bank's are not these: settings" in why(tmp_path, capsys, "three")
    written(tmp_path, "four", [task("a")], fresh=True)
    assert "written by this run: asked for anew" in why(tmp_path, capsys, "four")


def test_tests_on_which_candidates_have_a_say_are_not_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        written(tmp_path, name, [task("a", vouched=False)])
        assert "written by this run: candidates may dispute its reference" in why(tmp_path, capsys, name)
    assert not (cache_folder() / "tests").exists()


def test_a_task_that_is_left_out_is_tried_again_by_every_run(tmp_path: Path) -> None:
    for name in ("one", "two"):
        written(tmp_path, name, [task("a", "def total(n):\n    return n\n")])
        with open_run(tmp_path / "runs", name) as store:
            assert [drop.reason for drop in store.all(Drop)] == ["reference_fails"]


def test_a_bank_that_cannot_be_written_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (cache_folder() / "tests").write_text("a file in its place")
    log = written(tmp_path, "one", [task("a"), task("b")])
    assert log.count("the bank keeps nothing") == 1
    assert len(rows_of(tmp_path, "one")) == 2
    assert "the bank cannot be read" in why(tmp_path, capsys, "one")


def test_a_read_only_bank_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "one", [task("a")])
    before = Path.write_bytes

    def read_only(path: Path, content: bytes) -> int:
        if path.is_relative_to(cache_folder()):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return before(path, content)

    monkeypatch.setattr(Path, "write_bytes", read_only)
    log = written(tmp_path, "two", [task("a"), task("b"), task("c")])
    assert "write_tests  1 from the bank" in log
    assert log.count("the bank keeps nothing") == 1
    assert "Read-only file system" in log


def test_whichever_stage_keeps_says_that_nothing_is_kept(tmp_path: Path) -> None:
    path = frozen_of(tmp_path, "one", [task("a")])
    shutil.rmtree(cache_folder() / "tests")
    (cache_folder() / "tests").write_text("a file in its place")
    for name, tests in (("check alone", path), ("both", None)):
        scored(tmp_path, name, tests)
        log = (tmp_path / "runs" / name / "log.txt").read_text()
        assert log.count("the bank keeps nothing") == 1
        with open_run(tmp_path / "runs", name) as store:
            assert {verdict.outcome for verdict in store.all(Verdict)} == {"passed"}


@pytest.mark.parametrize(
    ("options", "fill", "words"),
    [("size=16k", "head -c 1m /dev/zero > {0}/full; ", "No space left"), ("ro", "", "Read-only file system")],
    ids=["full", "read-only"],
)
def test_on_a_disk_that_takes_nothing_the_work_goes_on(tmp_path: Path, options: str, fill: str, words: str) -> None:
    tasks = write(tmp_path / "tasks.jsonl", [task("a"), task("b")])
    samples = write(tmp_path / "s.jsonl", [{"task_id": name, "solution": FORMULA} for name in "ab"])
    cache = tmp_path / "cache"
    cache.mkdir()
    mounted = f"mount -t tmpfs -o {options} none {cache}"
    if subprocess.run(["unshare", "-m", "sh", "-c", mounted], capture_output=True).returncode:
        pytest.skip("only root mounts here")
    words_of_command = [sys.executable, "-m", "efficoder", "evaluate", str(tasks), "--samples", str(samples)]
    words_of_command += ["--only-correct", "--runs", str(tmp_path / "runs"), "--name", "e", "--set", "run.workers=1"]
    script = f"{mounted}; {fill.format(cache)}exec {shlex.join(words_of_command)}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        capture_output=True,
        text=True,
        env=os.environ | {"XDG_CACHE_HOME": str(cache)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the bank keeps nothing") == 1
    assert words in done.stderr
    assert "pass@1 1.00" in done.stdout


def test_a_damaged_entry_is_rewritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, "one", [task("a")])
    (entry,) = (cache_folder() / "tests").glob("*/*.json.gz")
    entry.write_bytes(entry.read_bytes()[:-9])
    written(tmp_path, "two", [task("a")])
    assert "written by this run: the bank's entry is damaged" in why(tmp_path, capsys, "two")
    assert "write_tests  1 from the bank" in written(tmp_path, "three", [task("a")])


# ---------------------------------------------------------------- frozen tests


def frozen_of(tmp_path: Path, name: str, rows: Sequence[dict[str, object]], *sets: str) -> Path:
    written(tmp_path, name, rows, *sets)
    freezing.freeze(tmp_path / "runs", name, tmp_path / f"{name}.jsonl.gz")
    return tmp_path / f"{name}.jsonl.gz"


def scored(tmp_path: Path, name: str, tests: Path | None, model: str = "mine") -> None:
    rows: list[dict[str, object]] = [{"task_id": "a", "solution": FORMULA, "model": model}]
    samples = write(tmp_path / f"{name}-s.jsonl", rows)
    spec = Spec(str(tmp_path / "tasks.jsonl"), None, (samples,), None, only_correct=True, tests=tests)
    evaluate(spec, tmp_path / "runs", name, SETS, limit=None, as_json=True)


def test_frozen_tests_are_used_as_they_are_and_their_hash_is_in_every_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = frozen_of(tmp_path, "one", [task("a"), task("b")])
    scored(tmp_path, "e", path)
    name = frozen.read(path).hash
    assert json.loads(capsys.readouterr().out)["tests"] == name
    assert rows_of(tmp_path, "e") == [tests for tests in rows_of(tmp_path, "one") if tests.task_id == "a"]
    assert f"from the frozen tests {name[:12]}" in why(tmp_path, capsys, "e")
    show_leaderboard(tmp_path / "runs", "e", (), "csv", as_json=False)
    header, row = capsys.readouterr().out.splitlines()[:2]
    assert (header.split(",")[-1], row.split(",")[-1]) == ("tests", name)
    for form in ("text", "markdown"):
        show_leaderboard(tmp_path / "runs", "e", (), form, as_json=False)
        assert f"the frozen tests {name[:12]}" in capsys.readouterr().out
    assert f"the frozen tests {name[:12]}" in (tmp_path / "runs" / "e" / "report.html").read_text()
    scored(tmp_path, "own", None)
    assert json.loads(capsys.readouterr().out)["tests"] == ""


def test_the_same_tests_make_the_same_bytes(tmp_path: Path) -> None:
    one = frozen_of(tmp_path, "x", [task("a"), task("b")])
    two = frozen_of(tmp_path, "y", [task("b"), task("a")])
    assert one.read_bytes() == two.read_bytes()
    plain = tmp_path / "plain.jsonl"
    plain.write_bytes(gzip.decompress(one.read_bytes()))
    assert frozen.read(plain).hash == frozen.read(one).hash
    header = frozen.read(one).header
    assert (header.seed, header.settings["mutate"]) == (0, False)
    assert "machine" in header.machine


def test_what_cannot_be_judged_is_frozen_too_and_what_is_not_frozen_takes_no_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = frozen_of(tmp_path, "one", [task("a"), task("b", "def total(n):\n    return n\n")])
    write(tmp_path / "tasks.jsonl", [task("a"), task("b", "def total(n):\n    return n\n"), task("c")])
    rows: list[dict[str, object]] = [{"task_id": name, "solution": FORMULA, "model": "mine"} for name in "abc"]
    samples = write(tmp_path / "s.jsonl", rows)
    spec = Spec(str(tmp_path / "tasks.jsonl"), None, (samples,), None, only_correct=True, tests=path)
    evaluate(spec, tmp_path / "runs", "e", SETS, limit=None, as_json=True)
    document = json.loads(capsys.readouterr().out)
    found = {lost["task_id"]: lost["reason"] for lost in document["excluded"]}
    assert found == {"b": "reference_fails", "c": "not_frozen"}


def test_tests_of_another_task_are_refused(tmp_path: Path) -> None:
    path = frozen_of(tmp_path, "one", [task("a")])
    for row, what in (
        (task("a", FORMULA), "reference"),
        (task("a", prompt="Other."), "text or signature"),
        (task("a", tests=TESTS[:2]), "tests of the source"),
    ):
        write(tmp_path / "tasks.jsonl", [row])
        with pytest.raises(InputError, match=f"its tests of a are of a task with another {what}"):
            scored(tmp_path, what[:4], path)


def test_one_run_is_evaluated_on_one_set_of_tests(tmp_path: Path) -> None:
    first = frozen_of(tmp_path, "one", [task("a")])
    second = frozen_of(tmp_path, "two", [task("a")], "write_tests.loads=0")
    scored(tmp_path, "e", first)
    for other in (second, None):
        with pytest.raises(UsageError, match="choose another --name, or give the same --tests"):
            scored(tmp_path, "e", other)
    scored(tmp_path, "own", None)
    with pytest.raises(UsageError, match="was evaluated on tests of its own, not on the frozen tests"):
        scored(tmp_path, "own", first)


def test_results_on_two_sets_of_tests_are_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = frozen_of(tmp_path, "one", [task("a")])
    second = frozen_of(tmp_path, "two", [task("a")], "write_tests.loads=0")
    for name, tests in (("p", first), ("q", first), ("r", second)):
        scored(tmp_path, name, tests)
    options = compare_runs.Options(tmp_path / "runs")
    compare_runs.compare("p", "q", options)
    with pytest.raises(InputError, match=r"two sets of tests are not compared; .*same --tests, or let --remeasure"):
        compare_runs.compare("p", "r", options)
    compare_runs.compare("p", "r", compare_runs.Options(tmp_path / "runs", remeasure=True))
    with open_run(tmp_path / "runs", "compare-p-r") as store:
        assert frozen_tests(store) == frozen.read(first).hash


def test_a_run_with_results_on_two_sets_has_no_leaderboard(tmp_path: Path) -> None:
    scored_on = frozen_of(tmp_path, "one", [task("a"), task("b")])
    written(tmp_path, "mixed", [task("a"), task("b")])
    with Store(tmp_path / "runs" / "mixed", write=True) as store:
        facts = store.get(TestFacts, "a")
        assert facts is not None
        reference = next(sample for sample in store.all(Sample, "a"))
        store.put([msgspec.structs.replace(facts, frozen=frozen.read(scored_on).hash), reference])
        with pytest.raises(InputError, match=r"has results on tests of its own and the frozen tests .*not mixed"):
            frozen_tests(store)


def test_frozen_tests_of_frozen_tests_or_of_no_tests_are_refused(tmp_path: Path) -> None:
    path = frozen_of(tmp_path, "one", [task("a")])
    scored(tmp_path, "e", path)
    with pytest.raises(UsageError, match="copy that file"):
        freezing.freeze(tmp_path / "runs", "e", tmp_path / "again.jsonl.gz")
    config = load(None, [f"collect.sources={json.dumps([str(tmp_path / 'tasks.jsonl')])}"])
    with Store(tmp_path / "runs" / "bare", write=True) as store:
        run.execute(store, config, Console(tmp_path / "log"), Scope(("collect",)))
    with pytest.raises(
        InputError, match=r"no task has tests that this version wrote; `efficoder stage write_tests bare`"
    ):
        freezing.freeze(tmp_path / "runs", "bare", tmp_path / "none.jsonl.gz")
    with pytest.raises(InputError, match="cannot be written"):
        freezing.freeze(tmp_path / "runs", "one", tmp_path / "no folder" / "x.jsonl.gz")


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    path = frozen_of(tmp_path, "one", [task("a")])
    whole = path.read_bytes()
    content = gzip.decompress(whole)
    header, line = content.splitlines()
    broken = {
        "missing": None,
        "empty": b"",
        "cut": whole[:-30],
        "pickle": b"cos\nsystem\n(S'true'\ntR.",
        "tasks alone": line,
        "twice": b"\n".join([header, line, line]),
        "no utf-8": header + b'\n{"task_id": "\xff"}',
        "another schema": content.replace(frozen.SCHEMA.encode(), b"efficoder.tests/9"),
    }
    for name, data in broken.items():
        bad = tmp_path / f"{name}.bad"
        if data is not None:
            bad.write_bytes(data)
        with pytest.raises(InputError, match=name):
            frozen.read(bad)
    for change in ((b'"written":true', b'"written":false'), (b'"checks":[', b'"checks":[3,')):
        bad.write_bytes(content.replace(*change))
        with pytest.raises(InputError, match="the tests of a"):
            frozen.read(bad).get("a")


def test_show_prints_the_set_and_a_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = frozen_of(tmp_path, "one", [task("a"), task("b")])
    capsys.readouterr()
    freezing.show(path, None, as_json=False)
    out = capsys.readouterr().out
    assert frozen.read(path).hash in out
    assert "seed 0" in out
    assert [line.split()[:2] for line in out.splitlines()[-2:]] == [["a", "3"], ["b", "3"]]
    freezing.show(path, "b", as_json=False)
    assert "check 0 (given, exact): [1] -> 1" in capsys.readouterr().out
    freezing.show(path, "b", as_json=True)
    assert json.loads(capsys.readouterr().out)["task_id"] == "b"
    with pytest.raises(InputError, match="no tests of 'z'"):
        freezing.show(path, "z", as_json=False)
