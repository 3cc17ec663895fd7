"""Mutation score: how many of the reference's mutants (copies with one small fault) do the checks notice?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from efficoder.judging.trial import Trial
from efficoder.languages import Mutant, language
from efficoder.sandbox import Limits
from efficoder.testgen.checks.settle import is_known
from efficoder.types import TestCase

_FIRST = 20
_TRIED = 2
"""Mutants made for each that is wanted, where some may not compile."""
_COMPILED = 3
"""One in so many is wanted where each is compiled: that takes 0.3 to 1 s of CPU time (measured, g++ and rustc)."""
_FACTOR = 4.0  # a mutant may take so many times the reference's time


_AT_ONCE = Limits().within(0.01)


def compiles(trial: Trial, code: str) -> bool:
    """Whether a compiler makes a program of it, where one is needed. It is run on nothing."""
    needed = language(trial.task.language).toolchain is not None
    return not needed or trial.run(code, [""] if trial.one_by_one else [], _AT_ONCE).ended != "compile_error"


@dataclass(slots=True)
class Hunt:
    """The mutants no check has noticed yet, and counts of the others: killed by checks, or only by inputs not kept."""

    trial: Trial
    alive: list[Mutant]
    killed: int = 0
    only_by_pool: int = 0
    uncompiled: int = 0
    """Mutants that the compiler made no program of; they count nowhere else."""

    @classmethod
    def of(cls, trial: Trial, wanted: int, seed: int) -> Self:
        """The hunt for ``wanted`` mutants of the task's reference, fewer where each is compiled."""
        known, reference = language(trial.task.language), trial.task.reference or ""
        if known.toolchain is None:
            return cls(trial, known.mutants(reference, wanted, seed) if wanted else [])
        wanted = -(-wanted // _COMPILED)
        hunt = cls(trial, [])
        for mutant in known.mutants(reference, _TRIED * wanted, seed) if wanted else ():
            if len(hunt.alive) == wanted:
                break
            if compiles(trial, mutant.code):
                hunt.alive.append(mutant)
            else:
                hunt.uncompiled += 1
        return hunt

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
