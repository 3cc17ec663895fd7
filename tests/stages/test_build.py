import math
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from efficoder import wire
from efficoder.config import BuildConfig, Config, dump
from efficoder.console import Console
from efficoder.curation.writers import weak_writers
from efficoder.errors import UsageError
from efficoder.exports import read_tests
from efficoder.judging.judge import Terms, judge
from efficoder.languages.identity import candidate_id
from efficoder.models.prompts import chat_prompt
from efficoder.pipeline.work import Scope, Work
from efficoder.report.funnel import WEAK_WRITER
from efficoder.sandbox import Limits, Sandbox
from efficoder.stages.build import CONTROLS, PAIR_ARMS, SFT_ARMS, BuildRows, build, build_step, write_dataset
from efficoder.store import Store
from efficoder.testgen.loads.shorten import LOAD_TEXT
from efficoder.types import (
    REFERENCE,
    AloneVerdict,
    Candidate,
    DatasetRecord,
    Drop,
    Function,
    Measurement,
    Origin,
    Ranked,
    Ratio,
    Run,
    Sample,
    Script,
    Selection,
    Task,
    TaskTests,
    TestCase,
    Verdict,
)

TASK = Task(
    id="t/1", prompt="Add one.", interface=Function(entry_point="f"), origin=Origin(source="own", licence="MIT", line=3)
)
GAIN = Ratio(value=4.0, low=3.8, high=4.2, rounds=10)


def candidate(name: str, length: int = 40) -> Candidate:
    return Candidate(id=name, task_id="t/1", code=f"def f(x): return x + 1  # {name}".ljust(length, "#"))


def sample(candidate_id: str, model: str = "m/a", index: int = 0, parent: str | None = None) -> Sample:
    return Sample(
        id=f"{model}/{index}/{candidate_id}",
        task_id="t/1",
        model=model,
        index=index,
        reply="",
        candidate_id=candidate_id,
        parent_id=parent,
    )


def measurement(
    candidate_id: str, cpu_s: float, session: int = 0, spread: float = 0.002, **changes: object
) -> Measurement:
    facts: dict[str, object] = {
        "candidate_id": candidate_id,
        "task_id": "t/1",
        "session": session,
        "loops": 1,
        "loads": 1,
        "limit_s": 10.0,
        "rounds": tuple(Run(round=i, cpu_s=cpu_s * (1 + spread * (i % 3 - 1)), wall_s=cpu_s) for i in range(10)),
        "floor": tuple(Run(round=i, cpu_s=0.0, wall_s=0.0) for i in range(10)),
    }
    return Measurement(**(facts | changes))  # type: ignore[arg-type]


def ranked(*names: str) -> tuple[Ranked, ...]:
    return tuple(
        Ranked(candidate_id=n, rank=i, et_s=0.1 * i, mu_bytes=1, tmu_byte_s=1.0, to_best=None, to_reference=None)
        for i, n in enumerate(names, start=1)
    )


def rows(**changes: object) -> BuildRows:
    """A task with a fast, a middling and a slow right program, and one wrong one. ``fast`` is chosen."""
    facts: dict[str, object] = {
        "task": TASK,
        "tests": TaskTests(task_id="t/1", checks=(TestCase(input="[1]", expected="2"),)),
        "candidates": [candidate(n) for n in ("fast", "middle", "slow", "bad")],
        "samples": [sample("slow", index=0), sample("fast", index=1), sample("middle", "m/b"), sample("bad", index=2)],
        "verdicts": [
            Verdict(candidate_id=n, task_id="t/1", outcome="wrong" if n == "bad" else "passed")
            for n in ("fast", "middle", "slow", "bad")
        ],
        "selection": Selection(
            task_id="t/1",
            chosen="fast",
            baseline="slow",
            gain=GAIN,
            ranking=ranked("fast", "middle", "slow"),
            reason="faster",
            correct=3,
        ),
        "measurements": [measurement("fast", 0.1), measurement("middle", 0.11), measurement("slow", 0.4)],
    }
    return BuildRows(**(facts | changes))  # type: ignore[arg-type]


