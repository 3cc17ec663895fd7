"""Expected values of the given checks: what the source says, else what its reference answers. No candidate has a say.

A check that cannot be used is counted by its reason. A task that loses many checks is left out, because those that
remain may be the easy ones. Only a reference that its source does not vouch for is questioned (``disputed``); a task
whose reference is disputed is left out.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from efficoder.judging.trial import GIVEN_LIMITS, TOGETHER_S, Trial
from efficoder.sandbox import Outcome
from efficoder.testgen.answers import expecting, steady, unordered
from efficoder.types import Candidate, Disagreement, Task, TaskTests, TestCase

MAX_LOST = 0.1
"""A task that loses a larger share of its checks is left out (measured: docs/decisions/0010)."""
_MISFITS = 0.5
"""The same for inputs that the task's language has no values for, which are not the harder ones, and for those on
which a twin's answer is another one (testgen/twins.py)."""
_ELSEWHERE = ("misfit", "twin_differs")
LARGEST = 1 << 20  # of a longer answer the hash is stored (HumanEval+ has some of 11 MB)
_ASKED = 24  # candidates asked about a reference its source does not vouch for, the first samples of each model first
_SHOWN = 300
_EXAMPLES = 10
REASONS = {"timeout": "too_heavy", "memory": "too_heavy", "killed": "too_heavy", "refused": "answer_refused"}
_PROBLEMS = {"reference_raises": "reference_fails", "no_answer": "no_reference"}
WHY = {
    "too_heavy": f"the reference takes over {TOGETHER_S:g} s of CPU time, or too much memory",
    "answer_refused": "the reference's answer is no plain data, no UTF-8, or over 32 MB",
    "reference_raises": "the reference fails",
    "nondeterministic": "the reference answers differently under another seed of its random numbers or hashes",
    "no_answer": "neither an expected value nor a reference",
    "undecodable": "the source's text is no data",
    "own_checker": "the set's checker takes more than one answer",
    "twin_differs": "the reference's answer is not that of the same problem in another language",
    "misfit": "the input, or its answer, has no counterpart in the types of the signature",
}
"""Reasons for which a check is lost, in words."""


@dataclass(slots=True)
class Settled:
    """What became of a task's given checks."""

    checks: list[TestCase] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    """Checks of the source that cannot be used, by reason."""
    unused: Counter[str] = field(default_factory=Counter)
    """The same for generated inputs: losing them takes nothing from the source's tests."""
    problem: str | None = None
    """Why the task cannot be used."""
    detail: str = ""


def settle(trial: Trial, checks: Sequence[TestCase], lost: Mapping[str, int]) -> Settled:
    """Check the reference on the given values and fill in those that are missing. ``lost``: checks that the source's
    adapter left out, by reason."""
    reference = trial.task.reference
    settled = Settled(lost=Counter(lost))
    checks = fitting(trial, settled, checks)
    if reference is None:
        settled.checks = [check for check in checks if is_known(check)]
        settled.lost.update("no_answer" for check in checks if not is_known(check))
    else:
        _fill(trial, settled, checks, reference)
    if settled.problem is None:
        _exclude(settled)
    return settled


def fitting(trial: Trial, settled: Settled, checks: Sequence[TestCase]) -> list[TestCase]:
    """Those whose input the task's language has values for."""
    kept = []
    for check in checks:
        if trial.misfit(check.input):
            _lose(settled, check, "misfit")
        else:
            kept.append(check)
    return kept


