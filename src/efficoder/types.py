"""The records that flow through EffiCoder. Read this file first.

A record is frozen, plain data, and carries its unit in the name of each number. Raw facts are kept,
statistics are computed on reading. Nothing here does any work.

Task, TaskTests, Sample, Candidate, TesterReply, Verdict, Measurement, Selection, DatasetRecord: in order of making.
"""

import statistics
from collections.abc import Sequence
from typing import ClassVar, Literal

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything the store keeps: found again by its class name and the fields named in ``KEY``."""

    KEY: ClassVar[tuple[str, ...]] = ("id",)


class Parameter(Record, frozen=True, kw_only=True):
    """One positional parameter of a Function task."""

    name: str
    annotation: str | None = None
    codec: Literal["plain", "ListNode", "TreeNode"] = "plain"
    """How the plain value on the wire becomes the argument (LeetCode's level-order lists)."""


class Function(Record, frozen=True, kw_only=True, tag="function"):
    """Plain-data arguments in, plain data out."""

    entry_point: str
    """``name``, or ``Solution().name`` for a method of a class."""
    parameters: tuple[Parameter, ...] = ()
    returns: str | None = None
    """Annotation of the result, as written."""
    returns_codec: Literal["plain", "ListNode", "TreeNode"] = "plain"
    header: str = ""
    """Trusted code run before the candidate, in its namespace: imports the source promises."""


class Stdio(Record, frozen=True, kw_only=True, tag="stdio"):
    """A program: text on standard input, text on standard output."""


class Project(Stdio, frozen=True, kw_only=True, tag="project"):
    """A program of several Python files; for all that is judged and measured it is Stdio.

    What a candidate writes is one text with a line above each file (languages/bundle.py); so are a project task's
    ``reference`` and ``starter``. Paths are relative, with forward slashes.
    """

    writes: tuple[str, ...]
    """The files a candidate may write, and no others."""
    files: dict[str, str] = {}
    """The files that stay as they are: trusted, and run beside the candidate's."""
    run: tuple[str, ...]
    """A module and its arguments, as after ``python -m``."""
    build: tuple[str, ...] = ()
    """The same, run once without the input and charged to nobody; what it prints becomes the file ``built``."""
    built: str = ""


class Script(Record, frozen=True, kw_only=True, tag="script"):
    """The tests are code in the task's language; the weaker trust class (see docs/trust.md)."""

    entry_point: str = ""
    header: str = ""
    answer_name: str = ""
    """Name under which the tests find the answer as text, where it is a snippet that means nothing alone (DS-1000):
    then it is not run by itself, and need not parse."""


Interface = Function | Stdio | Project | Script


class Origin(Record, frozen=True, kw_only=True):
    """Where a task came from. ``licence`` is an SPDX id or the source's own words."""

    source: str
    revision: str = ""
    licence: str = ""
    url: str = ""
    line: int | None = None
    """Line of the file it was read from, counted from 1."""


class Task(Record, frozen=True, kw_only=True):
    id: str
    prompt: str
    """The problem as a model is shown it. For a continuation set this is code to continue."""
    interface: Interface
    origin: Origin
    language: str = "python"
    reference: str | None = None
    """A whole program or module that solves the task (never only a body, but for tests that take it as text)."""
    problem_id: str = ""
    """The same problem in another language has the same one; empty means ``id``."""
    starter: str = ""
    """Code a reply may continue or must contain (signature, class header)."""
    vouched: bool = True
    """Whether the source vouches for ``reference``. False for an answer that is only an answer (instruction sets):
    candidates of two models that agree with each other against it make the task disputed, and it is left out."""


class Comparison(Record, frozen=True, kw_only=True):
    """How an output is judged against the expected one. Applied outside the sandbox (judging/judge.py)."""

    kind: Literal["exact", "float", "unordered", "set", "not_none", "tokens", "checker"] = "exact"
    absolute: float = 0.0
    relative: float = 0.0
    checker: str = ""
    """Trusted code defining ``check(arguments, output, expected) -> bool``; run in its own sandbox child."""


class TestCase(Record, frozen=True, kw_only=True):
    """One input with what is expected of it.

    ``input`` is, by interface: Function, the wire text (wire.py) of the list of arguments, or of many such lists in a
    tuple; Stdio and Project, the raw text; Script, the test code. ``expected`` is the same kind of text; None where
    it is the reference's to give: while write_tests has not asked, and where the answer is too long to be stored.
    """

    __test__ = False

    input: str
    expected: str | None = None
    comparison: Comparison = Comparison()
    origin: Literal["given", "reference", "agreement", "grown", "generated", "shipped_load"] = "given"
    """What says so; ``grown`` are checks that write_tests added to those of the source."""
    size: int | None = None
    """For loads: the scale n it was made with."""
    answer_hash: str = ""
    """SHA-256 of the reference's answer, where it is too long to be stored."""
    base: bool = False
    """Of a check: one of the set's original ones, where the set adds others to them (EvalPlus)."""


class TaskTests(Record, frozen=True, kw_only=True):
    """Everything a task's candidates are run on: checks (is it right?) and loads (is it fast?)."""

    __test__ = False
    KEY: ClassVar[tuple[str, ...]] = ("task_id", "written")

    task_id: str
    written: bool = False
    """False: as the source gave them. True: what write_tests made of them."""
    checks: tuple[TestCase, ...] = ()
    loads: tuple[TestCase, ...] = ()
    untimed: tuple[TestCase, ...] = ()
    """Loads of the source that judge and are not timed."""
    ladder: tuple[TestCase, ...] = ()
    """Inputs of our making at growing sizes, up to the loads': they judge as loads do, and show how time grows."""
    constant: str = ""
    """Why no gain may be claimed from the loads: what would answer them without the work. Empty where nothing does."""
    load_programs: tuple[str, ...] = ()
    """Code that makes loads, run in the sandbox by write_tests (COFFE's expressions, ENAMEL's generators)."""
    comparison: Comparison = Comparison()
    """How outputs on inputs of ``load_programs`` are judged where no check says it."""
    lost: dict[str, int] = {}
    """Checks of the source that judge nobody: how many, by reason (docs/evaluate.md lists the reasons)."""
    twin: Task | None = None
    """The same problem in another language, whose tests these are; its reference answers what they leave open."""

    @property
    def own_checks(self) -> tuple[TestCase, ...]:
        """The source's, as they were settled; they come first."""
        return tuple(check for check in self.checks if check.origin != "grown")

    @property
    def judged(self) -> tuple[TestCase, ...]:
        """All that decides right or wrong, in the order of ``Verdict.first_failure``."""
        return self.checks + self.loads + self.untimed + self.ladder

    @property
    def ours(self) -> frozenset[int]:
        """Which of ``judged`` are of our making: a right program may fail them where the task's domain is unsaid."""
        return frozenset(index for index, case in enumerate(self.judged) if case.origin in {"grown", "generated"})

    @property
    def used(self) -> int:
        """How many cases of the source decide right or wrong."""
        return len(self.judged) - len(self.ours)

    @property
    def shipped(self) -> int:
        """How many cases the source ships, used or lost."""
        return self.used + sum(self.lost.values())


class PoolSolution(Record, frozen=True, kw_only=True):
    code: str
    share: float = 1.0
    """How many of the recorded solutions it stands for; only ratios count."""


class Pool(Record, frozen=True, kw_only=True):
    """Solutions that a source ranks answers among (EvalPerf's references). Evaluations alone use it: there they race,
    as nobody's samples, and Beyond, DPS and percentile are taken over them."""

    KEY: ClassVar[tuple[str, ...]] = ("task_id",)

    task_id: str
    solutions: tuple[PoolSolution, ...]


class Disagreement(Record, frozen=True, kw_only=True):
    """An input on which a candidate that was right so far gave something else. Texts are cut."""

    input: str
    expected: str
    got: str
    candidate_id: str


class LoadPoint(Record, frozen=True, kw_only=True):
    size: int
    cpu_s: float


class Slope(Record, frozen=True, kw_only=True):
    """Empirical complexity: CPU time grows like size to this power, with its 95 % interval."""

    value: float
    low: float
    high: float
    points: int


class TesterFacts(Record, frozen=True, kw_only=True):
    """What became of what the tester wrote for a task."""

    __test__ = False

    proposed: int = 0
    """Inputs read from its reply, those the source has left out."""
    ignored: int = 0
    """Tests in its reply that are no plain data, or too long."""
    used: int = 0
    """Of the proposed inputs: how many became checks."""
    wrong: int = 0
    """Expected values of its own that are not the settled ones; they are not used."""
    problems: tuple[str, ...] = ()
    """Replies in which nothing was found, and why."""


class TestFacts(Record, frozen=True, kw_only=True):
    """What is known of a task's tests: whether they can tell right from wrong, and slow from fast."""

    __test__ = False
    KEY: ClassVar[tuple[str, ...]] = ("task_id",)

    task_id: str
    voters: int = 0
    """Candidates asked about a reference that its source does not vouch for."""
    grown: int = 0
    """Checks added to the given ones."""
    mutants: int = 0
    uncompiled: int = 0
    """Mutants beside those that the compiler made no program of."""
    equivalent: int = 0
    """Mutants that no input distinguishes from the reference."""
    killed_before: int = 0
    """Mutants the given checks kill."""
    killed_after: int = 0
    cut_short: int = 0
    """Mutants that are honest up to a size and answer by a constant above it."""
    cut_short_killed: int = 0
    curve: tuple[LoadPoint, ...] = ()
    slope: Slope | None = None
    load_s: float = 0.0
    """CPU time of the reference's own work on its slowest load."""
    signal: bool = False
    """Whether the reference's own time shows on the loads. Where it does not, a slower candidate's still may."""
    generator_problems: tuple[str, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    tester: TesterFacts | None = None
    """None where no tester answered."""
    frozen: str = ""
    """Hash of the frozen tests that they are from; empty where they are not."""
    came_from: str = ""
    """Whether this run wrote them and why, or where it took them from; in words."""
    twin: str = ""
    """The task in another language whose checks they are; those that do not serve here are in TaskTests.lost."""
    heavy: int = 0
    unsettled: int = 0
    slowest_s: float = 0.0
    loads_refused: int = 0
    """These four only in runs of version 0.1."""

    @property
    def kill_before(self) -> float | None:
        """Share of the mutants that are not equivalent; None without any."""
        return self._share(self.killed_before)

    @property
    def kill_after(self) -> float | None:
        return self._share(self.killed_after)

    def _share(self, killed: int) -> float | None:
        real = self.mutants - self.equivalent
        return killed / real if real else None


class Usage(Record, frozen=True, kw_only=True):
    """What one reply cost. Prices in US dollars."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    wall_s: float = 0.0


REFERENCE = "reference"
"""The model name under which references take part."""


class Sample(Record, frozen=True, kw_only=True):
    """One reply of one model: the raw text, and the candidate found in it, if any."""

    id: str
    task_id: str
    model: str
    index: int
    """The sample index: 0, 1, 2 ... for one model and task."""
    reply: str
    candidate_id: str | None = None
    problem: str | None = None
    """Why no code was found; None when ``candidate_id`` is set."""
    prompt_version: str = ""
    settings: str = ""
    """Sampling settings as canonical JSON; empty for recorded samples."""
    usage: Usage = Usage()
    parent_id: str | None = None
    """The candidate this one rewrites (refinement); None for a first draft."""
    source: str = ""
    licence: str = ""


class Candidate(Record, frozen=True, kw_only=True):
    """Code for a task. Its id is the hash of task and normalised code, so equal code is run once."""

    id: str
    task_id: str
    code: str


class TesterReply(Record, frozen=True, kw_only=True):
    """One reply of the model that writes tests; write_tests reads it, and believes nothing in it."""

    __test__ = False

    id: str
    """Made like a sample's: another wording or setting is another reply."""
    task_id: str
    model: str
    kind: Literal["checks", "load"]
    reply: str
    prompt_version: str
    settings: str
    usage: Usage = Usage()


Outcome = Literal["passed", "wrong", "error", "timeout", "memory", "no_code", "refused", "compile_error"]


class Verdict(Record, frozen=True, kw_only=True):
    """Is the candidate right? An internal error is an exception, never a verdict."""

    KEY: ClassVar[tuple[str, ...]] = ("candidate_id",)
    candidate_id: str
    task_id: str
    outcome: Outcome
    trust: Literal["outside", "script"] = "outside"
    """``outside``: judged where the candidate cannot reach. ``script``: its tests ran beside it."""
    checks_run: int = 0
    first_failure: int | None = None
    """Index into the checks, then the loads; None where it passed or did not compile."""
    unanswered: int | None = None
    """The same of a right one: the first input that took it too long, too much memory or too deep a recursion. It is
    then believed to be slow, and never to be fast."""
    detail: str = ""
    tests_hash: str = ""
    """Hash of the checks it was judged by; a verdict by other checks is judged again."""


class AloneVerdict(Verdict, frozen=True, kw_only=True):
    """The same of the code as a training row has it: complete, and run without the task's header (stages/build.py)."""


class Run(Record, frozen=True, kw_only=True):
    """One timed execution of one program on all loads. Kernel-accounted, never the program's own clock."""

    round: int
    cpu_s: float
    """User + system CPU time of the whole child from the moment candidate code starts; floor not subtracted."""
    wall_s: float


class Machine(Record, frozen=True, kw_only=True):
    """Facts without which a time means nothing. ``id`` hashes the stable ones."""

    id: str
    cpu: str
    cores: int
    memory_bytes: int
    kernel: str
    python: str


class Measurement(Record, frozen=True, kw_only=True):
    """Raw rounds of one candidate in one zygote. Session 0 is the race, 1 its confirmation, 2 a race beside the
    reference for an evaluation. From 3 on, candidates of an evaluation that came later raced the reference."""

    KEY: ClassVar[tuple[str, ...]] = ("candidate_id", "session")
    candidate_id: str
    task_id: str
    session: int
    rounds: tuple[Run, ...]
    floor: tuple[Run, ...]
    """The empty program in the same rounds."""
    loops: int
    """How often a run went over the loads, each time in a fresh namespace."""
    loads: int
    """How many inputs one loop has."""
    limit_s: float
    censored: bool = False
    """True when a run hit ``limit_s``: its time is at least that."""
    peak_bytes: int | None = None
    """MU: peak resident memory over the empty program's."""
    byte_seconds: float | None = None
    """TMU: resident memory over the floor, integrated over CPU time."""
    raw_peak_bytes: int | None = None
    """The paper's MU: peak resident memory of the process, interpreter included."""
    raw_byte_seconds: float | None = None
    """The paper's TMU: resident memory, interpreter included, integrated over wall time."""
    machine: str = ""
    tier: str = ""
    worker: str = ""
    tests_hash: str = ""
    settings_hash: str = ""


class GrowthPoint(Record, frozen=True, kw_only=True):
    size: int
    runs_s: tuple[float, ...]
    """CPU time of one input of that size, the floor subtracted; one number a climb of the ladder."""

    @property
    def cpu_s(self) -> float:
        """The median; of two the lower, since noise only adds."""
        return statistics.median_low(self.runs_s)


class GrowthCurve(Record, frozen=True, kw_only=True):
    """What one right candidate takes on the ladder; how its time grows is read off it (metrics/growth.py)."""

    KEY: ClassVar[tuple[str, ...]] = ("candidate_id",)
    candidate_id: str
    task_id: str
    points: tuple[GrowthPoint, ...]
    machine: str = ""
    tests_hash: str = ""


class Ratio(Record, frozen=True, kw_only=True):
    """A time ratio with its interval: how many times the CPU time of ``other`` the subject takes."""

    value: float
    low: float
    high: float
    rounds: int


class Ranked(Record, frozen=True, kw_only=True):
    candidate_id: str
    rank: int
    """1 is best; equal ranks are ties."""
    et_s: float
    mu_bytes: int | None
    tmu_byte_s: float | None
    to_best: Ratio | None
    to_reference: Ratio | None
    censored: bool = False


class Selection(Record, frozen=True, kw_only=True):
    """What was chosen for a task and why; written also when nothing could be chosen."""

    KEY: ClassVar[tuple[str, ...]] = ("task_id",)
    task_id: str
    chosen: str | None
    baseline: str | None
    """The reference where it is right, else the first correct candidate."""
    gain: Ratio | None
    """Baseline time over chosen time: above 1 is faster."""
    ranking: tuple[Ranked, ...] = ()
    reason: Literal[
        "faster",
        "tie",
        "baseline_fastest",
        "only_one",
        "no_correct",
        "no_signal",
        "constant_answer",
        "not_confirmed",
        "not_measured",
    ]
    correct: int = 0


class ShippedRanking(Record, frozen=True, kw_only=True):
    """The right candidates raced on the checks the source ships, to show what loads add (studies/loads.py)."""

    KEY: ClassVar[tuple[str, ...]] = ("task_id",)
    task_id: str
    ranking: tuple[Ranked, ...]


class Drop(Record, frozen=True, kw_only=True):
    """Something left out, and why. ``why ID`` prints these."""

    KEY: ClassVar[tuple[str, ...]] = ("stage", "id")
    id: str
    stage: str
    reason: str
    detail: str = ""
    task_id: str = ""


class DatasetRecord(Record, frozen=True, kw_only=True):
    """One training row; exactly what a trainer wants is exported from it, provenance stays here."""

    id: str
    task_id: str
    arm: str
    kind: Literal["sft", "pair", "prompt"]
    prompt: str
    chosen: str = ""
    rejected: str = ""
    chosen_id: str = ""
    rejected_id: str = ""
    gain: Ratio | None = None
    chosen_exponent: float | None = None
    """The power of the size by which the chosen program's time grows; None where it is not known."""
    rejected_exponent: float | None = None
    origin: Origin
    chosen_models: tuple[str, ...] = ()


class HotLine(msgspec.Struct, frozen=True):
    """A line of a program, its text and its share of the run's time (0 to 1)."""

    text: str
    share: float


class Facts(msgspec.Struct, frozen=True):
    """What was measured about a candidate: CPU seconds, peak bytes over the floor, its dearest lines."""

    et_s: float
    mu_bytes: int | None = None
    hot_lines: Sequence[HotLine] = ()