def built(config: BuildConfig | None = None, seed: int = 0, **changes: object) -> dict[str, list[DatasetRecord]]:
    arms: dict[str, list[DatasetRecord]] = {}
    for record in build(rows(**changes), config or BuildConfig(), seed).rows:
        arms.setdefault(record.arm, []).append(record)
    return arms


def picks(arms: dict[str, list[DatasetRecord]]) -> dict[str, str]:
    return {arm: arms[arm][0].chosen_id for arm in SFT_ARMS if arm in arms}


def test_each_arm_takes_another_right_program_of_the_same_task() -> None:
    found = picks(built())
    assert found["efficient"] == "fast"
    assert found["first_correct"] == "slow"
    assert found["least_efficient"] == "slow"
    assert found["random_correct"] in {"fast", "middle", "slow"}
    assert "reference" not in found


def test_the_prompt_is_the_one_models_are_asked_and_the_reply_one_code_block() -> None:
    record = built()["efficient"][0]
    assert record.prompt == chat_prompt(TASK)
    assert record.chosen.startswith("```python\ndef f(x)")
    assert record.chosen.endswith("\n```")
    assert (record.gain, record.origin, record.chosen_models) == (GAIN, TASK.origin, ("m/a",))


def test_the_same_input_and_seed_give_the_same_rows() -> None:
    assert build(rows(), BuildConfig(), 7) == build(rows(), BuildConfig(), 7)


def test_random_correct_draws_samples_evenly_over_seeds() -> None:
    drawn = Counter(picks(built(seed=seed))["random_correct"] for seed in range(300))
    assert all(70 < drawn[name] < 130 for name in ("fast", "middle", "slow")), drawn


def test_controls_are_first_drafts_never_rewrites_or_references() -> None:
    found = picks(
        built(
            samples=[sample("slow", "reference"), sample("fast", index=0, parent="middle"), sample("middle", index=1)]
        )
    )
    assert found == {
        "efficient": "fast",
        "first_correct": "middle",
        "random_correct": "middle",
        "least_efficient": "middle",
        "reference": "slow",
    }


def test_a_task_enters_no_control_arm_without_efficient_and_the_other_way_round() -> None:
    only_reference = [sample("fast", "reference"), sample("bad")]
    assert not picks(built(samples=only_reference))
    selection = Selection(task_id="t/1", chosen=None, baseline=None, gain=None, reason="no_signal")
    for missing in (None, selection):
        assert not picks(built(selection=missing))


def test_a_right_program_without_a_time_enters_no_arm_and_no_speed_pair() -> None:
    """The first sample, and the reference, failed in the race; a second session would even have compared them."""
    failed = msgspec.structs.replace(measurement("slow", 0.4), rounds=())
    again = [msgspec.structs.replace(measurement(n, s), session=1) for n, s in (("fast", 0.1), ("slow", 0.4))]
    changes = {
        "samples": [
            sample("slow", index=0),
            sample("slow", "reference"),
            sample("fast", index=1),
            sample("middle", "m/b"),
        ],
        "selection": Selection(
            task_id="t/1",
            chosen="fast",
            baseline="middle",
            gain=GAIN,
            ranking=ranked("fast", "middle"),
            reason="faster",
            correct=3,
        ),
        "measurements": [measurement("fast", 0.1), measurement("middle", 0.3), failed, *again],
    }
    for seed in range(20):
        arms = built(seed=seed, **changes)
        assert set(picks(arms)) == set(CONTROLS)
        assert "slow" not in picks(arms).values()
        assert [(r.chosen_id, r.rejected_id) for r in arms["pairs_speed"]] == [("fast", "middle")]


