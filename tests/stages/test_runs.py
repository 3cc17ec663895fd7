"""Whole runs through the command line on small real input: what comes out, what bad input does, what a kill leaves."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from efficoder.store import open_run
from efficoder.types import Candidate, DatasetRecord, Drop, Measurement, Sample, Selection, Task, Verdict

TASKS = [
    {
        "id": "t/dedupe",
        "prompt": "Write dedupe(items): the list without repetitions, first occurrences kept. 0 <= len(items) <= 3000.",
        "entry_point": "dedupe",
        "reference": (
            "def dedupe(items):\n    out = []\n    for x in items:\n"
            "        if x not in out:\n            out.append(x)\n"
            "    return out\n"
        ),
        "tests": [{"input": [[1, 2, 1]], "expected": [1, 2]}, {"input": [[]], "expected": []}],
    },
    {
        "id": "t/add",
        "prompt": "Write add(a, b): their sum.",
        "entry_point": "add",
        "reference": "def add(a, b):\n    return a + b\n",
        "tests": [{"input": [1, 2], "expected": 3}],
    },
]
SAMPLES = [
    {
        "task_id": "t/dedupe",
        "model": "m",
        "completion": "```python\ndef dedupe(x):\n    return list(dict.fromkeys(x))\n```",
    },
    {"task_id": "t/dedupe", "model": "m", "completion": "def dedupe(x):\n    return sorted(set(x), reverse=True)"},
    {"task_id": "t/dedupe", "model": "m", "completion": "I cannot."},
    {"task_id": "t/add", "model": "m", "completion": "def add(a, b):\n    return sum((a, b))"},
]
QUICK = (
    "write_tests.grow=4",
    "write_tests.mutants=4",
    "write_tests.target_s=0.01",
    "measure.looks=[3,5]",
    "measure.confirm=true",
)


def write_lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def command(folder: Path, *more: str) -> list[str]:
    config = folder / "c.toml"
    config.write_text(
        f'[collect]\nsources = ["jsonl:{folder / "tasks.jsonl"}"]\n'
        f'[generate]\nmodels = ["replay/{folder / "samples.jsonl"}"]\n'
    )
    sets = [word for setting in QUICK for word in ("--set", setting)]
    return [sys.executable, "-m", "efficoder.cli", "run", str(config), "--runs", str(folder / "runs"), *sets, *more]


def run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(folder, *more), capture_output=True, text=True, timeout=200, check=False)


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    write_lines(tmp_path / "tasks.jsonl", TASKS)
    write_lines(tmp_path / "samples.jsonl", SAMPLES)
    return tmp_path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the whole run has been made once."""
    folder = tmp_path_factory.mktemp("finished")
    write_lines(folder / "tasks.jsonl", TASKS)
    write_lines(folder / "samples.jsonl", SAMPLES)
    first = run(folder)
    assert first.returncode == 0, first.stderr
    return folder


def test_from_tasks_and_samples_to_dataset_and_report_and_again(finished: Path) -> None:
    folder = finished / "runs" / "c"
    with open_run(finished / "runs", "c") as store:
        outcomes = Counter(verdict.outcome for verdict in store.all(Verdict))
        assert outcomes == {"passed": 4, "wrong": 1}
        assert sum(sample.candidate_id is None for sample in store.all(Sample)) == 1
        selections = {selection.task_id: selection for selection in store.all(Selection)}
        assert selections["t/dedupe"].reason == "faster"
        gain = selections["t/dedupe"].gain
        assert gain is not None
        assert gain.low > 2.0  # quadratic against linear on thousands of items
        assert {record.arm for record in store.all(DatasetRecord)} >= {"efficient", "first_correct", "reference"}
    assert (folder / "report.html").stat().st_size > 10_000
    assert (folder / "dataset" / "efficient.jsonl").is_file()
    assert (folder / "dataset" / "README.md").is_file()
    again = run(finished)
    assert again.returncode == 0
    for stage in ("write_tests", "check", "measure"):
        assert f"{stage:<12} nothing to do" in again.stderr


def test_what_loads_add_is_raced_once_and_shown_in_the_report(finished: Path) -> None:
    study = [sys.executable, "-m", "efficoder.cli", "study", "loads", "c", "--runs", str(finished / "runs"), "--json"]
    first, again = (subprocess.run(study, capture_output=True, text=True, timeout=200, check=True) for _ in range(2))
    shipped, ours = json.loads(first.stdout)
    assert shipped["tasks"] == ours["tasks"] >= 1
    assert ours["share_2"] > 0  # quadratic against linear
    assert shipped["share_2"] <= ours["share_2"]
    assert again.stdout == first.stdout
    assert "nothing to do" in again.stderr
    report = [sys.executable, "-m", "efficoder.cli", "report", "c", "--runs", str(finished / "runs")]
    subprocess.run(report, check=True, timeout=100, capture_output=True)
    assert "the tests the sources ship" in (finished / "runs" / "c" / "report.html").read_text()


