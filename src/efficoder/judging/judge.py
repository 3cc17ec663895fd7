"""Is it right? Runs a candidate's checks in the sandbox and compares outside it, where the expected values are.

Not here: which tests to run (testgen/writer.py), how a child is guarded (sandbox/), how fast it is (judging/race.py).
"""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from efficoder import wire
from efficoder.errors import ReferenceFault
from efficoder.judging.compare import compare
from efficoder.languages import python
from efficoder.sandbox import Limits, Outcome, Program, Sandbox
from efficoder.types import Candidate, Script, Stdio, Task, TestCase, Verdict
from efficoder.types import Outcome as VerdictOutcome

_VERDICT: dict[str, VerdictOutcome] = {
    "error": "error",
    "timeout": "timeout",
    "memory": "memory",
    "killed": "error",
    "refused": "refused",
}

TOO_LARGE = ("RecursionError", "ValueError: Exceeds the limit")
"""What Python itself refuses at a size the task may never have meant: it says nothing about right or wrong."""
LIMIT_FACTOR = 20.0
"""A candidate may take this many times the reference's CPU time (COFFE allows 10, EvalPerf 4)."""
TOGETHER_S = 2.5
"""CPU time that one child's inputs may take the reference: a limit that it nearly meets fails right programs."""
_CHILDREN = 3
"""Children in which a program may run out of time after some results, for each one that the reference needs: one that
sums to 10**6 a hundred times is slow, not wrong; one that never ends fails in the second."""
_PATIENT_S = 10.0
"""CPU time that a program with results to show gets at least: EvalPlus gives each input a second (HumanEval/96)."""
_FAILURES = 12
"""Inputs a program may fail on before the rest is not tried."""


def tests_hash(cases: Sequence[TestCase]) -> str:
    """Identity of a list of cases: a verdict or a measurement by other ones does not count."""
    digest = hashlib.sha256()
    for case in cases:
        rule = case.comparison
        for part in (case.input, str(case.expected), rule.kind, str(rule.absolute), str(rule.relative), rule.checker):
            digest.update(part.encode("utf-8", "surrogatepass"))
            digest.update(b"\0")
    return digest.hexdigest()[:16]


class Terms(msgspec.Struct, frozen=True):
    """What the candidates of one task are held to."""

    checks: tuple[TestCase, ...]
    """With every expected value."""
    limits: Limits
    """Of one child: checks of a Function or Script task together, each check of a Stdio task."""
    children: int = 1
    """Children that the reference needs for all checks of a Function task."""


def terms(sandbox: Sandbox, task: Task, checks: Sequence[TestCase], most: Limits, least_s: float) -> Terms:
    """Limits from the reference's own time on these checks, and the answers that are its to give.

    Below ``least_s`` noise and start-up would decide. Without a reference they are ``most``. Raises ReferenceFault
    where the reference does not answer what it has answered.
    """
    if task.reference is None or not checks:
        return Terms(tuple(checks), most)
    program = python.program(task, task.reference)
    if program.kind == "script":
        needed = sandbox.run(program, [check.input for check in checks], most).cpu_s
        return Terms(tuple(checks), scaled(most, needed, least_s))
    short = most.within(min(most.cpu_s, TOGETHER_S))
    asked = ask_all(sandbox, program, [check.input for check in checks], short)
    known = tuple(map(_with_answer, checks, asked.answers))
    return Terms(known, scaled(most, max(asked.children_s), least_s), len(asked.children_s))


def scaled(most: Limits, needed_s: float, least_s: float) -> Limits:
    """A candidate's limits, where the reference needed ``needed_s``."""
    return most.within(min(most.cpu_s, max(least_s, LIMIT_FACTOR * needed_s)))


def _with_answer(check: TestCase, answer: "bytes | Outcome") -> TestCase:
    if check.expected is not None:
        return check
    if isinstance(answer, Outcome):
        raise ReferenceFault(f"the reference does not answer now ({answer.detail or answer.ended}): {check.input[:80]}")
    return msgspec.structs.replace(check, expected=answer.decode("utf-8", "replace"))


class Asked(msgspec.Struct):
    answers: list[bytes | Outcome]
    """For each input the output, or the Outcome of the child that failed on it or before it."""
    children_s: list[float]
    """CPU time of each child."""


def ask_all(
    sandbox: Sandbox, program: Program, inputs: Sequence[str], limits: Limits, *, patient: bool = True
) -> Asked:
    """Run a Function or Stdio program on every input, as many in a child as ``limits`` allow.

    ``patient``: a child that ran out of time, memory or room after some results is followed by another. After a dozen
    failures, or without patience after one that took all there was, the rest is not tried.
    """
    asked = Asked([], [])
    failures = 0
    while len(asked.answers) < len(inputs):
        rest = inputs[len(asked.answers) :]
        outcome = sandbox.run(program, rest[:1] if program.kind == "stdio" else rest, limits)
        results = outcome.outputs if program.kind == "function" or outcome.ended == "finished" else ()
        asked.answers += results
        asked.children_s.append(outcome.cpu_s)
        if outcome.ended == "finished" or (results and outcome.ended == "refused"):
            continue  # the results of one child may be too many, when each alone is not: the next begins with it
        spent = outcome.ended not in {"error", "refused"}
        if spent and results and patient:
            continue
        asked.answers.append(outcome)
        failures = failures + 1 if patient or not spent else _FAILURES
        if failures >= _FAILURES:
            asked.answers += [outcome] * (len(inputs) - len(asked.answers))
    return asked