def test_a_task_with_a_constant_answer_has_no_arm_and_no_speed_pair() -> None:
    selection = Selection(task_id="t/1", chosen=None, baseline=None, gain=None, reason="constant_answer", correct=3)
    arms = built(selection=selection)
    assert not picks(arms)
    assert "pairs_speed" not in arms
    assert "pairs_correct" in arms


def test_a_chosen_program_that_did_not_pass_is_never_a_row() -> None:
    verdicts = [Verdict(candidate_id=n, task_id="t/1", outcome="wrong") for n in ("fast", "middle", "slow")]
    arms = built(verdicts=verdicts)
    assert set(arms) == {"prompts"}


def test_a_failing_reference_is_neither_an_answer_nor_a_lesson() -> None:
    arms = built(samples=[*rows().samples, sample("bad", "reference")])
    assert "reference" not in arms
    assert "pairs_correct" not in arms


def test_speed_pairs_need_the_whole_interval_beyond_the_margin() -> None:
    pairs = built()["pairs_speed"]
    assert [(p.chosen_id, p.rejected_id) for p in pairs] == [("fast", "slow")]
    gain = pairs[0].gain
    assert gain is not None
    assert gain.low > 1.2
    assert math.isclose(gain.value, 4.0, rel_tol=0.01)
    noisy = [measurement("fast", 0.1), measurement("slow", 0.15, spread=0.3)]
    assert "pairs_speed" not in built(measurements=noisy)


def test_no_margin_lets_an_interval_that_includes_one_through() -> None:
    equal = [measurement("fast", 0.1), measurement("slow", 0.1)]
    assert "pairs_speed" not in built(BuildConfig(pair_margin=0.5), measurements=equal)


def test_an_order_that_does_not_repeat_in_the_second_session_is_no_pair() -> None:
    confirmed = [*rows().measurements, measurement("fast", 0.1, 1), measurement("slow", 0.4, 1)]
    reversed_ = [*rows().measurements, measurement("fast", 0.4, 1), measurement("slow", 0.1, 1)]
    assert "pairs_speed" in built(measurements=confirmed)
    assert "pairs_speed" not in built(measurements=reversed_)


def test_measurements_that_must_not_be_compared_give_no_pair() -> None:
    elsewhere = [measurement("fast", 0.1), measurement("slow", 0.4, machine="other")]
    assert "pairs_speed" not in built(measurements=elsewhere)
    failed = [measurement("fast", 0.1), measurement("slow", 0.4, rounds=())]
    assert "pairs_speed" not in built(measurements=failed)


def test_a_timeout_is_slow_and_may_be_rejected() -> None:
    timed = [measurement("fast", 0.1), measurement("slow", 10.0, rounds=(), censored=True)]
    assert [p.rejected_id for p in built(measurements=timed)["pairs_speed"]] == ["slow"]


def test_correctness_pairs_work_without_a_selection_and_can_be_turned_off() -> None:
    pairs = built(selection=None)["pairs_correct"]
    assert [(p.chosen_id, p.rejected_id) for p in pairs] == [("slow", "bad")]
    assert "pairs_correct" not in built(BuildConfig(correctness_pairs=False))


def test_mixed_pairs_are_as_many_of_either_kind() -> None:
    arms = built(BuildConfig(pairs_per_task=3), **_many_wrong([40, 60, 80]))
    assert (len(arms["pairs_speed"]), len(arms["pairs_correct"])) == (1, 3)
    mixed = [(p.id, p.chosen_id, p.rejected_id) for p in arms["pairs_mixed"]]
    wrong = arms["pairs_correct"][0].rejected_id
    assert mixed == [("pairs_mixed/t/1/slow", "fast", "slow"), (f"pairs_mixed/t/1/{wrong}", "fast", wrong)]
    assert "pairs_mixed" not in built(measurements=[])


