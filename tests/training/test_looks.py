"""Training with a guard: what is asked, what stops it, what is saved, and what a resumed run still knows."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tiny
from efficoder.config import TrainConfig
from efficoder.training import Judges, train
from efficoder.training.guard import FakeGuard, read_looks

pytestmark = pytest.mark.filterwarnings("ignore")

ROWS = 80
"""The fewest tasks from which any is held back: 16, so 64 rows, four steps of 16, each with a look."""
PROMPTS = [f"{tiny.QUESTION} {n}" for n in range(ROWS)]
Verdict = Callable[[str, str], float | None]


@pytest.fixture(autouse=True)
def short_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A random model never stops: most of a look would be words that nobody reads."""
    monkeypatch.setattr("efficoder.training.guard.SPARE_TOKENS", 16)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model_folder(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="module")
def arm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("arms") / "sft.jsonl", tiny.sft_rows(ROWS))


def config(model: Path | str, **options: Any) -> TrainConfig:
    usual: dict[str, Any] = {
        "adapter": "full",
        "learning_rate": 5e-3,
        "global_batch": 16,
        "device_batch": 4,
        "schedule": "constant",
        "warmup": 0.0,
        "gguf": False,
        "completion_tokens": 16,
        "save_steps": 2,
    }
    return TrainConfig(model=str(model), **{**usual, **options})


def solves(count: int) -> Verdict:
    """Right on all held-back tasks but those whose number ends so that about ``count`` in ten are left."""
    return lambda prompt, _: 0.0 if int(prompt[-1]) < count else None


def guard(*counts: int) -> FakeGuard:
    return FakeGuard(PROMPTS, [solves(count) for count in counts])