def settle_loads(trial: Trial, settled: Settled, loads: Sequence[TestCase]) -> list[TestCase]:
    """The source's loads, with their answers filled in: they judge, whether they are timed or not. Losses and
    contradictions go into ``settled``."""
    reference, kept = trial.task.reference, list[TestCase]()
    for load in fitting(trial, settled, loads):
        outcome = trial.run(reference or "", [load.input], GIVEN_LIMITS)
        if outcome.ended == "finished":
            if load.expected is None and not _is_text(outcome.outputs[0]):
                _lose(settled, load, "answer_refused")
                continue
            filled = _expecting(load, outcome.outputs[0])
            if not all(trial.fits([filled], outcome.outputs)):
                got = outcome.outputs[0].decode("utf-8", "replace")[:_SHOWN]
                _fails(settled, load, f"gave {got}, expected {str(load.expected)[:_SHOWN]}")
                break
            kept.append(msgspec.structs.replace(filled, origin="shipped_load"))
        elif load.expected is not None and outcome.ended == "timeout":
            kept.append(msgspec.structs.replace(load, origin="shipped_load"))  # it is not lost because somebody is slow
        elif load.expected is not None:
            _lose(settled, load, REASONS.get(outcome.ended, "reference_raises"))
    if settled.problem is None:
        _exclude(settled)
    return kept


def no_checks(task: Task, tests: TaskTests) -> str:
    """Why a task has no checks."""
    if tests.lost:
        counts = ", ".join(f"{count}: {WHY[reason]}" for reason, count in tests.lost.items())
        return f"no check of the source can be used ({counts})"
    twin = f", and no source of the run has {task.problem_id} with tests in another language" if task.problem_id else ""
    return f"the source gives no tests, and nothing makes any{twin}"


def is_known(check: TestCase) -> bool:
    """Whether the source itself says what is right: by a value, or by a checker that asks for none."""
    return check.expected is not None or check.comparison.kind == "checker"


def _exclude(settled: Settled) -> None:
    """Mark a task that has no check left, or too few."""
    misfits = sum(settled.lost[reason] for reason in _ELSEWHERE)
    gone, total = settled.lost.total() - misfits, settled.lost.total() + len(settled.checks)
    if gone <= MAX_LOST * (total - misfits) and misfits <= _MISFITS * total and settled.checks:
        return
    gone += misfits
    reasons = (settled.lost + settled.unused).most_common()
    settled.problem = _PROBLEMS.get(reasons[0][0], reasons[0][0])
    counts = ", ".join(f"{count}: {WHY[reason]}" for reason, count in reasons)
    gone += settled.unused.total()
    settled.detail = f"{gone} of {gone + len(settled.checks)} checks cannot be used ({counts})"


def _fill(trial: Trial, settled: Settled, checks: Sequence[TestCase], reference: str) -> None:
    first, second = trial.seeded(reference, [check.input for check in checks])
    if uncompiled := not_compiled(first):
        settled.problem, settled.detail = "reference_fails", uncompiled
        return
    if first != second and _is_order_free(trial, checks, first):
        checks = [unordered(check) for check in checks]
    answered = [index for index, answer in enumerate(first) if not isinstance(answer, Outcome)]
    filled = [_expecting(checks[index], _bytes(first[index])) for index in answered]
    fits = trial.fits(filled, [_bytes(first[index]) for index in answered])
    again = trial.fits(filled, [_bytes(second[index]) for index in answered])
    right = dict(zip(answered, fits, strict=True))
    repeats = dict(zip(answered, zip(filled, again, strict=True), strict=True))
    for index, (check, answer) in enumerate(zip(checks, first, strict=True)):
        if isinstance(answer, Outcome):
            reason = REASONS.get(answer.ended, "reference_raises")
            if reason == "reference_raises" and check.expected is not None:
                _fails(settled, check, answer.detail or answer.ended)
                return
            _lose(settled, check, reason)
        elif check.expected is None and not _is_text(answer):
            _lose(settled, check, "answer_refused")
        elif not right[index]:
            got = answer.decode("utf-8", "replace")[:_SHOWN]
            _fails(settled, check, f"gave {got}, expected {str(check.expected)[:_SHOWN]}")
            return
        elif not repeats[index][1]:
            _lose(settled, check, "nondeterministic")
        elif check.expected is None and len(answer) > LARGEST:
            known = hashlib.sha256(answer).hexdigest()
            settled.checks.append(msgspec.structs.replace(check, origin="reference", answer_hash=known))
        else:
            settled.checks.append(repeats[index][0])


