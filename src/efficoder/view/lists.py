"""Runs, tasks, models and drops of a run, counted and cut into pages by SQLite: memory does not grow with the run.

Queries read the table that store.py describes; what a caller gives is bound, never pasted.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from efficoder.console import counted
from efficoder.errors import StoreError
from efficoder.metrics.faster_or_tie import UNMEASURED, WORDS
from efficoder.report.content import Loss, Step
from efficoder.report.funnel import STAGES
from efficoder.store import Store, run_names
from efficoder.types import REFERENCE, Candidate, Drop, Sample, Task, Verdict

PAGE = 50
STATES = {
    **WORDS,
    "right": "every program is right",
    "failed": "a program failed",
    "waiting": "not judged yet",
}
"""What has become of a task that no stage dropped."""


def _field(row: str, path: str) -> str:
    return f"json_extract(CAST({row}.data AS TEXT), '$.{path}')"


_DROPPED = (
    f"(SELECT 'dropped: ' || {_field('d', 'stage')} || ': ' || {_field('d', 'reason')} FROM rows d "
    f"WHERE d.kind = 'Drop' AND d.task_id = t.id AND {_field('d', 'id')} = t.id ORDER BY d.seq LIMIT 1)"
)
_SELECTED = f"(SELECT {_field('s', 'reason')} FROM rows s WHERE s.kind = 'Selection' AND s.id = t.id)"
_VERDICTS = "SELECT 1 FROM rows v WHERE v.kind = 'Verdict' AND v.task_id = t.id"
_JUDGED = (
    f"CASE WHEN NOT EXISTS ({_VERDICTS}) THEN 'waiting' "
    f"WHEN EXISTS ({_VERDICTS} AND {_field('v', 'outcome')} <> 'passed') THEN 'failed' ELSE 'right' END"
)
_STATE = f"COALESCE({_DROPPED}, {_SELECTED}, {_JUDGED})"
_GAIN = f"(SELECT {_field('s', 'gain.value')} FROM rows s WHERE s.kind = 'Selection' AND s.id = t.id)"


class Run(msgspec.Struct, frozen=True):
    name: str
    kind: str
    tasks: int
    updated: str
    live: bool
    problem: str = ""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks, in which order. Empty means any."""

    q: str = ""
    source: str = ""
    state: str = ""
    model: str = ""
    outcome: str = ""
    sort: str = ""
    page: int = 1


class Listed(msgspec.Struct, frozen=True):
    """A task in a list."""

    id: str
    source: str
    prompt: str
    state: str
    gain: float | None


class Written(msgspec.Struct, frozen=True):
    """What one model wrote."""

    name: str
    samples: int
    with_code: int
    right: int


def runs(folder: Path) -> dict[str, Path]:
    """Folders that hold a run, the last written first."""
    found = [folder / name for name in run_names(folder)]
    found.sort(key=lambda path: (path / "run.sqlite").stat().st_mtime, reverse=True)
    return {path.name: path for path in found}


def describe(folder: Path) -> Run:
    try:
        with Store(folder, read_only=True) as store:
            meta = store.meta()
            kind = meta.get("purpose", "run")
            return Run(folder.name, kind, store.count(Task), meta.get("updated", ""), is_live(folder))
    except StoreError as error:
        return Run(folder.name, "", 0, "", False, str(error))


def is_live(folder: Path) -> bool:
    """Whether a process holds the writer's lock. Asked of the kernel's list: taking the lock to see whether it is free
    could turn a writer away."""
    try:
        inode = (folder / "run.lock").stat().st_ino
        locks = Path("/proc/locks").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return any(f":{inode} " in line for line in locks if "FLOCK" in line)


def tasks(store: Store, wanted: Filter) -> tuple[list[Listed], int]:
    """One page, and how many there are in all."""
    where, values = _where(wanted)
    total = int(store.select(f"SELECT count(*) FROM rows t WHERE {where}", values)[0][0])
    order = f"{_GAIN} DESC NULLS LAST, t.seq" if wanted.sort == "gain" else "t.seq"
    prompt = f"substr({_field('t', 'prompt')}, 1, 200)"
    found = store.select(
        f"SELECT t.id, {_field('t', 'origin.source')}, {prompt}, {_STATE}, {_GAIN} FROM rows t "
        f"WHERE {where} ORDER BY {order} LIMIT {PAGE} OFFSET :offset",
        {**values, "offset": PAGE * (wanted.page - 1)},
    )
    return [Listed(*row) for row in found], total


def _where(wanted: Filter) -> tuple[str, dict[str, object]]:
    clauses = ["t.kind = 'Task'"]
    if wanted.q:
        clauses.append(f"(instr(lower(t.id), lower(:q)) OR instr(lower({_field('t', 'prompt')}), lower(:q)))")
    if wanted.source:
        clauses.append(f"{_field('t', 'origin.source')} = :source")
    if wanted.state:
        clauses.append(f"{_STATE} = :state")
    if wanted.model or wanted.outcome:
        clauses.append(_samples(wanted))
    return " AND ".join(clauses), {name: getattr(wanted, name) for name in ("q", "source", "state", "model", "outcome")}


