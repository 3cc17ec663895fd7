"""Does a benchmark have this task too? By prompt, by words in a row, by solution."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from efficoder.curation.rules import Problem, RowFacts
from efficoder.curation.seen import text_hash
from efficoder.languages import LANGUAGES
from efficoder.types import Stdio, Task

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


class Overlap:
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
            words = prose(task.prompt, task.language)
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

    def problem(self, row: RowFacts) -> Problem:
        if not self._same:
            return None
        words = prose(row.task.prompt, row.task.language)
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
        yield text_hash("id", task.problem_id or task.id, name), "id"
    if words:
        yield text_hash("text", *words), "text"
    if task.reference is not None and task.language in LANGUAGES:
        yield text_hash("solution", task.language, LANGUAGES[task.language].normalise(task.reference)), "solution"


def _entry_point(task: Task) -> str:
    """However it is spelled: sets differ in capitals and underscores."""
    return "" if isinstance(task.interface, Stdio) else task.interface.entry_point.casefold().replace("_", "")


def prose(prompt: str, language_name: str) -> list[str]:
    """A prompt's words without what many prompts share: code, example calls, "write a function to".

    Words are runs of letters: the numbers of examples are no evidence.
    """
    known = LANGUAGES.get(language_name)  # a benchmark's may be none of ours
    text = known.statement(prompt) if known else None
    if text is None:
        text = _FENCED.sub("\n", prompt)
    lines = [line for line in _DOCTEST.sub("", text).split("\n") if not _CODE_LINE.match(line)]
    words = re.findall(r"[^\W\d_]+", "\n".join(lines).casefold())
    opening = _OPENING.match(" ".join(words))
    return " ".join(words)[opening.end() :].split() if opening else words


def _phrases(words: list[str], size: int) -> set[int]:
    return {hash(" ".join(words[at : at + size])) for at in range(len(words) - size + 1)}
