"""Samples that come later: they race the reference and the empty program again, and what raced before does not.

An evaluation's first race stays. Right candidates that it did not have meet the reference in a race of their own, on
the same loads, machine and settings; scores put both beside each other by the ratio of each to the reference. Where
anything of that is another, all of the task race together as before (stages/measure.py).
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import msgspec

from efficoder.config import MeasureConfig
from efficoder.evaluation.reference_race import FAR, LEAST_LIMIT_S, LOOKS
from efficoder.evaluation.rows import task_rows
from efficoder.evaluation.times import same_race, timed
from efficoder.judging import machine
from efficoder.judging.growth import growth
from efficoder.judging.judge import tests_hash
from efficoder.judging.policy import settings_hash
from efficoder.judging.race import Contest, race
from efficoder.judging.right_or_wrong import believed, unproved
from efficoder.metrics import readings
from efficoder.metrics.readings import JOINED
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.sandbox import Sandbox
from efficoder.store import Store, right_candidates, timed_inputs
from efficoder.types import Candidate, Measurement, Record, Task, TestCase, Verdict


class Newcomers(msgspec.Struct, frozen=True):
    """What is raced, the reference first."""

    contest: Contest
    ladder: tuple[TestCase, ...]
    doubted: frozenset[str]
    slowest: float
    """The greatest ratio to the reference of those that raced before and are not doubted."""
    limit_s: float

    def blame(self, identity: str) -> "Newcomers | None":
        """Without the newcomer whose program has this identity; None where that is the reference."""
        contest = msgspec.structs.replace(self.contest, keep=frozenset({self.contest.entrants[0].id}))
        rest = contest.blame(identity)
        return None if rest is None else msgspec.structs.replace(self, contest=_all_kept(rest))


@dataclass(frozen=True, slots=True)
class Joining:
    config: MeasureConfig
    name: str = "join"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive():
            anchor = anchor_of(store, task, self.config)
            new = newcomers(store, task) if anchor is not None else []
            if anchor is not None and new:
                known = anchor.tests_hash, anchor.worker, anchor.settings_hash, sorted(each.id for each in new)
                yield Job(task.id, fingerprint(*known), float(len(new)))

    def pack(self, store: Store, job: Job) -> Newcomers:
        task = store.task(job.id)
        tests, anchor = store.tests(task.id), anchor_of(store, task, self.config)
        assert anchor is not None
        by_id = {candidate.id: candidate for candidate in store.candidates(task.id)}
        doubted = unproved(store.all(Verdict, task.id))
        known = timed(task_rows(store, task))
        ratios = [each.to_reference.value for key, each in known.items() if each.to_reference and key not in doubted]
        used = {row.session for row in store.all(Measurement, task.id)}
        contest = Contest(
            task,
            [by_id[anchor.candidate_id], *newcomers(store, task)],
            timed_inputs(task, tests),
            session=next(number for number in count(JOINED) if number not in used),
        )
        most_s = max(LEAST_LIMIT_S, FAR * readings.et_s(anchor)) + readings.floor_s(anchor)
        return Newcomers(
            _all_kept(contest), tests.ladder, doubted, max(ratios, default=0.0), min(self.config.limit_s, most_s)
        )

    def do(self, payload: Newcomers, sandbox: Sandbox) -> list[Record]:
        contest = payload.contest
        rows = race(sandbox, contest, dataclasses.replace(self.config, looks=LOOKS, limit_s=payload.limit_s))
        least_s = payload.slowest * readings.et_s(rows[0]) if rows[0].rounds else 0.0
        rows = believed(rows, payload.doubted, least_s)
        placed = {row.candidate_id for row in rows[1:] if readings.has_time(row)}
        climbing = [each for each in contest.entrants if each.id in placed and payload.ladder]
        return [*rows, *growth(sandbox, contest.task, climbing, payload.ladder)]


def _all_kept(contest: Contest) -> Contest:
    """Each entrant's ratio to the reference is wanted, so that none leaves early."""
    return msgspec.structs.replace(contest, keep=frozenset(each.id for each in contest.entrants))


def anchor_of(store: Store, task: Task, config: MeasureConfig) -> Measurement | None:
    """The reference's time in the task's first race, where others may join it: taken on the loads, the machine and the
    settings of now."""
    right = right_candidates(store, task.id)
    reference = next((each for each in right if each.code == task.reference), None)
    found = store.get(Measurement, f"{reference.id}/0") if reference is not None else None
    if found is None or not found.rounds or found.censored:
        return None
    here = machine.facts().id, store.meta().get("tier", ""), settings_hash(config, task)
    if (found.machine, found.tier, found.settings_hash) != here:
        return None
    if found.tests_hash != tests_hash(timed_inputs(task, store.tests(task.id))):
        return None
    before = filter(None, (store.get(Measurement, f"{each.id}/0") for each in right))
    return found if all(same_race(each, found) for each in before) else None


def newcomers(store: Store, task: Task) -> list[Candidate]:
    """Right candidates that never raced on the present loads."""
    raced = task_rows(store, task).measurements
    return [each for each in right_candidates(store, task.id) if each.id not in raced]
