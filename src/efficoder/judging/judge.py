"""Is it right? A candidate's checks, up to the first that fails, within limits from the reference's own time.

Not here: which tests to run (testgen/writer.py), how they are run and compared (trial.py), how fast it is (race.py).
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import Literal, NamedTuple

import msgspec

from efficoder.errors import ReferenceFault
from efficoder.judging.compare import compare
from efficoder.judging.trial import TOGETHER_S, ask, children, matches, run_pass
from efficoder.languages import language
from efficoder.sandbox import Limits, Outcome, Program, Sandbox
from efficoder.types import Candidate, Comparison, Record, Script, Task, TestCase, Verdict
from efficoder.types import Outcome as VerdictOutcome

_VERDICT: dict[str, VerdictOutcome] = {
    "error": "error",
    "timeout": "timeout",
    "memory": "memory",
    "killed": "error",
    "refused": "refused",
    "compile_error": "compile_error",
}

LIMIT_FACTOR = 20.0
"""A candidate may take this many times the reference's CPU time (COFFE allows 10, EvalPerf 4)."""
_CHILDREN = 3
"""Times its limit that a Function may take in all, for each child that the reference needs: a program that sums to
10**6 a hundred times is slow, not wrong. One that never ends gives no result within the limit and fails there."""
_PATIENT_S = 10.0
"""CPU time that a program with results to show gets at least: EvalPlus gives each input a second (HumanEval/96)."""


def tests_hash(cases: Sequence[TestCase]) -> str:
    """Identity of a list of cases. A verdict or a measurement by other cases does not count."""
    digest, rules = hashlib.sha256(), dict[Comparison, str]()
    for case in cases:
        rule = case.comparison
        if rule not in rules:
            rules[rule] = "\0".join((rule.kind, str(rule.absolute), str(rule.relative), rule.checker))
        text = f"{case.input}\0{case.expected}\0{rules[rule]}\0{case.answer_hash}"
        digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


class Effort(Record, frozen=True, kw_only=True):
    """What the reference needs to be right on all that its task's candidates are judged by."""

    task_id: str
    children_s: tuple[float, ...]
    """CPU time of each child that the checks take."""


class Answered(NamedTuple):
    """What a program answers, so that it need not run again to be judged on just these checks."""

    program: Program
    checks: tuple[TestCase, ...]
    outputs: tuple[bytes, ...]


class Terms(msgspec.Struct, frozen=True):
    """What the candidates of one task are held to."""

    checks: tuple[TestCase, ...]
    """With every expected value, or the hash of it."""
    limits: Limits
    """Of one check of a Function or Stdio task, of a Script task's together."""
    children_s: tuple[float, ...] = (0.0,)
    """CPU time of each child that the reference needs for all checks."""
    answered: Answered | None = None
    """The reference's, where it ran now and answered every check."""
    proved: Program | None = None
    """The reference, where it is known to be right on all and did not run now."""


def terms(
    sandbox: Sandbox,
    task: Task,
    checks: Sequence[TestCase],
    most: Limits,
    least_s: float,
    effort: Effort | None = None,
) -> Terms:
    """Limits from the reference's own time on these checks, and the expected values that only the reference gives.

    No limit is below ``least_s``, where noise and start-up would decide. Without a reference the limits are ``most``.
    With the ``effort`` that it took on this machine before, the reference does not run again. Raises ReferenceFault
    where the reference fails on a check that it answered before.
    """
    if task.reference is None or not checks:
        return Terms(tuple(checks), most)
    program = language(task.language).program(task, task.reference)
    if effort is not None:
        limits = scaled(most, max(effort.children_s), least_s)
        return Terms(tuple(checks), limits, effort.children_s, proved=program)
    if program.kind == "script":
        needed = run_pass(sandbox, program, [check.input for check in checks], most).cpu_s
        return Terms(tuple(checks), scaled(most, needed, least_s), (needed,))
    asked = ask(sandbox, program, [check.input for check in checks], reference_limits(most))
    known = tuple(map(_with_answer, checks, asked.answers))
    answers = tuple(answer for answer in asked.answers if not isinstance(answer, Outcome))
    return Terms(
        known,
        scaled(most, max(asked.children_s), least_s),
        tuple(asked.children_s),
        Answered(program, known, answers) if len(answers) == len(checks) else None,
    )


def reference_limits(most: Limits) -> Limits:
    """Of each of the reference's children, where a candidate's are ``most``."""
    return most.within(min(most.cpu_s, TOGETHER_S))


def scaled(most: Limits, needed_s: float, least_s: float) -> Limits:
    """A candidate's limits, where the reference needed ``needed_s``."""
    return most.within(min(most.cpu_s, max(least_s, LIMIT_FACTOR * needed_s)))


def _with_answer(check: TestCase, answer: bytes | Outcome) -> TestCase:
    if check.expected is not None:
        return check
    if isinstance(answer, Outcome):
        raise ReferenceFault(f"the reference does not answer now ({answer.detail or answer.ended}): {check.input[:80]}")
    return msgspec.structs.replace(check, expected=answer.decode("utf-8", "replace"))


