"""write_tests: checks that tell right from wrong and loads that tell slow from fast, one job per task.

First the given checks get their expected values. Then checks are added while they kill more mutants (copies of the
reference with one small fault). Then loads are searched for. A tester's proposals (checks/tester.py) are used at each
step. docs/loads.md has the reasons. A task's tests are the same for all candidates; those are only asked whether they
dispute a reference that its source does not vouch for.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any

import msgspec

from efficoder import wire
from efficoder.config import WriteTestsConfig
from efficoder.judging.judge import Effort
from efficoder.judging.race import most_loops
from efficoder.judging.trial import CHECK_LIMITS, Trial, run_pass
from efficoder.languages import language
from efficoder.sandbox import Sandbox
from efficoder.testgen.answers import answered
from efficoder.testgen.checks.claims import Proposal, TesterClaims
from efficoder.testgen.checks.cut_short import Killed, cut_short
from efficoder.testgen.checks.kills import Hunt
from efficoder.testgen.checks.settle import MAX_LOST, Settled, disputed, is_known, no_checks, settle, settle_loads
from efficoder.testgen.inputs.constraints import bounded, bounds
from efficoder.testgen.inputs.mutate import grown, neighbours
from efficoder.testgen.inputs.relations import Relation, relations
from efficoder.testgen.inputs.shapes import Shape, infer_arguments
from efficoder.testgen.loads.generators import Generator, first_checks
from efficoder.testgen.loads.growth import Growth, bases, growths, rare
from efficoder.testgen.pick import CALL_TEXT, Picked, Picker
from efficoder.testgen.programs import growing
from efficoder.testgen.programs.model import Model, learn
from efficoder.testgen.proof import EDITED, EDITED_TEXT, Proof, Prover
from efficoder.types import (
    Candidate,
    Comparison,
    Disagreement,
    Drop,
    Function,
    LoadPoint,
    Script,
    Stdio,
    Task,
    TaskTests,
    TestCase,
    TestFacts,
)

REVISION = 3
"""It is raised when the same task gets other tests than before; runs then write them again."""
_BASES = 4  # known inputs that loads start from
_GROWING_S = 15.0  # CPU time of a task after which no more checks are grown (typical: 2 s)
_BATCH = 20  # grown inputs tried before asking whether they helped
_KNOWN = 1500  # known inputs looked at for what they have in common
_MUTANT_CHECKS = 400  # checks each mutant is run on
_NO_FORM = (
    "no load was grown: no form was found that the inputs of its tests have in common; name loads or load_programs"
)
_SHOWS_S = 1e-3  # a load under this is no better than the checks


@dataclass(frozen=True, slots=True)
class WrittenTests:
    tests: TaskTests
    facts: TestFacts
    drop: Drop | None = None
    effort: Effort | None = None
    """The reference's, where nothing judges beside the checks that it has just answered."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """What may question a reference that is not vouched for: candidates, and the models that wrote each."""

    candidates: Sequence[Candidate] = ()
    authors: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def about(self, trial: Trial, cases: Sequence[TestCase]) -> list[Disagreement]:
        return [] if trial.task.vouched else disputed(trial, cases, self.candidates, self.authors)


def write_tests(
    sandbox: Sandbox,
    task: Task,
    tests: TaskTests,
    config: WriteTestsConfig,
    seed: int,
    proposal: Proposal | None = None,
    doubts: Doubts = Doubts(),
) -> WrittenTests:
    """Checks and loads for ``task`` from what its source gave and what a tester proposes."""
    if isinstance(task.interface, Script):
        return _as_code(sandbox, task, tests)
    trial = Trial(sandbox, task)
    proposed = TesterClaims.of(proposal, tests)
    programs = _programs(sandbox, task, tests.load_programs)
    checks = tests.checks or (*proposed.inputs(task), *first_checks(programs, seed, tests.comparison))
    programs += _programs(sandbox, task, proposed.programs)
    if not checks:
        return dropped(task, proposed.dropped(task), "no_checks", no_checks(task, tests))
    settled = settle(trial, checks, tests.lost)
    if settled.problem is None and task.reference is not None:
        settled.checks = proposed.weighed(trial, settled.checks)
        if not settled.checks:
            settled.problem, settled.detail = "no_checks", "the tester expects the reference's answer on no input"
    if settled.problem is None and task.reference is None:
        return _without_reference(task, tests, settled)
    shipped = settle_loads(trial, settled, tests.loads) if settled.problem is None else []
    if settled.problem is not None:
        return dropped(task, proposed.dropped(task), settled.problem, settled.detail)
    writer = _Writer(trial, settled, config, seed, programs, proposed)
    writer.score_given()
    if tests.checks:
        writer.add_proposed()
    writer.grow_checks()
    proof = writer.prove(shipped)
    facts = writer.facts(proof, 0 if task.vouched else len(doubts.candidates))
    disagreements = doubts.about(trial, [*writer.checks, *proof.picked.loads])
    if disagreements:
        facts = msgspec.structs.replace(facts, disagreements=tuple(disagreements))
        return dropped(task, facts, "disputed", _dispute(disagreements[0]))
    share = facts.kill_after
    if share is not None and share < config.min_kill:
        return dropped(task, facts, "weak_checks", f"{share:.0%} of the mutants killed")
    made = writer.tests(proof, shipped)
    asked = made.judged == made.checks and [case.input for case in made.checks] == [case.input for case in checks]
    effort = Effort(task_id=task.id, children_s=trial.reference_children_s) if asked else None
    return WrittenTests(made, facts, effort=effort)


