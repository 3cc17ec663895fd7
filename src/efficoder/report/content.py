"""What a report shows, as plain typed data: ``collect_view`` fills it from a run, ``render`` draws it.

Ratios of times are baseline over chosen: above 1 is faster. Intervals are 95 %.
"""

from typing import Literal, get_args

import msgspec

from efficoder.types import Outcome


class _View(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Estimate(_View, frozen=True):
    value: float
    low: float | None = None
    high: float | None = None


class Loss(_View, frozen=True):
    reason: str
    count: int


class Step(_View, frozen=True):
    """A row of a funnel: what is left after it, and why the others are not."""

    name: str
    left: int
    losses: tuple[Loss, ...] = ()


class TaskGain(_View, frozen=True):
    """One measured task. ``gain`` is 1 where none is claimed."""

    task_id: str
    source: str
    gain: float
    verdict: Literal["faster", "tie", "baseline_fastest", "not_confirmed", "only_one"]
    baseline_censored: bool = False
    """The baseline hit the limit: the gain is at least this."""
    before_s: float | None = None
    after_s: float | None = None
    measured: Estimate | None = None
    """Baseline over chosen as it was measured, claimed or not."""


class Move(_View, frozen=True):
    """One quantity of one task before (baseline) and after (chosen). A censored value stands at the limit."""

    task_id: str
    before: float
    after: float
    faster: bool
    before_censored: bool = False
    after_censored: bool = False


class Quantity(_View, frozen=True):
    name: str
    definition: str
    unit: Literal["s", "B", "B·s"]
    moves: tuple[Move, ...]
    total: Estimate | None
    """Geometric mean of before over after."""


class Dot(_View, frozen=True):
    """A measured task: baseline over chosen program, in time and in peak memory."""

    task_id: str
    time: float
    memory: float
    faster: bool


class Group(_View, frozen=True):
    """Gains of the tasks of one source, or of those whose chosen program one model wrote."""

    name: str
    tasks: int
    gain: Estimate


class LanguageCounts(_View, frozen=True):
    """One language of a run that has several."""

    name: str
    tasks: int
    right: int
    """Distinct programs that passed."""
    measured: int
    faster: int
    gain: Estimate | None
    """Over the measured tasks; None without any."""
    rows: int
    """Of the dataset, over all arms."""
    lent: int
    """Tasks that have the tests of the same problem in another language."""
    serving: float | None
    """The mean share of those tests that serve."""


class ModelCounts(_View, frozen=True):
    name: str
    samples: int
    with_code: int
    right: int
    chosen: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    wall_s: float

    @property
    def usage_known(self) -> bool:
        """Whether anybody counted: recorded samples come without tokens, cost and time."""
        return bool(self.prompt_tokens or self.completion_tokens or self.cost_usd or self.wall_s)


class Metric(_View, frozen=True):
    """A column of an evaluation; its definition is printed once."""

    name: str
    definition: str
    better: Literal["higher", "lower"] = "higher"
    unit: str = ""


class Score(_View, frozen=True):
    """A row: one model, one value a metric; None where there is nothing to say."""

    model: str
    tasks: int
    values: tuple[Estimate | None, ...]


class ScoreTable(_View, frozen=True):
    title: str
    metrics: tuple[Metric, ...]
    scores: tuple[Score, ...]


class Outcomes(_View, frozen=True):
    """How many samples of a model ended how; ``slow`` of them are right and slower than the reference beyond doubt."""

    model: str
    counts: dict[str, int]
    slow: int
    times: tuple[float, ...]
    """CPU time over the reference's of some of its right samples, evenly through their order."""


class Case(_View, frozen=True):
    """A sample to look at beside the reference."""

    task_id: str
    model: str
    candidate_id: str
    outcome: str
    detail: str = ""
    ratio: Estimate | None = None
    """Its CPU time over the reference's."""


class Scoreboard(_View, frozen=True):
    """What an evaluation came to; ``efficoder evaluate`` keeps it with the run (evaluation/scoreboard.py)."""

    sentence: str
    notes: tuple[str, ...]
    headline: ScoreTable
    tables: tuple[ScoreTable, ...]
    """All metrics on each set of tasks."""
    outcomes: tuple[Outcomes, ...]
    failed: tuple[Case, ...]
    failed_of: int
    slow: tuple[Case, ...]
    slow_of: int

    @property
    def ends(self) -> list[str]:
        """The outcomes that occur."""
        known = (*get_args(Outcome), "not_judged")
        return [end for end in known if any(end in one.counts for one in self.outcomes)]


class DiffRun(_View, frozen=True):
    """Lines of code that stand beside each other: the same on both sides, or what was taken for what."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    changed: bool


class Example(_View, frozen=True):
    """Two programs side by side."""

    task_id: str
    mark: str
    """What it shows, in a word: a gain, an outcome."""
    facts: str
    prompt: str
    before: str
    after: str
    """Whose the two sides are, and how long they take."""
    runs: tuple[DiffRun, ...]
    lines_left_out: int = 0


class EvaluationView(_View, frozen=True):
    """An evaluation's part of a report. ``board`` is None until all its steps are done."""

    board: Scoreboard | None = None
    failed: tuple[Example, ...] = ()
    slow: tuple[Example, ...] = ()


class StageCost(_View, frozen=True):
    """What a stage took; None where it is not known."""

    name: str
    wall_s: float | None
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float


class Signal(_View, frozen=True):
    """Share of tasks whose fastest and slowest right candidate differ by at least a ratio."""

    tests: str
    tasks: int
    share_1_2: float
    share_2: float


class TaskGrowth(_View, frozen=True):
    """A task whose baseline and chosen program grow differently; ``ratio`` at the largest size both were timed at."""

    task_id: str
    ratio: float
    words: str


class GrowthCounts(_View, frozen=True):
    """How the times of right candidates grow with size."""

    candidates: int
    tasks: int
    """Tasks with two or more such candidates."""
    different: int
    """Of these: with two whose exponents have intervals apart."""
    exponents: tuple[tuple[str, int], ...]
    """Candidates by exponent, to the nearest half."""
    rows: tuple[TaskGrowth, ...] = ()
    rows_left_out: int = 0


class Own(_View, frozen=True):
    """How many of the rows with an answer the model that they are for (``build.own``) wrote."""

    model: str
    rows: int
    of: int


class Trust(_View, frozen=True):
    machines: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    measured: int = 0
    """Candidates measured."""
    confirmed: int = 0
    """Candidates measured again in a second process."""
    floor_s: float | None = None
    """Median CPU time of the empty program."""
    noise: float | None = None
    """Median over candidates of the spread of a round: 1.4826 MAD of log CPU time."""
    noise_p90: float | None = None
    rounds: tuple[tuple[int, int], ...] = ()
    """How many candidates took how many rounds."""
    outcomes: tuple[tuple[str, int], ...] = ()
    """What the comparisons came to, in words, and of how many tasks."""
    censored: int = 0
    limits_s: tuple[float, ...] = ()
    script_trust: int = 0
    """Candidates judged right only by tests that ran beside them."""


class ReportView(_View, frozen=True):
    name: str
    created: str = ""
    version: str = ""
    headline: Estimate | None = None
    median: float | None = None
    """Of the gains."""
    without_largest: float | None = None
    """The headline without its largest gain; None under three tasks."""
    gains: tuple[TaskGain, ...] = ()
    tasks_funnel: tuple[Step, ...] = ()
    candidates_funnel: tuple[Step, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    dots: tuple[Dot, ...] = ()
    by_source: tuple[Group, ...] = ()
    by_model: tuple[Group, ...] = ()
    by_language: tuple[LanguageCounts, ...] = ()
    """Empty for a run in one language."""
    models: tuple[ModelCounts, ...] = ()
    stages: tuple[StageCost, ...] = ()
    arms: tuple[tuple[str, int], ...] = ()
    rows_left_out: tuple[Loss, ...] = ()
    targets_replaced: int = 0
    """Targets by weak writers that another model's code took the place of."""
    own: Own | None = None
    licences: tuple[tuple[str, str, int], ...] = ()
    """Source, licence, tasks in the dataset."""
    evaluation: EvaluationView | None = None
    """None for a run that is no evaluation."""
    examples: tuple[Example, ...] = ()
    trust: Trust = Trust()
    signals: tuple[Signal, ...] = ()
    growth: GrowthCounts | None = None
    rules_off: tuple[str, ...] = ()
    config: str = ""
