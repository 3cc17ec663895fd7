"""Which plain values fit the types of a compiled language, whatever it calls them.

An input that does not fit is nobody's mistake: another language's integers are wider. It is left out for this one.
"""

import functools
import math
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from efficoder import wire
from efficoder.types import Function, Stdio, Task

Problem = Callable[[Any], str]
"""Why a plain value does not fit; empty where it does."""


_LONGEST = 200
"""Words of a type: no real one has as many, and each may nest the next."""


class Unknown(ValueError):
    """A type whose values are no plain data."""


class Type(NamedTuple):
    text: str
    """As the driver spells it: the value's own type, without const and reference."""
    problem: Problem


class Words:
    """The words of a type, read from left to right."""

    def __init__(self, text: str, word: re.Pattern[str]) -> None:
        self._words: list[str] = [found for found in word.findall(text) if found.strip()]
        self._at = 0

    @property
    def left(self) -> Sequence[str]:
        return self._words[self._at :]

    def next(self) -> str:
        if not self.left:
            raise Unknown("a type is missing")
        self._at += 1
        return self._words[self._at - 1]

    def skip(self, *words: str) -> None:
        while self.left and self.left[0] in words:
            self._at += 1

    def eat(self, *words: str) -> bool:
        """Whether these come next, which are then read."""
        there = tuple(self.left[: len(words)]) == words
        self._at += len(words) * there
        return there

    def want(self, word: str) -> None:
        if not self.eat(word):
            raise Unknown(f"a type without {word}")


def parse(annotation: str, word: re.Pattern[str], read: Callable[[Words], Type]) -> Type:
    """The type that all of ``annotation`` spells, by what reads one type of its words. Raises Unknown for one that the
    driver cannot read or write."""
    words = Words(annotation, word)
    if len(words.left) > _LONGEST:
        raise Unknown(f"a type of over {_LONGEST} words is no plain data")
    found = read(words)
    if words.left:
        raise Unknown(f"the type {annotation!r} is no plain data")
    return found


def whole(bits: int, *, signed: bool) -> Problem:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def problem(value: Any) -> str:
        if type(value) is not int:
            return f"a {type(value).__name__} where an integer belongs"
        return "" if low <= value <= high else f"an integer out of {bits} bits"

    return problem


def real(value: Any) -> str:
    if type(value) is int:
        return "" if abs(value) <= 2**53 else "an integer that a float does not hold"
    return "" if type(value) is float else f"a {type(value).__name__} where a number belongs"


def single(value: Any) -> str:
    """A float of 32 bits: a value that it does not hold is another one."""
    problem = real(value)
    if problem or not math.isfinite(value):
        return problem
    return "" if abs(value) <= 3.4e38 else "a number out of 32 bits"


def text(value: Any) -> str:
    if type(value) is not str:
        return f"a {type(value).__name__} where text belongs"
    return "" if value.isascii() else "text beyond ASCII, whose length is another one in bytes"


def character(value: Any) -> str:
    return text(value) or ("" if len(value) == 1 else "no single character")


def truth(value: Any) -> str:
    return "" if type(value) is bool else f"a {type(value).__name__} where a bool belongs"


def items(item: Type, kinds: tuple[type, ...] = (list, tuple)) -> Problem:
    def problem(value: Any) -> str:
        if type(value) not in kinds:
            return f"a {type(value).__name__} where a sequence belongs"
        return next(filter(None, map(item.problem, value)), "")

    return problem


def members(item: Type) -> Problem:
    """Of a set."""
    return items(item, (set, frozenset, list))


def mapping(key: Type, item: Type) -> Problem:
    def problem(value: Any) -> str:
        if type(value) is not dict:
            return f"a {type(value).__name__} where a map belongs"
        return next(filter(None, (*map(key.problem, value), *map(item.problem, value.values()))), "")

    return problem


def fixed(types: Sequence[Type], kinds: tuple[type, ...] = (list, tuple)) -> Problem:
    def problem(value: Any) -> str:
        if type(value) not in kinds or len(value) != len(types):
            return f"no sequence of {len(types)} values"
        return next(filter(None, (item.problem(each) for item, each in zip(types, value, strict=True))), "")

    return problem


def optional(item: Type) -> Problem:
    return lambda value: "" if value is None else item.problem(value)


def levels(value: Any) -> str:
    """Of linked nodes, level by level."""
    if value is None:
        return ""
    if type(value) is not list:
        return f"a {type(value).__name__} where a list of values belongs"
    return next(filter(None, (whole(32, signed=True)(each) for each in value if each is not None)), "")


Read = Callable[[str], Type]
"""From a language's spelling to a type. Raises Unknown for one that its driver cannot read or write."""


@functools.lru_cache(maxsize=256)
def parameters(function: Function, read: Read) -> tuple[Type, ...]:
    return tuple(read(parameter.annotation or "") for parameter in function.parameters)


def unsupported(task: Task, title: str, read: Read) -> str | None:
    """Why programs for ``task`` in the language called ``title`` cannot be run; None where they can."""
    function = task.interface
    if type(function) is Stdio:
        return None
    if not isinstance(function, Function):
        return f"a {title} task is a program on text or a function, no {type(function).__name__.lower()}"
    try:
        parameters(function, read)
    except Unknown as error:
        return f"{function.entry_point}: {error}"
    return None if function.returns is not None else f"{function.entry_point}: no signature in reference or starter"


def misfit(task: Task, text: str, read: Read) -> str:
    """Why an input of ``task`` has no counterpart in its signature's types; empty where it has."""
    return problem_of(text, parameters(task.interface, read)) if isinstance(task.interface, Function) else ""


def problem_of(text: str, types: Sequence[Type]) -> str:
    """Why an input, in wire text, does not fit these types of arguments; empty where it does."""
    loaded = wire.decode(text)
    for arguments in loaded if isinstance(loaded, tuple) else [loaded]:
        if not isinstance(arguments, list) or len(arguments) != len(types):
            return f"not {len(types)} arguments"
        problem = next(filter(None, (one.problem(each) for one, each in zip(types, arguments, strict=True))), "")
        if problem:
            return problem
    return ""
