"""Mutation score: how many of the reference's mutants (copies with one small fault) do the checks notice?"""

from collections.abc import Sequence
from dataclasses import dataclass

from efficoder.judging.trial import Trial
from efficoder.languages import Mutant
from efficoder.testgen.checks.settle import is_known
from efficoder.types import TestCase

_FIRST = 20
_FACTOR = 4.0  # a mutant may take so many times the reference's time


@dataclass(slots=True)
class Hunt:
    """The mutants no check has noticed yet, and counts of the others: killed by checks, or only by inputs not kept."""

    trial: Trial
    alive: list[Mutant]
    killed: int = 0
    only_by_pool: int = 0

    @property
    def total(self) -> int:
        return self.killed + self.only_by_pool + len(self.alive)

    def by(self, checks: Sequence[TestCase]) -> int:
        """How many live mutants ``checks`` kill; those are removed."""
        dead = self._dead(checks)
        self.killed += dead
        return dead

    def by_pool(self, checks: Sequence[TestCase]) -> int:
        """The same for inputs that are not kept as checks. It shows that those mutants differ from the reference,
        though no check kills them."""
        dead = self._dead(checks)
        self.only_by_pool += dead
        return dead

    def _dead(self, checks: Sequence[TestCase]) -> int:
        checks = [check for check in checks if is_known(check)]  # an answer too long to be stored is not compared here
        if not checks:
            return 0
        before = len(self.alive)
        self.alive = [mutant for mutant in self.alive if not self._notices(checks, mutant)]
        return before - len(self.alive)

    def _notices(self, checks: Sequence[TestCase], mutant: Mutant) -> bool:
        # A few checks first: most mutants fail there, and one that hangs does not get the time for all checks.
        groups = [[check] for check in checks] if self.trial.one_by_one else [checks[:_FIRST], checks[_FIRST:]]
        for group in filter(None, groups):
            limits = self.trial.limits(_FACTOR * len(group) / len(checks))
            if not self.trial.passes(mutant.code, group, limits):
                return True
        return False
