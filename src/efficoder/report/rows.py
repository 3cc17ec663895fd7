"""One pass over a run's rows, keeping of each only what the report needs: a run may hold a million samples."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from efficoder.metrics import readings
from efficoder.metrics.intervals import robust_spread
from efficoder.types import (
    REFERENCE,
    DatasetRecord,
    Drop,
    GrowthCurve,
    Machine,
    Measurement,
    Origin,
    Outcome,
    Record,
    Sample,
    Selection,
    Task,
    TesterReply,
    TestFacts,
    Usage,
    Verdict,
)

R = TypeVar("R", bound=Record)


class Reader(Protocol):
    """What the report asks of a run; store.Store is one."""

    def all(self, kind: type[R], task_id: str | None = None) -> Iterator[R]: ...

    def get(self, kind: type[R], key: str) -> R | None: ...

    def meta(self) -> dict[str, str]: ...


@dataclass(slots=True)
class Written:
    """What one model wrote; numbers over all its samples."""

    samples: int = 0
    candidates: list[str] = field(default_factory=list)
    """Of each sample with code, in order; the same one may come again."""
    problems: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    wall_s: float = 0.0

    def add(self, sample: Sample) -> None:
        self.samples += 1
        if sample.candidate_id is not None:
            self.candidates.append(sample.candidate_id)
        else:
            self.problems[sample.problem or "no code found"] += 1
        self.pay(sample.usage)

    def pay(self, usage: Usage) -> None:
        self.prompt_tokens += usage.prompt_tokens
        self.completion_tokens += usage.completion_tokens
        self.cost_usd += usage.cost_usd
        self.wall_s += usage.wall_s


@dataclass(slots=True)
class NoiseCounts:
    """Readings of all measurements: what the numbers rest on."""

    floors_s: list[float] = field(default_factory=list)
    spreads: list[float] = field(default_factory=list)
    rounds: Counter[int] = field(default_factory=Counter)
    limits_s: set[float] = field(default_factory=set)
    tiers: set[str] = field(default_factory=set)
    confirmed: int = 0
    censored: int = 0

    def add(self, measurement: Measurement) -> None:
        if measurement.session > 0:
            self.confirmed += 1
            return
        self.tiers.add(measurement.tier)
        self.limits_s.add(measurement.limit_s)
        self.censored += measurement.censored
        if measurement.floor:
            self.floors_s.append(readings.floor_s(measurement))
        if measurement.rounds and not measurement.censored and measurement.floor:
            self.rounds[len(measurement.rounds)] += 1
            if len(measurement.rounds) > 2:
                least = readings.resolution_s(measurement)
                floor = readings.floor_s(measurement)
                self.spreads.append(robust_spread([math.log(max(r.cpu_s - floor, least)) for r in measurement.rounds]))


@dataclass(slots=True)
class Rows:
    """All of it. Keys are task ids or candidate ids, as named."""

    origins: dict[str, Origin] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    """Task id to its language."""
    lent: list[str] = field(default_factory=list)
    """Tasks that have the tests of the same problem in another language."""
    drops: list[Drop] = field(default_factory=list)
    models: dict[str, Written] = field(default_factory=dict)
    authors: dict[str, list[str]] = field(default_factory=dict)
    """Candidate id to the models that wrote it."""
    answered: set[str] = field(default_factory=set)
    """Tasks for which a model wrote code."""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    task_of: dict[str, str] = field(default_factory=dict)
    """Candidate id to task id, of those with a verdict."""
    outcomes_of: dict[str, Counter[Outcome]] = field(default_factory=dict)
    """Task id to the outcomes of its candidates."""
    script_trust: int = 0
    selections: list[Selection] = field(default_factory=list)
    curves: list[GrowthCurve] = field(default_factory=list)
    noise: NoiseCounts = field(default_factory=NoiseCounts)
    machines: list[Machine] = field(default_factory=list)
    usage: dict[str, Written] = field(default_factory=dict)
    """By the stage that asked: generate, refine, write_tests."""
    arms: Counter[str] = field(default_factory=Counter)
    rows_in: Counter[str] = field(default_factory=Counter)
    """Rows by language."""
    rows_left_out: list[Drop] = field(default_factory=list)
    """What build left out: rows, and targets of rows."""
    rows_by: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Rows with an answer, by the models that wrote it."""
    in_dataset: dict[str, Origin] = field(default_factory=dict)
    """Tasks of the arm ``efficient``."""


def read(store: Reader) -> Rows:
    rows = Rows()
    for task in store.all(Task):
        rows.origins[task.id], rows.languages[task.id] = task.origin, task.language
    rows.lent = [facts.task_id for facts in store.all(TestFacts) if facts.twin]
    drops = list(store.all(Drop))
    rows.drops = [drop for drop in drops if drop.id in rows.origins]
    rows.rows_left_out = [drop for drop in drops if drop.stage == "build" and drop.id not in rows.origins]
    for sample in store.all(Sample):
        rows.models.setdefault(sample.model, Written()).add(sample)
        rows.usage.setdefault("refine" if sample.parent_id else "generate", Written()).pay(sample.usage)
        if sample.candidate_id is not None:
            authors = rows.authors.setdefault(sample.candidate_id, [])
            if sample.model not in authors:
                authors.append(sample.model)
            if sample.model != REFERENCE:
                rows.answered.add(sample.task_id)
    for reply in store.all(TesterReply):
        rows.models.setdefault(reply.model, Written()).pay(reply.usage)
        rows.usage.setdefault("write_tests", Written()).pay(reply.usage)
    for verdict in store.all(Verdict):
        rows.outcomes[verdict.candidate_id] = verdict.outcome
        rows.task_of[verdict.candidate_id] = verdict.task_id
        rows.outcomes_of.setdefault(verdict.task_id, Counter())[verdict.outcome] += 1
        rows.script_trust += verdict.outcome == "passed" and verdict.trust == "script"
    rows.selections = list(store.all(Selection))
    rows.curves = [curve for curve in store.all(GrowthCurve) if rows.outcomes.get(curve.candidate_id) == "passed"]
    for measurement in store.all(Measurement):
        rows.noise.add(measurement)
    rows.machines = list(store.all(Machine))
    for record in store.all(DatasetRecord):
        rows.arms[record.arm] += 1
        rows.rows_in[rows.languages.get(record.task_id, "")] += 1
        if record.kind != "prompt":
            rows.rows_by[record.chosen_models] += 1
        if record.arm == "efficient":
            rows.in_dataset[record.task_id] = record.origin
    return rows
