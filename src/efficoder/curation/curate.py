"""curate: Task -> Task or Drop. Small named rules, in the order of ``RULES``; the first that catches a task names it.

Streams: what stays in memory is hashes, and the benchmarks' words. Near duplicates are looked for only against them.
"""

import ast
import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from efficoder import sources
from efficoder.config import CurateConfig
from efficoder.errors import UsageError
from efficoder.languages import LANGUAGES, Finding, language
from efficoder.languages.bundle import modules
from efficoder.languages.python import syntax
from efficoder.languages.python.normalise import normalise
from efficoder.languages.python.risks import RULES as RISKS
from efficoder.sources import SourceRow
from efficoder.types import Drop, Project, Stdio, Task

PHRASE = 13
"""Words in a row that count as a phrase in common (Brown et al. 2020, appendix C: 13-grams, for GPT-3)."""
SHORTEST = 8
"""A benchmark prompt of fewer words than PHRASE is looked for as a whole, down to this many."""

_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_DOCTEST = re.compile(r">>>.*(?:\n[ \t]*\S.*)*")
_CODE_LINE = re.compile(
    r"\s*(?:assert\b|your code should\b|\.\.\.|#|@|def \w+\(|class \w+[:(]|import \w|from \w+ import\b)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:please )?(?:write|implement|create|define|develop|design|complete) (?:a |an |the )?(?:\w+ )?"
    r"(?:function|program|method|script|code)(?: in python)?(?: (?:to|that|which))? "
)

Problem = str | None


class _Row:
    """A task with what several rules ask of it, worked out once."""

    def __init__(self, row: SourceRow) -> None:
        self.task = row.task
        self.tests = row.tests

    @cached_property
    def findings(self) -> list[Finding]:
        """Nothing for code that does not parse: that is another rule's."""
        if self.task.reference is None or self.task.language not in LANGUAGES:
            return []
        try:
            return _findings(self.task, self.task.reference)
        except SyntaxError:
            return []


@dataclass(frozen=True, slots=True)
class Rule:
    """``problem`` says what is wrong with a task and where, or None."""

    name: str
    catches: str
    problem: Callable[[_Row], Problem]


