"""Races on a simulated machine (fake_sandbox.py): who leaves when, what is called faster, what it costs."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from efficoder.config import MeasureConfig
from efficoder.errors import SandboxFault
from efficoder.evaluation.times import same_race
from efficoder.judging.race import Contest, confirm, is_confirmed, race
from efficoder.metrics.faster_or_tie import is_slower
from efficoder.metrics.ranking import rank
from efficoder.metrics.readings import et_s, paired_ratio
from efficoder.sandbox import Limits, Outcome, Program
from efficoder.types import Candidate, Function, Interface, Measurement, Origin, Ratio, Run, Stdio, Task, TestCase
from fake_sandbox import EMPTY_BYTES, FakeSandbox

pytestmark = pytest.mark.measured

LOADS = (TestCase(input="[1]", expected="0"), TestCase(input="[2]", expected="0"))
LEAN = MeasureConfig(memory=False)


def make_task(interface: Interface | None = None, name: str = "t") -> Task:
    return Task(id=name, prompt="", interface=interface or Function(entry_point="f"), origin=Origin(source="test"))


def entrants(*codes: str | float) -> list[Candidate]:
    """``c0``, ``c1``, ... each with a code of its own; a number is a cost in seconds."""
    texts = [code if isinstance(code, str) else f"cost {code}" for code in codes]
    return [Candidate(id=f"c{i}", task_id="t", code=f"{text} n{i}") for i, text in enumerate(texts)]


def run_race(
    sandbox: FakeSandbox, candidates: Sequence[Candidate], settings: MeasureConfig = LEAN, **options: Any
) -> list[Measurement]:
    contest = Contest(options.pop("task", make_task()), candidates, LOADS, **options)
    return race(sandbox, contest, settings)  # type: ignore[arg-type]


def by_id(candidates: Sequence[Candidate]) -> dict[str, Candidate]:
    return {candidate.id: candidate for candidate in candidates}


# ---------------------------------------------------------------- the course


def test_a_round_runs_everyone_and_the_empty_program_once_in_changing_order() -> None:
    sandbox = FakeSandbox()
    run_race(sandbox, entrants(0.012, 0.0121, 0.0122))
    codes = [code for code, _, _ in sandbox.runs]
    first, second, third = codes[:4], codes[4:8], codes[8:12]
    assert sorted(first) == sorted(second) == sorted(third)
    assert "" in first
    assert len({tuple(first), tuple(second), tuple(third)}) > 1


def test_the_same_race_gives_the_same_rows() -> None:
    rows = [run_race(FakeSandbox(4), entrants(0.012, 0.02, 0.013)) for _ in range(2)]
    assert rows[0] == rows[1]


def test_rows_say_where_and_on_what_they_were_measured() -> None:
    (row,) = run_race(FakeSandbox(), entrants(0.012), session=1)
    assert (row.session, row.loads, row.tier, row.worker) == (1, 2, "A", "zygote 0")
    assert row.machine
    assert row.tests_hash
    assert len(row.rounds) == len(row.floor) == 3


def test_short_passes_are_looped_until_the_fastest_takes_long_enough() -> None:
    rows = run_race(FakeSandbox(noisy=False), entrants(0.0004, 0.0005, 0.0008))
    assert 0.8 * LEAN.min_body_s <= et_s(rows[0]) * rows[0].loops < 3 * LEAN.min_body_s
    assert et_s(rows[0]) == pytest.approx(0.0004, rel=0.05)
    assert paired_ratio(rows[2], rows[0]).value == pytest.approx(2.0, rel=0.05)


def test_a_pass_that_is_long_enough_is_not_looped() -> None:
    rows = run_race(FakeSandbox(), entrants(0.02, 0.03))
    assert {row.loops for row in rows} == {1}


def test_a_slow_baseline_beside_a_tiny_winner_is_not_looped_with_it() -> None:
    sandbox = FakeSandbox()
    rows = run_race(sandbox, entrants(0.2, 0.00001), keep=frozenset({"c0"}))
    ratio = paired_ratio(*rows)
    assert ratio.low > 1000
    assert not rows[0].censored
    assert sandbox.spent_s < 3


def test_a_text_program_runs_once_a_load() -> None:
    sandbox = FakeSandbox(noisy=False)
    rows = run_race(sandbox, entrants(0.02, 0.06), task=make_task(Stdio()))
    assert {loops for _, _, loops in sandbox.runs} == {1}
    assert et_s(rows[0]) == pytest.approx(0.02, rel=0.05)
    assert rows[0].floor[0].cpu_s == pytest.approx(2 * 0.0022, rel=0.01)


def test_the_clearly_slow_leave_after_one_round_and_the_undecided_run_on() -> None:
    rows = run_race(FakeSandbox(), entrants(0.012, 0.0122, 0.08))
    assert len(rows[2].rounds) == 1
    assert len(rows[0].rounds) >= 10
    assert paired_ratio(rows[2], rows[0]).low > LEAN.margin


def test_a_kept_entrant_runs_on_until_its_ratio_is_known() -> None:
    rows = run_race(FakeSandbox(), entrants(0.036, 0.012), keep=frozenset({"c0"}))
    assert len(rows[0].rounds) >= 7
    assert paired_ratio(*rows).low > 2


def test_a_kept_entrant_far_behind_does_not_cost_seven_rounds() -> None:
    rows = run_race(FakeSandbox(), entrants(0.5, 0.012), keep=frozenset({"c0"}))
    assert len(rows[0].rounds) == 3


def test_a_timeout_is_censored_and_leaves() -> None:
    sandbox = FakeSandbox()
    rows = run_race(sandbox, entrants(0.012, 60.0, 70.0), keep=frozenset({"c0"}))
    assert [row.censored for row in rows] == [False, True, True]
    assert paired_ratio(rows[1], rows[0]).low > LEAN.margin
    assert sum(cost for code, cost, _ in sandbox.runs if "60" in code) < 0.5


def test_who_is_stopped_before_the_loops_are_found_keeps_the_floor_of_its_own() -> None:
    slow = [0.19 + i / 1000 for i in range(8)]
    for name in "abc":  # each has an order of its own
        rows = run_race(FakeSandbox(), entrants(0.2, 0.00001, *slow), keep=frozenset({"c0"}), task=make_task(name=name))
        stopped = [row for row in rows if row.censored]
        assert stopped
        assert rows[1].loops > 1
        assert all(row.loops == 1 and row.floor == rows[0].floor and same_race(row, rows[0]) for row in stopped)


def test_a_kept_entrant_has_the_full_limit() -> None:
    settings = MeasureConfig(memory=False, limit_s=2.0)
    rows = run_race(FakeSandbox(), entrants(60.0, 0.012), settings, keep=frozenset({"c0"}))
    assert rows[0].censored
    assert rows[0].limit_s == 2.0


def test_who_fails_on_the_way_has_no_time_and_no_rank() -> None:
    candidates = entrants("cost 0.012 fails 3", 0.012)
    rows = run_race(FakeSandbox(), candidates)
    assert rows[0].rounds == ()
    assert not rows[0].censored
    assert [place.candidate_id for place in rank(rows, by_id(candidates))] == ["c1"]


def test_who_answers_otherwise_from_run_to_run_has_failed() -> None:
    rows = run_race(FakeSandbox(), entrants("cost 0.012 wavers", 0.012))
    assert rows[0].rounds == ()


def test_a_text_program_that_answers_in_the_first_loop_of_a_pass_alone_has_failed() -> None:
    """It was timed for the loops in which it did nothing: only as many outputs as there are loads were compared."""
    candidates = entrants("cost 0.002 dozes", 0.0021, 0.0022)
    sandbox = FakeSandbox(noisy=False)
    rows = race(sandbox, Contest(make_task(Stdio()), candidates, LOADS[:1]), LEAN)  # type: ignore[arg-type]
    assert [row.loops for row in rows] == [10, 10, 10]  # even, and after one run: each pass begins with a right answer
    assert [len(row.rounds) > 0 for row in rows] == [False, True, True]
    assert not rows[0].censored


def test_memory_counts_only_of_a_pass_with_the_same_answers() -> None:
    class Forgetful(FakeSandbox):
        def run(self, program: Program, inputs: Sequence[str], limits: Limits, **options: Any) -> Outcome:  # type: ignore[override]
            outcome = super().run(program, inputs, limits, **options)
            lean = options.get("sample_memory") and "n0" in program.code
            return msgspec.structs.replace(outcome, outputs=(b"?",)) if lean else outcome

    rows = run_race(Forgetful(), entrants(0.012, 0.012), MeasureConfig())
    assert [row.peak_bytes for row in rows] == [None, 0]


def test_a_race_nobody_finishes_ends() -> None:
    candidates = entrants("cost 60 ", "cost 0.01 fails 1")
    rows = run_race(FakeSandbox(), candidates)
    assert [row.censored for row in rows] == [True, False]
    assert [place.candidate_id for place in rank(rows, by_id(candidates))] == ["c0"]


def test_the_budget_ends_a_race_and_what_is_not_told_apart_ties() -> None:
    sandbox = FakeSandbox()
    candidates = entrants(0.3, 0.302)
    rows = run_race(sandbox, candidates, MeasureConfig(memory=False, budget_s=5.0))
    assert sandbox.spent_s < 5.0
    assert [place.rank for place in rank(rows, by_id(candidates))] == [1, 1]


def test_compiling_its_own_text_is_charged_to_the_budget() -> None:
    """A text of a kilobyte can take seconds to compile; a race with a budget of one second took 87."""
    sandbox = FakeSandbox()
    run_race(sandbox, entrants("cost 0.012", "cost 0.0121 compiles 2"), MeasureConfig(memory=False, budget_s=5.0))
    assert sandbox.spent_s < 12.0  # finding the loops, the first round, and the one that passes the budget


def test_a_floor_that_does_not_finish_is_a_fault_of_ours() -> None:
    class Broken(FakeSandbox):
        def run(self, program: Program, inputs: Sequence[str], limits: Limits, **options: Any) -> Outcome:  # type: ignore[override]
            outcome = super().run(program, inputs, limits, **options)
            return outcome if program.code else msgspec.structs.replace(outcome, ended="error")

    with pytest.raises(SandboxFault, match="empty program"):
        run_race(Broken(), entrants(0.012))


def test_a_race_without_entrants_or_loads_is_refused() -> None:
    with pytest.raises(ValueError, match="needs entrants and loads"):
        race(FakeSandbox(), Contest(make_task(), [], LOADS), LEAN)  # type: ignore[arg-type]


def test_memory_is_measured_apart_and_over_the_floor() -> None:
    sandbox = FakeSandbox(noisy=False)
    rows = run_race(sandbox, entrants("cost 0.02 bytes 5000000", 0.02), MeasureConfig())
    assert rows[0].peak_bytes == 5_000_000
    assert rows[1].peak_bytes == 0
    assert rows[0].byte_seconds == pytest.approx(5_000_000 * 0.02, rel=0.01)
    assert rows[1].byte_seconds == pytest.approx(0, abs=1e3)
    assert rows[0].raw_peak_bytes == EMPTY_BYTES + 5_000_000
    assert rows[0].raw_byte_seconds == pytest.approx(1.5 * (EMPTY_BYTES * 0.0222 + 5_000_000 * 0.02), rel=0.01)


def test_confirming_takes_a_second_zygote() -> None:
    sandbox = FakeSandbox()
    winner, baseline = entrants(0.012, 0.03)
    rows = confirm(sandbox, Contest(make_task(), (winner, baseline), LOADS), "c0", "c1", MeasureConfig())  # type: ignore[arg-type]
    assert [row.candidate_id for row in rows] == ["c0", "c1"]
    assert {(row.session, row.worker) for row in rows} == {(1, "zygote 1")}
    assert paired_ratio(rows[1], rows[0]).low > LEAN.margin


def test_a_gain_is_confirmed_when_the_order_repeats() -> None:
    def ratio(low: float) -> Ratio:
        return Ratio(value=low * 1.1, low=low, high=low * 1.2, rounds=7)

    assert is_confirmed(ratio(1.2), ratio(1.01), 1.05)
    assert not is_confirmed(ratio(1.2), ratio(0.99), 1.05)
    assert not is_confirmed(ratio(1.04), ratio(1.2), 1.05)


# ---------------------------------------------------------------- how well it tells


def calls(true_ratio: float, races: int, cost_s: float = 0.012) -> Counter[str]:
    """What is said of a pair in so many races on as many machines."""
    said: Counter[str] = Counter()
    for seed in range(races):
        rows = run_race(FakeSandbox(seed), entrants(cost_s, cost_s * true_ratio), task=make_task(name=str(seed)))
        slower, faster = paired_ratio(rows[1], rows[0]), paired_ratio(rows[0], rows[1])
        said["right" if is_slower(slower, 1.05) else "wrong" if is_slower(faster, 1.05) else "tie"] += 1
    return said


def test_equal_programs_are_never_told_apart() -> None:
    assert calls(1.0, 120) == {"tie": 120}


def test_a_difference_under_the_margin_is_a_tie() -> None:
    assert calls(1.03, 60)["tie"] >= 58


def test_pairs_from_1_2_on_are_told_and_none_is_told_wrongly() -> None:
    assert calls(1.1, 60)["wrong"] == 0
    assert calls(1.2, 60)["right"] >= 58
    for true_ratio in (1.5, 2.0, 4.0, 20.0):
        assert calls(true_ratio, 60) == {"right": 60}


def test_slower_by_half_does_not_take_many_rounds() -> None:
    sandboxes = [FakeSandbox(seed) for seed in range(30)]
    rounds = [len(run_race(sandbox, entrants(0.012, 0.019))[0].rounds) for sandbox in sandboxes]
    assert sum(rounds) / len(rounds) < 5


POOL = [
    0.012 * factor for factor in [1.0] * 10 + [1.03] * 4 + [1.1] * 4 + [1.3] * 4 + [2.0] * 3 + [4.0] * 2 + [50.0] * 3
]


def test_a_large_pool_is_cheap_and_its_winner_is_one_of_the_best() -> None:
    candidates = entrants(*POOL)
    for seed in range(6):
        sandbox = FakeSandbox(seed)
        rows = run_race(sandbox, candidates, keep=frozenset({"c0"}), task=make_task(name=str(seed)))
        # Forty rounds of everyone would be 1,200 runs.
        assert len(sandbox.runs) < 400
        assert sandbox.spent_s < 8
        ranking = rank(rows, by_id(candidates))
        assert POOL[int(ranking[0].candidate_id[1:])] <= 1.1 * min(POOL)
        tied = [POOL[int(place.candidate_id[1:])] / min(POOL) for place in ranking if place.rank == 1]
        assert max(tied) < 1.5


# ---------------------------------------------------------------- ranking


def row(name: str, cpu_s: float, *, n: int = 12, **fields: Any) -> Measurement:
    runs = tuple(Run(round=i, cpu_s=cpu_s + 0.001, wall_s=cpu_s) for i in range(n))
    floor = tuple(Run(round=i, cpu_s=0.001, wall_s=0.001) for i in range(12))
    base = {"candidate_id": name, "task_id": "t", "session": 0, "loops": 1, "loads": 1, "limit_s": 1.0}
    return Measurement(rounds=runs, floor=floor, **{**base, **fields})


def ranks(rows: Sequence[Measurement], **options: Any) -> list[tuple[int, str]]:
    codes = options.pop("codes", {})
    known = {
        r.candidate_id: Candidate(id=r.candidate_id, task_id="t", code=codes.get(r.candidate_id, "")) for r in rows
    }
    return [(place.rank, place.candidate_id) for place in rank(rows, known, **options)]


def test_time_ranks_and_ties_share_a_rank() -> None:
    assert ranks([row("slow", 0.03), row("b", 0.0101), row("a", 0.01)]) == [(1, "a"), (1, "b"), (3, "slow")]


def test_ties_go_by_tmu_then_mu_then_length_then_id() -> None:
    rows = [
        row("d", 0.01, byte_seconds=2e5, peak_bytes=9_000_000),
        row("c", 0.01, byte_seconds=1.01e5, peak_bytes=9_000_000),
        row("b", 0.01, byte_seconds=1e5, peak_bytes=5_000_000),
        row("a", 0.01, byte_seconds=1.03e5, peak_bytes=5_100_000),
        row("unknown", 0.01),
    ]
    codes = {"a": "long code", "b": "long code"}
    order = [name for _, name in ranks(rows, codes=codes)]
    assert order == ["a", "b", "c", "d", "unknown"]
    assert [name for _, name in ranks(rows, codes={**codes, "b": "short"})][:2] == ["b", "a"]


def test_who_was_let_go_untold_does_not_win_a_tie() -> None:
    rows = [row("left", 0.0101, n=3, byte_seconds=1e5), row("stayed", 0.01, byte_seconds=9e5)]
    assert ranks(rows) == [(1, "stayed"), (1, "left")]


def test_a_censored_entrant_ranks_behind_who_finished() -> None:
    rows = [row("stuck", 0.0, n=0, censored=True, limit_s=0.5), row("fast", 0.01), row("slow", 0.1)]
    places = rank(rows, by_id([Candidate(id=r.candidate_id, task_id="t", code="") for r in rows]), baseline="slow")
    assert [place.candidate_id for place in places] == ["fast", "slow", "stuck"]
    assert places[2].censored
    assert places[0].to_best is None
    assert places[0].to_reference is not None
    assert places[0].to_reference.value == pytest.approx(0.1)
    assert places[1].to_reference is None


def test_memory_order_puts_the_leanest_first() -> None:
    rows = [row("fast", 0.01, peak_bytes=9_000_000), row("lean", 0.03, peak_bytes=1_000_000)]
    assert ranks(rows) == [(1, "fast"), (2, "lean")]
    assert ranks(rows, order="memory") == [(1, "lean"), (2, "fast")]


def test_memory_order_breaks_its_ties_by_time() -> None:
    rows = [row("slow", 0.03, peak_bytes=1_000_000), row("fast", 0.01, peak_bytes=1_010_000)]
    assert ranks(rows, order="memory") == [(1, "fast"), (1, "slow")]


def test_pareto_fronts() -> None:
    rows = [
        row("lean", 0.03, peak_bytes=1_000_000, byte_seconds=3e5),
        row("fast", 0.01, peak_bytes=9_000_000, byte_seconds=1e5),
        row("beaten", 0.04, peak_bytes=9_500_000),
        row("last", 0.08, peak_bytes=19_500_000),
    ]
    assert ranks(rows, order="pareto") == [(1, "fast"), (1, "lean"), (3, "beaten"), (4, "last")]


def test_nothing_timed_gives_no_ranking() -> None:
    assert ranks([row("failed", 0.0, n=0)]) == []