@pytest.mark.parametrize(("outcome", "used"), [("timeout", True), ("error", True), ("refused", False)])
def test_refused_code_is_not_called_wrong(outcome: str, used: bool) -> None:
    verdicts = [Verdict(candidate_id="fast", task_id="t/1", outcome="passed")]
    verdicts.append(Verdict(candidate_id="bad", task_id="t/1", outcome=outcome))  # type: ignore[arg-type]
    assert ("pairs_correct" in built(verdicts=verdicts)) is used


def test_code_whose_package_candidates_do_not_have_is_not_called_wrong() -> None:
    error = Verdict(candidate_id="bad", task_id="t/1", outcome="error", detail="KeyError: 'a' (line 2)")
    assert "pairs_correct" in built(verdicts=[*rows().verdicts[:3], error])
    lacking = msgspec.structs.replace(error, detail="ModuleNotFoundError: No module named 'numpy.linalg' (line 1)")
    assert "pairs_correct" not in built(verdicts=[*rows().verdicts[:3], lacking])


def test_a_program_that_fails_only_a_check_of_our_making_is_on_neither_side_of_a_pair() -> None:
    """Its input may be outside the task's domain: a right program must not be taught as wrong."""
    given, grown = TestCase(input="[1]", expected="1"), TestCase(input="[2]", expected="2", origin="grown")
    load = TestCase(input="[3]", expected="3", origin="generated")
    tests = TaskTests(task_id="t/1", checks=(given, grown), loads=(load,))
    for first_failure, used in ((0, True), (1, False), (2, False)):
        verdicts = [
            msgspec.structs.replace(v, first_failure=None if v.outcome == "passed" else first_failure)
            for v in rows().verdicts
        ]
        assert ("pairs_correct" in built(verdicts=verdicts, tests=tests)) is used


def _many_wrong(lengths: Iterable[int], model: str = "m/a") -> dict[str, object]:
    wrong = [candidate(f"w{i}", length) for i, length in enumerate(lengths)]
    base = rows()
    return {
        "candidates": [*base.candidates, *wrong],
        "samples": [*base.samples[:3], *(sample(w.id, model, 10 + i) for i, w in enumerate(wrong))],
        "verdicts": [*base.verdicts[:3], *(Verdict(candidate_id=w.id, task_id="t/1", outcome="wrong") for w in wrong)],
    }


def test_pairs_are_capped_and_balanced_by_length() -> None:
    arms = built(BuildConfig(pairs_per_task=2), **_many_wrong([80, 400, 20 + 20, 60, 900]))
    lean = [math.log(len(p.rejected) / len(p.chosen)) for p in arms["pairs_correct"]]
    assert len(lean) == 2
    assert abs(sum(lean)) < 0.7


def test_pairs_prefer_a_model_that_wrote_the_chosen_program() -> None:
    changes = _many_wrong([40])
    other = _many_wrong([40, 40], "m/other")
    changes["samples"] = [*rows().samples[:3], sample("w0", "m/other", 5), sample("w1", "m/a", 6)]
    changes["candidates"], changes["verdicts"] = other["candidates"], other["verdicts"]
    pairs = built(BuildConfig(pairs_per_task=1), **changes)["pairs_correct"]
    assert [p.rejected_id for p in pairs] == ["w1"]


def test_script_tests_give_no_prompt_and_no_row_unless_allowed() -> None:
    task = Task(id="t/1", prompt="p", interface=Script(entry_point="f"), origin=Origin(source="own"))
    verdicts = [
        Verdict(candidate_id=v.candidate_id, task_id="t/1", outcome=v.outcome, trust="script") for v in rows().verdicts
    ]
    assert built(task=task, verdicts=verdicts) == {}
    allowed = built(BuildConfig(allow_script_trust=True), task=task, verdicts=verdicts)
    assert set(allowed) >= {"efficient", *PAIR_ARMS}
    assert "prompts" not in allowed


def test_prompts_need_a_check_with_a_known_answer() -> None:
    assert built()["prompts"][0].kind == "prompt"
    unknown = TaskTests(task_id="t/1", checks=(TestCase(input="[1]"),))
    assert "prompts" not in built(tests=unknown)