def judge(sandbox: Sandbox, task: Task, candidate: Candidate, held_to: Terms) -> Verdict:
    """Run all checks on the candidate; the verdict names the first failing one.

    Raises SandboxFault for faults of ours; those are never a verdict.
    """
    program, checks = python.program(task, candidate.code), held_to.checks
    failure = (
        _first_failure_one_by_one(sandbox, program, checks, held_to.limits)
        if isinstance(task.interface, Stdio)
        else _first_failure(sandbox, program, held_to)
    )
    index, outcome, detail = failure or (None, "passed", "")
    return Verdict(
        candidate_id=candidate.id,
        task_id=task.id,
        outcome=outcome,
        trust="script" if isinstance(task.interface, Script) else "outside",
        checks_run=len(checks) if index is None else index + 1,
        first_failure=index,
        detail=detail,
    )


Failure = tuple[int, VerdictOutcome, str]


def _first_failure(sandbox: Sandbox, program: Program, held_to: Terms) -> Failure | None:
    checks = held_to.checks
    outputs, outcome = run_all(sandbox, program, [case.input for case in checks], held_to.limits, held_to.children)
    if program.kind == "script":
        if len(outputs) == len(checks) and outcome.ended == "finished":
            return None
        return len(outputs), _script_verdict(outcome), outcome.detail
    for index, right in enumerate(matches(sandbox, checks, outputs)):
        if not right:
            return index, "wrong", _mismatch(checks[index], outputs[index])
    if len(outputs) < len(checks) or outcome.ended != "finished":
        return min(len(outputs), len(checks) - 1), _VERDICT.get(outcome.ended, "error"), outcome.detail
    return None


def run_all(
    sandbox: Sandbox, program: Program, inputs: Sequence[str], limits: Limits, children: int = 1
) -> tuple[list[bytes], Outcome]:
    """The outputs for ``inputs`` in order, and the last child's Outcome; fewer outputs mean it failed on the next one.

    One child for a Function or Script program; one child an input for a Stdio program. A Function goes on in another
    child where the results of one would pass the output limit, and where the time of one is gone after some results:
    what fails by time is an input that takes too long by itself, or the third child for each of ``children`` (a later
    one where the limits are short). Children that end early take their share of those: one that returns one result each
    second call would get one for each input.
    """
    outputs: list[bytes] = []
    late, most = 0.0, max(_CHILDREN * children, _PATIENT_S / limits.cpu_s)
    while True:
        rest = inputs[len(outputs) :]
        outcome = sandbox.run(program, rest[:1] if program.kind == "stdio" else rest, limits)
        if outcome.ended == "finished" or program.kind != "stdio":
            outputs += outcome.outputs
        some = program.kind == "function" and len(outcome.outputs) > 0
        used = max(outcome.cpu_s / limits.cpu_s, outcome.wall_s / limits.wall_s)
        late += 1.0 if outcome.ended == "timeout" else min(1.0, used)
        again = some and outcome.ended in {"refused", "timeout"} and late < most
        more = outcome.ended == "finished" and program.kind == "stdio"
        if len(outputs) >= len(inputs) or not (again or more):
            return outputs, outcome


def _first_failure_one_by_one(
    sandbox: Sandbox, program: Program, checks: Sequence[TestCase], limits: Limits
) -> Failure | None:
    for index, case in enumerate(checks):
        outcome = sandbox.run(program, [case.input], limits)
        if outcome.ended != "finished":
            return index, _VERDICT[outcome.ended], outcome.detail
        if not all(matches(sandbox, [case], outcome.outputs)):
            return index, "wrong", _mismatch(case, outcome.outputs[0])
    return None


def _script_verdict(outcome: Outcome) -> VerdictOutcome:
    if outcome.ended == "error" and outcome.detail.startswith("AssertionError"):
        return "wrong"
    return _VERDICT.get(outcome.ended, "error")


def _mismatch(case: TestCase, output: bytes) -> str:
    def short(text: str) -> str:
        return text if len(text) <= 200 else text[:200] + "..."

    got = output.decode("utf-8", "replace")
    return f"input {short(case.input)} gave {short(got)}, expected {short(str(case.expected))}"


def matches(sandbox: Sandbox, cases: Sequence[TestCase], outputs: Iterable[bytes]) -> Iterable[bool]:
    """For each case, does its output fit? Checkers run in a child of their own, never beside the candidate."""
    for case, output in zip(cases, outputs, strict=False):
        if case.comparison.kind == "checker":
            yield _ask_checker(sandbox, case, output)
        else:
            yield compare(case.expected, output, case.comparison)


def _ask_checker(sandbox: Sandbox, case: TestCase, output: bytes) -> bool:
    try:
        arguments = [wire.decode(case.input), wire.decode(output), wire.decode(case.expected or "null")]
    except ValueError:
        return False
    checker = Program(kind="function", code=case.comparison.checker, entry_point="check")
    outcome = sandbox.run(checker, [wire.encode(arguments)])
    # A checker may raise on output of a wrong shape; that is the candidate's mistake, not the checker's.
    return outcome.ended == "finished" and outcome.outputs == (b"true",)


def run_reference(sandbox: Sandbox, task: Task, inputs: Sequence[str], limits: Limits) -> tuple[list[str], Outcome]:
    """The reference's outputs for ``inputs`` as expected values, in order.

    Fewer outputs than inputs mean that it failed on the next one; the last Outcome says how.
    """
    assert task.reference is not None
    outputs, outcome = run_all(sandbox, python.program(task, task.reference), inputs, limits)
    return [output.decode("utf-8", "replace") for output in outputs], outcome
