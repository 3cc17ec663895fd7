"""Which plain values have a counterpart in JavaScript, whose variables have no types."""

from collections.abc import Callable, Sequence
from typing import Any

from efficoder import wire
from efficoder.languages.wiretypes import levels
from efficoder.types import Function

_LARGEST = 2**53 - 1


def problem(value: Any) -> str:
    """Why ``value`` has no counterpart; empty where it has."""
    kind = type(value)
    if kind is int:
        return "" if abs(value) <= _LARGEST else "an integer over 2**53"
    if kind is str:
        return "" if not value or max(value) <= "\uffff" else "text beyond 16 bits, whose length is another one"
    if kind in (bool, float, type(None)):
        return ""
    if kind in (list, tuple, set, frozenset):
        return _first(value)
    if kind is dict:
        return _first(value) or _first(value.values())
    return f"a {kind.__name__}"


def _first(values: Any) -> str:
    return next(filter(None, map(problem, values)), "")


def misfit(function: Function, text: str) -> str:
    """Why an input, in wire text, has no counterpart; empty where it has."""
    loaded = wire.decode(text)
    given: Sequence[Callable[[Any], str]] = [problem if p.codec == "plain" else levels for p in function.parameters]
    for arguments in loaded if isinstance(loaded, tuple) else [loaded]:
        if not isinstance(arguments, list):
            return "no list of arguments"
        rest = [problem] * (len(arguments) - len(given))
        why = next(filter(None, (of(each) for of, each in zip([*given, *rest], arguments, strict=False))), "")
        if why:
            return why
    return ""
