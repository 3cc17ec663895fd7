"""Expected values: from the reference, agreed on by an independent candidate where there is one; else a majority's.

A disagreement is recorded, not hidden. Candidates that agree throughout become the voters for inputs made later.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from efficoder.code import candidate_id
from efficoder.loads.trial import Trial
from efficoder.sandbox import Limits
from efficoder.types import Candidate, Comparison, Disagreement, TestCase

VOTERS = 8
"""Independent correct candidates asked about each new input."""
_NEARLY_ALL = 0.95  # a candidate that fits so many filled checks may vote on the others
_FACTOR = 10.0  # a candidate may take so many times the reference's time
_LARGEST = 1 << 20  # a longer answer is no better check than a shorter one (HumanEval+ has some of 11 MB)
_TOGETHER_S = 2.5  # CPU time the reference may take for all checks: the most a candidate gets is 10 s
_TRYING_S = 60.0  # of a task, after which further checks are not tried alone
_ALONE = Limits(cpu_s=_TOGETHER_S, wall_s=4 * _TOGETHER_S, output_bytes=16 << 20)
_SHOWN = 300
_EXAMPLES = 10


@dataclass(slots=True)
class Settled:
    """What became of a task's given checks."""

    checks: list[TestCase] = field(default_factory=list)
    voters: list[Candidate] = field(default_factory=list)
    """Candidates independent of the reference that fit every check kept."""
    reference: str | None = None
    """The reference; without one, the candidate that gives the majority's answers."""
    disagreements: list[Disagreement] = field(default_factory=list)
    heavy: int = 0
    """Given checks left out: with them the reference would take too long for all together."""
    problem: str | None = None
    """Why the task cannot be used."""
    detail: str = ""


def settle(trial: Trial, checks: Sequence[TestCase], candidates: Sequence[Candidate]) -> Settled:
    """Check the reference on what is given, fill in what is not, and find the voters."""
    unique = list({candidate.id: candidate for candidate in candidates}.values())
    reference = trial.task.reference
    if reference is None:
        return _by_majority(trial, checks, unique)
    settled = _filled(trial, checks, reference)
    if settled.problem is None:
        own = candidate_id(trial.task.id, reference)
        _ask(trial, settled, [candidate for candidate in unique if candidate.id != own])
    return settled


def _filled(trial: Trial, checks: Sequence[TestCase], reference: str) -> Settled:
    given = len(checks)
    checks = _affordable(trial, checks, reference)
    if not checks:
        detail = f"the reference takes over {_TOGETHER_S:g} s of CPU time on every given input"
        return Settled(problem="too_heavy", detail=detail, heavy=given)
    first, second = trial.seeded(reference, [check.input for check in checks])
    settled = Settled(reference=reference, heavy=given - len(checks))
    filled: list[TestCase] = []
    for check, output in zip(checks, first, strict=True):
        if output is None and check.expected is not None:
            outcome = trial.run(reference, [check.input])
            detail = f"on {check.input[:_SHOWN]}: {outcome.detail or outcome.ended}"
            return Settled(problem="reference_fails", detail=detail)
        if output is not None and len(output) <= _LARGEST:
            text = output.decode("utf-8", "replace")
            filled.append(check if check.expected is not None else _expecting(check, text, "reference"))
    if not filled:
        return Settled(problem="reference_fails", detail="it fails on every given input")
    first = [output if output is not None and len(output) <= _LARGEST else None for output in first]
    outputs = [output for output in first if output is not None]
    for check, output, right in zip(filled, outputs, trial.fits(filled, outputs), strict=True):
        if not right:
            got = output.decode("utf-8", "replace")[:_SHOWN]
            detail = f"{check.input[:_SHOWN]} gave {got}, expected {str(check.expected)[:_SHOWN]}"
            return Settled(problem="reference_fails", detail=detail)
    again = [output for output, kept in zip(second, first, strict=True) if kept is not None]
    tolerant = _tolerant(trial, filled, again)
    if tolerant is None:
        return Settled(problem="nondeterministic", detail="the reference answers differently under another seed")
    settled.checks = tolerant
    return settled


def _affordable(trial: Trial, checks: Sequence[TestCase], reference: str) -> Sequence[TestCase]:
    """All checks; where they take one child too long together, in their order those that do not. Checks are no loads,
    and a limit that the reference nearly meets fails right candidates (MBPP+ 599 sums to 10**8 twelve times)."""
    trial.reference_s = trial.total_s(reference, [check.input for check in checks])
    if trial.one_by_one or trial.reference_s <= _TOGETHER_S:
        return checks
    kept: list[TestCase] = []
    trial.reference_s = 0.0
    for check in checks:
        if trial.spent_s > _TRYING_S:
            break
        outcome = trial.run(reference, [check.input], _ALONE)
        taken = outcome.cpu_s - trial.floor_s
        # One that was stopped took just what was left to it, and may take far more.
        if outcome.ended != "timeout" and trial.reference_s + taken <= _TOGETHER_S:
            trial.reference_s += taken
            kept.append(check)
    return kept