def _dispute(found: Disagreement) -> str:
    return f"two models agree against the reference, on {found.input}: {found.got}, not {found.expected}"


def _without_reference(task: Task, tests: TaskTests, settled: Settled) -> WrittenTests:
    """The source's own checks and loads only: nothing says what is right on other inputs."""
    loads = tuple(filter(is_known, tests.loads))
    written = TaskTests(
        task_id=task.id, written=True, checks=tuple(settled.checks), loads=loads, lost=dict(settled.lost)
    )
    return WrittenTests(written, TestFacts(task_id=task.id))


def _as_code(sandbox: Sandbox, task: Task, tests: TaskTests) -> WrittenTests:
    """Script tests stay unchanged where the reference passes them. Tests that cannot run here judge no candidate."""
    facts = TestFacts(task_id=task.id)
    lost, asserts = sum(tests.lost.values()), sum(check.input.count("assert") for check in tests.checks)
    if lost > MAX_LOST * (lost + asserts):
        return dropped(task, facts, "undecodable", f"{lost} of its {lost + asserts} tests cannot be read")
    if task.reference is not None:
        program = language(task.language).program(task, task.reference)
        outcome = run_pass(sandbox, program, [check.input for check in tests.checks], CHECK_LIMITS)
        if outcome.ended != "finished":
            return dropped(task, facts, "reference_fails", f"{outcome.ended}: {outcome.detail}")
    return WrittenTests(msgspec.structs.replace(tests, written=True), facts)


def _programs(sandbox: Sandbox, task: Task, programs: Sequence[str]) -> list[Generator]:
    arity = len(task.interface.parameters) or None if isinstance(task.interface, Function) else 1
    text = isinstance(task.interface, Stdio)
    return [Generator(sandbox, program, arity, text) for program in programs]


def dropped(task: Task, facts: TestFacts, reason: str, detail: str) -> WrittenTests:
    """The task left out. A reference that fails for lack of a package says nothing against the reference."""
    missing = language(task.language).missing_package(detail) if reason == "reference_fails" else None
    if missing:
        reason = "missing_package"
        detail = f"no package {missing!r} for candidates; run.packages names a folder that has it"
    drop = Drop(id=task.id, stage="write_tests", reason=reason, detail=detail, task_id=task.id)
    return WrittenTests(TaskTests(task_id=task.id, written=True, checks=(), loads=()), facts, drop)