def test_new_samples_redo_only_their_task(inputs: Path) -> None:
    assert run(inputs, "--until", "check").returncode == 0
    more = {"task_id": "t/add", "model": "n", "completion": "def add(a, b):\n    return b + a"}
    write_lines(inputs / "samples.jsonl", [*SAMPLES, more])
    again = run(inputs, "--until", "check")
    assert "check        1 done" in again.stderr
    with open_run(inputs / "runs", "c") as store:
        assert store.count(Verdict, "t/add") == 3


def test_kill_at_any_moment_ends_with_the_same_rows(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    quiet = tmp_path_factory.mktemp("quiet")
    write_lines(quiet / "tasks.jsonl", TASKS)
    write_lines(quiet / "samples.jsonl", SAMPLES)
    began = time.monotonic()
    assert run(quiet).returncode == 0
    whole_s = time.monotonic() - began
    for part in (0.2, 0.4, 0.6, 0.8):
        process = subprocess.Popen(command(inputs), stderr=subprocess.DEVNULL)
        time.sleep(part * whole_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert run(inputs).returncode == 0
    with open_run(quiet / "runs", "c") as expected, open_run(inputs / "runs", "c") as found:
        for kind in (Task, Sample, Candidate):
            assert sorted(map(repr, expected.all(kind))) == sorted(
                repr(record).replace(str(inputs), str(quiet)) for record in found.all(kind)
            )
        for kind in (Verdict, Selection):
            assert expected.keys(kind) == found.keys(kind)
        raced = [{key for key in store.keys(Measurement) if key.endswith("/0")} for store in (expected, found)]
        assert raced[0] == raced[1]


def _heeds_ctrl_c() -> None:
    """A shell's background job ignores it, and so do its children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_ctrl_c_keeps_what_is_finished_and_exits_130(inputs: Path) -> None:
    process = subprocess.Popen(command(inputs), stderr=subprocess.PIPE, text=True, preexec_fn=_heeds_ctrl_c)
    assert process.stderr is not None
    assert "collect" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, talk = process.communicate(timeout=60)
    assert process.returncode == 130, talk
    assert "run the same command again to resume" in talk
    assert run(inputs).returncode == 0


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (b'{"id": "a", "prompt": "p", \n', r"tasks.jsonl:1"),
        (b"\xff\xfe{}\n", r"tasks.jsonl:1"),
        (b"", "tasks.jsonl"),
        (json.dumps(TASKS[0]).encode() + b"\n" + json.dumps(TASKS[0]).encode() + b"\n", "tasks.jsonl:2"),
    ],
    ids=["truncated", "not utf-8", "empty", "duplicate id"],
)
def test_an_unusable_task_file_names_file_and_line(inputs: Path, broken: bytes, message: str) -> None:
    (inputs / "tasks.jsonl").write_bytes(broken)
    ended = run(inputs)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (inputs / "runs").exists()


def test_a_task_file_that_breaks_after_many_tasks_leaves_no_run(inputs: Path) -> None:
    tasks = [TASKS[0] | {"id": f"t/{number}"} for number in range(450)]
    write_lines(inputs / "tasks.jsonl", tasks)
    with (inputs / "tasks.jsonl").open("a") as file:
        file.write('{"id": "t/last"\n')
    ended = run(inputs)
    assert ended.returncode == 2
    assert "tasks.jsonl:451" in ended.stderr
    assert not (inputs / "runs").exists()


def test_a_broken_file_takes_nothing_from_a_run_that_was_there_or_a_folder_of_the_users(inputs: Path) -> None:
    for step in ("collect", "generate"):
        assert run(inputs, "--until", step).returncode == 0
        before = sorted(path.name for path in (inputs / "runs" / "c").iterdir())
        whole = (inputs / "tasks.jsonl").read_bytes()
        (inputs / "tasks.jsonl").write_bytes(b"{")
        assert run(inputs).returncode == 2
        (inputs / "tasks.jsonl").write_bytes(whole)
        assert set(before) <= {path.name for path in (inputs / "runs" / "c").iterdir()}
        with open_run(inputs / "runs", "c") as store:
            assert store.count(Task) == 2
    (inputs / "runs" / "mine").mkdir()
    (inputs / "runs" / "mine" / "notes.txt").write_text("kept")
    (inputs / "tasks.jsonl").write_bytes(b"{")
    assert run(inputs, "--name", "mine").returncode == 2
    assert (inputs / "runs" / "mine" / "notes.txt").read_text() == "kept"


def test_an_evaluation_of_a_broken_file_leaves_no_run(inputs: Path) -> None:
    (inputs / "tasks.jsonl").write_bytes(b'{"id": 3}\n')
    words = ["evaluate", "tasks.jsonl", "--samples", "samples.jsonl"]
    ended = subprocess.run(
        [sys.executable, "-m", "efficoder", *words],
        cwd=inputs,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 2
    assert "tasks.jsonl:1" in ended.stderr
    assert not (inputs / "runs").exists()


def test_a_broken_sample_line_names_its_line_and_loses_nothing_before_it(inputs: Path) -> None:
    whole = (inputs / "samples.jsonl").read_text()
    (inputs / "samples.jsonl").write_text(whole + '{"task_id": "t/add", "comp')
    ended = run(inputs, "--until", "generate")
    assert ended.returncode == 2
    assert "samples.jsonl:5" in ended.stderr
    (inputs / "samples.jsonl").write_text(whole)
    assert run(inputs, "--until", "generate").returncode == 0
    with open_run(inputs / "runs", "c") as store:
        assert store.count(Sample) == len(SAMPLES) + len(TASKS)


def test_odd_input_has_a_stated_outcome_and_why_tells_it(inputs: Path) -> None:
    odd_tasks = [
        {
            "id": "t/untested",
            "prompt": "Write f(x).",
            "entry_point": "f",
            "reference": "def f(x):\n    return x\n",
            "tests": [],
        },
        TASKS[1]
        | {"id": "t/liar", "prompt": "Write add(a, b), b first.", "reference": "def add(a, b):\n    return a - b\n"},
        TASKS[1] | {"id": "t/copy"},
        TASKS[1] | {"id": "t/risky", "prompt": "Read it.", "reference": "def add(a, b):\n    return open(a).read()\n"},
    ]
    odd_samples = [
        {"task_id": "t/nowhere", "model": "m", "completion": "x = 1"},
        {"task_id": "t/add", "model": "big", "completion": "x = '" + "a" * 50_000_000 + "'"},
    ]
    write_lines(inputs / "tasks.jsonl", [*TASKS, *odd_tasks])
    write_lines(inputs / "samples.jsonl", [*SAMPLES, *odd_samples])
    ended = run(inputs, "--until", "check")
    assert ended.returncode == 0, ended.stderr
    with open_run(inputs / "runs", "c") as store:
        reasons = {drop.id: drop.reason for drop in store.all(Drop)}
        big = next(sample for sample in store.all(Sample) if sample.model == "big")
        assert big.candidate_id is None
        assert "large" in str(big.problem)
        assert len(big.reply) < 2_000_000
    for item in ("t/untested", "t/liar", "t/copy", "t/risky", "samples.jsonl:5"):
        assert item in reasons, (item, reasons)
        said = subprocess.run(
            [sys.executable, "-m", "efficoder.cli", "why", "c", item, "--runs", str(inputs / "runs")],
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"dropped: {reasons[item]}" in said.stdout


def test_a_locked_run_is_refused_with_the_next_step(inputs: Path) -> None:
    from efficoder.store import Store

    with Store(inputs / "runs" / "c", write=True):
        ended = run(inputs)
    assert ended.returncode == 1
    assert "another process is writing this run" in ended.stderr


def test_a_language_that_is_not_here_is_dropped_by_curate_and_refused_by_any_later_step(inputs: Path) -> None:
    other = TASKS[1] | {"id": "c/add", "language": "cobol", "reference": "PROCEDURE DIVISION."}
    write_lines(inputs / "tasks.jsonl", [*TASKS, other])
    assert run(inputs, "--until", "curate").returncode == 0
    with open_run(inputs / "runs", "c") as store:
        drop = store.get(Drop, "curate/c/add")
        assert drop is not None
        assert (drop.reason, drop.detail) == ("language", "language 'cobol'")
    ended = run(inputs, "--until", "generate", "--set", 'curate.skip=["language"]')
    assert ended.returncode == 2
    assert "tasks.jsonl:3: task 'c/add': no language 'cobol', there is python" in ended.stderr


def test_usage_errors_exit_2_and_suggest(inputs: Path) -> None:
    ended = run(inputs, "--until", "mesure")
    assert ended.returncode == 2
    assert "did you mean 'measure'" in ended.stderr
    ended = run(inputs, "--set", "measure.margn=2")
    assert ended.returncode == 2
    assert "did you mean 'margin'" in ended.stderr