def judge(sandbox: Sandbox, task: Task, candidate: Candidate, held_to: Terms) -> Verdict:
    """Run all checks on the candidate; the verdict names the first failing one.

    Raises SandboxFault for internal errors; those are never a verdict.
    """
    program = language(task.language).program(task, candidate.code)
    proved = program == held_to.proved
    failure = None if proved else _first_failure(sandbox, task, program, held_to)
    index, outcome, detail = failure or (len(held_to.checks), "passed", "")
    failed = outcome not in ("passed", "compile_error")  # what does not compile fails on no check in particular
    return Verdict(
        candidate_id=candidate.id,
        task_id=task.id,
        outcome=outcome,
        trust="script" if isinstance(task.interface, Script) else "outside",
        checks_run=index + failed,
        first_failure=index if failed else None,
        detail=detail,
    )


def _first_failure(
    sandbox: Sandbox, task: Task, program: Program, held_to: Terms
) -> tuple[int, VerdictOutcome, str] | None:
    index = 0
    for answers in _answers(sandbox, program, held_to):
        outputs: list[bytes] = []
        failed: Outcome | None = None
        for answer in answers:
            if isinstance(answer, Outcome):
                failed = answer
                break
            outputs.append(answer)
        # A script judges itself.
        checks = held_to.checks[index : index + len(outputs)]
        known = [_recalled(sandbox, task, held_to, *pair) for pair in zip(checks, outputs, strict=False)]
        fits = repeat(True) if program.kind == "script" else matches(sandbox, program, known, outputs)
        for check, output, fit in zip(known, outputs, fits, strict=False):
            if not fit:
                return index, "wrong", mismatch(check, output)
            index += 1
        if failed is not None:
            return index, _failed(task, failed), failed.detail
    return None


def _recalled(sandbox: Sandbox, task: Task, held_to: Terms, check: TestCase, output: bytes) -> TestCase:
    """The check with its expected value. One too long to be stored is told by its hash, and the reference gives it
    again where the output's is another: equal values may have two texts."""
    if check.expected is not None or not check.answer_hash:
        return check
    if hashlib.sha256(output).hexdigest() == check.answer_hash:
        return msgspec.structs.replace(check, expected=output.decode("utf-8", "replace"))
    reference = language(task.language).program(task, task.reference or "")
    return _with_answer(check, ask(sandbox, reference, [check.input], held_to.limits).answers[0])


def _answers(sandbox: Sandbox, program: Program, held_to: Terms) -> Iterator[Sequence[bytes | Outcome]]:
    """The answers to the checks in order, child by child, until one fails."""
    known = held_to.answered
    if known is not None and known.checks is held_to.checks and known.program == program:
        yield known.outputs
        return
    inputs = [check.input for check in held_to.checks]
    patience = _Patience(held_to, function=program.kind == "function")
    for child in children(sandbox, program, inputs, patience.limits, patience.follows, partial(_is_wrong, held_to)):
        yield child.answers


def _is_wrong(held_to: Terms, before: int, outputs: Sequence[bytes]) -> bool:
    """Whether one of the outputs to the checks from ``before`` on does not fit, as far as that is known while the
    program still runs: no checker is asked, and no reference."""
    for check, output in zip(held_to.checks[before:], outputs, strict=False):
        known = check.expected is not None and check.comparison.kind != "checker"
        if known and not compare(check.expected, output, check.comparison):
            return True
    return False


class _Patience:
    """What a candidate may still take, and whether it gets another child: never after its first failure.

    A Function may take its limit for each input, and three times that in all for each child that the reference needs,
    more where the limit is short. It continues in another child where the results of one would pass the output limit,
    or where one used up its memory after some results. The reference is asked in the same way.
    """

    def __init__(self, held_to: Terms, *, function: bool) -> None:
        self.one, self.function = held_to.limits, function
        self.left = max(_CHILDREN * len(held_to.children_s), _PATIENT_S / held_to.limits.cpu_s) if function else 1.0
        """How many times the limit."""

    def limits(self) -> Limits:
        if not self.function:
            return self.one
        left, one = max(1.0, self.left), self.one
        return msgspec.structs.replace(one, cpu_s=left * one.cpu_s, wall_s=left * one.wall_s, answer_s=one.cpu_s)

    def follows(self, outcome: Outcome, answered: bool) -> Literal["again", "stop"]:
        self.left -= max(outcome.cpu_s / self.one.cpu_s, outcome.wall_s / self.one.wall_s)
        again = answered and outcome.ended in {"refused", "memory"} and self.left > 0.0
        return "again" if again else "stop"


def _failed(task: Task, outcome: Outcome) -> VerdictOutcome:
    assertion = language(task.language).failed_assertion
    if isinstance(task.interface, Script) and outcome.ended == "error" and outcome.detail.startswith(assertion):
        return "wrong"
    return _VERDICT.get(outcome.ended, "error")


def mismatch(case: TestCase, output: bytes) -> str:
    """What an output to a case is, and what it should be."""

    def short(text: str) -> str:
        return text if len(text) <= 200 else text[:200] + "..."

    got = output.decode("utf-8", "replace")
    return f"input {short(case.input)} gave {short(got)}, expected {short(str(case.expected))}"