@dataclass
class _Writer:
    """The work on one task after its given checks are settled."""

    trial: Trial
    settled: Settled
    config: WriteTestsConfig
    seed: int
    programs: list[Generator]
    proposed: TesterClaims
    checks: list[TestCase] = field(init=False)
    known: list[list[Any]] = field(init=False)
    bases: list[list[Any]] = field(init=False)
    shapes: list[Shape] = field(init=False)
    links: list[Relation] = field(init=False)
    program_input: Model | None = None
    """What is known of a program's input."""
    comparison: Comparison = field(init=False)
    hunt: Hunt = field(init=False)
    killed_before: int = 0

    def __post_init__(self) -> None:
        self.checks = list(self.settled.checks)
        self.comparison = Counter(check.comparison for check in self.checks).most_common(1)[0][0]
        self.known, self.bases, self.shapes, self.links = [], [], [], []
        if isinstance(self.trial.task.interface, Function):
            self._learn(self.trial.task.interface)
        elif isinstance(self.trial.task.interface, Stdio) and self.config.mutate:
            self.program_input = learn([check.input for check in self.checks], self.trial.task.prompt)
        self.hunt = Hunt.of(self.trial, self.config.mutants, self.seed)

    @property
    def reference(self) -> str:
        assert self.trial.task.reference is not None
        return self.trial.task.reference

    def _learn(self, interface: Function) -> None:
        """What the given inputs have in common."""
        step = max(1, len(self.checks) // _KNOWN)
        decoded = [(wire.decode(check.input), str(check.expected)) for check in self.checks[::step]]
        lists = [(arguments, outcome) for arguments, outcome in decoded if isinstance(arguments, list)]
        arity = Counter(len(arguments) for arguments, _ in lists).most_common(1)[0][0]
        alike = [(arguments, outcome) for arguments, outcome in lists if len(arguments) == arity]
        self.known = [arguments for arguments, _ in alike]
        self.bases = bases(alike, _BASES)
        shapes = infer_arguments(self.known, interface.parameters, widen=True)
        names = [parameter.name for parameter in interface.parameters]
        self.shapes = bounded(shapes, names, bounds(self.trial.task.prompt))
        self.links = relations(self.known)

    def score_given(self) -> None:
        self.hunt.by(self.checks[:: max(1, len(self.checks) // _MUTANT_CHECKS)])
        self.killed_before = self.hunt.killed

    def add_proposed(self) -> None:
        """Add the tester's inputs to the given checks. For a task without given checks they are among the settled
        ones."""
        answered = self._answered(list(self.proposed.claims))
        self._add(self.proposed.weighed(self.trial, answered[: max(0, self.config.max_checks - len(self.checks))]))

    def grow_checks(self) -> None:
        """Add inputs in batches while a batch kills more mutants. The other inputs only show which mutants can be
        killed."""
        made = self._small_inputs() if self.config.mutate else []
        before = len(self.checks)
        wanted = min(self.config.grow, self.config.max_checks - before)
        idle = 0
        for start in range(0, len(made), _BATCH):
            if self.trial.spent_s > _GROWING_S:
                return
            answered = self._answered(made[start : start + _BATCH])
            room = wanted - (len(self.checks) - before)
            if room > 0 and idle < 2:
                idle = 0 if self._add(answered[:room]) else idle + 1
                answered = answered[room:]
            self.hunt.by_pool(answered)

    def _small_inputs(self) -> list[str]:
        if self.program_input is not None:
            return growing.grown(self.program_input, self.config.grow, self.seed)
        if not self.shapes:
            return []
        return [wire.encode(each) for each in grown(self.known, self.shapes, self.links, self.config.grow, self.seed)]

    def _add(self, cases: Sequence[TestCase]) -> int:
        """Add generated checks. Returns how many more mutants they kill."""
        self.checks += [msgspec.structs.replace(case, origin="grown") for case in cases]
        return self.hunt.by(cases)

    def _answered(self, inputs: Sequence[str]) -> list[TestCase]:
        """The inputs that the reference answers, with its answers. A batch may take it no longer than all given checks
        did: checks are not meant to be slow."""
        cases = [TestCase(input=text, comparison=self.comparison, origin="reference") for text in inputs]
        return answered(self.trial, self.reference, cases, self.trial.limits(1.0))

    def prove(self, shipped: Sequence[TestCase]) -> Proof:
        """The loads to time, with guards and a ladder. Where a shortcut would go unnoticed on one large input, many
        calls make the load, if the reference can be timed on them."""
        if not self.config.loads:
            return Proof(Picked())
        picked = self._pick_loads(shipped)
        ways = [*self._programs_ways, *chain.from_iterable(self._own_ways)]
        prover = Prover(self.picker, [*self.checks, *self._untimed(picked, shipped)], ways)
        proof = prover.prove(picked, self._edits(picked))
        if proof.constant and self.config.mutate and self.shapes:
            batch = prover.prove(self._batch, ())
            if not batch.constant and self._signal(batch.picked):
                proof = batch
        proof.ladder = prover.ladder(proof.picked)
        return proof

    @cached_property
    def picker(self) -> Picker:
        return Picker(self.trial, self.reference, self.comparison, self.config.target_s, self.seed)

    @property
    def _programs_ways(self) -> list[Growth]:
        return [program.growth(f"program {number}") for number, program in enumerate(self.programs)]

    @cached_property
    def _own_ways(self) -> list[list[Growth]]:
        """Groups of ways; the next is tried where one shows no time."""
        if not self.config.mutate:
            return []
        if self.program_input is not None:
            return growing.growths(self.program_input)
        known = self.bases, self.shapes, self.links
        return [growths(*known), rare(*known)] if self.shapes else []

    def _edits(self, picked: Picked) -> list[str]:
        """Inputs one edit away from a load."""
        interface = self.trial.task.interface
        loads = [wire.decode(load.input) for load in picked.loads if len(load.input) <= EDITED_TEXT and self.shapes]
        alike = [load for load in loads if isinstance(load, list) and len(load) == len(self.shapes)]
        if not alike or not isinstance(interface, Function):
            return []
        shapes = infer_arguments([*self.known, *alike], interface.parameters, widen=True)
        return [wire.encode(made) for made in grown(alike, shapes, self.links, EDITED, self.seed + 2)]

    def _pick_loads(self, shipped: Sequence[TestCase]) -> Picked:
        """The source's own come first, as data or as programs. Where the reference is too quick on those, known inputs
        are scaled up; where it is too quick on any input, many calls make one load. A load on which the reference is
        quick is kept all the same: it may be slow for a candidate."""
        config, picker = self.config, self.picker
        best = picker.fixed(shipped, config.loads)
        # Programs know the task's domain, so inputs grown from known ones are tried only after them.
        for offered in (self._programs_ways, *self._own_ways):
            if best.reference_s < config.signal_s and offered:
                best = max(best, picker.grown(offered, config.loads), key=lambda picked: picked.reference_s)
        if not best.loads:
            longest = sorted(self.checks, key=lambda check: -len(check.input))[: 2 * config.loads]
            checks = picker.fixed([msgspec.structs.replace(c, origin="generated") for c in longest], config.loads)
            best = checks if checks.reference_s >= _SHOWS_S else best
        if config.mutate and self.shapes and not self._signal(best):
            calls = self._batch
            if calls.loads:
                loads, reference_s = [*calls.loads, *best.loads], max(best.reference_s, calls.reference_s)
                best = replace(best, loads=loads[: config.loads], reference_s=reference_s, growth=None)
        return best

    @cached_property
    def _batch(self) -> Picked:
        """Many calls as one load: known inputs, and inputs near those that are short enough."""
        short = [arguments for arguments in self.known if len(wire.encode(arguments)) <= CALL_TEXT]
        near = neighbours(short, self.shapes, self.links, self.seed + 1)
        return self.picker.batched([check.input for check in self.checks], near)

    def _untimed(self, picked: Picked, shipped: Sequence[TestCase]) -> list[TestCase]:
        timed = {load.input for load in picked.loads}
        return [load for load in shipped if load.input not in timed]

    def tests(self, proof: Proof, shipped: Sequence[TestCase]) -> TaskTests:
        return TaskTests(
            task_id=self.trial.task.id,
            written=True,
            checks=tuple(self.checks),
            loads=tuple(proof.picked.loads),
            untimed=(*self._untimed(proof.picked, shipped), *proof.guards),
            ladder=tuple(proof.ladder),
            constant=proof.constant,
            lost=dict(self.settled.lost),
        )

    def _signal(self, picked: Picked) -> bool:
        """Whether the reference can be timed on it. The race loops a short pass, but not one that is all start-up."""
        loops = most_loops([load.input for load in picked.loads])
        return picked.reference_s >= _SHOWS_S and loops * picked.reference_s >= self.config.signal_s

    def facts(self, proof: Proof, voters: int) -> TestFacts:
        picked, others = proof.picked, [*proof.guards, *proof.ladder]
        short = cut_short(self.trial, self.checks, picked.loads, others) if self.config.mutants else Killed(0, 0)
        problems = [reason for program in self.programs for reason in program.problems]
        if isinstance(self.trial.task.interface, Stdio) and self.config.mutate and self.program_input is None:
            problems.append(_NO_FORM)
        return TestFacts(
            task_id=self.trial.task.id,
            voters=voters,
            grown=len(self.checks) - len(self.settled.checks),
            mutants=self.hunt.total,
            uncompiled=self.hunt.uncompiled,
            equivalent=len(self.hunt.alive),
            killed_before=self.killed_before,
            killed_after=self.hunt.killed,
            cut_short=short.planted,
            cut_short_killed=short.killed,
            curve=tuple(LoadPoint(size=size, cpu_s=cpu_s) for size, cpu_s in picked.points),
            slope=picked.slope,
            load_s=picked.reference_s,
            signal=self._signal(picked),
            generator_problems=tuple(problems),
            tester=self.proposed.facts,
        )
