"""``--fail-if``: conditions on a comparison, such as ``et_ratio>1.05``."""

import operator
import re
from collections.abc import Callable
from typing import Any

import msgspec

from efficoder.errors import InputError, UsageError, suggest
from efficoder.evaluation.difference import RunComparison
from efficoder.report.tables import number

NAMES = ("pass_difference", "et_ratio", "mu_ratio", "tmu_ratio", "eff_difference", "beyond_difference")
_CONDITION = re.compile(r"\s*(\w+)(?:\.(low|high))?\s*(<=|>=|<|>)\s*([-+]?\d+\.?\d*(?:[eE][-+]?\d+)?)\s*")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Condition(msgspec.Struct, frozen=True):
    """``et_ratio>1.05``: of the estimate, or with ``.low`` and ``.high`` of its interval's bounds."""

    name: str
    part: str
    sign: str
    bound: float

    def holds(self, result: RunComparison) -> str:
        """What failed, or nothing. Raises InputError where the value is not known: a check that cannot be made
        must not pass."""
        found = next((d.estimate for d in result.differences if d.name == self.name), None)
        value = None if found is None else getattr(found, self.part)
        word = self.name if self.part == "value" else f"{self.name}.{self.part}"
        if value is None:
            raise InputError(f"--fail-if: {word} is not known for {result.a} and {result.b}", hint="see the notes")
        is_so = _OPERATORS[self.sign](value, self.bound)
        return f"--fail-if {word}{self.sign}{self.bound:g} holds: it is {number(value)}" if is_so else ""


def parse_condition(text: str) -> Condition:
    """Raises UsageError naming what is allowed."""
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise UsageError(f"--fail-if {text!r}: write METRIC[.low|.high] then < <= > or >= then a number: et_ratio>1.05")
    name, part, sign, bound = match.groups()
    if name not in NAMES:
        raise UsageError(f"--fail-if {text!r}: unknown metric {name!r}{suggest(name, NAMES)}")
    return Condition(name, part or "value", sign, float(bound))