def curate(rows: Iterable[SourceRow], config: CurateConfig, benchmarks: Iterable[Task] = ()) -> Iterator[Task | Drop]:
    """Each task as it came, or the Drop that says which rule caught it. Order matters: of equal tasks the first stays.

    ``benchmarks``: the tasks nothing may overlap. Raises UsageError at once for an unknown rule in ``config.skip``.
    """
    for name in config.skip:
        if name not in RULES:
            near = difflib.get_close_matches(name, RULES, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"rules: {', '.join(RULES)}"
            raise UsageError(f"curate.skip: no rule {name!r}; {hint}")
    return _apply(rows, [rule for rule in _rules(benchmarks) if rule.name not in config.skip])


def benchmark_tasks(config: CurateConfig) -> Iterator[Task]:
    """The tasks of ``config.benchmarks``. Raises what reading a source raises."""
    return (row.task for spec in config.benchmarks for row in sources.read(spec))


def _apply(rows: Iterable[SourceRow], rules: list[Rule]) -> Iterator[Task | Drop]:
    for source_row in rows:
        row = _Row(source_row)
        found = ((rule.name, detail) for rule in rules if (detail := rule.problem(row)) is not None)
        reason, detail = next(found, ("", ""))
        task = row.task
        yield Drop(id=task.id, stage="curate", reason=reason, detail=detail, task_id=task.id) if reason else task


def _rules(benchmarks: Iterable[Task]) -> Iterator[Rule]:
    yield Rule("language", "tasks in a language nobody can run here", _language)
    yield Rule("parses", "references that do not parse", _parses)
    yield Rule("runnable", "tasks with nothing to run: no tests, and no reference to make them", _runnable)
    for risk in RISKS:
        yield Rule(risk.name, risk.catches, _risk(risk.name))
    yield Rule("overlap", "prompts and solutions that a benchmark has too", _Overlap(benchmarks).problem)
    yield Rule("duplicate_prompt", "prompts seen before, but for case and punctuation", _Seen(_prompt_key).problem)
    yield Rule("duplicate_code", "references seen before, but for comments and formatting", _Seen(_code_key).problem)


def _language(row: _Row) -> Problem:
    return None if row.task.language in LANGUAGES else f"language {row.task.language!r}"


def _parses(row: _Row) -> Problem:
    if row.task.reference is None or row.task.language not in LANGUAGES:
        return None
    try:
        _findings(row.task, row.task.reference)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    return None


def _findings(task: Task, code: str) -> list[Finding]:
    beside = [*task.interface.files, task.interface.built] if isinstance(task.interface, Project) else []
    return language(task.language).findings(code, modules(beside))


def _runnable(row: _Row) -> Problem:
    if row.tests.checks or row.tests.loads or row.task.reference is not None:
        return None
    return "no tests and no reference"


def _risk(name: str) -> Callable[[_Row], Problem]:
    def problem(row: _Row) -> Problem:
        return next((str(finding) for finding in row.findings if finding.rule == name), None)

    return problem


# ---------------------------------------------------------------- seen before


class _Seen:
    """Catches the second task with one key."""

    def __init__(self, key: Callable[[Task], str | None]) -> None:
        self._key = key
        self._first: dict[bytes, str] = {}

    def problem(self, row: _Row) -> Problem:
        key = self._key(row.task)
        if key is None:
            return None
        first = self._first.setdefault(_hash(row.task.language, key), row.task.id)
        return None if first == row.task.id else f"the same as {first}"


def _prompt_key(task: Task) -> str | None:
    return " ".join(re.findall(r"\w+", task.prompt.casefold())) or None


def _code_key(task: Task) -> str | None:
    return None if task.reference is None else normalise(task.reference)


def _hash(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()[:16]


# ---------------------------------------------------------------- overlap


class _Overlap:
    """Which benchmark task is the same problem as a task: it has its id, its whole text, half the phrases of the
    shorter text, its solution, or its entry point's name and half of all words.

    A phrase is PHRASE words in a row. One phrase alone is no evidence: problem setters share whole sentences
    ("a subarray is a contiguous non-empty sequence of elements within an array").
    """

    def __init__(self, benchmarks: Iterable[Task]) -> None:
        self._phrases: dict[int, list[str]] = {}
        self._counts: dict[str, int] = {}
        self._sizes: set[int] = set()
        self._same: dict[bytes, str] = {}
        self._named: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for task in benchmarks:
            words = prose(task.prompt)
            for key, _ in _identities(task, words):
                self._same.setdefault(key, task.id)
            if name := _entry_point(task):
                self._named.setdefault(name, []).append((task.id, frozenset(words)))
            if len(words) >= SHORTEST:
                size = min(PHRASE, len(words))
                self._sizes.add(size)
                phrases = _phrases(words, size)
                self._counts[task.id] = len(phrases)
                for phrase in phrases:
                    self._phrases.setdefault(phrase, []).append(task.id)

    def problem(self, row: _Row) -> Problem:
        if not self._same:
            return None
        words = prose(row.task.prompt)
        for key, what in _identities(row.task, words):
            if owner := self._same.get(key):
                return f"has the {what} of {owner}"
        for owner, theirs in self._named.get(_entry_point(row.task), ()):
            if 2 * len(theirs.intersection(words)) >= len(theirs.union(words)):
                return f"has the entry point and half of the words of {owner}"
        return self._shared_phrases(words)

    def _shared_phrases(self, words: list[str]) -> Problem:
        for size in sorted(self._sizes, reverse=True):
            phrases = _phrases(words, size)
            shared = Counter(owner for phrase in phrases for owner in self._phrases.get(phrase, ()))
            for owner, count in shared.items():
                if 2 * count >= min(len(phrases), self._counts[owner]):
                    return f"shares {count} phrases of {size} words with {owner}"
        return None


def _identities(task: Task, words: list[str]) -> Iterator[tuple[bytes, str]]:
    if name := _entry_point(task):  # ids alone are often mere numbers
        yield _hash("id", task.problem_id or task.id, name), "id"
    if words:
        yield _hash("text", *words), "text"
    if task.reference is not None:
        yield _hash("solution", task.language, normalise(task.reference)), "solution"


def _entry_point(task: Task) -> str:
    """However it is spelled: sets differ in capitals and underscores."""
    return "" if isinstance(task.interface, Stdio) else task.interface.entry_point.casefold().replace("_", "")


def prose(prompt: str) -> list[str]:
    """A prompt's words without what many prompts share: code, example calls, "write a function to".

    Words are runs of letters: the numbers of examples are no evidence.
    """
    try:
        tree = syntax.parse(prompt)
        text = "\n".join(_docstrings(tree)) or prompt
    except SyntaxError:
        text = _FENCED.sub("\n", prompt)
    lines = [line for line in _DOCTEST.sub("", text).split("\n") if not _CODE_LINE.match(line)]
    words = re.findall(r"[^\W\d_]+", "\n".join(lines).casefold())
    opening = _OPENING.match(" ".join(words))
    return " ".join(words)[opening.end() :].split() if opening else words


def _docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def _phrases(words: list[str], size: int) -> set[int]:
    return {hash(" ".join(words[at : at + size])) for at in range(len(words) - size + 1)}


RULES: tuple[str, ...] = tuple(rule.name for rule in _rules(()))
"""Names for ``curate.skip``, in order."""
