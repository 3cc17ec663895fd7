"""Adequacy: how many of the reference's mutants do the checks notice?"""

from collections.abc import Sequence
from dataclasses import dataclass

from efficoder.judging.trial import Trial
from efficoder.languages import Mutant
from efficoder.types import TestCase

_FIRST = 20
_FACTOR = 4.0  # a mutant may take so many times the reference's time


@dataclass(slots=True)
class Hunt:
    """Mutants still alive, and what killed the others: ``checks``, or only inputs that were not kept."""

    trial: Trial
    alive: list[Mutant]
    killed: int = 0
    only_by_pool: int = 0

    @property
    def total(self) -> int:
        return self.killed + self.only_by_pool + len(self.alive)

    def by(self, checks: Sequence[TestCase]) -> int:
        """Mutants that ``checks`` kill among those alive; they leave."""
        dead = self._dead(checks)
        self.killed += dead
        return dead

    def by_pool(self, checks: Sequence[TestCase]) -> int:
        """The same for inputs that are no checks: those mutants are not equivalent, but they are not killed."""
        dead = self._dead(checks)
        self.only_by_pool += dead
        return dead

    def _dead(self, checks: Sequence[TestCase]) -> int:
        if not checks:
            return 0
        before = len(self.alive)
        self.alive = [mutant for mutant in self.alive if not self._notices(checks, mutant)]
        return before - len(self.alive)

    def _notices(self, checks: Sequence[TestCase], mutant: Mutant) -> bool:
        # A few first: most mutants fall there, and one that hangs does not get the time for all checks.
        groups = [[check] for check in checks] if self.trial.one_by_one else [checks[:_FIRST], checks[_FIRST:]]
        for group in filter(None, groups):
            limits = self.trial.limits(_FACTOR * len(group) / len(checks))
            if not self.trial.passes(mutant.code, group, limits):
                return True
        return False
