"""How does each right candidate compare with the reference? The race of ``measure`` seeks the fastest and lets the
others go after a look or two; a score needs the ratio of each to the reference. Candidates whose ratio is still wide
race the reference again until the interval is narrow enough.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from efficoder.config import MeasureConfig
from efficoder.evaluation.times import same_race
from efficoder.judging.race import Contest, race
from efficoder.metrics import readings
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.sandbox import Sandbox
from efficoder.store import Store, baseline, right_candidates, timed_inputs
from efficoder.types import Measurement, Record, Task

SESSION = 2
"""The session these measurements are kept under; 0 is the race, 1 its confirmation."""

FAR = 10.0
"""A ratio beyond this either way is plain, however wide its interval (race.FAR; scores censor at it)."""

OPEN = 1.5
"""A ratio whose bounds differ by more than this is not known well enough to score."""

LOOKS = (3, 5, 7)
LEAST_LIMIT_S = 0.2
"""A pass may be looped up to about 10 ms for the fastest; FAR times that, and room for the floor."""


@dataclass(frozen=True, slots=True)
class ReferenceRace:
    config: MeasureConfig
    name: str = "beside"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive():
            entrants = _entrants(store, task)
            if len(entrants) > 1:
                yield Job(task.id, fingerprint(self.config, [(m.candidate_id, m.tests_hash) for m in entrants]))

    def pack(self, store: Store, job: Job) -> tuple[Contest, float]:
        """The race, the reference first, and the limit of a pass in seconds."""
        task = store.task(job.id)
        entrants = _entrants(store, task)
        by_id = {candidate.id: candidate for candidate in store.candidates(task.id)}
        most_s = max(LEAST_LIMIT_S, FAR * readings.et_s(entrants[0]))
        contest = Contest(
            task,
            [by_id[measured.candidate_id] for measured in entrants],
            timed_inputs(task, store.tests(task.id)),
            keep=frozenset(measured.candidate_id for measured in entrants),
            session=SESSION,
        )
        return contest, min(self.config.limit_s, most_s + readings.floor_s(entrants[0]))

    def do(self, payload: tuple[Contest, float], sandbox: Sandbox) -> list[Record]:
        contest, limit_s = payload
        return list(race(sandbox, contest, dataclasses.replace(self.config, looks=LOOKS, limit_s=limit_s)))


def _entrants(store: Store, task: Task) -> list[Measurement]:
    """The reference and those whose ratio to it the race left open, in a fixed order; empty without a reference."""
    right = right_candidates(store, task.id)
    if not right:
        return []
    reference_id = baseline(task, right).id
    if reference_id not in {candidate.id for candidate in right if candidate.code == task.reference}:
        return []
    rows = {m.candidate_id: m for m in store.all(Measurement, task.id) if m.session == 0}
    reference = rows.get(reference_id)
    if reference is None or not reference.rounds or reference.censored:
        return []
    others = [rows[c.id] for c in right if c.id in rows and c.id != reference_id and same_race(rows[c.id], reference)]
    return [reference, *sorted((m for m in others if is_open(m, reference)), key=lambda m: m.candidate_id)]


def is_open(measured: Measurement, reference: Measurement) -> bool:
    """Whether the race left the ratio to the reference unknown where it matters."""
    if not readings.has_time(measured):
        return False
    ratio = readings.paired_ratio(measured, reference)
    if measured.censored:
        return ratio.value < FAR
    return ratio.low < FAR and ratio.high > 1.0 / FAR and ratio.high > OPEN * ratio.low
