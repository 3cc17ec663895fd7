"""A tester's proposal on its way into a task's tests. Its inputs are used. The expected values come from the reference;
the tester's own value is at most a second opinion."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from efficoder.judging.trial import Trial
from efficoder.types import Comparison, Stdio, Task, TaskTests, TestCase, TesterFacts, TestFacts


@dataclass(slots=True)
class Proposal:
    """All that a tester's replies for one task hold."""

    checks: list[TestCase] = field(default_factory=list)
    """``expected`` is the tester's own value; None where it gives none that is data."""
    ignored: int = 0
    """Tests that are no plain data, or too long."""
    programs: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class TesterClaims:
    """A proposal, and how much of it was used so far; empty without a proposal."""

    claims: dict[str, TestCase] = field(default_factory=dict)
    """The tester's cases by input, without the inputs that the source gives."""
    programs: tuple[str, ...] = ()
    facts: TesterFacts | None = None

    @classmethod
    def of(cls, proposal: Proposal | None, tests: TaskTests) -> "TesterClaims":
        if proposal is None:
            return cls()
        given = {check.input for check in tests.checks}
        claims = {case.input: case for case in proposal.checks if case.input not in given}
        facts = TesterFacts(proposed=len(claims), ignored=proposal.ignored, problems=tuple(proposal.problems))
        return cls(claims, tuple(proposal.programs), facts)

    def inputs(self, task: Task) -> Iterator[TestCase]:
        """The proposed inputs alone, for a task whose source gives none."""
        comparison = Comparison(kind="tokens") if isinstance(task.interface, Stdio) else Comparison()
        return (TestCase(input=text, comparison=comparison, origin="generated") for text in self.claims)

    def weighed(self, trial: Trial, cases: Sequence[TestCase]) -> list[TestCase]:
        """The settled ``cases`` to keep.

        Only the reference answered a proposed input, which may be outside the task's domain: it is kept if the tester
        expected that answer.
        """
        kept: list[TestCase] = []
        used = wrong = 0
        for case in cases:
            claim = self.claims.get(case.input)
            if claim is None:
                kept.append(case)
                continue
            right = _right(trial, case, claim)
            wrong += claim.expected is not None and not right
            if right:
                kept.append(case)
                used += 1
        if self.facts is not None:
            self.facts = msgspec.structs.replace(
                self.facts, used=self.facts.used + used, wrong=self.facts.wrong + wrong
            )
        return kept

    def dropped(self, task: Task) -> TestFacts:
        """The facts of a task that is dropped before anything else is known of it."""
        return TestFacts(task_id=task.id, tester=self.facts)


def _right(trial: Trial, case: TestCase, claim: TestCase) -> bool:
    """Whether the tester expects the settled value, by the task's own rule or by a looser one that the tester asked for
    (a tolerance, any order)."""
    if claim.expected is None:
        return False
    if claim.comparison.kind == "exact":
        claim = msgspec.structs.replace(case, expected=claim.expected)
    return all(trial.fits([claim], [str(case.expected).encode()]))
