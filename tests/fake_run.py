"""An invented run of realistic shape: tasks, samples, verdicts, races and selections, without running anything."""

import math
import random
from collections import defaultdict
from collections.abc import Iterator

from efficoder.types import (
    Candidate,
    DatasetRecord,
    Drop,
    Function,
    Machine,
    Measurement,
    Origin,
    Ranked,
    Ratio,
    Record,
    Run,
    Sample,
    Selection,
    Task,
    Usage,
    Verdict,
)

EVIL = "</script></title><script>alert('owned')</script><img src=x onerror=alert(1)>|![x](http://e)\x1b[31m\u202e"

SLOW = '''def count_pairs(numbers, target):
    """Count pairs of positions whose values sum to target."""
    count = 0
    for i in range(len(numbers)):
        for j in range(i + 1, len(numbers)):
            if numbers[i] + numbers[j] == target:
                count += 1
    return count
'''
FAST = '''from collections import Counter


def count_pairs(numbers, target):
    """Count pairs of positions whose values sum to target."""
    seen = Counter()
    count = 0
    for number in numbers:
        count += seen[target - number]
        seen[number] += 1
    return count
'''
MODELS = (
    "openai/gpt-5-mini",
    "vllm/Qwen2.5-Coder-7B-Instruct",
    "local/qwen2.5-coder-0.5b-instruct",
    "replay/samples.jsonl",
)
SOURCES = (("humanevalplus", "Apache-2.0"), ("mbppplus", "Apache-2.0"), ("leetcodedataset", "MIT"), ("own tasks", ""))
CONFIG = '[run]\nseed = 0\n\n[curate]\nskip = ["near_duplicate"]\n\n[generate]\nsamples = 4\n'
MACHINE = Machine(id="m1", cpu="AMD EPYC 7B13", cores=2, memory_bytes=24 << 30, kernel="6.1.0-18", python="3.11.2")


class FakeStore:
    """The reading half of store.Store over dicts."""

    def __init__(self) -> None:
        self.rows: dict[type[Record], dict[str, Record]] = defaultdict(dict)
        self.facts = {"version": "0.1.0", "config": CONFIG, "tier": "A", "updated": "2026-11-23T07:00:00Z"}

    def put(self, *records: Record) -> None:
        for record in records:
            self.rows[type(record)]["/".join(str(getattr(record, name)) for name in record.KEY)] = record

    def all(self, kind: type[Record], task_id: str | None = None) -> Iterator[Record]:
        return (r for r in self.rows[kind].values() if task_id is None or getattr(r, "task_id", None) == task_id)

    def get(self, kind: type[Record], key: str) -> Record | None:
        return self.rows[kind].get(key)

    def meta(self) -> dict[str, str]:
        return self.facts


def fake_run(tasks: int = 200, seed: int = 0, samples: int = 4) -> FakeStore:
    """``samples`` replies of each model a task."""
    store = FakeStore()
    store.put(MACHINE)
    rng = random.Random(seed)
    for number in range(tasks):
        _task(store, rng, number, samples)
    return store


def _task(store: FakeStore, rng: random.Random, number: int, samples: int) -> None:
    source, licence = SOURCES[min(int(rng.expovariate(0.9)), 3)]
    task = Task(
        id=f"{source.replace(' ', '-')}/{number}",
        prompt=f"Count the pairs of positions whose values sum to target. 1 <= n <= {10 ** rng.randint(3, 5)}.",
        interface=Function(entry_point="count_pairs"),
        origin=Origin(source=source, licence=licence, line=number + 1),
        reference=SLOW,
    )
    store.put(task)
    if rng.random() < 0.12:
        reason = rng.choice(["exact duplicate", "near duplicate", "overlaps a benchmark", "risky: open", "no function"])
        store.put(Drop(id=task.id, task_id=task.id, stage="curate", reason=reason))
        return
    if rng.random() < 0.06:
        reason = rng.choice(["no load reached 10 ms", "no answer was agreed on"])
        store.put(Drop(id=task.id, task_id=task.id, stage="write_tests", reason=reason))
        return
    right = _samples(store, rng, task, samples)
    _select(store, rng, task, right)


def _samples(store: FakeStore, rng: random.Random, task: Task, samples: int) -> list[Candidate]:
    """The reference and the replies; the candidates that passed, the reference first."""
    reference = Candidate(id=f"{task.id}#ref", task_id=task.id, code=SLOW)
    usage = Usage()
    store.put(reference, _sample(task, "reference", 0, reference.id, usage))
    store.put(Verdict(candidate_id=reference.id, task_id=task.id, outcome="passed"))
    right, easy = [reference], rng.random()
    for index in range(samples):
        for skill, model in zip((0.9, 0.75, 0.4, 0.5), MODELS, strict=True):
            cost = 0.0004 if model.startswith("openai") else 0.0
            usage = Usage(prompt_tokens=180, completion_tokens=240, cost_usd=cost, wall_s=3.0)
            if rng.random() < 0.04:
                store.put(_sample(task, model, index, None, usage))
                continue
            candidate = Candidate(
                id=f"{task.id}#{rng.randrange(12) if rng.random() < 0.3 else f'{index}{model}'}",
                task_id=task.id,
                code=FAST.replace("count +=", f"count  {'' if rng.random() < 0.5 else ' '}+="),
            )
            store.put(_sample(task, model, index, candidate.id, usage))
            if store.get(Candidate, candidate.id) is not None:
                continue
            store.put(candidate)
            passed = rng.random() < skill * (0.4 + easy * 0.7)
            outcome = "passed" if passed else rng.choices(["wrong", "error", "timeout", "memory"], [6, 3, 1, 0.2])[0]
            store.put(Verdict(candidate_id=candidate.id, task_id=task.id, outcome=outcome))
            if passed:
                right.append(candidate)
    return right