def test_ids_are_unique() -> None:
    records = build(rows(**_many_wrong([30, 50, 70])), BuildConfig(), 0).rows
    assert len({r.id for r in records}) == len(records)


def test_a_prompt_carries_short_loads_and_no_other_program_than_the_reference(tmp_path: Path) -> None:
    code = {name: f"def f(a):\n    return {name!r}\n" for name in ("one", "two", "three", "four")}
    task = Task(
        id="t", prompt="p", interface=Function(entry_point="f"), origin=Origin(source="s"), reference=code["two"]
    )
    ids = {name: candidate_id("t", text, "python") for name, text in code.items()}
    load = TestCase(input=wire.encode([list(range(100_000))]), expected="0")
    known = TestCase(input="[[4, 5]]", expected="0")
    row = DatasetRecord(id="prompts/t", task_id="t", arm="prompts", kind="prompt", prompt="p", origin=task.origin)
    selection = Selection(
        task_id="t",
        chosen=ids["one"],
        baseline=ids["two"],
        gain=None,
        ranking=ranked(*(ids[name] for name in ("one", "two", "three", "four"))),
        reason="tie",
    )
    with Store(tmp_path / "run", write=True) as store:
        programs = [Candidate(id=ids[name], task_id="t", code=text) for name, text in code.items()]
        store.put([task, TaskTests(task_id="t", checks=(known,), loads=(load,)), *programs, selection, row])
        write_dataset(store, tmp_path / "out")
    line = msgspec.json.decode((tmp_path / "out" / "prompts.jsonl").read_bytes())
    grading = read_tests(line["tests"])
    assert not any(code[name] in line["tests"] for name in ("one", "three", "four"))
    assert grading.tests.checks == (known,)
    assert len(grading.tests.loads[0].input) <= LOAD_TEXT < len(load.input)


HEADER = "from collections import *\nimport heapq, math\nfrom typing import *\nBASE = 1\n"
HEADED = msgspec.structs.replace(TASK, interface=Function(entry_point="f", header=HEADER))
LACKING = "def f(x: List) -> int:\n    return Counter([x])[x] + x  # {}\n"


def _headed(passing: Iterable[str] = ("fast", "middle", "slow"), **changes: object) -> dict[str, object]:
    """The same four programs, which use names of the header; those of ``passing`` passed without it."""
    programs = [Candidate(id=n, task_id="t/1", code=LACKING.format(n)) for n in ("fast", "middle", "slow", "bad")]
    passed = [AloneVerdict(candidate_id=n, task_id="t/1", outcome="passed") for n in passing]
    return {"task": HEADED, "candidates": programs, "alone": passed} | changes


def test_both_sides_of_every_row_bring_what_they_use_of_the_header() -> None:
    records = [r for r in build(rows(**_headed()), BuildConfig(), 0).rows if r.kind != "prompt"]
    assert {r.arm for r in records} >= {"efficient", "least_efficient", *PAIR_ARMS}
    above = "```python\nfrom collections import Counter\nfrom typing import List\n\n\ndef f(x"
    for record in records:
        assert record.chosen.startswith(above)
        assert not record.rejected or record.rejected.startswith(above)


def test_a_control_whose_code_does_not_stand_alone_takes_the_task_out_of_all_arms() -> None:
    failed = AloneVerdict(candidate_id="slow", task_id="t/1", outcome="error", detail="NameError: heappop")
    passed = _headed(["fast", "middle"])["alone"]
    for alone, reason in ((passed, "not_run_alone"), ([*passed, failed], "fails_alone")):  # type: ignore[misc]
        facts = _headed(alone=alone)
        built_ = build(rows(**facts), BuildConfig(), 0)
        assert not {record.arm for record in built_.rows} & set(SFT_ARMS)
        drops = {drop.id: drop for drop in built_.drops}
        assert {drops[f"{arm}/t/1"].reason for arm in CONTROLS} == {reason}
        assert drops["pairs_speed/t/1/slow"].reason == reason
        assert not any(drop.id == drop.task_id for drop in drops.values())  # the task itself stays