def _tolerant(trial: Trial, checks: list[TestCase], again: Sequence[bytes | None]) -> list[TestCase] | None:
    """The checks with the strictest comparison under which a second run of the reference is right; None: there is
    none."""
    if all(trial.fits(checks, again)):
        return checks
    for comparison in (Comparison(kind="unordered"), Comparison(kind="float", absolute=1e-6, relative=1e-6)):
        loosened = [msgspec.structs.replace(check, comparison=comparison) for check in checks]
        if all(trial.fits(loosened, again)):
            return loosened
    return None


def _ask(trial: Trial, settled: Settled, candidates: Sequence[Candidate]) -> None:
    """Candidates that fit vote on the expected values that the source did not give."""
    checks = settled.checks
    given = [check.origin == "given" for check in checks]
    inputs = [check.input for check in checks]
    plausible: list[tuple[Candidate, list[bytes | None], list[bool]]] = []
    for candidate in candidates:
        outputs = trial.each(candidate.code, inputs, trial.limits(_FACTOR))
        fits = trial.fits(checks, outputs)
        if all(fit or not known for fit, known in zip(fits, given, strict=True)) and sum(fits) >= _NEARLY_ALL * len(
            fits
        ):
            plausible.append((candidate, outputs, fits))
        if len(plausible) == VOTERS:
            break
    kept: list[int] = []
    for index, check in enumerate(checks):
        agreed = any(fits[index] for _, _, fits in plausible)
        if not plausible or given[index] or agreed:
            kept.append(index)
        for candidate, outputs, fits in plausible:
            if not fits[index]:
                note(settled.disagreements, check, outputs[index], candidate)
    settled.voters = [candidate for candidate, _, fits in plausible if all(fits[index] for index in kept)]
    origin = "agreement" if settled.voters else "reference"
    settled.checks = [
        checks[index] if given[index] else msgspec.structs.replace(checks[index], origin=origin) for index in kept
    ]


def _by_majority(trial: Trial, checks: Sequence[TestCase], candidates: Sequence[Candidate]) -> Settled:
    """Without a reference: the answers most candidates give, by those right on all that is given."""
    inputs = [check.input for check in checks]
    answers: list[tuple[Candidate, list[bytes | None]]] = []
    for candidate in candidates:
        outputs = trial.each(candidate.code, inputs)
        known = [index for index, check in enumerate(checks) if check.expected is not None]
        if all(trial.fits([checks[i] for i in known], [outputs[i] for i in known])):
            answers.append((candidate, outputs))
    settled = Settled()
    kept: list[int] = []
    for index, check in enumerate(checks):
        votes = Counter(outputs[index] for _, outputs in answers if outputs[index] is not None)
        winner, count = votes.most_common(1)[0] if votes else (b"", 0)
        if check.expected is None and (count < 2 or 2 * count <= len(answers)):
            continue
        text = (winner or b"").decode("utf-8", "replace")
        kept.append(index)
        settled.checks.append(check if check.expected is not None else _expecting(check, text, "agreement"))
    for candidate, outputs in answers:
        fits = trial.fits(settled.checks, [outputs[index] for index in kept])
        if all(fits):
            settled.voters.append(candidate)
        for check, index, fit in zip(settled.checks, kept, fits, strict=True):
            if not fit:
                note(settled.disagreements, check, outputs[index], candidate)
    if not settled.checks or not settled.voters:
        return Settled(problem="no_reference", detail="no reference, and no majority of candidates agrees")
    settled.reference = settled.voters.pop(0).code
    settled.voters = settled.voters[:VOTERS]
    return settled


def note(found: list[Disagreement], check: TestCase, output: bytes | None, candidate: Candidate) -> None:
    """Record a disagreement; a few examples a task are enough."""
    if len(found) < _EXAMPLES:
        got = "failed" if output is None else output.decode("utf-8", "replace")[:_SHOWN]
        expected = str(check.expected)[:_SHOWN]
        shown = Disagreement(input=check.input[:_SHOWN], expected=expected, got=got, candidate_id=candidate.id)
        found.append(shown)


def _expecting(check: TestCase, text: str, origin: str) -> TestCase:
    return msgspec.structs.replace(check, expected=text, origin=origin)
