"""Is an output the expected one? The rules a task can name; pure, nothing is run."""

import math
import re
from array import array
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from efficoder import wire
from efficoder.errors import SandboxFault
from efficoder.types import Comparison


def compare(expected: str | None, output: bytes, comparison: Comparison) -> bool:
    """Does an untrusted output fit the expected value? Malformed output never does.

    ``expected`` is wire text (raw text for ``tokens``). Python's ``==`` on plain data decides where the
    comparison says exact, so 1 == 1.0 == True; equal wire text always fits, NaN included.
    """
    if expected is None:
        raise SandboxFault("a check without an expected value reached judging; run write_tests first")
    if output == expected.encode() and comparison.kind != "not_none":
        return True
    try:
        # A program's text is seldom wire text; what is none fits only itself. What is no UTF-8 fits nothing.
        want: Any = expected if comparison.kind == "tokens" else wire.decode(expected)
        got = output.decode() if comparison.kind == "tokens" else wire.decode(output)
        return _RULES[comparison.kind](want, got, comparison)
    except _CAUSED:
        return False


_CAUSED = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError, MemoryError)
"""Whatever an output makes the judge raise is a fault of the output: it nests too deeply, holds values that do not
compare, numbers of more digits than are read."""


def _same_tokens(expected: str, got: str, comparison: Comparison) -> bool:
    want, have = expected.split(), got.split()
    if want == have or len(want) != len(have) or not (comparison.absolute or comparison.relative):
        return want == have
    return all(a == b or _close_tokens(a, b, comparison) for a, b in zip(want, have, strict=True))


def _close_tokens(want: str, have: str, comparison: Comparison) -> bool:
    """Whether two numbers are close; two integers are equal or not."""
    if _INTEGER.fullmatch(want) and _INTEGER.fullmatch(have):
        return _digits(want) == _digits(have)
    try:
        return _close(float(want), float(have), comparison)
    except ValueError:
        return False


def _digits(text: str) -> tuple[bool, str]:
    """An integer's sign and digits: numbers of thousands of them are not read as numbers."""
    digits = text.lstrip("+-").lstrip("0")
    return text.startswith("-") and bool(digits), digits


def _exact(want: Any, have: Any, _: Comparison) -> bool:
    return bool(want == have)


def _close(want: Any, have: Any, comparison: Comparison) -> bool:
    """Equal, or the same shape with floats within ``absolute + relative * |expected|`` (numpy.allclose's rule).

    An expected integer is exact: a tolerance relative to a large one would let wrong answers pass.
    """
    if isinstance(want, float) and isinstance(have, (int, float)):
        if want == have or (want != want and have != have):  # NaN is unequal to itself, and fits NaN
            return True
        if not (math.isfinite(want) and math.isfinite(have)):
            return False
        return abs(have - want) <= comparison.absolute + comparison.relative * abs(want)
    if isinstance(want, complex) and isinstance(have, (int, float, complex)):
        return abs(have - want) <= comparison.absolute + comparison.relative * abs(want)
    if type(want) is not type(have):
        return bool(want == have)
    if isinstance(want, (list, tuple, deque, array)):
        return len(want) == len(have) and all(_close(w, h, comparison) for w, h in zip(want, have, strict=True))
    if isinstance(want, dict):
        return want.keys() == have.keys() and all(_close(want[key], have[key], comparison) for key in want)
    return bool(want == have)


def _unordered(want: Any, have: Any, _: Comparison) -> bool:
    if want == have:
        return True
    want, have = (list(item) if isinstance(item, wire.Iterated) else item for item in (want, have))
    if isinstance(want, dict) or not _is_collection(want, have) or len(want) != len(have):
        return False  # the values of a dict count as well
    return Counter(map(_text, want)) == Counter(map(_text, have))


def _as_set(want: Any, have: Any, _: Comparison) -> bool:
    return _is_collection(want, have) and set(map(_text, want)) == set(map(_text, have))


def _is_collection(*items: Any) -> bool:
    return all(isinstance(item, _COLLECTIONS) for item in items) and not any(
        isinstance(item, range) and len(item) > _LONGEST_RANGE for item in items
    )


def _text(item: Any) -> str:
    """One text for equal items: 1, 1.0 and True share one, and NaN has one. A text, because the hashes of numbers can
    be made to collide by whoever wrote the output, and those of texts cannot."""
    if isinstance(item, int):
        return hex(item)  # decimal digits of a large one take long
    if isinstance(item, float):
        return hex(int(item)) if item.is_integer() else item.hex()
    if isinstance(item, complex):
        return f"{_text(item.real)}+{_text(item.imag)}j" if item.imag else _text(item.real)
    if isinstance(item, (list, tuple)):
        return f"{type(item).__name__}({','.join(map(_text, item))})"
    if isinstance(item, dict):
        return f"dict({','.join(sorted(f'{_text(key)}:{_text(value)}' for key, value in item.items()))})"
    if isinstance(item, (set, frozenset)):
        return f"set({','.join(sorted(map(_text, item)))})"
    return wire.written(item)


def _not_none(want: Any, have: Any, _: Comparison) -> bool:
    """For functions that return a match object or the like: it counts only whether there is one (evalplus's rule)."""

    def there(value: Any) -> bool:
        return value if isinstance(value, bool) else value is not None

    return there(want) == there(have)


_COLLECTIONS = (list, tuple, set, frozenset, dict, str, deque, array, range, wire.Iterated)
_LONGEST_RANGE = 1_000_000
_INTEGER = re.compile(r"[+-]?[0-9]+")
_RULES: dict[str, Callable[[Any, Any, Comparison], bool]] = {
    "tokens": _same_tokens,
    "exact": _exact,
    "float": _close,
    "unordered": _unordered,
    "set": _as_set,
    "not_none": _not_none,
}
