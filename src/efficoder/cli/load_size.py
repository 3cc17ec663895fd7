"""Inputs of the size that ``efficoder time --size`` names, made from those that are given."""

from collections.abc import Sequence
from itertools import chain

from efficoder import wire
from efficoder.errors import UsageError
from efficoder.judging.trial import TOGETHER_S, run_pass
from efficoder.languages import language
from efficoder.sandbox import Limits, Sandbox
from efficoder.testgen.inputs.relations import relations
from efficoder.testgen.inputs.shapes import infer_arguments
from efficoder.testgen.loads.growth import Growth, bases, growths
from efficoder.testgen.pick import MAX_TEXT
from efficoder.testgen.programs import growing
from efficoder.testgen.programs.model import learn
from efficoder.types import Function, Stdio, Task, TestCase

_KEPT = 2
_BASES = 3
_SEARCH_S = 20.0
"""CPU time of all programs over all ways of growth."""


def at_size(
    sandbox: Sandbox, task: Task, codes: Sequence[str], checks: Sequence[TestCase], size: int
) -> tuple[TestCase, ...]:
    """The inputs of that size on which the programs together take longest, of all ways in which the given ones grow:
    programs leave early for different reasons. Raises UsageError where none can be made, or the task's reference takes
    too long on all."""
    ways = _ways(task, checks)
    if not ways:
        raise UsageError(f"--size {size}: the given input cannot be grown; give a large one with --load")
    made = [way.write(size, 0) for way in ways if size <= way.cap]
    texts = [text for text in dict.fromkeys(made) if text is not None and len(text) <= MAX_TEXT]
    if not texts:
        raise UsageError(f"--size {size}: no input can be made so large; the largest n is {max(w.cap for w in ways):,}")
    program, taken = language(task.language).program, dict[str, float]()
    for text in texts:
        if sum(taken.values()) < _SEARCH_S:
            ran = {code: run_pass(sandbox, program(task, code), [text], Limits(cpu_s=TOGETHER_S)) for code in codes}
            if ran[task.reference or ""].ended == "finished":
                taken[text] = sum(one.cpu_s for one in ran.values())
    if not taken:
        raise UsageError(
            f"--size {size}: the fastest program takes over {TOGETHER_S:g} s, or fails; name a smaller one"
        )
    slowest = sorted(taken, key=lambda text: -taken[text])[:_KEPT]
    comparison = checks[0].comparison
    return tuple(TestCase(input=text, comparison=comparison, origin="generated", size=size) for text in slowest)


def _ways(task: Task, checks: Sequence[TestCase]) -> list[Growth]:
    if isinstance(task.interface, Stdio):
        model = learn([check.input for check in checks], "")
        return [] if model is None else list(chain.from_iterable(growing.growths(model)))
    if not isinstance(task.interface, Function):
        return []
    decoded = [(wire.decode(check.input), str(check.expected)) for check in checks]
    lists = [(arguments, outcome) for arguments, outcome in decoded if isinstance(arguments, list)]
    known = [arguments for arguments, _ in lists if len(arguments) == len(lists[0][0])]
    if not known:
        return []
    shapes = infer_arguments(known, task.interface.parameters, widen=True)
    alike = [(arguments, outcome) for arguments, outcome in lists if arguments in known]
    return growths(bases(alike, _BASES), shapes, relations(known))
