"""Arms are made equal, scored alike, and the answer says no more than the intervals do."""

import json
import math
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import tiny
from efficoder.config import TrainConfig
from efficoder.errors import InputError, UsageError
from efficoder.studies import arm_training as study
from efficoder.studies import conclusion
from efficoder.studies.arm_training import BASE, HeldOutScore, Served
from efficoder.training import rows

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model_folder(tmp_path_factory.mktemp("tiny") / "model")


def arms(folder: Path) -> dict[str, Path]:
    """Eight tasks; one answer of first_correct is too long, one task is in efficient alone."""
    efficient, first = tiny.sft_rows(9), tiny.sft_rows(8, tiny.SLOW)
    first[2]["messages"][1]["content"] = "word " * 300
    return {
        "efficient": tiny.write(folder / "e.jsonl", efficient),
        "first_correct": tiny.write(folder / "f.jsonl", first[::-1]),
    }


def config(model: Path) -> TrainConfig:
    return TrainConfig(model=str(model), global_batch=4, max_steps=1, max_tokens=200, gguf=False)


class Done(NamedTuple):
    files: dict[str, Path]
    out: Path
    said: list[str]
    """What was said on the way."""


@pytest.fixture(scope="module")
def trained(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Arms and the folder of a study whose models of two seeds have answered: scoring it trains nothing."""
    folder, said = tmp_path_factory.mktemp("trained"), list[str]()
    files, out = arms(folder), folder / "out"
    study.train_arms(config(model), files, out, answer, seeds=(0, 1), say=said.append)
    return Done(files, out, said)


Scorer = Callable[[str], list[HeldOutScore]]


def scorer(effect: float, tasks: int = 40) -> Scorer:
    """Scores as if training on ``efficient`` made code exp(effect) times as slow as the rest; each fifth is wrong."""

    def score(name: str) -> list[HeldOutScore]:
        shift = effect if name.startswith("efficient") else 0.0
        return [
            HeldOutScore(f"t{n}", 0.0) if n % 5 == 0 else HeldOutScore(f"t{n}", 1.0, shift + 0.02 * math.sin(n))
            for n in range(tasks)
        ]

    return score


def answer(served: Served, path: Path) -> None:
    assert (served.folder / "config.json").is_file()
    path.write_text("")


def study_selection(
    config: TrainConfig, files: dict[str, Path], out: Path, score: Scorer, seeds: Sequence[int] = (0,), **more: Any
) -> conclusion.StudyResult:
    trained = study.train_arms(config, files, out, answer, seeds=seeds, **more)
    return conclusion.conclude(trained, {name: score(name) for name in trained.answers})


def test_arms_are_cut_to_the_same_tasks_in_the_same_order(model: Path, trained: Done) -> None:
    result = study_selection(config(model), trained.files, trained.out, scorer(0.0))
    one, two = (rows.read(trained.out / "arms" / f"{arm}.jsonl", "sft") for arm in ("efficient", "first_correct"))
    assert [row.prompt for row in one] == [row.prompt for row in two]
    assert {row.chosen for row in one} == {tiny.FAST}
    assert {row.chosen for row in two} == {tiny.SLOW}
    assert len(one) == 7
    assert result.dropped == 2
    assert [(arm.arm, arm.rows) for arm in result.arms] == [(BASE, 0), ("efficient", 7), ("first_correct", 7)]


@pytest.mark.parametrize(
    ("effect", "words"), [(-0.2, "Yes: trained on efficient"), (0.2, "No: trained on"), (0.0, "Not shown")]
)
def test_the_answer_follows_the_interval(effect: float, words: str, model: Path, trained: Done) -> None:
    result = study_selection(config(model), trained.files, trained.out, scorer(effect))
    assert result.words.startswith(words)
    first = result.contrasts[0]
    assert first.time_ratio is not None
    assert first.time_ratio.value == pytest.approx(math.exp(effect))
    assert first.time_ratio.n == result.common == 32
    assert first.pass_difference.value == 0
    assert "no difference shown" in first.words
    assert json.loads((trained.out / "study.json").read_text())["words"] == result.words


def test_few_tasks_or_seeds_that_disagree_are_no_verdict(model: Path, trained: Done) -> None:
    files, out = trained.files, trained.out
    few = study_selection(config(model), files, out, scorer(-0.2, tasks=6))
    assert few.contrasts[0].time_ratio is not None
    assert few.contrasts[0].time_ratio.n == 4 < conclusion.FEWEST
    assert few.words.startswith("Cannot be told")
    assert few.contrasts[0].words.endswith("CPU time not known: 4 tasks solved by both")

    def by_seed(name: str) -> list[HeldOutScore]:
        return scorer(0.1 if name == "efficient-1" else -0.5)(name)

    split = study_selection(config(model), files, out, by_seed, seeds=(0, 1))
    assert split.contrasts[0].seeds == [pytest.approx(math.exp(-0.5)), pytest.approx(math.exp(0.1))]
    assert split.words.startswith("Not shown: the seeds do not agree")


def test_faster_data_and_faster_models_are_correlated_over_the_arms(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(model)

    class Untrained:
        model, gguf = folder, None

    def untrained(config: TrainConfig, arm: Path, out: Path, **options: Any) -> Untrained:
        out.mkdir()
        return Untrained()

    monkeypatch.setattr(study, "train", untrained)
    costs = {"quick": 0.5, "same": 1.0, "slow": 2.0, "slowest": 4.0}
    answers = {arm: f"```python\n{arm}\n```" for arm in costs}
    files = {arm: tiny.write(tmp_path / arm, tiny.sft_rows(3, answer)) for arm, answer in answers.items()}
    times = {(f"{tiny.QUESTION} {n}", answers[arm]): costs[arm] for arm in costs for n in range(2)}

    def score(name: str) -> list[HeldOutScore]:
        cost = costs.get(name.partition("-")[0], 1.0)
        return [HeldOutScore(f"t{n}", 1.0, 0.5 * math.log(cost)) for n in range(5)]

    result = study_selection(config(model), files, tmp_path / "out", score, times=times)
    base, *trained = result.arms
    assert base.data_ratio is None
    assert [arm.data_ratio and arm.data_ratio.value for arm in trained] == pytest.approx(list(costs.values()))
    assert {arm.data_ratio and arm.data_ratio.n for arm in trained} == {2}
    assert result.correlation is not None
    assert (result.correlation.n, result.correlation.spearman) == (4, pytest.approx(1.0))
    assert result.correlation.pearson == pytest.approx(1.0)
    two = dict(list(files.items())[:2])
    assert study_selection(config(model), two, tmp_path / "two", score, times=times).correlation is None


def test_nothing_in_common_is_nothing_known(model: Path, trained: Done) -> None:
    def score(name: str) -> list[HeldOutScore]:
        return [HeldOutScore("a", 0.0), HeldOutScore("b", 0.0)]

    result = study_selection(config(model), trained.files, trained.out, score)
    assert result.words.startswith("Cannot be told")
    assert result.arms[0].time_ratio is None
    assert (result.arms[0].pass_at_1.low, result.arms[0].pass_at_1.high) == (0.0, pytest.approx(0.658, abs=1e-3))


def test_a_model_that_has_answered_is_neither_trained_again_nor_needed(
    model: Path, trained: Done, tmp_path: Path
) -> None:
    names = ["base", "efficient-0", "first_correct-0", "efficient-1", "first_correct-1"]
    assert [line.removeprefix("answering: ") for line in trained.said if "answering" in line] == names
    assert [line.removeprefix("training ") for line in trained.said if line.startswith("training")] == names[1:]
    once = study_selection(config(model), trained.files, trained.out, scorer(0.1), seeds=(0, 1))
    out, said = tmp_path / "out", list[str]()
    shutil.copytree(trained.out, out, ignore=shutil.ignore_patterns("model"))
    again = study_selection(config(model), trained.files, out, scorer(0.1), seeds=(0, 1), say=said.append)
    assert again == once
    assert said == ["7 rows per arm; 2 left out: too long, or not in every arm"]
    assert [len(arm.seeds) for arm in once.arms] == [2, 2, 2]


def test_an_answer_cut_off_is_asked_again(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(served: Served, path: Path) -> None:
        path.write_text("half a li")
        raise KeyboardInterrupt

    files, out = arms(tmp_path), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        study.train_arms(config(model), files, out, killed, seeds=(0,))
    trained = study.train_arms(config(model), files, out, answer, seeds=(0,))
    assert {path.read_text() for path in trained.answers.values()} == {""}


def test_arms_without_a_common_task_are_refused(model: Path, tmp_path: Path) -> None:
    apart = {
        "efficient": tiny.write(tmp_path / "e.jsonl", tiny.sft_rows(2)),
        "first_correct": tiny.write(tmp_path / "f.jsonl", tiny.sft_rows(4)[2:]),
    }
    with pytest.raises(InputError, match="no task in common"):
        study_selection(config(model), apart, tmp_path / "out", scorer(0.0))


def test_scores_of_other_tasks_are_refused(model: Path, trained: Done) -> None:
    def score(name: str) -> list[HeldOutScore]:
        return scorer(0.0, tasks=40 if name == BASE else 39)(name)

    with pytest.raises(UsageError, match="other tasks"):
        study_selection(config(model), trained.files, trained.out, score)


def test_a_study_needs_two_arms(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two arms"):
        study_selection(config(model), {"efficient": tmp_path / "e.jsonl"}, tmp_path / "out", scorer(0.0))
