"""Ten gains to look at: code before and after, side by side, differences marked."""

import difflib
from collections.abc import Sequence
from itertools import zip_longest

from efficoder.report.content import DiffLine, Estimate, Example
from efficoder.report.rows import Reader, Rows
from efficoder.types import Candidate, Selection, Task

EXAMPLES = 10
_LINES = 120
_LINE_CHARACTERS = 240
_PROMPT_CHARACTERS = 900


def examples(store: Reader, rows: Rows) -> tuple[Example, ...]:
    """Evenly through the order of gains, so that not only the best are shown; largest first."""
    faster = [s for s in rows.selections if s.reason == "faster" and s.gain and s.baseline and s.chosen != s.baseline]
    faster.sort(key=lambda s: (-s.gain.value if s.gain else 0.0, s.task_id))
    last = len(faster) - 1
    picked = sorted({round(i * last / (EXAMPLES - 1)) for i in range(EXAMPLES)}) if faster else []
    made = (_example(store, rows, faster[i]) for i in picked)
    return tuple(example for example in made if example is not None)


def _example(store: Reader, rows: Rows, selection: Selection) -> Example | None:
    task = store.get(Task, selection.task_id)
    before = store.get(Candidate, selection.baseline or "")
    after = store.get(Candidate, selection.chosen or "")
    times = {ranked.candidate_id: ranked.et_s for ranked in selection.ranking}
    if (
        task is None
        or before is None
        or after is None
        or selection.gain is None
        or not {before.id, after.id} <= set(times)
    ):
        return None
    lines = diff(before.code, after.code)
    prompt = task.prompt.strip()
    gain = selection.gain
    return Example(
        task_id=task.id,
        source=task.origin.source,
        prompt=prompt if len(prompt) <= _PROMPT_CHARACTERS else prompt[:_PROMPT_CHARACTERS] + " …",
        gain=Estimate(value=gain.value, low=gain.low, high=gain.high),
        before_s=times[before.id],
        after_s=times[after.id],
        before_by=", ".join(rows.authors.get(before.id, ["?"])),
        after_by=", ".join(rows.authors.get(after.id, ["?"])),
        lines=tuple(lines[:_LINES]),
        lines_left_out=max(0, len(lines) - _LINES),
    )


def diff(before: str, after: str) -> list[DiffLine]:
    """Two texts as aligned rows; changed runs stand beside each other, the shorter one padded with None."""
    left, right = _shown(before), _shown(after)
    rows: list[DiffLine] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        pairs = zip_longest(left[i1:i2], right[j1:j2])
        rows += [DiffLine(before=a, after=b, changed=tag != "equal") for a, b in pairs]
    return rows


def _shown(code: str) -> Sequence[str]:
    # Long programs are cut before they are compared: the matcher takes quadratic time.
    lines = code.strip("\n").splitlines()[: 4 * _LINES]
    return [line if len(line) <= _LINE_CHARACTERS else line[:_LINE_CHARACTERS] + "…" for line in lines]
