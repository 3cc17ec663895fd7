"""write_tests: checks that tell right from wrong and loads that tell slow from fast, one job a task.

Given checks are settled first (expected values, voters), then checks are grown while they kill more mutants, then
loads are searched for. What each part does is in loads/; docs/loads.md says why.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import msgspec

from efficoder import values
from efficoder.config import WriteTestsConfig
from efficoder.judge import tests_hash
from efficoder.languages import python
from efficoder.loads.constraints import bounded, bounds
from efficoder.loads.generators import Generator
from efficoder.loads.growth import bases, growths
from efficoder.loads.kills import Hunt
from efficoder.loads.mutants import mutants
from efficoder.loads.mutate import grown
from efficoder.loads.pick import Picked, Picker, loosened
from efficoder.loads.relations import Relation, relations
from efficoder.loads.settle import Settled, note, settle
from efficoder.loads.shapes import Shape, infer, infer_tree
from efficoder.loads.trial import CHECK_LIMITS, Trial
from efficoder.pipeline import Job, fingerprint
from efficoder.sandbox import Sandbox
from efficoder.store import Store
from efficoder.types import (
    Candidate,
    Comparison,
    Drop,
    Function,
    LoadPoint,
    Record,
    Script,
    Slope,
    Stdio,
    Task,
    TaskTests,
    TestCase,
    TestFacts,
)

_DRIVERS = 2  # voters whose time drives the growth when the reference shows none
_SMALL_SIZES = (3, 8, 20)  # of checks made by a source's programs, where it gives none
_SMALL_CASES = 4
_LEVEL_CASES = 8  # the same of a source with levels: those of its smallest (ENAMEL has eight there)
_BASES = 4  # known inputs that loads start from
_GROWING_S = 15.0  # CPU time of a task after which no more checks are grown (typical: 2 s)
_BATCH = 20  # grown inputs tried before asking whether they helped
_KNOWN = 1500  # known inputs looked at for what they have in common
_MUTANT_CHECKS = 400  # checks each mutant is run on
_FACTOR = 10.0  # grown checks may take so many times what the given ones take
_SHOWS_S = 1e-3  # a load under this is no better than the checks
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")


@dataclass(frozen=True, slots=True)
class WrittenTests:
    tests: TaskTests
    facts: TestFacts
    drop: Drop | None = None


class _Payload(msgspec.Struct, frozen=True):
    task: Task
    tests: TaskTests
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class WriteTests:
    config: WriteTestsConfig
    seed: int
    packages: str | None = None
    """What can be imported decides which tests can run: with another folder a task is done again."""
    name: str = "write_tests"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive(before=self.name):
            tests = store.get(TaskTests, f"{task.id}/False") or TaskTests(task_id=task.id)
            cases = tests_hash(tests.checks + tests.loads)
            candidates = sorted(candidate.id for candidate in store.candidates(task.id))
            known = (self.config, self.seed, task, cases, tests.load_programs, candidates)
            yield Job(task.id, fingerprint(*known, *filter(None, [self.packages])))

    def pack(self, store: Store, job: Job) -> _Payload:
        task = store.get(Task, job.id)
        assert task is not None
        tests = store.get(TaskTests, f"{task.id}/False") or TaskTests(task_id=task.id)
        return _Payload(task, tests, store.candidates(task.id))

    def do(self, payload: _Payload, sandbox: Sandbox) -> list[Record]:
        written = write_tests(sandbox, payload.task, payload.tests, payload.candidates, self.config, self.seed)
        return [written.tests, written.facts, *([written.drop] if written.drop else [])]


def write_tests(
    sandbox: Sandbox,
    task: Task,
    tests: TaskTests,
    candidates: Sequence[Candidate],
    config: WriteTestsConfig,
    seed: int,
) -> WrittenTests:
    """Checks and loads for ``task`` from what its source gave; ``candidates`` are those any model wrote for it."""
    if isinstance(task.interface, Script):
        return _as_code(sandbox, task, tests)
    trial = Trial(sandbox, task)
    programs = _programs(sandbox, task, tests)
    checks = tests.checks or _first_checks(programs, seed, tests.comparison)
    if not checks:
        return _dropped(
            task, TestFacts(task_id=task.id), "no_checks", "the source gives no tests, and nothing makes any"
        )
    settled = settle(trial, checks, candidates)
    if settled.problem is not None or settled.reference is None:
        return _dropped(task, TestFacts(task_id=task.id), settled.problem or "no_reference", settled.detail)
    writer = _Writer(trial, settled, config, seed, programs)
    writer.grow_checks()
    picked = writer.pick_loads(tests)
    facts = writer.facts(picked)
    share = facts.kill_after
    if share is not None and share < config.min_kill:
        return _dropped(task, facts, "weak_checks", f"{share:.0%} of the mutants killed")
    loads = tuple(picked.loads) if picked.slowest_s >= _SHOWS_S else ()
    written = TaskTests(task_id=task.id, written=True, checks=tuple(writer.checks), loads=loads)
    return WrittenTests(written, facts)


def _as_code(sandbox: Sandbox, task: Task, tests: TaskTests) -> WrittenTests:
    """Script tests stay as they are, where the reference passes them: what cannot run here judges nobody."""
    facts = TestFacts(task_id=task.id)
    if task.reference is not None:
        program = python.program(task, task.reference)
        outcome = sandbox.run(program, [check.input for check in tests.checks], CHECK_LIMITS)
        missing = _NO_MODULE.search(outcome.detail)
        if missing:
            detail = f"no package {missing[1]!r} for candidates; run.packages names a folder that has it"
            return _dropped(task, facts, "missing_package", detail)
        if outcome.ended != "finished":
            return _dropped(task, facts, "reference_fails", f"{outcome.ended}: {outcome.detail}")
    return WrittenTests(msgspec.structs.replace(tests, written=True), facts)


def _programs(sandbox: Sandbox, task: Task, tests: TaskTests) -> list[Generator]:
    arity = len(task.interface.parameters) or None if isinstance(task.interface, Function) else 1
    text = isinstance(task.interface, Stdio)
    return [Generator(sandbox, program, arity, text) for program in tests.load_programs]


def _first_checks(programs: Sequence[Generator], seed: int, comparison: Comparison) -> tuple[TestCase, ...]:
    """Small inputs from the source's programs, for a task without checks."""
    inputs = dict.fromkeys(text for program in programs for text in _small(program, seed) if text is not None)
    return tuple(TestCase(input=text, comparison=comparison, origin="generated") for text in inputs)


