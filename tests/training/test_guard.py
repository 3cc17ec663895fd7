"""Which tasks are held back, which checkpoint is the best, when training stops and what is said."""

from collections.abc import Sequence

import pytest

from efficoder.training.chat import Encoded, RowFit
from efficoder.training.guard import FakeGuard, HeldBack, Look, best, conclude, fell, hold_back, look_steps
from efficoder.training.rows import ChatMessage, TrainingRow


def fit(tasks: int, rows_each: int = 1) -> RowFit:
    rows = [
        TrainingRow((ChatMessage("user", f"task {n}"),), chosen=f"{k}") for n in range(tasks) for k in range(rows_each)
    ]
    return RowFit(rows, [Encoded([n], [0] * (1 + n % 7), []) for n in range(len(rows))], {}, 512)


def guard(tasks: int) -> FakeGuard:
    return FakeGuard({f"task {n}" for n in range(tasks)}, [])


def look(step: int, right: int, of: int = 20, log: float = 0.0) -> Look:
    return Look(step, tuple(log if n < right else None for n in range(of)))


def words(looks: Sequence[Look], steps: int = 40) -> str:
    held = HeldBack(guard(0), [], [f"{n}" for n in range(len(looks[0].times))], [], 10)
    return conclude(held, looks, steps).words


@pytest.mark.parametrize(("tasks", "held"), [(79, 0), (80, 16), (263, 52), (1000, 64)])
def test_a_fifth_of_the_tasks_is_held_back_within_bounds(tasks: int, held: int) -> None:
    kept, back = hold_back(fit(tasks), guard(tasks), 0, 1, seed=0)
    assert (len(back.prompts), len(back.rows), len(kept.rows)) == (held, held, tasks - held)
    assert bool(back.problem) == (held == 0)


def test_no_row_of_a_held_back_task_is_trained_on() -> None:
    kept, back = hold_back(fit(100, rows_each=3), guard(100), 0, 1, seed=0)
    assert len(back.prompts) == 20
    assert len(back.rows) == 60
    assert {row.prompt[-1].content for row in back.rows} == set(back.prompts)
    assert set(back.prompts).isdisjoint(row.prompt[-1].content for row in kept.rows)
    assert [row.chosen for row in kept.rows[:3]] == ["0", "1", "2"]
    whole = fit(100, rows_each=3)
    tokens = {row.prompt: ids.prompt for row, ids in zip(reversed(whole.rows), reversed(whole.encoded), strict=True)}
    assert back.prompt_ids == [tokens[ChatMessage("user", prompt),] for prompt in back.prompts]


def test_only_tasks_that_can_be_judged_are_held_back_and_the_seed_says_which() -> None:
    one, same, other = (hold_back(fit(400), guard(100), 0, 1, seed)[1].prompts for seed in (0, 0, 1))
    assert one == same != other
    assert set(one) <= guard(100).prompts
    assert len(one) == 20


def test_answers_may_be_longer_than_the_rows_and_as_long_as_grpo_lets_them() -> None:
    assert hold_back(fit(80), guard(80), 0, 1, 0)[1].new_tokens == 7 + 256
    assert hold_back(fit(80), guard(80), 64, 1, 0)[1].new_tokens == 64


def test_several_processes_have_no_guard_and_lose_no_row() -> None:
    kept, back = hold_back(fit(80), guard(80), 0, 2, seed=0)
    assert len(kept.rows) == 80
    assert "several processes" in conclude(back, [], 10).words


@pytest.mark.parametrize(("steps", "due"), [(1, {1}), (3, {1, 2, 3}), (40, {10, 20, 30, 40}), (42, {11, 21, 32, 42})])
def test_looks_come_at_equal_shares_of_the_steps(steps: int, due: set[int]) -> None:
    assert look_steps(steps) == due


def test_training_stops_when_the_interval_is_below_the_untrained_model() -> None:
    assert not fell([look(0, 12)], look(10, 10))
    assert fell([look(0, 12)], look(10, 4))
    assert not fell([look(0, 4)], look(10, 12))


def test_the_best_checkpoint_solves_most_then_is_fast_then_is_the_last() -> None:
    assert best([look(0, 20), look(1, 3), look(2, 5), look(3, 4)]).step == 2
    assert best([look(0, 5), look(1, 5, log=-0.2), look(2, 5, log=0.1), look(3, 5, log=-0.1)]).step == 1
    assert best([look(0, 5), look(1, 5), look(2, 5)]).step == 2


def test_speed_is_compared_on_the_tasks_that_both_solved() -> None:
    easy = Look(1, (-2.0, -0.1, None))
    hard = Look(2, (None, -0.2, 1.0))
    assert best([look(0, 2, 3), easy, hard]).step == 2


def test_the_words_say_better_worse_or_that_it_cannot_be_told() -> None:
    assert words([look(0, 10), look(20, 10), look(40, 9)]) == (
        "on 20 held-back training tasks pass@1 0.50 before, 0.50 after at step 20 of 40, which is saved, "
        "a change of 0.00 [0.00, 0.00]: it cannot be told whether the model got better or worse"
    )
    assert words([look(0, 4), look(40, 14)]).endswith(": the model got better")
    assert words([look(0, 14), look(40, 4)]).endswith(": the model got worse")


def test_a_stop_is_named_with_its_figures() -> None:
    told = words([look(0, 16), look(10, 16), look(20, 6)])
    assert told.startswith("training stopped at step 20 of 40, where pass@1 had changed by -0.50 [")
    assert "every checkpoint is worse" not in told
    worse = words([look(0, 16), look(10, 14), look(20, 6)])
    assert "; every checkpoint is worse than the untrained model; on 20 held-back" in worse


def test_the_best_of_several_looks_needs_a_wider_interval() -> None:
    held = HeldBack(guard(0), [], [""] * 20, [], 10)
    one = conclude(held, [look(0, 8), look(40, 12)], 40).difference
    four = conclude(held, [look(0, 8), look(10, 8), look(20, 8), look(30, 8), look(40, 12)], 40).difference
    assert one is not None
    assert four is not None
    assert (one.level, four.level) == (0.95, 0.9875)
    assert (four.low or 0) < (one.low or 0)
