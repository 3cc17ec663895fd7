"""New inputs for every call of the reward: neither memorised answers nor a cache pays."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from efficoder import wire
from efficoder.exports.formats import Grading
from efficoder.testgen.inputs.mutate import neighbours
from efficoder.testgen.inputs.relations import relations
from efficoder.testgen.inputs.shapes import infer_arguments
from efficoder.types import Function, Task, TestCase


@dataclass(frozen=True, slots=True)
class Fresh:
    """New inputs, each the wire text of one call's arguments. The reference says what is expected."""

    checks: Sequence[str]
    calls: Iterator[str]
    """Near the loads, and the cases that are as large; as many are taken as the reference needs to show time."""


FreshInputs = Callable[[Grading, int], Fresh]
"""A task with its tests, and a seed, to new inputs."""
_FRESH_CHECKS = 8


def changed_inputs(grading: Grading, seed: int) -> Fresh:
    """Inputs near the given checks and loads, inside what those have in common (efficoder.testgen).

    Function tasks only; others get none. A load's size stays about what it was.
    """
    if "twin_differs" in grading.tests.lost:
        return Fresh((), iter(()))  # the reference is wrong somewhere, and nobody confirms its answers
    checks = _changed(grading.task, grading.tests.checks, seed)
    timed = (*grading.tests.loads, *grading.tests.untimed)  # those that are not timed have the other answers
    return Fresh(list(islice(checks, _FRESH_CHECKS)), _changed(grading.task, timed, seed))


def _changed(task: Task, cases: Sequence[TestCase], seed: int) -> Iterator[str]:
    if not isinstance(task.interface, Function):
        return iter(())
    known = [wire.decode(text) for case in cases for text in wire.calls(case.input)]
    lists = [arguments for arguments in known if isinstance(arguments, list) and arguments]
    if len({len(arguments) for arguments in lists}) != 1:
        return iter(())
    shapes = infer_arguments(lists, task.interface.parameters, widen=False)
    return neighbours(lists, shapes, relations(lists), seed)
