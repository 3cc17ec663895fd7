"""Two runs on one page: what the second has over the first, task by task, and which settings differ."""

import math
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from efficoder.console import printable
from efficoder.metrics.intervals import geometric_mean_interval
from efficoder.report.content import Estimate, ReportView, TaskGain
from efficoder.report.render import environment, style

_LISTED = 300


class Pair(msgspec.Struct, frozen=True):
    """A task that both runs measured."""

    a: TaskGain
    b: TaskGain

    @property
    def change(self) -> float:
        """B's gain over A's."""
        return self.b.gain / self.a.gain


class Setting(msgspec.Struct, frozen=True):
    """A key that the two configs do not share; None where one leaves it out."""

    key: str
    a: str | None
    b: str | None


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    a: ReportView
    b: ReportView
    pairs: tuple[Pair, ...]
    """The largest change first."""
    change: Estimate | None
    """Geometric mean over the pairs of B's gain over A's."""
    alone: tuple[int, int]
    """Tasks that one of them alone measured."""
    settings: tuple[Setting, ...]


def put_beside(a: ReportView, b: ReportView) -> Beside:
    before, after = ({gain.task_id: gain for gain in view.gains} for view in (a, b))
    pairs = [Pair(before[task], after[task]) for task in before if task in after]
    found = geometric_mean_interval([math.log(pair.change) for pair in pairs])
    return Beside(
        a=a,
        b=b,
        pairs=tuple(sorted(pairs, key=lambda pair: (-abs(math.log(pair.change)), pair.a.task_id))),
        change=None if found is None else Estimate(value=found.value, low=found.low, high=found.high),
        alone=(len(before) - len(pairs), len(after) - len(pairs)),
        settings=tuple(_settings(a.config, b.config)),
    )


def _settings(a: str, b: str) -> Iterator[Setting]:
    sides = [
        {f"{stage}.{key}": str(value) for stage, table in tomllib.loads(text).items() for key, value in table.items()}
        for text in (a, b)
    ]
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        if sides[0].get(key) != sides[1].get(key):
            yield Setting(key, sides[0].get(key), sides[1].get(key))


def render_beside(beside: Beside) -> str:
    """One HTML file like the report."""
    page = environment(Path(__file__).parent, autoescape=True).get_template("beside.html.j2")
    return printable(page.render(beside=beside, style=style(), listed_tasks=_LISTED))
