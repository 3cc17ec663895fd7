"""What the reference answers, as what is expected of candidates.

A sum of floats depends on its order, and the order of a set of texts on the hash seed: neither is part of an answer. So
the reference answers each input under two hash seeds. Where only the order differs, the input is compared without
order; where more differs, nobody can be judged on it.
"""

from collections.abc import Sequence

import msgspec

from efficoder import wire
from efficoder.judging.trial import CHECK_LIMITS, Trial
from efficoder.sandbox import Limits
from efficoder.types import Comparison, TestCase


def answered(trial: Trial, reference: str, cases: Sequence[TestCase], limits: Limits = CHECK_LIMITS) -> list[TestCase]:
    """Those of ``cases`` that the reference answers, each time alike, with its answers where none is known."""
    inputs = [case.input for case in cases]
    outputs = trial.each(reference, inputs, limits)
    met = zip(cases, outputs, strict=True)
    filled = [(expecting(case, output), output) for case, output in met if output is not None]
    if trial.is_certain(reference, inputs, outputs):
        return [case for case, output in filled if all(trial.fits([case], [output]))]
    again = trial.each(reference, [case.input for case, _ in filled], limits, rehashed=True)
    both = zip(filled, again, strict=True)
    found = (steady(trial, case, [first, second]) for (case, first), second in both if second is not None)
    return [case for case in found if case is not None]


def expecting(case: TestCase, answer: bytes) -> TestCase:
    """``case`` with this answer, where it has none."""
    if case.expected is not None:
        return case
    text = answer.decode("utf-8", "replace")
    return msgspec.structs.replace(case, expected=text, comparison=loosened(case.comparison, text))


def steady(trial: Trial, case: TestCase, outputs: Sequence[bytes]) -> TestCase | None:
    """``case``, compared without order where only so all outputs of the reference fit it; None where they do not."""
    if all(trial.fits([case] * len(outputs), outputs)):
        return case
    loose = unordered(case)
    return loose if len(set(outputs)) > 1 and all(trial.fits([loose] * len(outputs), outputs)) else None


def unordered(case: TestCase) -> TestCase:
    """``case`` without regard to order, where it asks for equality."""
    exact = case.comparison.kind == "exact"
    return msgspec.structs.replace(case, comparison=Comparison(kind="unordered")) if exact else case


def loosened(comparison: Comparison, expected: str) -> Comparison:
    """The comparison for this expected value. A sum of floats depends on its order, so an exact comparison of floats
    that the source does not ask for becomes one with a small tolerance."""
    if comparison.kind != "exact" or not has_float(expected):
        return comparison
    return Comparison(kind="float", absolute=1e-9, relative=1e-6)


def has_float(text: str) -> bool:
    """Whether there is a float in a value of this wire text."""
    try:
        return any(isinstance(leaf, float) for leaf in _leaves(wire.decode(text)))
    except ValueError:
        return False


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]
