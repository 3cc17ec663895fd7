"""``--limit`` and ``--ids`` are the scope of every stage: a run that holds more tasks is not worked on beyond it."""

import json
from pathlib import Path

import pytest

from efficoder.config import load
from efficoder.console import Console
from efficoder.pipeline.work import Scope, Work
from efficoder.stages import ORDER, run
from efficoder.stages.build import build_step
from efficoder.store import Store
from efficoder.types import Drop, Sample, Selection, Task, Verdict

NAMES = ("add", "double", "less")
QUICK = ("write_tests.mutate=false", "write_tests.loads=0", "write_tests.mutants=0", "run.workers=1")


@pytest.fixture
def settings(tmp_path: Path) -> list[str]:
    """Three tasks, and a sample of each."""
    tasks, samples = tmp_path / "t.jsonl", tmp_path / "s.jsonl"
    code = "def {name}(x):\n    return x + {shift}\n"
    shared = {"prompt": "Shift a number.", "tests": [{"input": [1]}]}
    tasks.write_text(
        "".join(
            json.dumps(
                {"id": name, "entry_point": name, "reference": code.format(name=name, shift=shift)}
                | shared
                | {"prompt": f"Shift a number by {shift}."}
            )
            + "\n"
            for shift, name in enumerate(NAMES)
        )
    )
    samples.write_text(
        "".join(
            json.dumps({"task_id": name, "model": "m", "solution": code.format(name=name, shift=shift + 0.0)}) + "\n"
            for shift, name in enumerate(NAMES)
        )
    )
    return [f'collect.sources=["jsonl:{tasks}"]', f'generate.models=["replay/{samples}"]', *QUICK]


def do(store: Store, settings: list[str], scope: Scope) -> Scope:
    return run.execute(store, load(None, settings), Console(store.folder / "log.txt", quiet=True), scope)


def worked_on(store: Store) -> dict[str, set[str]]:
    return {
        "generate": {sample.task_id for sample in store.all(Sample) if sample.model == "m"},
        "write_tests": set(store.done("write_tests")),
        "check": {verdict.task_id for verdict in store.all(Verdict)},
        "select": {selection.task_id for selection in store.all(Selection)},
    }


@pytest.mark.parametrize(
    ("scope", "inside"), [(Scope(limit=1), {"add"}), (Scope(ids=frozenset({"less"})), {"less"})], ids=["limit", "ids"]
)
def test_a_run_that_holds_more_tasks_is_worked_on_within_the_scope(
    tmp_path: Path, settings: list[str], scope: Scope, inside: set[str]
) -> None:
    with Store(tmp_path / "run", write=True) as store:
        do(store, settings, Scope(("collect",)))
        assert store.count(Task) == 3
        assert do(store, settings, scope).tasks == inside
        assert worked_on(store) == dict.fromkeys(("generate", "write_tests", "check", "select"), inside)
        log = (store.folder / "log.txt").read_text()
        assert "collect      1 task\n" in log
        assert "curate       1 kept, 0 dropped" in log


def test_what_was_done_outside_the_scope_stays(tmp_path: Path, settings: list[str]) -> None:
    with Store(tmp_path / "run", write=True) as store:
        do(store, settings, Scope())
        before = worked_on(store)
        do(store, settings, Scope(limit=1, fresh=True))
        assert worked_on(store) == before == {step: set(NAMES) for step in before}


def test_rows_and_drops_outside_the_scope_stay_in_the_dataset(tmp_path: Path, settings: list[str]) -> None:
    with Store(tmp_path / "run", write=True) as store:
        do(store, settings, Scope())
        work = Work(store, load(None, settings), Console(quiet=True), Scope(tasks=frozenset({"add"})))
        store.put([Drop(id="row", stage="build", reason="fails_alone", task_id="less")])
        prompts = store.folder / "dataset" / "prompts.jsonl"
        rows = prompts.read_text().splitlines()
        build_step(work)
        assert sorted(prompts.read_text().splitlines()) == sorted(rows)
        assert "build/row" in store.keys(Drop)


def test_a_sample_left_out_by_a_scope_is_no_longer_called_unknown(tmp_path: Path, settings: list[str]) -> None:
    with Store(tmp_path / "run", write=True) as store:
        until = ORDER[: ORDER.index("generate") + 1]
        do(store, settings, Scope(until, limit=1))
        assert {drop.detail for drop in store.all(Drop)} == {"double", "less"}
        do(store, settings, Scope(until))
        assert not store.count(Drop)
        assert worked_on(store)["generate"] == set(NAMES)