def weights(folder: str | Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return dict(load_file(Path(folder) / "model.safetensors"))


def same(one: str | Path, two: str | Path) -> bool:
    first, second = weights(one), weights(two)
    return all((first[name] == second[name]).all() for name in first)


def served(folder: str | Path, prompts: list[str], batch: int, tokens: int = 40) -> list[str]:
    from efficoder.training import loading, looks
    from efficoder.training.rows import ChatMessage

    found = loading.find(str(folder))
    ids = [found.chat.prompt_ids([ChatMessage("user", prompt)]) for prompt in prompts]
    return looks.answers(loading.load(found, "fp32"), found.chat, ids, tokens, batch)


def test_an_answer_does_not_depend_on_the_batch_it_was_written_in(model: Path) -> None:
    prompts = ["a", "Write `double`.", "Write a function with a long name, and a longer docstring than that. " * 3]
    assert served(model, prompts, 16) == [served(model, [prompt], 1)[0] for prompt in prompts]


def test_the_model_is_asked_as_it_will_be_served(model: Path, arm: Path, tmp_path: Path) -> None:
    asked = guard(5, 5, 5, 5, 5)
    result = train(config(model), arm, tmp_path / "out", judges=Judges(guard=asked))
    held = list(asked.asked[0])
    assert len(held) == 16
    assert all(list(look) == held for look in asked.asked)
    tokens = 100
    first, last = (served(folder, held, 16, tokens) for folder in (model, result.model))
    assert all(text.startswith(cut) for text, cut in zip(first, asked.asked[0].values(), strict=True))
    assert all(text.startswith(cut) for text, cut in zip(last, asked.asked[-1].values(), strict=True))
    assert asked.asked[0] != asked.asked[-1]


def test_the_best_checkpoint_is_saved_as_if_training_had_ended_there(model: Path, arm: Path, tmp_path: Path) -> None:
    asked = guard(5, 7, 6, 5, 6)
    out = tmp_path / "out"
    result = train(config(model), arm, out, judges=Judges(guard=asked))
    assert result.guard is not None
    assert (result.guard.best_step, result.guard.stopped, len(result.curve)) == (1, False, 4)
    assert [look.step for look in result.guard.looks] == [0, 1, 2, 3, 4]
    assert not list(out.glob("best-*"))
    rows = [row for row in tiny.sft_rows(ROWS) if row["messages"][0]["content"] not in asked.asked[0]]
    assert result.rows == len(rows) == 64
    short = train(config(model, max_steps=1), tiny.write(tmp_path / "kept.jsonl", rows), tmp_path / "short")
    assert same(result.model, short.model)


def test_a_training_that_hurts_is_stopped_and_named(model: Path, arm: Path, tmp_path: Path) -> None:
    taught = train(config(model, epochs=5.0), arm, tmp_path / "taught")
    nonsense = tiny.write(tmp_path / "nonsense.jsonl", tiny.sft_rows(ROWS, "I do not know, ask somebody else."))
    judge = FakeGuard(PROMPTS, [lambda _, answer: 0.0 if answer == tiny.FAST else None] * 5)
    told = config(taught.model, learning_rate=0.1, epochs=4.0)
    result = train(told, nonsense, tmp_path / "out", judges=Judges(guard=judge))
    assert result.guard is not None
    assert result.guard.before is not None
    assert result.guard.before.value == 1.0
    assert result.guard.stopped
    assert len(result.curve) == result.guard.looks[-1].step < 16
    assert "training stopped at step 4 of 16" in result.guard.words
    assert "every checkpoint is worse than the untrained model" in result.guard.words
    assert result.guard.words.endswith("the model got worse")
    assert Path(result.model).is_dir()


def test_a_stop_saves_the_best_checkpoint_before_it(model: Path, arm: Path, tmp_path: Path) -> None:
    told = config(model, save_steps=50)  # so that there is no checkpoint to resume from or to remove
    stopped = train(told, arm, tmp_path / "stopped", judges=Judges(guard=guard(9, 9, 0)))
    whole = train(told, arm, tmp_path / "whole", judges=Judges(guard=guard(5, 9, 8, 8, 8)))
    assert stopped.guard is not None
    assert (stopped.guard.stopped, stopped.guard.best_step, len(stopped.curve)) == (True, 1, 2)
    assert same(stopped.model, whole.model)


@pytest.mark.parametrize("method", ["sft", "dpo", "orpo", "grpo"])
def test_every_method_with_an_adapter_has_the_guard(method: Any, model: Path, tmp_path: Path) -> None:
    makers: dict[str, Any] = {"sft": tiny.sft_rows, "grpo": tiny.prompt_rows}
    rows = makers.get(method, tiny.pair_rows)(ROWS)
    asked = guard(5, 5)
    reward = (lambda completions, tests: [float(len(text)) for text in completions]) if method == "grpo" else None
    told = config(model, method=method, adapter="lora", max_steps=1, completions=4)
    result = train(told, tiny.write(tmp_path / "a.jsonl", rows), tmp_path / "out", judges=Judges(reward, asked))
    assert len(asked.asked) == 2
    assert result.guard is not None
    assert result.rows == 64
    assert "it cannot be told" in result.guard.words
    assert not same(model, result.model)
    if result.split is not None:
        assert result.split.generation_s < result.step_s


def test_too_few_tasks_are_all_trained_on_and_nothing_is_claimed(model: Path, tmp_path: Path) -> None:
    asked = guard()
    few = tiny.write(tmp_path / "few.jsonl", tiny.sft_rows(ROWS - 1))
    result = train(config(model, max_steps=1), few, tmp_path / "out", judges=Judges(guard=asked))
    assert result.guard is not None
    assert result.guard.looks == []
    assert result.rows == ROWS - 1
    assert result.guard.words == (
        "it cannot be told whether the model got better or worse: 80 training tasks with checks are needed, 79 are here"
    )


# ---------------------------------------------------------------- kill -9

_KILLED = """
import os, signal, sys
from pathlib import Path
import msgspec, torch
sys.path.insert(0, sys.argv[2])
import test_looks
from efficoder.config import TrainConfig
from efficoder.training import Judges, train

torch.set_num_threads(1)
config, arm, out, counts = msgspec.json.decode(sys.argv[1])

def progress(p):
    if p.step == 3:
        os.kill(os.getpid(), signal.SIGKILL)

judges = Judges(guard=test_looks.guard(*counts))
train(msgspec.convert(config, TrainConfig), Path(arm), Path(out), judges=judges, progress=progress)
"""


@pytest.mark.parametrize("counts", [(5, 8, 6, 7, 6), (9, 9, 9, 0)], ids=["best-first", "stopped"])
def test_looks_and_the_best_checkpoint_outlive_kill_9(
    counts: tuple[int, ...], model: Path, arm: Path, tmp_path: Path
) -> None:
    import msgspec

    out, told = tmp_path / "out", config(model)
    call = msgspec.json.encode((told, str(arm), str(out), counts)).decode()
    here = Path(__file__).parent
    ran = subprocess.run(
        [sys.executable, "-c", _KILLED, call, str(here)],
        capture_output=True,
        env={"PYTHONPATH": ":".join([str(here.parent), *sys.path]), "PATH": ""},
    )
    assert ran.returncode == -9, ran.stderr.decode()
    assert [look.step for look in read_looks(out)] == [0, 1, 2, 3]
    best = 1 if counts[1] == 8 else 2
    assert [path.name for path in out.glob("best-*")] == [f"best-{best}"]
    asked = guard(*counts[4:])
    resumed = train(told, arm, out, judges=Judges(guard=asked))
    assert len(asked.asked) == len(counts[4:])
    whole = train(told, arm, tmp_path / "whole", judges=Judges(guard=guard(*counts)))
    assert resumed.guard == whole.guard
    assert [point["loss"] for point in resumed.curve] == [point["loss"] for point in whole.curve]
    assert same(resumed.model, whole.model)


def test_a_look_that_was_killed_while_it_saved_is_taken_again(model: Path, arm: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def broken(_: str, __: str) -> float | None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(config(model), arm, out, judges=Judges(guard=FakeGuard(PROMPTS, [solves(5), broken])))
    assert [look.step for look in read_looks(out)] == [0]
    (out / "best-1").mkdir()
    result = train(config(model), arm, out, judges=Judges(guard=guard(7, 6, 6, 6)))
    assert result.guard is not None
    assert result.guard.best_step == 1