def test_wrong_code_is_a_lesson_if_it_parses() -> None:
    for code, kept in (("def f(x):\n    return nowhere", True), ("def f(x:", False)):
        programs = [*rows().candidates[:3], Candidate(id="bad", task_id="t/1", code=code)]
        made = build(rows(candidates=programs), BuildConfig(), 0)
        assert any(r.arm == "pairs_correct" for r in made.rows) is kept
        assert [d.reason for d in made.drops] == ([] if kept else ["does_not_parse"])


def test_right_code_with_a_name_that_nothing_binds_is_dropped() -> None:
    programs = [*rows().candidates[:2], candidate("bad")]
    programs.append(Candidate(id="slow", task_id="t/1", code="def f(x):\n    return x + 1 if x < 9 else nowhere\n"))
    made = build(rows(candidates=programs), BuildConfig(), 0)
    assert {drop.reason for drop in made.drops} == {"undefined_name"}
    assert "slow: nowhere" in {drop.detail for drop in made.drops}


def test_a_weak_writers_code_is_no_target_where_another_model_solved_the_task() -> None:
    made = build(rows(), BuildConfig(), 0, frozenset({"m/a"}))
    sft = {r.arm: r for r in made.rows if r.kind == "sft"}
    assert {r.chosen_id for r in sft.values()} == {"middle"}
    assert sft["efficient"].gain is None  # the selection's gain is another program's
    assert {r.chosen_id for r in made.rows if r.kind == "pair"} == {"middle"}
    assert {r.rejected_id for r in made.rows if r.arm == "pairs_speed"} == {"slow"}
    replaced = {drop.id for drop in made.drops if drop.reason == WEAK_WRITER}
    assert {"efficient/t/1/fast", "first_correct/t/1/slow", "least_efficient/t/1/slow"} <= replaced
    assert picks(built()) == {
        record.arm: record.chosen_id
        for record in build(rows(), BuildConfig(), 0, frozenset({"m/a", "m/b"})).rows
        if record.kind == "sft"
    }


def test_references_and_rewrites_are_never_weak() -> None:
    for other in (sample("fast", REFERENCE), sample("fast", parent="slow")):
        made = build(rows(samples=[*rows().samples, other]), BuildConfig(), 0, frozenset({"m/a"}))
        assert {r.chosen_id for r in made.rows if r.arm == "efficient"} == {"fast"}


def test_arms_pick_among_the_models_own_right_programs_first() -> None:
    found = picks(built(BuildConfig(own="m/b")))
    assert set(found.values()) == {"middle"}
    assert picks(built(BuildConfig(own="m/a"))) | {"random_correct": ""} == {
        "efficient": "fast",
        "first_correct": "slow",
        "least_efficient": "slow",
        "random_correct": "",
    }
    only_wrong = [*rows().samples[:3], sample("bad", "m/c")]
    assert picks(built(BuildConfig(own="m/c"), samples=only_wrong)) == picks(built(samples=only_wrong))


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """A run up to select: right programs that count on the header, one of them in a way no syntax tree shows."""
    code = {
        "fast": "def f(x: List) -> int:\n    return Counter([x])[x] + x\n",
        "slow": "def f(x) -> int:\n    return [math.floor(x) + BASE for _ in range(9)][0]\n",
    }
    names = [*code, "hidden"]
    tasks = [msgspec.structs.replace(HEADED, id=f"t/{n}") for n in range(2)]
    with Store(tmp_path / "run", write=True) as store:
        for task in tasks:
            texts = code | {"hidden": "def f(x):\n    return eval('math.floor(x)') + 1\n"}
            slow = "slow" if task.id == "t/0" else "hidden"
            chosen = {"task_id": task.id, "chosen": f"{task.id}/fast", "baseline": None, "gain": GAIN}
            store.put(
                [
                    task,
                    TaskTests(task_id=task.id, checks=(TestCase(input="[1]", expected="2"),)),
                    *(Candidate(id=f"{task.id}/{n}", task_id=task.id, code=texts[n]) for n in names),
                    *(
                        msgspec.structs.replace(sample(f"{task.id}/{n}", "m/a", i), task_id=task.id)
                        for i, n in enumerate(("fast", slow))
                    ),
                    *(Verdict(candidate_id=f"{task.id}/{n}", task_id=task.id, outcome="passed") for n in names),
                    Selection(**chosen, ranking=ranked(f"{task.id}/fast", f"{task.id}/{slow}"), reason="faster"),  # type: ignore[arg-type]
                ]
            )
        yield Work(store, Config(), Console(tmp_path / "log.txt"), Scope())


