"""Forms a text argument can have, so that new texts keep it: a number, a date-like template, balanced brackets,
spelled data, words. The rules are general: they look only at the known texts, never at a task's name.
"""

import ast
import functools
import json
import random
import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, assert_never

Form = Literal["free", "words", "number", "template", "brackets", "mirror", "json", "literal"]

_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_LONG_RUN = re.compile(r"[0-9]{19}")
_FREQUENT, _SELDOM = 10, 3
"""How often the words of a closed vocabulary are met, on average and at least."""
_CHANCE = 4  # letters that may be the same backwards by chance
_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


def text_form(known: Sequence[str]) -> tuple[Form, list[Any]]:
    """The form that all known texts have, and for json and literal the values that they spell."""
    filled = [text for text in known if text]
    if not filled:
        return "free", []
    for spelling in ("json", "literal"):
        if all(text[:1] in "[({" for text in filled) and len(filled) == len(known):
            try:
                return spelling, [spelled(spelling, text) for text in known]
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
    checks: tuple[tuple[Form, bool], ...] = (
        ("number", all(_NUMBER.fullmatch(text) for text in known)),
        ("brackets", all(set(text) <= set("()[]{}<> ") and balanced(text) for text in known)),
        ("template", _is_template(known)),
        ("mirror", _is_mirror(known)),
        ("words", any(" " in text.strip() for text in filled)),
    )
    return next((form for form, holds in checks if holds), "free"), []


def has_form(form: Form, text: str, known: Sequence[str]) -> bool:
    """Whether ``text`` has the form that ``known`` texts have."""
    match form:
        case "free":
            return True
        case "words":
            return _words(tuple(known)).fit(text)
        case "number":
            return _NUMBER.fullmatch(text) is not None and _sign(text) in {_sign(other) for other in known}
        case "template":
            return skeleton(text) in _columns(tuple(known))
        case "brackets":
            groups = all(balanced(word) for other in known for word in other.split())
            return balanced(text) and (not groups or all(map(balanced, text.split())))
        case "mirror":
            return text == text[::-1]
        case "json" | "literal":
            try:
                spelled(form, text)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                return False
            return True
        case other:
            assert_never(other)


@dataclass(frozen=True, slots=True)
class _Words:
    """What the words of known texts have in common."""

    shortest: int
    longest: int
    vocabulary: frozenset[str]
    edged: bool
    """Some text begins or ends with a space, or has two together."""

    def fit(self, text: str) -> bool:
        words = text.split()
        if not all(self.shortest <= len(word) <= self.longest for word in words):
            return False
        if self.vocabulary and not self.vocabulary.issuperset(words):
            return False
        return self.edged or (text == text.strip() and "  " not in text)


@functools.lru_cache(8)
def _words(known: tuple[str, ...]) -> _Words:
    words = words_of(known)
    lengths = [len(word) for word in words]
    edged = any(text != text.strip() or "  " in text for text in known)
    return _Words(min(lengths), max(lengths), _vocabulary(words), edged)


@functools.lru_cache(8)
def words_of(known: tuple[str, ...]) -> tuple[str, ...]:
    """Every word of the texts, in order, as often as it is there."""
    return tuple(word for text in known for word in text.split())


def _vocabulary(words: Sequence[str]) -> frozenset[str]:
    """The words that the texts consist of, where they are so few and each so frequent that no others are meant: names
    of notes, of digits, of directions. Empty where others may be."""
    counts = Counter(words)
    closed = counts.total() >= _FREQUENT * len(counts) and min(counts.values(), default=0) >= _SELDOM
    return frozenset(counts) if closed else frozenset()


def spelled(form: str, text: str) -> Any:
    """The data a json or literal text stands for. Raises ValueError or SyntaxError."""
    return json.loads(text) if form == "json" else ast.literal_eval(text)


def spell(form: str, value: Any) -> str:
    return json.dumps(value) if form == "json" else repr(value)


def alphabet_of(known: Sequence[str], widen: bool) -> str:
    """The characters known texts use; ``widen`` completes a class (a-z, A-Z, 0-9) of which many are used."""
    used = set("".join(known))
    if widen:
        for members in _CLASSES:
            if len(used & set(members)) >= 8:
                used |= set(members)
    return "".join(sorted(used))


def balanced(text: str) -> bool:
    open_: list[str] = []
    for char in text:
        if char in _PAIRS.values():
            open_.append(char)
        elif char in _PAIRS and (not open_ or open_.pop() != _PAIRS[char]):
            return False
    return not open_


def skeleton(text: str) -> str:
    """The text with every digit replaced by ``0``: what stays of a date or of a sentence with numbers."""
    return re.sub(r"[0-9]", "0", text)


def renumbered(text: str, known: Sequence[str], rng: random.Random) -> str:
    """The template with other numbers, each within what ``known`` texts have in its place: a month stays a month."""
    places = iter(_columns(tuple(known))[skeleton(text)])

    def number(found: re.Match[str]) -> str:
        return str(rng.randint(*next(places))).zfill(len(found.group()))

    return re.sub(r"[0-9]+", number, text)


@functools.lru_cache(8)
def _columns(known: tuple[str, ...]) -> dict[str, list[tuple[int, int]]]:
    """By skeleton of the known texts: the least and the greatest number in each place."""
    alike: dict[str, list[list[int]]] = {}
    for text in known:
        alike.setdefault(skeleton(text), []).append([int(digits) for digits in re.findall(r"[0-9]+", text)])
    return {form: [(min(column), max(column)) for column in zip(*rows, strict=True)] for form, rows in alike.items()}


def nested(rng: random.Random, kinds: str, length: int, depth_first: bool) -> str:
    """A balanced text of about ``length`` brackets: one deep nest, or a random walk of moderate depth."""
    opening = [char for char in kinds if char in _PAIRS.values()] or ["("]
    closing = {start: end for end, start in _PAIRS.items()}
    if depth_first:
        start = rng.choice(opening)
        return start * (length // 2) + closing[start] * (length // 2)
    out: list[str] = []
    open_: list[str] = []
    while len(out) + len(open_) < length - length % 2:
        if open_ and (rng.random() < 0.45 or len(open_) > 8):
            out.append(closing[open_.pop()])
        else:
            open_.append(rng.choice(opening))
            out.append(open_[-1])
    return "".join(out) + "".join(closing[start] for start in reversed(open_))


def _is_template(known: Sequence[str]) -> bool:
    """Whether each text has digits with something else between them."""
    return all(re.search(r"[0-9][^0-9]+[0-9]", text) and not _LONG_RUN.search(text) for text in known)


def _is_mirror(known: Sequence[str]) -> bool:
    """Whether all are palindromes, and not by chance: one is long, or three have more than two characters."""
    long = max(map(len, known)) > _CHANCE or sum(len(text) > 2 for text in known) >= 3
    return long and all(text == text[::-1] for text in known)


def _sign(text: str) -> str:
    return text[0] if text[0] in "+-" else ""
