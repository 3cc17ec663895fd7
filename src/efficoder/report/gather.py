"""A run's rows to a ReportView: the numbers of the report and of the data card, computed here once."""

import math
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median, quantiles

import msgspec

from efficoder.config import without_folders
from efficoder.metrics.faster_or_tie import UNMEASURED, WORDS
from efficoder.metrics.intervals import geometric_mean_interval
from efficoder.report import funnel
from efficoder.report.content import (
    Dot,
    Estimate,
    EvaluationView,
    Group,
    ModelCounts,
    Move,
    Own,
    Quantity,
    ReportView,
    Scoreboard,
    Signal,
    StageCost,
    TaskGain,
    Trust,
)
from efficoder.report.examples import examples, of_cases
from efficoder.report.funnel import WEAK_WRITER
from efficoder.report.growth import growth_counts
from efficoder.report.languages import by_language
from efficoder.report.rows import Reader, Rows, Written, read
from efficoder.types import REFERENCE, Machine, Ranked, Selection, ShippedRanking

LEAST_BYTES = 1 << 20
"""Memory below 1 MiB over the floor is counted as 1 MiB: pages of the allocator, not of the program."""
_LEAST = {"s": 1e-5, "B": float(LEAST_BYTES), "B·s": LEAST_BYTES * 1e-3}


def collect_view(store: Reader, name: str) -> ReportView:
    """Everything the report shows of a run; parts of it not done yet are empty."""
    rows = read(store)
    meta = store.meta()
    gains = tuple(gain for selection in rows.selections if (gain := _gain(rows, selection)))
    ratios = sorted(gain.gain for gain in gains)
    quantities = _quantities(rows, gains)
    shipped = signal("the tests the sources ship", store.all(ShippedRanking))
    signals = (shipped, signal("this run's loads", rows.selections))
    return ReportView(
        name=name,
        created=meta.get("created", meta.get("updated", "")),
        version=meta.get("version", ""),
        headline=_mean(ratios),
        median=median(ratios) if ratios else None,
        without_largest=rest.value if len(ratios) > 2 and (rest := _mean(ratios[:-1])) else None,
        gains=gains,
        tasks_funnel=funnel.of_tasks(rows),
        candidates_funnel=funnel.of_candidates(rows),
        quantities=quantities,
        dots=tuple(_dots(quantities)),
        by_source=_groups((gain.source, gain) for gain in gains),
        by_model=_by_model(rows, gains),
        by_language=tuple(
            by_language(store, rows, gains, _groups((rows.languages.get(gain.task_id, ""), gain) for gain in gains))
        ),
        models=_models(rows),
        stages=_stages(rows, meta),
        arms=tuple(sorted(rows.arms.items())),
        rows_left_out=funnel.rows_left_out(rows),
        targets_replaced=sum(drop.reason == WEAK_WRITER for drop in rows.rows_left_out),
        own=_own(rows, meta.get("config", "")),
        licences=_licences(rows),
        evaluation=_evaluation(store, meta),
        examples=examples(store, rows),
        trust=_trust(rows, meta),
        signals=tuple(found for found in signals if found),
        growth=growth_counts(rows.curves, rows.selections),
        rules_off=_rules_off(meta.get("config", "")),
        config=without_folders(meta.get("config", "")),
    )


def _gain(rows: Rows, selection: Selection) -> TaskGain | None:
    """A measured task's gain; 1 unless the chosen program is faster beyond doubt."""
    if selection.chosen is None or selection.reason in UNMEASURED:
        return None
    origin = rows.origins.get(selection.task_id)
    ranked = {r.candidate_id: r for r in selection.ranking}
    before, after = ranked.get(selection.baseline or ""), ranked.get(selection.chosen)
    gain = selection.gain
    return TaskGain(
        task_id=selection.task_id,
        source=origin.source if origin else "",
        gain=gain.value if gain and selection.reason == "faster" else 1.0,
        verdict=selection.reason,  # type: ignore[arg-type]
        baseline_censored=bool(before and before.censored),
        before_s=before.et_s if before else None,
        after_s=after.et_s if after else None,
        measured=Estimate(value=gain.value, low=gain.low, high=gain.high) if gain else None,
    )


def _mean(ratios: Sequence[float]) -> Estimate | None:
    """Geometric mean over tasks with its bootstrap interval."""
    found = geometric_mean_interval([math.log(ratio) for ratio in ratios])
    return None if found is None else Estimate(value=found.value, low=found.low, high=found.high)


