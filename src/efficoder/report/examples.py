"""Programs to look at, side by side, differences marked: gains of a run, failed and slow samples of an evaluation."""

import difflib
from collections.abc import Iterable, Sequence
from typing import TypeVar

from efficoder.report import text
from efficoder.report.content import Case, DiffRun, Example
from efficoder.report.rows import Reader, Rows
from efficoder.types import Candidate, Selection, Task

T = TypeVar("T")
EXAMPLES = 10
_LINES = 80
_LINE_CHARACTERS = 160
_PROMPT_CHARACTERS = 900


def examples(store: Reader, rows: Rows) -> tuple[Example, ...]:
    """Evenly through the order of gains, so that not only the best are shown; largest first."""
    faster = [s for s in rows.selections if s.reason == "faster" and s.gain and s.baseline and s.chosen != s.baseline]
    faster.sort(key=lambda s: (-s.gain.value if s.gain else 0.0, s.task_id))
    made = (_of_gain(store, rows, selection) for selection in evenly(faster, EXAMPLES))
    return tuple(example for example in made if example is not None)


def of_cases(store: Reader, cases: Iterable[Case]) -> tuple[Example, ...]:
    """The reference on the left, the sample on the right."""
    made = (_of_case(store, case) for case in cases)
    return tuple(example for example in made if example is not None)


def evenly(items: Sequence[T], most: int) -> list[T]:
    """At most ``most`` of them, evenly through their order, the first and the last among them."""
    last = len(items) - 1
    return [items[i] for i in sorted({round(i * last / (most - 1)) for i in range(most)})] if items else []


def _of_gain(store: Reader, rows: Rows, selection: Selection) -> Example | None:
    task = store.get(Task, selection.task_id)
    before = store.get(Candidate, selection.baseline or "")
    after = store.get(Candidate, selection.chosen or "")
    times = {ranked.candidate_id: text.quantity(ranked.et_s, "s") for ranked in selection.ranking}
    gain = selection.gain
    if task is None or before is None or after is None or gain is None or not {before.id, after.id} <= set(times):
        return None
    span = text.interval(gain.low, gain.high)
    by = {key: ", ".join(rows.authors.get(key, ["?"])) for key in (before.id, after.id)}
    return _example(
        task,
        text.ratio(gain.value),
        f"{span} · {times[before.id]} → {times[after.id]} · {task.origin.source}",
        (f"Baseline: {by[before.id]}, {times[before.id]}", f"Chosen: {by[after.id]}, {times[after.id]}"),
        (before.code, after.code),
    )


def _of_case(store: Reader, case: Case) -> Example | None:
    task, candidate = store.get(Task, case.task_id), store.get(Candidate, case.candidate_id)
    if task is None or candidate is None:
        return None
    ratio = case.ratio
    spent = f"{text.ratio(ratio.value)} the reference's time, {text.interval(ratio.low, ratio.high)}" if ratio else ""
    facts = " · ".join(filter(None, [case.model, spent, " ".join(case.detail.split())[:160]]))
    mark = text.ratio(ratio.value) if ratio else case.outcome
    left = "Reference" if task.reference is not None else "No reference"
    return _example(task, mark, facts, (left, case.model), (task.reference or "", candidate.code))


def _example(task: Task, mark: str, facts: str, sides: tuple[str, str], code: tuple[str, str]) -> Example:
    runs, left_out = cut(diff(*code), _LINES)
    prompt = task.prompt.strip()
    return Example(
        task_id=task.id,
        mark=mark,
        facts=facts,
        prompt=prompt if len(prompt) <= _PROMPT_CHARACTERS else prompt[:_PROMPT_CHARACTERS] + " …",
        before=sides[0],
        after=sides[1],
        runs=tuple(runs),
        lines_left_out=left_out,
    )


def diff(before: str, after: str) -> list[DiffRun]:
    """Two texts as runs of lines, in order."""
    left, right = _shown(before), _shown(after)
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    return [
        DiffRun(before=tuple(left[i1:i2]), after=tuple(right[j1:j2]), changed=tag != "equal")
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
    ]


def cut(runs: Sequence[DiffRun], most: int) -> tuple[list[DiffRun], int]:
    """The runs down to the line ``most``, and how many lines are below it."""
    kept: list[DiffRun] = []
    line = 0
    for run in runs:
        room = max(0, most - line)
        if room:
            kept.append(DiffRun(before=run.before[:room], after=run.after[:room], changed=run.changed))
        line += max(len(run.before), len(run.after))
    return kept, max(0, line - most)


def _shown(code: str) -> Sequence[str]:
    # Long programs are cut before they are compared: the matcher takes quadratic time.
    lines = code.strip("\n").splitlines()[: 4 * _LINES]
    return [line if len(line) <= _LINE_CHARACTERS else line[:_LINE_CHARACTERS] + "…" for line in lines]
