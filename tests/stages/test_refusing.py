"""A program that knows the published checks and refuses every other input gets nowhere: not in a run, not in an
evaluation, not with the reward. One that refuses the loads alone is wrong too, or has no time."""

import json
from pathlib import Path

import pytest

from efficoder.config import load
from efficoder.console import Console
from efficoder.evaluation.evaluate import Spec, evaluate
from efficoder.exports.formats import Grading
from efficoder.pipeline.work import Scope
from efficoder.reward import ExecutionReward
from efficoder.stages import run
from efficoder.store import Store, open_run
from efficoder.types import DatasetRecord, Measurement, Sample, Selection, Verdict

REFERENCE = """
def dedupe(items):
    out = []
    for x in items:
        if x not in out:
            out.append(x)
    return out
"""
FAST = "def dedupe(items):\n    return list(dict.fromkeys(items))\n"
KNOWN = "[[1, 2, 1], [], [3, 3], [5, 4, 5, 4]]"
TASK = {
    "id": "t/dedupe",
    "prompt": "Write dedupe(items): the list without repetitions, first occurrences kept. 0 <= len(items) <= 3000.",
    "entry_point": "dedupe",
    "reference": REFERENCE,
    "tests": [{"input": [items]} for items in json.loads(KNOWN)],
}
REFUSING = {
    "all but the known": f"def dedupe(items):\n    if items not in {KNOWN}:\n        raise ValueError(items)\n",
    "large ones": "def dedupe(items):\n    if len(items) > 40:\n        raise ValueError(len(items))\n",
    "large ones for memory": "def dedupe(items):\n    if len(items) > 40:\n        raise MemoryError\n",
    "large ones by exiting": "def dedupe(items):\n    if len(items) > 40:\n        raise SystemExit(0)\n",
}
CODES = {name: start + FAST.splitlines()[1] + "\n" for name, start in REFUSING.items()}
SETS = ["write_tests.grow=40", "write_tests.mutants=8", "write_tests.target_s=0.01", "measure.looks=[3,5]"]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("refusing")
    # A refuser is the first sample of its model: the control arms would take it.
    rows = [{"task_id": "t/dedupe", "model": name, "solution": code} for name, code in CODES.items()]
    rows.append({"task_id": "t/dedupe", "model": "honest", "solution": FAST})
    rows.append({"task_id": "t/dedupe", "model": "slow", "solution": REFERENCE.replace("out", "seen")})
    (folder / "tasks.jsonl").write_text(json.dumps(TASK) + "\n")
    (folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_in_a_run_refusers_are_no_target_no_pair_and_no_baseline(inputs: Path) -> None:
    sources, models = f'["jsonl:{inputs / "tasks.jsonl"}"]', f'["replay/{inputs / "samples.jsonl"}"]'
    config = load(None, [f"collect.sources={sources}", f"generate.models={models}", *SETS, "run.workers=1"])
    with Store(inputs / "run", write=True) as store:
        run.execute(store, config, Console(inputs / "log.txt"), Scope())
        by_model = {sample.model: sample.candidate_id for sample in store.all(Sample)}
        refusing = {by_model[name] for name in CODES}
        verdicts = {verdict.candidate_id: verdict for verdict in store.all(Verdict)}
        assert verdicts[by_model["all but the known"] or ""].outcome == "error"
        (selection,) = store.all(Selection)
        assert (selection.chosen, selection.reason) == (by_model["honest"], "faster")
        assert selection.baseline not in refusing
        assert refusing.isdisjoint(place.candidate_id for place in selection.ranking)
        records = list(store.all(DatasetRecord))
        assert refusing.isdisjoint(record.chosen_id for record in records)
        assert refusing.isdisjoint(record.rejected_id for record in records if record.arm == "pairs_speed")
        assert {m.candidate_id for m in store.all(Measurement) if m.rounds and m.candidate_id in refusing} == set()


def test_in_an_evaluation_refusing_stands_behind_being_slow(inputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = Spec(str(inputs / "tasks.jsonl"), None, (inputs / "samples.jsonl",), None)
    evaluate(spec, inputs / "runs", "e", ["run.workers=1", *SETS[2:]], limit=None, as_json=True)
    document = json.loads(capsys.readouterr().out)
    for which in ("all", "own"):
        net = {model["model"]: model["sets"][which]["net"] for model in document["standings"]["models"]}
        assert net["slow"]["value"] < 2.0
        assert all(net[name]["value"] == 10.0 for name in CODES)


def test_the_reward_pays_no_refuser(inputs: Path) -> None:
    with open_run(inputs, "run") as store:
        tests = store.tests("t/dedupe")
        task = store.task("t/dedupe")
    names = [*CODES, "honest"]
    replies = [f"```python\n{CODES.get(name, FAST)}```" for name in names]
    with ExecutionReward(workers=1) as execution:
        paid = dict(zip(names, execution(replies, [Grading(task, tests)] * len(replies)), strict=True))
    assert paid.pop("honest") > 1.0
    assert set(paid.values()) == {0.0}