def _groups(named: Iterable[tuple[str, TaskGain]]) -> tuple[Group, ...]:
    members: dict[str, list[float]] = {}
    for name, gain in named:
        members.setdefault(name, []).append(gain.gain)
    groups = [
        Group(name=name, tasks=len(ratios), gain=mean) for name, ratios in members.items() if (mean := _mean(ratios))
    ]
    return tuple(sorted(groups, key=lambda group: (-group.tasks, group.name)))


def _by_model(rows: Rows, gains: Sequence[TaskGain]) -> tuple[Group, ...]:
    chosen = {s.task_id: s.chosen for s in rows.selections if s.chosen}
    return _groups((model, gain) for gain in gains for model in rows.authors.get(chosen[gain.task_id], ()))


def _quantities(rows: Rows, gains: Sequence[TaskGain]) -> tuple[Quantity, ...]:
    pairs = list(_before_after(rows, {gain.task_id for gain in gains}))
    time = Quantity(
        name="Time",
        definition="CPU seconds of one pass over the loads, the empty program's subtracted (ET).",
        unit="s",
        moves=tuple(_move(s, a, b, a.et_s, b.et_s, "s") for s, a, b in pairs),
        total=_mean([gain.gain for gain in gains]),
    )
    peak = tuple(
        _move(s, a, b, a.mu_bytes, b.mu_bytes, "B")
        for s, a, b in pairs
        if a.mu_bytes is not None and b.mu_bytes is not None
    )
    integral = tuple(
        _move(s, a, b, a.tmu_byte_s, b.tmu_byte_s, "B·s")
        for s, a, b in pairs
        if a.tmu_byte_s is not None and b.tmu_byte_s is not None
    )
    others = (
        Quantity(
            name="Peak memory",
            definition="Peak resident memory over the empty program's (MU); below 1 MiB counts as 1 MiB.",
            unit="B",
            moves=peak,
            total=_mean([move.before / move.after for move in peak]),
        ),
        Quantity(
            name="Memory integral",
            definition="Resident memory over the floor, integrated over CPU time (TMU).",
            unit="B·s",
            moves=integral,
            total=_mean([move.before / move.after for move in integral]),
        ),
    )
    return tuple(quantity for quantity in (time, *others) if quantity.moves)


def _before_after(rows: Rows, tasks: set[str]) -> Iterable[tuple[Selection, Ranked, Ranked]]:
    for selection in rows.selections:
        ranked = {r.candidate_id: r for r in selection.ranking}
        if selection.task_id in tasks and selection.baseline in ranked and selection.chosen in ranked:
            yield selection, ranked[selection.baseline], ranked[selection.chosen]


def _move(selection: Selection, a: Ranked, b: Ranked, before: float, after: float, unit: str) -> Move:
    return Move(
        task_id=selection.task_id,
        before=max(before, _LEAST[unit]),
        after=max(after, _LEAST[unit]),
        faster=selection.reason == "faster",
        before_censored=a.censored and unit == "s",
        after_censored=b.censored and unit == "s",
    )


def _dots(quantities: Sequence[Quantity]) -> Iterable[Dot]:
    """Tasks of which both time and peak memory are known."""
    time, memory = ({m.task_id: m for q in quantities if q.unit == unit for m in q.moves} for unit in ("s", "B"))
    for task_id, taken in time.items():
        if task_id in memory:
            held = memory[task_id]
            yield Dot(
                task_id=task_id,
                time=taken.before / taken.after,
                memory=held.before / held.after,
                faster=taken.faster,
            )


def _evaluation(store: Reader, meta: Mapping[str, str]) -> EvaluationView | None:
    if meta.get("purpose") != "evaluation":
        return None
    board = kept_scores(meta)
    if board is None:
        return EvaluationView()
    return EvaluationView(board=board, failed=of_cases(store, board.failed), slow=of_cases(store, board.slow))


def kept_scores(meta: Mapping[str, str]) -> Scoreboard | None:
    """What ``evaluate`` kept with the run; None where it has not, or where another version did."""
    try:
        return msgspec.json.decode(meta.get("scores", ""), type=Scoreboard)
    except msgspec.MsgspecError:
        return None