def _samples(wanted: Filter) -> str:
    """Tasks with a sample of that model that ended so."""
    code = _field("s", "candidate_id")
    of = f"{_field('s', 'model')} = :model" if wanted.model else f"{_field('s', 'model')} <> '{REFERENCE}'"
    ended = {"": "1", "no_code": f"{code} IS NULL"}.get(
        wanted.outcome,
        f"EXISTS (SELECT 1 FROM rows v WHERE v.kind = 'Verdict' AND v.id = {code} "
        f"AND {_field('v', 'outcome')} = :outcome)",
    )
    return f"EXISTS (SELECT 1 FROM rows s WHERE s.kind = 'Sample' AND s.task_id = t.id AND {of} AND {ended})"


def states(store: Store) -> dict[str, int]:
    """How many tasks are in each state, most first."""
    query = f"SELECT {_STATE} AS state, count(*) FROM rows t WHERE t.kind = 'Task' GROUP BY state ORDER BY 2 DESC, 1"
    return dict(store.select(query))


def sources(store: Store) -> list[str]:
    query = f"SELECT DISTINCT {_field('t', 'origin.source')} FROM rows t WHERE t.kind = 'Task' ORDER BY 1"
    return [source for (source,) in store.select(query)]


def model_names(store: Store) -> list[str]:
    """Without the reference."""
    query = (
        f"SELECT DISTINCT {_field('s', 'model')} AS model FROM rows s WHERE s.kind = 'Sample' AND model <> :reference"
    )
    return sorted(name for (name,) in store.select(query, {"reference": REFERENCE}))


def models(store: Store) -> list[Written]:
    """Without the reference; by name."""
    passed = (
        f"SELECT count(*) FROM rows v WHERE v.kind = 'Verdict' AND v.id = {_field('s', 'candidate_id')} "
        f"AND {_field('v', 'outcome')} = 'passed'"
    )
    query = (
        f"SELECT {_field('s', 'model')} AS model, count(*), count({_field('s', 'candidate_id')}), sum(({passed})) "
        f"FROM rows s WHERE s.kind = 'Sample' AND model <> '{REFERENCE}' GROUP BY model ORDER BY model"
    )
    return [Written(*row) for row in store.select(query)]


def drops(store: Store, page: int) -> tuple[list[Drop], int]:
    """What was left out of a run, tasks and all else, in order."""
    found = store.select(
        "SELECT data FROM rows WHERE kind = 'Drop' ORDER BY seq LIMIT :most OFFSET :offset",
        {"most": PAGE, "offset": PAGE * (page - 1)},
    )
    return [msgspec.json.decode(data, type=Drop) for (data,) in found], store.count(Drop)


def rows(store: Store) -> list[str]:
    """How much the run has, in words."""
    kinds = (("task", Task), ("sample", Sample), ("distinct program", Candidate))
    return [*(counted(store.count(kind), name) for name, kind in kinds), f"{store.count(Verdict):,} judged"]


def done(store: Store) -> list[tuple[str, int]]:
    """Stages that do one job a task, and how many jobs of each are done."""
    return [
        (stage, jobs) for stage, jobs in store.select("SELECT stage, count(*) FROM done GROUP BY stage ORDER BY stage")
    ]


def funnel(counted: Mapping[str, int]) -> tuple[Step, ...]:
    """States as steps: what is left after each stage, and why the others are not."""
    dropped: dict[str, list[tuple[str, int]]] = {stage: [] for stage in STAGES}
    for state, number in counted.items():
        if state.startswith("dropped: "):
            _, stage, reason = state.split(": ", 2)
            dropped.setdefault(stage, []).append((reason, number))
    kept = [(STAGES.get(stage, stage), lost) for stage, lost in dropped.items() if lost]
    kept.append(("judged", _of(counted, "waiting")))
    if counted.keys() & WORDS.keys():
        kept.append(("measured", [*_of(counted, "right", "failed"), *_of(counted, *sorted(UNMEASURED))]))
        kept.append(("with a faster program", _of(counted, *(WORDS.keys() - UNMEASURED - {"faster"}))))
    else:
        kept.append(("every program is right", _of(counted, "failed")))
    left = sum(counted.values())
    found = [Step(name="collected", left=left)]
    for name, lost in kept:
        left -= sum(number for _, number in lost)
        found.append(Step(name=name, left=left, losses=tuple(Loss(reason=why, count=n) for why, n in lost)))
    return tuple(found)


def _of(counted: Mapping[str, int], *states: str) -> list[tuple[str, int]]:
    return sorted((STATES[state], counted[state]) for state in states if state in counted)
