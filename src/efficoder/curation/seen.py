"""The rules that remember: was this prompt or this code seen before? Hashes are what stays in memory."""

import hashlib
import re
from collections.abc import Callable

from efficoder.curation.rules import Problem, RowFacts
from efficoder.languages import LANGUAGES
from efficoder.types import Task


class Seen:
    """Catches the second task with one key."""

    def __init__(self, key: Callable[[Task], str | None]) -> None:
        self._key = key
        self._first: dict[bytes, str] = {}

    def problem(self, row: RowFacts) -> Problem:
        key = self._key(row.task)
        if key is None:
            return None
        first = self._first.setdefault(text_hash(row.task.language, key), row.task.id)
        return None if first == row.task.id else f"the same as {first}"


def prompt_key(task: Task) -> str | None:
    return " ".join(re.findall(r"\w+", task.prompt.casefold())) or None


def code_key(task: Task) -> str | None:
    known = LANGUAGES.get(task.language)
    return known.normalise(task.reference) if known and task.reference is not None else None


def text_hash(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()[:16]
