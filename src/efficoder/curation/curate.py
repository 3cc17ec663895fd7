"""curate: Task -> Task or Drop. Small named rules, in the order of ``RULES``; the first that catches a task names it.

Streams: what stays in memory is hashes, and the benchmarks' words. Near duplicates are looked for only against them.
"""

from collections.abc import Iterable, Iterator

from efficoder import sources
from efficoder.config import CurateConfig
from efficoder.curation.overlap import Overlap
from efficoder.curation.rules import RowFacts, Rule, nothing_to_run, risky, unknown_language, unparsable
from efficoder.curation.seen import Seen, code_key, prompt_key
from efficoder.errors import UsageError, suggest
from efficoder.languages import LANGUAGES
from efficoder.sources import SourceRow
from efficoder.types import Drop, Task


def curate(rows: Iterable[SourceRow], config: CurateConfig, benchmarks: Iterable[Task] = ()) -> Iterator[Task | Drop]:
    """Each task as it came, or the Drop that says which rule caught it. Order matters: of equal tasks the first stays.

    ``benchmarks``: the tasks nothing may overlap. Raises UsageError at once for an unknown rule in ``config.skip``.
    """
    for name in config.skip:
        if name not in RULES:
            raise UsageError(f"curate.skip: no rule {name!r}{suggest(name, RULES)}")
    return _apply(rows, [rule for rule in _rules(benchmarks) if rule.name not in config.skip])


def benchmark_tasks(config: CurateConfig) -> Iterator[Task]:
    """The tasks of ``config.benchmarks``. Raises what reading a source raises."""
    return (row.task for spec in config.benchmarks for row in sources.read(spec))


def _apply(rows: Iterable[SourceRow], rules: list[Rule]) -> Iterator[Task | Drop]:
    for source_row in rows:
        row = RowFacts(source_row)
        found = ((rule.name, detail) for rule in rules if (detail := rule.problem(row)) is not None)
        reason, detail = next(found, ("", ""))
        task = row.task
        yield Drop(id=task.id, stage="curate", reason=reason, detail=detail, task_id=task.id) if reason else task


def _rules(benchmarks: Iterable[Task]) -> Iterator[Rule]:
    yield Rule("language", "tasks in a language nobody can run here", unknown_language)
    yield Rule("parses", "references that do not parse", unparsable)
    yield Rule("runnable", "tasks with nothing to run: no tests, and no reference to make them", nothing_to_run)
    risks = {name: catches for known in LANGUAGES.values() for name, catches in known.risks.items()}
    for name, catches in risks.items():
        yield Rule(name, catches, risky(name))
    yield Rule("overlap", "prompts and solutions that a benchmark has too", Overlap(benchmarks).problem)
    yield Rule("duplicate_prompt", "prompts seen before, but for case and punctuation", Seen(prompt_key).problem)
    yield Rule("duplicate_code", "references seen before, but for comments and formatting", Seen(code_key).problem)


RULES: tuple[str, ...] = tuple(rule.name for rule in _rules(()))
"""Names for ``curate.skip``, in order."""
