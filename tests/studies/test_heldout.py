"""Held-out tasks: none that models were trained on, one set of tests for all; an internal error is no wrong answer."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from efficoder.config import Config, load
from efficoder.errors import InputError, ModelError
from efficoder.evaluation.evaluate import PRESETS
from efficoder.models.replay import Recorded
from efficoder.pipeline.work import Work
from efficoder.stages.generate import read_recorded
from efficoder.stages.run import STEPS
from efficoder.store import Store
from efficoder.studies import heldout
from efficoder.studies.arm_training import Served
from efficoder.types import Drop, Function, Origin, Task, TaskTests

QUICK = ("write_tests.target_s=0.002", "measure.min_body_s=0.002", "measure.memory=false", "run.workers=1")
LOOP = "def total(n):\n    s = 0\n    for i in range(n + 1):\n        s += i\n    return s\n"
FORMULA = "def total(n):\n    return n * (n + 1) // 2\n"
WRONG = "def total(n):\n    return n\n"
TESTS = [{"input": [1], "expected": 1}, {"input": [10], "expected": 55}, {"input": [20000], "expected": 200010000}]
PROMPTS = {
    "a": "Add up all whole numbers from one to n and give back what comes of it.",
    "b": "A stack of logs has one more in each row than in the row above; how many are there?",
    "c": "Everyone at a party of n and one more shakes hands with everyone else once: how often?",
}


def tasks_file(folder: Path, references: dict[str, str], *more: str) -> Config:
    rows = [
        {"id": name, "prompt": PROMPTS[name], "entry_point": "total", "tests": TESTS, "reference": reference}
        for name, reference in references.items()
    ]
    path = folder / "held.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return load(None, [f'collect.sources=["jsonl:{path}"]', *PRESETS, *QUICK, *more])


def trained(name: str) -> Task:
    """A training task with the words of a held-out one."""
    return Task(id="mine", prompt=PROMPTS[name].upper(), interface=Function(entry_point="f"), origin=Origin(source="x"))


def served(folder: Path, name: str) -> Served:
    (folder / name / "model").mkdir(parents=True)
    return Served(name, folder / name / "model", None)


def writer(codes: dict[str, str | None]) -> Callable[[Work], None]:
    """In place of generate: the code of each task, or that the model did not answer (None); others are not asked."""

    def generate(work: Work) -> None:
        (model,) = work.config.generate.models
        for task in work.store.alive():
            code = codes.get(task.id, "")
            if code is None:
                work.store.put([Drop(id="s", stage="generate", reason="no answer", detail="500", task_id=task.id)])
            elif code:
                reply = Recorded(task_id=task.id, reply=f"```python\n{code}```", model=model, index=0, line=1)
                work.store.put(read_recorded(task, reply), instead_of=(Drop, "generate"))

    return generate


def test_held_out_tasks_in_a_language_that_is_not_here_are_left_out(tmp_path: Path) -> None:
    config = tasks_file(tmp_path, {"a": LOOP, "b": LOOP})
    path = tmp_path / "held.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text(
        "".join(
            json.dumps(row | {"language": lang}) + "\n" for row, lang in zip(rows, ("cobol", "python"), strict=True)
        )
    )
    words = heldout.make(tmp_path / "h", config, [], None, tests=False)
    assert words.startswith("Held out: 1 of 2 tasks")
    assert "1 in a language that is not here" in words


def test_tasks_that_overlap_the_training_are_left_out_and_all_that_is_left_out_is_named(tmp_path: Path) -> None:
    config = tasks_file(tmp_path, {"a": LOOP, "b": LOOP, "c": WRONG})
    words = heldout.make(tmp_path / "h", config, [trained("a")], None)
    assert "1 of 3 tasks" in words
    assert "1 that overlap a training task" in words
    assert "1 reference_fails" in words
    with Store(tmp_path / "h") as store:
        assert [task.id for task in store.alive()] == ["b"]
        drop = store.get(Drop, "curate/a")
    assert drop is not None
    assert drop.detail == "has the text of mine"


def test_a_held_out_set_of_training_tasks_alone_is_refused(tmp_path: Path) -> None:
    config = tasks_file(tmp_path, {"a": LOOP})
    with pytest.raises(InputError, match=r"0 of 1 task .* not trained on"):
        heldout.make(tmp_path / "h", config, [trained("a")], None)


def answers(folder: Path, **codes: dict[str, str]) -> dict[str, Path]:
    """Samples files by model; no code is a refusal."""
    for model, written in codes.items():
        rows = [
            {"task_id": task, "model": model, "solution": f"```python\n{code}```" if code else ""}
            for task, code in written.items()
        ]
        (folder / f"{model}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {model: folder / f"{model}.jsonl" for model in codes}


def test_all_models_are_scored_on_the_same_tests_beside_the_reference_and_further_ones_join(tmp_path: Path) -> None:
    config = tasks_file(tmp_path, dict.fromkeys("abc", LOOP))
    held, out = tmp_path / "h", tmp_path / "evaluation"
    heldout.make(held, config, [], None)
    costly = LOOP.replace("s += i", "s += i + 0 * i * i * i")
    two = answers(tmp_path, fast={"a": FORMULA, "b": WRONG, "c": ""}, slow=dict.fromkeys("abc", costly))
    scores = heldout.score(held, config, out, two)
    fast, slow = ({score.task_id: score for score in scores[name]} for name in ("fast", "slow"))
    assert [(score.task_id, score.passed) for score in fast.values()] == [("a", 1.0), ("b", 0.0), ("c", 0.0)]
    assert [score.passed for score in slow.values()] == [1.0, 1.0, 1.0]
    assert fast["b"].log_ratio is None
    assert fast["a"].log_ratio is not None
    assert slow["a"].log_ratio is not None
    assert fast["a"].log_ratio < math.log(0.5)
    assert slow["a"].log_ratio > math.log(1.2)
    assert heldout.score(held, config, out, two) == scores
    more = heldout.score(held, config, out, two | answers(tmp_path, again={"a": FORMULA, "b": "", "c": ""}))
    assert more["again"][0] == more["fast"][0]
    with pytest.raises(InputError, match=r"short\.jsonl: no answer of short to b"):
        heldout.score(held, config, out, answers(tmp_path, short={"a": FORMULA}))
    with Store(held) as made, Store(out) as scored:
        tests = [{one.task_id: one for one in store.all(TaskTests) if one.written} for store in (made, scored)]
    assert tests[0] == tests[1]


def test_a_server_that_did_not_answer_is_no_wrong_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tasks_file(tmp_path, dict.fromkeys("ab", LOOP), "write_tests.mutate=false")
    held, out = tmp_path / "h", tmp_path / "answers.jsonl"
    heldout.make(held, config, [], None, tests=False)  # answering needs none
    model = served(tmp_path, "m")
    monkeypatch.setitem(STEPS, "generate", writer({"a": None}))
    with pytest.raises(ModelError, match=r"1 prompts got no answer \(500\); run the same command again"):
        heldout.answer(held, config, model, out)
    assert not out.exists()
    monkeypatch.setitem(STEPS, "generate", writer({"a": FORMULA}))
    heldout.answer(held, config, model, out)
    monkeypatch.undo()
    heldout.make(held, config, [], None)
    assert [score.passed for score in heldout.score(held, config, tmp_path / "e", {"m": out})["m"]] == [1.0, 0.0]