def _stages(rows: Rows, meta: dict[str, str]) -> tuple[StageCost, ...]:
    """In the order in which they were first done."""
    walls: dict[str, float] = msgspec.json.decode(meta.get("stage_wall_s", "{}"))
    nothing = Written()
    return tuple(
        StageCost(
            name=name,
            wall_s=walls.get(name),
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cost_usd=usage.cost_usd,
        )
        for name in dict.fromkeys([*walls, *rows.usage])
        if (usage := rows.usage.get(name, nothing)) and (name in walls or usage.prompt_tokens or usage.cost_usd)
    )


def signal(tests: str, races: Iterable[Selection | ShippedRanking]) -> Signal | None:
    """How many tasks' right candidates differ in speed; candidates that tie do not differ. None without tasks."""
    spans = []
    for race in races:
        if len(race.ranking) > 1:
            slower = [r.to_best.value for r in race.ranking if r.rank > 1 and r.to_best is not None]
            spans.append(max(slower, default=1.0))
    if not spans:
        return None
    shares = [sum(span >= least for span in spans) / len(spans) for least in (1.2, 2.0)]
    return Signal(tests=tests, tasks=len(spans), share_1_2=shares[0], share_2=shares[1])


def _models(rows: Rows) -> tuple[ModelCounts, ...]:
    chosen = [s.chosen for s in rows.selections if s.chosen]
    made = (
        ModelCounts(
            name=name,
            samples=written.samples,
            with_code=len(written.candidates),
            right=sum(rows.outcomes.get(c) == "passed" for c in written.candidates),
            chosen=sum(name in rows.authors.get(c, ()) for c in chosen),
            prompt_tokens=written.prompt_tokens,
            completion_tokens=written.completion_tokens,
            cost_usd=written.cost_usd,
            wall_s=written.wall_s,
        )
        for name, written in rows.models.items()
        if name != REFERENCE
    )
    return tuple(sorted(made, key=lambda model: (-model.samples, model.name)))


def _licences(rows: Rows) -> tuple[tuple[str, str, int], ...]:
    tasks: dict[tuple[str, str], int] = {}
    for origin in (rows.in_dataset or rows.origins).values():
        key = (origin.source, origin.licence or "not stated")
        tasks[key] = tasks.get(key, 0) + 1
    return tuple((source, licence, number) for (source, licence), number in sorted(tasks.items()))


def _trust(rows: Rows, meta: dict[str, str]) -> Trust:
    noise = rows.noise
    reasons = Counter(s.reason for s in rows.selections)
    machines = rows.machines or ([msgspec.json.decode(meta["machine"], type=Machine)] if "machine" in meta else [])
    spreads = noise.spreads
    return Trust(
        machines=tuple(_machine(machine) for machine in machines),
        tiers=tuple(sorted(noise.tiers - {""})) or tuple(filter(None, [meta.get("tier")])),
        measured=sum(noise.rounds.values()) + noise.censored,
        confirmed=noise.confirmed,
        floor_s=median(noise.floors_s) if noise.floors_s else None,
        noise=median(spreads) if spreads else None,
        noise_p90=quantiles(spreads, n=10)[-1] if len(spreads) > 1 else None,
        rounds=tuple(sorted(noise.rounds.items())),
        outcomes=tuple((WORDS[reason], number) for reason, number in reasons.most_common()),
        censored=noise.censored,
        limits_s=tuple(sorted(noise.limits_s)),
        script_trust=rows.script_trust,
    )


def _machine(machine: Machine) -> str:
    memory = machine.memory_bytes / 2**30
    return f"{machine.cpu}, {machine.cores} cores, {memory:.0f} GiB, Linux {machine.kernel}, Python {machine.python}"


def _own(rows: Rows, config: str) -> Own | None:
    model = tomllib.loads(config).get("build", {}).get("own", "")
    written = sum(count for models, count in rows.rows_by.items() if model in models)
    return Own(model=model, rows=written, of=rows.rows_by.total()) if model and rows.rows_by else None


def _rules_off(config: str) -> tuple[str, ...]:
    """Rules of curate that the config turned off; overlap is off where no benchmark is named."""
    curate = tomllib.loads(config).get("curate", {})
    off = [str(rule) for rule in curate.get("skip", [])]
    if not curate.get("benchmarks") and not any("overlap" in rule for rule in off):
        off.append("overlap (no benchmark was named)")
    return tuple(off)
