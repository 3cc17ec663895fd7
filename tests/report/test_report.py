import itertools
import math
import shutil
import subprocess
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from efficoder.console import printable
from efficoder.exports import Exported, export
from efficoder.metrics.faster_or_tie import WORDS
from efficoder.report import ReportView, collect_view, render, render_card, signal
from efficoder.report.content import Case, DiffRun, Estimate, Metric, Outcomes, Score, Scoreboard, ScoreTable
from efficoder.report.examples import cut, diff
from efficoder.types import (
    Candidate,
    DatasetRecord,
    Drop,
    Origin,
    Ratio,
    Sample,
    Selection,
    Task,
    TesterReply,
    Usage,
    Verdict,
)
from fake_run import EVIL, MODELS, FakeStore, fake_run


@pytest.fixture(scope="module")
def store() -> FakeStore:
    return fake_run(200)


@pytest.fixture(scope="module")
def view(store: FakeStore) -> ReportView:
    return collect_view(store, "first-run")


class Tags(HTMLParser):
    """Every tag and attribute of a page, and whether the tags close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in {"meta", "link", "br", "img", "hr"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


# ---------------------------------------------------------------- numbers


def test_headline_is_the_geometric_mean_of_measured_tasks_with_ties_as_one(store: FakeStore, view: ReportView) -> None:
    measured = [s for s in store.all(Selection) if s.reason in {"faster", "tie", "not_confirmed", "only_one"}]
    logs = [math.log(s.gain.value) if s.reason == "faster" else 0.0 for s in measured]
    assert view.headline is not None
    assert view.headline.low is not None
    assert view.headline.high is not None
    assert math.isclose(view.headline.value, math.exp(sum(logs) / len(logs)))
    assert view.headline.low < view.headline.value < view.headline.high
    assert len(view.gains) == len(measured)
    assert any(gain.verdict == "tie" and gain.gain == 1.0 for gain in view.gains)


def test_what_a_funnel_loses_adds_up(view: ReportView) -> None:
    for steps in (view.tasks_funnel, view.candidates_funnel):
        assert len(steps) > 4
        for before, after in itertools.pairwise(steps):
            assert before.left == after.left + sum(loss.count for loss in after.losses), after.name


def test_the_funnel_gives_the_reasons_of_drops_and_selections() -> None:
    store = FakeStore()
    for name in "abcd":
        store.put(Task(id=name, prompt="", interface=_task().interface, origin=Origin(source="s")))
    store.put(Drop(id="a", task_id="a", stage="curate", reason="risky: open"))
    store.put(Drop(id="line 3", stage="collect", reason="not a task"))
    store.put(_sample("b", "b1"), _sample("c", None, problem="no code block"), _sample("d", "d1"))
    store.put(Verdict(candidate_id="b1", task_id="b", outcome="timeout"))
    store.put(Verdict(candidate_id="d1", task_id="d", outcome="passed"))
    store.put(Selection(task_id="d", chosen=None, baseline=None, gain=None, reason="no_signal"))
    told = [
        (s.name, s.left, [(one.reason, one.count) for one in s.losses]) for s in collect_view(store, "x").tasks_funnel
    ]
    assert told == [
        ("collected", 4, []),
        ("kept by curate", 3, [("risky: open", 1)]),
        ("answered with code", 2, [("no reply with code", 1)]),
        ("with a right program", 1, [("most: ran too long", 1)]),
        ("measured", 0, [(WORDS["no_signal"], 1)]),
        ("with a faster program", 0, []),
    ]


def test_censored_baselines_stand_at_the_limit_and_are_named(view: ReportView) -> None:
    time = view.quantities[0]
    censored = [move for move in time.moves if move.before_censored]
    assert censored
    assert all(move.before == 10.0 for move in censored)
    assert sum(gain.baseline_censored for gain in view.gains) == len(censored)
    page = render(view)
    assert page.count('class="timeout"') == len(censored)
    assert "its gain is a lower bound" in page


def test_trust_reads_raw_rounds(view: ReportView) -> None:
    trust = view.trust
    assert trust.floor_s is not None
    assert math.isclose(trust.floor_s, 0.002, rel_tol=0.01)
    assert trust.noise is not None
    assert 0.008 < trust.noise < 0.025
    assert trust.censored == 7
    assert trust.limits_s == (10.0,)
    assert trust.tiers == ("A",)
    assert sum(number for _, number in trust.rounds) + trust.censored == trust.measured
    assert trust.machines == ("AMD EPYC 7B13, 2 cores, 24 GiB, Linux 6.1.0-18, Python 3.11.2",)


def test_groups_hold_every_task_once_by_source(view: ReportView) -> None:
    assert sum(group.tasks for group in view.by_source) == len(view.gains)
    assert {group.name for group in view.by_model} <= {*MODELS, "reference"}


def test_models_count_samples_and_cost_without_the_reference(view: ReportView) -> None:
    assert {model.name for model in view.models} == set(MODELS)
    paid = next(model for model in view.models if model.name == MODELS[0])
    assert math.isclose(paid.cost_usd, 0.0004 * paid.samples)
    assert paid.with_code <= paid.samples
    assert paid.right <= paid.with_code


def test_signal_counts_tasks_not_ties() -> None:
    store = fake_run(60)
    selections = list(store.all(Selection))
    found = signal("ours", selections)
    assert found is not None
    assert 0.3 < found.share_2 <= found.share_1_2 < 1.0
    tied = [
        msgspec.structs.replace(s, ranking=tuple(msgspec.structs.replace(r, rank=1) for r in s.ranking))
        for s in selections
    ]
    flat = signal("shipped", tied)
    assert flat is not None
    assert flat.share_1_2 == 0.0
    assert signal("none", []) is None


def test_rules_off_come_from_the_config(view: ReportView) -> None:
    assert view.rules_off == ("near_duplicate", "overlap (no benchmark was named)")


def test_examples_run_from_the_largest_gain_to_the_smallest(store: FakeStore, view: ReportView) -> None:
    gains = [float(example.mark.rstrip("×").replace(",", "")) for example in view.examples]
    faster = [s.gain.value for s in store.all(Selection) if s.reason == "faster"]
    assert len(gains) == 10
    assert gains == sorted(gains, reverse=True)
    assert (gains[0], gains[-1]) == pytest.approx((max(faster), min(faster)), rel=0.01)


def test_diff_sets_changed_lines_side_by_side() -> None:
    assert diff("a\nb\nc\n", "a\nx\ny\nc\n") == [
        DiffRun(before=("a",), after=("a",), changed=False),
        DiffRun(before=("b",), after=("x", "y"), changed=True),
        DiffRun(before=("c",), after=("c",), changed=False),
    ]


def test_huge_programs_stay_small() -> None:
    runs, left_out = cut(diff("\n".join(f"x{i} = {i}" for i in range(50_000)), "y" * 1_000_000), 120)
    assert sum(max(len(run.before), len(run.after)) for run in runs) == 120
    assert 0 < left_out < 1000
    assert max(len(line) for run in runs for line in run.after) < 300


def test_the_headline_stands_beside_the_median_and_the_mean_without_its_largest_gain() -> None:
    store = FakeStore()
    for number, gain in enumerate((1.0, 1.2, 1.3, 1000.0)):
        store.put(Selection(task_id=f"t{number}", chosen="c", baseline="b", gain=_ratio(gain), reason="faster"))
    view = collect_view(store, "x")
    assert view.median == pytest.approx(1.25)
    assert view.without_largest == pytest.approx((1.2 * 1.3) ** (1 / 3))
    page = render(view)
    assert "The median gain is 1.25×; without its largest gain the mean is 1.16×." in page
    assert "A task's baseline is its reference where that" in page


def test_what_nobody_counted_is_no_zero() -> None:
    store = FakeStore()
    store.put(_sample("t", "c"))
    store.facts = {"stage_wall_s": '{"collect":1.5,"generate":75.0}'}
    view = collect_view(store, "x")
    assert [(stage.name, stage.wall_s) for stage in view.stages] == [("collect", 1.5), ("generate", 75.0)]
    models = render(view).partition('<section id="models">')[2]
    assert 'data-label="cost">–<' in models
    assert "$0" not in models.partition("</section>")[0]
    assert "1 min 15 s" in models


def test_cost_is_told_by_the_stage_that_asked() -> None:
    store = FakeStore()
    paid = Usage(prompt_tokens=10, completion_tokens=5, cost_usd=0.5)
    store.put(msgspec.structs.replace(_sample("t", "c"), usage=paid))
    store.put(msgspec.structs.replace(_sample("t", "d"), id="s2", parent_id="c", usage=paid))
    reply = TesterReply(id="r", task_id="t", model="m", kind="checks", reply="", prompt_version="", settings="")
    store.put(msgspec.structs.replace(reply, usage=paid))
    assert {s.name: s.cost_usd for s in collect_view(store, "x").stages} == {
        "generate": 0.5,
        "refine": 0.5,
        "write_tests": 0.5,
    }


# ---------------------------------------------------------------- an evaluation


def _evaluated(store: FakeStore, words: str = "m", cases: int = 1) -> FakeStore:
    """The store with the scores of an evaluation; ``words`` stand wherever others wrote."""
    shown = next(store.all(Candidate))
    metric = Metric(name="pass@1", definition="Chance that one sample is right.", unit="%")
    table = ScoreTable(
        title="on all tasks",
        metrics=(metric,),
        scores=(Score(model=words, tasks=3, values=(Estimate(value=52.0, low=46.0, high=58.0),)),),
    )
    case = Case(task_id=shown.task_id, model=words, candidate_id=shown.id, outcome="wrong", detail=words)
    slow = Case(
        task_id=shown.task_id,
        model=words,
        candidate_id=shown.id,
        outcome="passed",
        ratio=Estimate(value=3.0, low=2.5, high=4.0),
    )
    board = Scoreboard(
        sentence=f"{words} is right on 52 %.",
        notes=(words,),
        headline=table,
        tables=(table,),
        outcomes=(Outcomes(model=words, counts={"passed": 2, "wrong": 1}, slow=1, times=(0.5, 3.0)),),
        failed=(case,) * cases,
        failed_of=cases,
        slow=(slow,) * cases,
        slow_of=cases,
    )
    store.facts = store.facts | {"purpose": "evaluation", "scores": msgspec.json.encode(board).decode()}
    return store


def test_an_evaluations_report_has_its_own_headline_and_no_gain() -> None:
    store = _evaluated(store_of_one())
    page = render(collect_view(store, "e"))
    lead = page.partition('<section id="scores"')[2].partition("</section>")[0]
    assert "m is right on 52 %." in lead
    assert "46.0–58.0" in lead
    assert "no gain to show" not in page
    assert '<section id="gain"' not in page
    assert page.count("Chance that one sample is right.") == 2  # once for the headline, once for the folded tables
    assert lead.index("All metrics") > lead.index("How the samples ended")


def test_failed_and_slow_samples_are_shown_beside_the_reference() -> None:
    page = render(collect_view(_evaluated(store_of_one()), "e"))
    for section, mark in (("failed", "wrong"), ("slow", "3.00×")):
        part = page.partition(f'<section id="{section}"')[2].partition("</section>")[0]
        assert f"<b>{mark}</b>" in part
        assert '<th scope="col">Reference</th><th scope="col">m</th>' in part
        assert "count_pairs" in part


@pytest.mark.parametrize("scores", ["", '{"another": "version"}'])
def test_an_evaluation_that_is_not_scored_yet_says_so(scores: str) -> None:
    store = FakeStore()
    store.facts = {"purpose": "evaluation", "scores": scores}
    page = render(collect_view(store, "e"))
    assert "This evaluation is not finished" in page
    assert "No task of this run" not in page
    assert not Tags(page).open


# ---------------------------------------------------------------- the page


def test_the_page_is_one_small_file_that_fetches_and_runs_nothing(view: ReportView) -> None:
    page = render(view)
    tags = Tags(page)
    assert not tags.open
    assert not tags.tags & {"script", "link", "img", "iframe", "object", "embed", "base"}
    assert not {name for name in tags.attributes if name.startswith("on")} | (tags.attributes & {"src", "srcset"})
    assert "url(" not in page
    assert "@import" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert len(page.encode()) < 400_000


def test_every_section_is_there_and_linked(view: ReportView) -> None:
    page = render(view)
    anchors = [part.partition('"')[0] for part in page.split('href="#')[1:]]
    assert anchors.pop(0) == "main"
    assert len(anchors) == 11
    assert all(f'<section id="{anchor}"' in page for anchor in anchors)
    assert page.count("<details") == 10 + 2  # the examples, every task and the config


def test_every_chart_has_a_title_and_a_description(view: ReportView) -> None:
    charts = render(view).split('<svg class="chart')[1:]
    assert len(charts) > 10
    for chart in charts:
        head = chart.partition(">")[2]
        assert head.startswith("<title>")
        assert "<desc>" in head
        assert 'role="img"' in chart.partition(">")[0]


def test_text_of_others_is_shown_never_run() -> None:
    store = _evaluated(_evil_store(), EVIL)
    view = collect_view(store, EVIL)
    assert view.examples
    assert view.evaluation
    assert view.evaluation.failed
    assert view.evaluation.slow
    assert view.by_source
    assert view.models
    page = render(view)
    assert not Tags(page).tags & {"script", "img"}
    assert "&lt;script&gt;" in page
    assert not {"\x1b", "\u202e"} & set(page)


def test_no_number_is_left_as_nan_or_none(view: ReportView) -> None:
    page = render(view)
    for word in (">nan", "nan<", ">None<", ">inf", "e+0", "Undefined"):
        assert word not in page, word


def test_an_empty_run_still_has_a_report() -> None:
    store = FakeStore()
    store.facts = {}
    page = render(collect_view(store, "empty"))
    assert "No task of this run has been measured yet" in page
    assert not Tags(page).open


def test_a_run_of_one_task_has_no_interval() -> None:
    view = collect_view(fake_run(1, seed=3), "one")
    assert view.headline is None or view.headline.low is None
    assert not Tags(render(view)).open


def test_ten_thousand_tasks_stay_below_a_megabyte() -> None:
    store = _evaluated(fake_run(10_000, seed=1, samples=1))
    assert len(render(collect_view(store, "many")).encode()) < 1_000_000


def test_long_programs_stay_below_a_megabyte() -> None:
    store = fake_run(60)
    for number, candidate in enumerate(list(store.all(Candidate))):
        code = "\n".join(f"{number} {line} {'x' * 5000}" for line in range(300))
        store.put(msgspec.structs.replace(candidate, code=code))
    assert len(render(collect_view(_evaluated(store, cases=12), "long")).encode()) < 1_000_000


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium here")
def test_a_real_browser_draws_it(view: ReportView, tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text(render(view), encoding="utf-8")
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    flags += f"--disable-component-update --disable-sync --user-data-dir={tmp_path / 'profile'} --window-size=1200,4000"
    command = ["chromium", *flags.split(), f"--screenshot={tmp_path / 'r.png'}", f"file://{tmp_path / 'r.html'}"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "r.png").stat().st_size > 50_000


# ---------------------------------------------------------------- the card


FILES = [Exported("efficient.parquet", "efficient", "sft", 159), Exported("efficient.jsonl", "efficient", "sft", 159)]


def test_card_header_is_yaml_the_hub_reads(view: ReportView) -> None:
    yaml = pytest.importorskip("yaml")
    header = yaml.safe_load(render_card(view, FILES).split("---\n")[1])
    assert header["configs"] == [{"config_name": "efficient", "data_files": "efficient.parquet", "default": True}]
    assert header["license"] == "other"
    assert header["pretty_name"] == "first-run"


def test_an_export_with_its_card_loads_arm_by_arm_like_a_hub_dataset(view: ReportView, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    origin = Origin(source="own", licence="MIT")
    facts = {"task_id": "t", "prompt": "p", "chosen": "c", "origin": origin}
    rows = [
        DatasetRecord(id="e/t", arm="efficient", kind="sft", **facts),  # type: ignore[arg-type]
        DatasetRecord(id="p/t", arm="pairs_speed", kind="pair", rejected="r", **facts),  # type: ignore[arg-type]
    ]
    export(tmp_path / "d", "trl", rows, lambda _: pytest.fail("no prompt, no tests"), partial(render_card, view))
    pair = ["prompt", "chosen", "rejected", "chosen_exponent", "rejected_exponent"]
    for arm, columns in {"efficient": ["messages"], "pairs_speed": pair}.items():
        loaded = datasets.load_dataset(str(tmp_path / "d"), arm, split="train", cache_dir=str(tmp_path / "cache"))
        assert loaded.column_names == columns


def test_card_tells_funnel_gains_models_licences_machine_and_rules_off(view: ReportView) -> None:
    card = render_card(view, FILES)
    assert view.headline is not None
    for words in (
        f"**{view.headline.value:.2f}× faster**",
        "near duplicate",
        "openai/gpt-5-mini",
        "Apache-2.0",
        "AMD EPYC 7B13",
        "sandbox tier A",
        "**off**: near_duplicate, overlap",
        "EffiCoder 0.1.0",
        "skip = [",
    ):
        assert words in card, words


def test_card_escapes_what_sources_wrote() -> None:
    card = render_card(collect_view(_evil_store(), EVIL), FILES)
    body = card.split("---\n", 2)[2].partition("````")[0]
    assert "<script>" not in body
    assert "<img" not in body
    assert "](" not in body.replace("\\](", "")
    assert not {"\x1b", "\u202e"} & set(body)


def test_card_survives_a_run_without_measurements() -> None:
    store = FakeStore()
    store.facts = {}
    assert "faster" not in render_card(collect_view(store, "x"), FILES).partition("## Files")[0].split("---\n")[2]


# ---------------------------------------------------------------- helpers


def store_of_one() -> FakeStore:
    store = FakeStore()
    task = _task()
    store.put(task, Candidate(id="c", task_id=task.id, code="def count_pairs(numbers, target):\n    return 0\n"))
    return store


def _ratio(value: float) -> Ratio:
    return Ratio(value=value, low=value, high=value, rounds=5)


def _task() -> Task:
    return next(iter(fake_run(1).all(Task)))


def _sample(task_id: str, candidate_id: str | None, problem: str | None = None) -> Sample:
    return Sample(
        id=f"{task_id}/m", task_id=task_id, model="m", index=0, reply="", candidate_id=candidate_id, problem=problem
    )


def _evil_store() -> FakeStore:
    """A run in which every text someone else wrote attacks the page."""
    store = fake_run(60)
    for task in list(store.all(Task)):
        origin = Origin(source=EVIL, licence=EVIL)
        store.put(msgspec.structs.replace(task, prompt=EVIL, origin=origin))
    for candidate in list(store.all(Candidate)):
        store.put(msgspec.structs.replace(candidate, code=candidate.code + f'\nX = "{EVIL}"\n'))
    for sample in list(store.all(Sample)):
        store.put(msgspec.structs.replace(sample, model=EVIL, problem=EVIL if sample.problem else None))
    for drop in list(store.all(Drop)):
        store.put(msgspec.structs.replace(drop, reason=EVIL))
    store.facts |= {"version": EVIL, "tier": EVIL, "updated": EVIL, "config": f"# {printable(EVIL)}\n"}
    return store