def _sample(task: Task, model: str, index: int, candidate: str | None, usage: Usage) -> Sample:
    return Sample(
        id=f"{task.id}/{model}/{index}",
        task_id=task.id,
        model=model,
        index=index,
        reply="",
        candidate_id=candidate,
        problem=None if candidate else "no code block",
        usage=usage,
    )


def _select(store: FakeStore, rng: random.Random, task: Task, right: list[Candidate]) -> None:
    if len(right) == 1:
        store.put(_selection(task, right, [], "only_one"))
        return
    if rng.random() < 0.05:
        store.put(_selection(task, right, [], "no_signal"))
        return
    base = 0.05 * math.exp(rng.gauss(0, 0.4))
    improvable = rng.random() < 0.6
    times = {
        c.id: base * (math.exp(-abs(rng.gauss(0, 1.3))) if improvable else math.exp(rng.gauss(0, 0.01))) for c in right
    }
    times[right[0].id] = base
    if improvable and rng.random() < 0.05:
        times[right[0].id] = 10.0
    ranking = _ranking(rng, right, times)
    for ranked in ranking:
        store.put(_measurement(rng, task, ranked))
    best, reference = ranking[0], next(r for r in ranking if r.candidate_id == right[0].id)
    gain = reference.et_s / best.et_s
    reason = "tie" if gain < 1.08 else "not_confirmed" if rng.random() < 0.03 else "faster"
    for session in (1,) if reason == "faster" else ():
        store.put(_measurement(rng, task, best, session), _measurement(rng, task, reference, session))
    selection = _selection(task, right, ranking, reason)
    store.put(selection)
    for arm in ("efficient", "first_correct", "random_correct", "least_efficient"):
        store.put(
            DatasetRecord(
                id=f"{arm}/{task.id}",
                task_id=task.id,
                arm=arm,
                kind="sft",
                prompt=task.prompt,
                chosen=FAST,
                chosen_id=best.candidate_id,
                gain=selection.gain,
                origin=task.origin,
            )
        )


def _ranking(rng: random.Random, right: list[Candidate], times: dict[str, float]) -> list[Ranked]:
    ordered = sorted(right, key=lambda c: times[c.id])
    best = times[ordered[0].id]
    ranking: list[Ranked] = []
    for place, candidate in enumerate(ordered, start=1):
        ratio = times[candidate.id] / best
        peak = int(1e6 * math.exp(rng.gauss(1.2, 0.8)))
        censored = times[candidate.id] >= 10.0
        ranking.append(
            Ranked(
                candidate_id=candidate.id,
                rank=1 if ratio < 1.05 else place,
                et_s=times[candidate.id],
                mu_bytes=None if censored else peak,
                tmu_byte_s=None if censored else peak * times[candidate.id],
                to_best=_ratio(ratio) if place > 1 else None,
                to_reference=None,
                censored=censored,
            )
        )
    return ranking


def _ratio(value: float) -> Ratio:
    return Ratio(value=value, low=value / 1.04, high=value * 1.04, rounds=10)


def _selection(task: Task, right: list[Candidate], ranking: list[Ranked], reason: str) -> Selection:
    measured = {r.candidate_id: r.et_s for r in ranking}
    gain = _ratio(measured[right[0].id] / ranking[0].et_s) if ranking else None
    return Selection(
        task_id=task.id,
        chosen=ranking[0].candidate_id if ranking else right[0].id if reason == "only_one" else None,
        baseline=right[0].id,
        gain=gain,
        ranking=tuple(ranking),
        reason=reason,
        correct=len(right),
    )


def _measurement(rng: random.Random, task: Task, ranked: Ranked, session: int = 0) -> Measurement:
    rounds = 1 if ranked.censored else rng.choice([3, 5, 5, 5, 7, 7, 10, 14, 20])
    return Measurement(
        candidate_id=ranked.candidate_id,
        task_id=task.id,
        session=session,
        rounds=tuple(
            Run(round=i, cpu_s=0.002 + ranked.et_s * math.exp(rng.gauss(0, 0.015)), wall_s=ranked.et_s * 1.1)
            for i in range(rounds)
        ),
        floor=tuple(Run(round=i, cpu_s=0.002 + rng.random() * 2e-5, wall_s=0.004) for i in range(rounds)),
        loops=1,
        loads=3,
        limit_s=10.0,
        censored=ranked.censored,
        machine=MACHINE.id,
        tier="A",
    )