def _small(program: Generator, seed: int) -> Iterator[str | None]:
    if program.has_levels:
        yield from (program.level(0, case) for case in range(_LEVEL_CASES))
    else:
        yield from (program.make(size, seed + number) for size in _SMALL_SIZES for number in range(_SMALL_CASES))


def _dropped(task: Task, facts: TestFacts, reason: str, detail: str) -> WrittenTests:
    drop = Drop(id=task.id, stage="write_tests", reason=reason, detail=detail, task_id=task.id)
    return WrittenTests(TaskTests(task_id=task.id, written=True, checks=(), loads=()), facts, drop)


@dataclass(slots=True)
class _Writer:
    """The work on one task after its given checks are settled."""

    trial: Trial
    settled: Settled
    config: WriteTestsConfig
    seed: int
    programs: list[Generator]
    checks: list[TestCase] = field(init=False)
    known: list[list[Any]] = field(init=False)
    bases: list[list[Any]] = field(init=False)
    shapes: list[Shape] = field(init=False)
    links: list[Relation] = field(init=False)
    comparison: Comparison = field(init=False)
    hunt: Hunt = field(init=False)
    killed_before: int = 0
    unsettled: int = 0

    def __post_init__(self) -> None:
        assert self.settled.reference is not None
        self.checks = list(self.settled.checks)
        self.comparison = Counter(check.comparison for check in self.checks).most_common(1)[0][0]
        self.known, self.bases, self.shapes, self.links = [], [], [], []
        if isinstance(self.trial.task.interface, Function):
            self._learn(self.trial.task.interface)
        found = mutants(self.settled.reference, self.config.mutants, self.seed) if self.config.mutants else []
        self.hunt = Hunt(self.trial, found)

    @property
    def reference(self) -> str:
        assert self.settled.reference is not None
        return self.settled.reference

    def _learn(self, interface: Function) -> None:
        """What the given inputs have in common. Without voters nobody could tell that an input is outside the
        domain, so ranges are not widened then."""
        step = max(1, len(self.checks) // _KNOWN)
        decoded = [(values.decode(check.input), str(check.expected)) for check in self.checks[::step]]
        lists = [(arguments, outcome) for arguments, outcome in decoded if isinstance(arguments, list)]
        arity = Counter(len(arguments) for arguments, _ in lists).most_common(1)[0][0]
        alike = [(arguments, outcome) for arguments, outcome in lists if len(arguments) == arity]
        self.known = [arguments for arguments, _ in alike]
        self.bases = bases(alike, _BASES)
        widen = bool(self.settled.voters)
        for position, column in enumerate(zip(*self.known, strict=True)):
            codec = interface.parameters[position].codec if position < len(interface.parameters) else "plain"
            trees = codec == "TreeNode" and all(isinstance(value, list) for value in column)
            self.shapes.append(infer_tree(column, widen=widen) if trees else infer(column, widen=widen))
        names = [parameter.name for parameter in interface.parameters]
        self.shapes = bounded(self.shapes, names, bounds(self.trial.task.prompt))
        self.links = relations(self.known)

    def grow_checks(self) -> None:
        """Add agreed inputs in batches for as long as a batch kills more mutants; the rest only finds equivalents."""
        self.hunt.by(self._sample())
        self.killed_before = self.hunt.killed
        if not self.config.mutate or not self.shapes:
            return
        wanted = min(self.config.grow, self.config.max_checks - len(self.checks))
        made = grown(self.known, self.shapes, self.links, self.config.grow, self.seed)
        idle = 0
        for start in range(0, len(made), _BATCH):
            if self.trial.spent_s > _GROWING_S:
                return
            agreed, others = self._agreed([values.encode(arguments) for arguments in made[start : start + _BATCH]])
            room = wanted - (len(self.checks) - len(self.settled.checks))
            if room > 0 and idle < 2:
                self.checks += agreed[:room]
                idle = 0 if self.hunt.by(agreed[:room]) else idle + 1
                agreed = agreed[room:]
            self.hunt.by_pool([*agreed, *others])

    def _sample(self) -> list[TestCase]:
        return self.checks[:: max(1, len(self.checks) // _MUTANT_CHECKS)]

    def _agreed(self, inputs: Sequence[str]) -> tuple[list[TestCase], list[TestCase]]:
        """The inputs the reference accepts, with its answers: those enough voters gave too, and the others."""
        # A batch may take the reference no longer than all given checks did: checks are no loads.
        outputs = self.trial.each(self.reference, inputs, self.trial.limits(1.0))
        cases = [self._case(text, output) for text, output in zip(inputs, outputs, strict=True) if output is not None]
        voters = self.settled.voters
        votes = [
            self.trial.each(voter.code, [case.input for case in cases], self.trial.limits(_FACTOR)) for voter in voters
        ]
        fits = [self.trial.fits(cases, answers) for answers in votes]
        agreed: list[TestCase] = []
        others: list[TestCase] = []
        for index, case in enumerate(cases):
            share = sum(fit[index] for fit in fits)
            for voter, answers, fit in zip(voters, votes, fits, strict=True):
                if not fit[index]:
                    note(self.settled.disagreements, case, answers[index], voter)
            (agreed if 2 * share >= len(voters) else others).append(case)
        self.unsettled += len(others)
        return agreed, others

    def _case(self, text: str, output: bytes) -> TestCase:
        expected = output.decode("utf-8", "replace")
        comparison = loosened(self.comparison, expected)
        case = TestCase(input=text, expected=expected, comparison=comparison, origin="reference")
        return msgspec.structs.replace(case, origin="agreement") if self.settled.voters else case

    def pick_loads(self, tests: TaskTests) -> Picked:
        """What the source ships, as data or as programs; scaled inputs where that shows no time."""
        config, trial = self.config, self.trial
        voters, comparison = self.settled.voters, self.comparison
        picker = Picker(trial, self.reference, voters, comparison, config.target_s, self.seed)
        ways = [program.growth(f"program {number}") for number, program in enumerate(self.programs)]
        own = growths(self.bases, self.shapes, self.links) if config.mutate and self.shapes else []
        longest = sorted(self.checks, key=lambda check: -len(check.input))[: 2 * config.loads]
        offers: list[Callable[[], Picked]] = [
            lambda: picker.fixed(tests.loads, config.loads),
            lambda: picker.grown(ways, config.loads),
            lambda: picker.grown(own, config.loads) if own else picker.fixed(longest, config.loads),
            # A reference that needs no time at any size says nothing about the others' time.
            *(partial(picker.grown, own, config.loads, voter.code) for voter in voters[:_DRIVERS]),
        ]
        best = Picked()
        for offer in offers:
            picked = offer()
            best = picked if picked.slowest_s > best.slowest_s else best
            if best.slowest_s >= config.signal_s:
                break
        return best

    def facts(self, picked: Picked) -> TestFacts:
        slope = Slope(**asdict(picked.slope)) if picked.slope else None
        return TestFacts(
            task_id=self.trial.task.id,
            voters=len(self.settled.voters),
            grown=len(self.checks) - len(self.settled.checks),
            unsettled=self.unsettled,
            mutants=self.hunt.total,
            equivalent=len(self.hunt.alive),
            killed_before=self.killed_before,
            killed_after=self.hunt.killed,
            curve=tuple(LoadPoint(size=size, cpu_s=cpu_s) for size, cpu_s in picked.points),
            slope=slope,
            load_s=picked.reference_s,
            slowest_s=picked.slowest_s,
            signal=picked.slowest_s >= self.config.signal_s,
            loads_refused=picked.refused,
            generator_problems=tuple(reason for program in self.programs for reason in program.problems),
            disagreements=(*self.settled.disagreements, *picked.disagreements),
        )
