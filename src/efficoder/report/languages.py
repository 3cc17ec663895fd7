"""A run's tasks by language. Times of two languages are never set against each other: each row is of its own."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from efficoder.report.content import Group, LanguageCounts, TaskGain
from efficoder.report.rows import Reader, Rows
from efficoder.types import TaskTests


def by_language(store: Reader, rows: Rows, gains: Sequence[TaskGain], groups: Sequence[Group]) -> list[LanguageCounts]:
    """A row a language, of a run that has several. ``groups``: the gains of each."""
    tasks = Counter(rows.languages.values())
    if len(tasks) < 2:
        return []
    mean = {group.name: group.gain for group in groups}
    right, faster, lent = Counter[str](), Counter[str](), defaultdict[str, list[float]](list)
    for candidate, task in rows.task_of.items():
        right[rows.languages.get(task, "")] += rows.outcomes.get(candidate) == "passed"
    for gain in gains:
        faster[rows.languages.get(gain.task_id, "")] += gain.verdict == "faster"
    for task in rows.lent:
        tests = store.get(TaskTests, f"{task}/True")
        if tests is not None and tests.used:
            lent[rows.languages[task]].append(tests.used / tests.shipped)
    return [
        LanguageCounts(
            name=name,
            tasks=number,
            right=right[name],
            measured=sum(rows.languages.get(gain.task_id) == name for gain in gains),
            faster=faster[name],
            gain=mean.get(name),
            rows=rows.rows_in[name],
            lent=len(lent[name]),
            serving=sum(lent[name]) / len(lent[name]) if lent[name] else None,
        )
        for name, number in tasks.most_common()
    ]