def not_compiled(answers: Sequence[bytes | Outcome]) -> str:
    """What the compiler says, where it makes no program of the reference; else empty."""
    failed = (each for each in answers[:1] if isinstance(each, Outcome) and each.ended == "compile_error")
    return next((f"compile_error: {each.detail}" for each in failed), "")


def _is_order_free(trial: Trial, checks: Sequence[TestCase], answers: Sequence[bytes | Outcome]) -> bool:
    """Whether the hash seed decides the order of an answer, and nothing else. Answers that random numbers put into
    order are nobody's to ask for."""
    reference = trial.task.reference or ""
    for check, first, again in zip(checks, answers, trial.rehashed(reference, [c.input for c in checks]), strict=True):
        if not isinstance(first, Outcome) and not isinstance(again, Outcome) and first != again:
            filled = expecting(check, first)
            known = steady(trial, filled, [first, again])
            if known is not None and known.comparison != filled.comparison:
                return True
    return False


def _lose(settled: Settled, check: TestCase, reason: str) -> None:
    (settled.unused if check.origin == "generated" else settled.lost)[reason] += 1


def _fails(settled: Settled, check: TestCase, what: str) -> None:
    settled.problem, settled.detail = "reference_fails", f"on {check.input[:_SHOWN]}: {what}"


def _is_text(answer: bytes) -> bool:
    try:
        answer.decode()
    except UnicodeDecodeError:
        return False
    return True


def _bytes(answer: bytes | Outcome | None) -> bytes | None:
    return None if isinstance(answer, Outcome) else answer


def _expecting(check: TestCase, answer: bytes | None) -> TestCase:
    if check.expected is not None or answer is None:
        return check
    return msgspec.structs.replace(expecting(check, answer), origin="reference")


def disputed(
    trial: Trial, checks: Sequence[TestCase], candidates: Sequence[Candidate], authors: Mapping[str, Collection[str]]
) -> list[Disagreement]:
    """A few examples of checks on which candidates of two models give one answer, and the reference another.

    ``authors``: the models that wrote each candidate. For references whose source does not vouch for them;
    docs/decisions/0010 has what this catches, and what it costs.
    """
    asked = {"reference", "grown", "generated"}
    questioned = [check for check in checks if check.origin in asked and check.expected is not None]
    met: list[list[tuple[TestCase, set[str]]]] = [[] for _ in questioned]
    found: dict[int, Disagreement] = {}
    for candidate in candidates[:_ASKED] if questioned else ():
        outputs = trial.each(candidate.code, [check.input for check in questioned])
        fits = trial.fits(questioned, outputs)
        for index, (check, output, fit) in enumerate(zip(questioned, outputs, fits, strict=True)):
            if fit or output is None or index in found or len(found) >= _EXAMPLES:
                continue
            models = _joined(trial, met[index], check, output)
            models |= set(authors.get(candidate.id, ()))
            if len(models) > 1:
                found[index] = _disagreement(check, output, candidate)
    return list(found.values())


def _joined(trial: Trial, met: list[tuple[TestCase, set[str]]], check: TestCase, output: bytes) -> set[str]:
    """The set of models that gave this answer before; the caller adds to it."""
    for other, models in met:
        if all(trial.fits([other], [output])):
            return models
    met.append((msgspec.structs.replace(check, expected=output.decode("utf-8", "replace")), set()))
    return met[-1][1]


def _disagreement(check: TestCase, output: bytes, candidate: Candidate) -> Disagreement:
    return Disagreement(
        input=check.input[:_SHOWN],
        expected=str(check.expected)[:_SHOWN],
        got=output.decode("utf-8", "replace")[:_SHOWN],
        candidate_id=candidate.id,
    )