def test_every_row_of_a_run_passes_its_checks_without_the_header(work: Work, capfd: pytest.CaptureFixture[str]) -> None:
    build_step(work)
    said = capfd.readouterr().err
    assert "4 rows fails_alone" in said, said
    rows_ = [record for record in work.store.all(DatasetRecord) if record.kind == "sft"]
    assert {record.task_id for record in rows_} == {"t/0"}
    assert {record.arm for record in rows_} == set(CONTROLS)
    bare = msgspec.structs.replace(TASK, interface=Function(entry_point="f"))
    checks = (TestCase(input="[1]", expected="2"),)
    with Sandbox() as sandbox:
        for record in rows_:
            code = record.chosen.removeprefix("```python\n").removesuffix("```")
            verdict = judge(sandbox, bare, Candidate(id="c", task_id="t/1", code=code), Terms(checks, Limits()))
            assert verdict.outcome == "passed", code
    drops = {drop.id: drop for drop in work.store.all(Drop)}
    assert "NameError" in drops["efficient/t/1"].detail
    assert [task.id for task in work.store.alive()] == ["t/0", "t/1"]
    card = (work.store.folder / "dataset" / "README.md").read_text()
    assert "Rows left out: 4 fails the checks without the task's header." in card
    build_step(work)
    assert "nothing to do, 2 done before" in capfd.readouterr().err


def test_a_writer_that_the_run_does_not_have_is_refused_by_name(work: Work) -> None:
    config = Config(build=BuildConfig(own="m/b"))
    with pytest.raises(UsageError, match=r"build.own: no sample of the run is by 'm/b'; did you mean 'm/a'"):
        build_step(Work(work.store, config, work.console, work.scope))


def test_the_card_says_how_much_the_model_itself_wrote(work: Work) -> None:
    config = Config(build=BuildConfig(own="m/a"))
    work.store.set_meta({"config": dump(config)})
    build_step(Work(work.store, config, work.console, work.scope))
    assert "m/a itself wrote 4 of 4 answers (100 %)." in (work.store.folder / "dataset" / "README.md").read_text()


def test_a_writer_below_half_of_the_best_is_weak(work: Work) -> None:
    wrong = [Candidate(id=f"w{i}", task_id="t/0", code=f"x = {i}") for i in range(3)]
    ours = TestCase(input="[5]", expected="6", origin="grown")
    checks = (*work.store.tests("t/0").checks, ours)
    by = [("weak", "w0"), ("weak", "w1"), ("weak", "t/0/fast"), ("half", "w0"), ("half", "t/0/fast"), ("half", "w2")]
    work.store.put(
        [
            *wrong,
            TaskTests(task_id="t/0", written=True, checks=checks),
            *(Verdict(candidate_id=f"w{i}", task_id="t/0", outcome="wrong", first_failure=i // 2) for i in range(3)),
            *(msgspec.structs.replace(sample(c, m, i), task_id="t/0") for i, (m, c) in enumerate(by)),
        ]
    )
    assert weak_writers(work.store) == {"weak"}  # w2 fails a check of our making alone
