"""``efficoder run --dry-run``: what the run would ask and do, in calls, tokens, dollars and minutes.

The asks are those of the real run's planner, so tokens and dollars are upper bounds; what the run has already is not
counted. Minutes come from earlier runs on this machine under the same --runs folder, and are only as good as those.
"""

import itertools
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from efficoder import paths, sources
from efficoder.config import Config
from efficoder.console import counted, data, table
from efficoder.errors import EffiCoderError, PrerequisiteError
from efficoder.judging import machine
from efficoder.languages import LANGUAGES
from efficoder.models.answers import worst_tokens
from efficoder.models.asks import Ask, asks_for_tests, plan
from efficoder.models.ledger import known_price
from efficoder.models.replay import REPLAY, Recorded
from efficoder.pipeline.work import Scope
from efficoder.sources import published_ids, tasks_by_language
from efficoder.stages import ORDER
from efficoder.stages.generate import read_named, strays
from efficoder.stages.ready import problems
from efficoder.store import Store, run_names
from efficoder.types import Machine, Sample, Task, TesterReply

_REFINE_TOKENS = 2000
"""A rewrite's prompt beyond the task's own and the program's: time, memory and hot lines."""
_TIMED = ("write_tests", "check", "measure")


class Rates:
    """Seconds per task of a stage, and per reply of a model, in earlier runs on this machine."""

    def __init__(self, runs: Path) -> None:
        self._stages: dict[str, list[float]] = {}
        self._replies: dict[str, list[float]] = {}
        here = machine.facts().id
        for name in run_names(runs):
            try:
                with Store(runs / name) as store:
                    self._add(store, here)
            except EffiCoderError:  # a run of another version tells nothing
                continue

    def _add(self, store: Store, here: str) -> None:
        meta = store.meta()
        if "machine" not in meta or msgspec.json.decode(meta["machine"], type=Machine).id != here:
            return
        walls = msgspec.json.decode(meta.get("stage_wall_s", "{}"), type=dict[str, float])
        for stage in _TIMED:
            jobs = len(store.done(stage))
            if jobs and stage in walls:
                self._stages.setdefault(stage, []).append(walls[stage] / jobs)
        for sample in store.all(Sample):
            if sample.usage.wall_s:
                self._replies.setdefault(sample.model, []).append(sample.usage.wall_s)

    def stage(self, name: str, tasks: int) -> str:
        return self._minutes(self._stages.get(name), tasks)

    def replies(self, model: str, calls: int, concurrency: int) -> str:
        return self._minutes(self._replies.get(model), calls / concurrency)

    def _minutes(self, seconds: Sequence[float] | None, times: float) -> str:
        if not times:
            return "0"
        return "not known" if not seconds else f"about {max(0.1, statistics.median(seconds) * times / 60):.1f}"


def show_plan(folder: Path, config: Config, wanted: Scope) -> None:
    """Print the plan; nothing is asked, run or written. Raises what stands in the way, but for lacking keys, extras and
    weights, which are listed."""
    lacking: list[str] = []
    for problem in problems(config, folder, wanted.steps):
        if not isinstance(problem, PrerequisiteError):
            raise problem
        lacking.append(str(problem))
    rows = itertools.chain.from_iterable(sources.read(spec) for spec in config.collect.sources)
    named = (row.task for row in rows if not wanted.ids or row.task.id in wanted.ids)
    collected = list(itertools.islice(named, wanted.limit))
    plans = _Plan(folder, config, [task for task in collected if task.language in LANGUAGES])
    steps = wanted.steps or ORDER
    lines = [["collect", f"{counted(len(collected), 'task')}, before curate leaves some out", *[""] * 5]]
    lines += [line for step in steps for line in plans.lines(step)]
    header = ["stage", "what", "calls", "prompt tokens", "completion tokens", "dollars", "minutes"]
    data(table(header, lines))
    data("\n" + "\n".join(_remarks(lines, lacking, config)))


class _Plan:
    def __init__(self, folder: Path, config: Config, tasks: Sequence[Task]) -> None:
        self._config, self._tasks, self._rates = config, tasks, Rates(folder.parent)
        self._done: set[str] = set()
        self._finished: dict[str, set[str]] = {}
        if (folder / "run.sqlite").is_file():
            with Store(folder) as store:
                self._done = store.keys(Sample) | store.keys(TesterReply)
                self._finished = {stage: set(store.done(stage)) for stage in _TIMED}

    def lines(self, step: str) -> Iterator[list[str]]:
        config, seed = self._config, self._config.run.seed
        live = [model for model in config.generate.models if not model.startswith(REPLAY)]
        if step == "generate":
            for model in config.generate.models:
                if model in live:
                    asks = plan(self._tasks, [model], config.generate, seed=seed, done=self._done)
                    yield self._asked(step, model, _most(asks))
                else:
                    name = paths.named("generate", "models", model)
                    words = self._recorded(Path(model.removeprefix(REPLAY)))
                    yield [step, f"{name}: {words}, nothing to ask", "0", "0", "0", "$0.00", "0"]
        elif step == "write_tests" and (tester := config.write_tests.tester) is not None:
            asks = asks_for_tests(self._tasks, tester, config.generate, seed=seed, done=self._done)
            yield self._asked(step, tester, _most(asks))
        elif step == "refine" and config.generate.refine:
            for model in live:
                yield self._asked(step, model, self._rewrites(model))
        if step in _TIMED:
            left = sum(task.id not in self._finished.get(step, ()) for task in self._tasks)
            yield [step, f"{counted(left, 'task')} on this machine", "", "", "", "", self._rates.stage(step, left)]

    def _recorded(self, path: Path) -> str:
        """What a file of samples holds. Raises InputError for a line that is none."""
        known = {task.id for task in self._tasks}
        count = left_out = 0
        unknown: Recorded | None = None
        for one in read_named(path, published_ids(self._tasks), tasks_by_language(self._tasks)):
            count += 1
            if one.task_id not in known:
                left_out, unknown = left_out + 1, unknown or one
        words = counted(count, "recorded sample")
        return words if unknown is None else f"{words}, {strays(left_out, unknown, known)}"

    def _rewrites(self, model: str) -> tuple[int, int, int]:
        """One a task and round; its prompt is the task's, a program of the model's and what was measured of it."""
        config = self._config.generate
        prompts = plan(self._tasks, [model], config, seed=0)
        first = {ask.task.id: worst_tokens(ask.request, 1) for ask in prompts}
        prompt = sum(tokens[0] + config.max_tokens + _REFINE_TOKENS for tokens in first.values())
        calls = config.refine * len(first)
        return calls, config.refine * prompt, calls * config.max_tokens

    def _asked(self, step: str, model: str, most: tuple[int, int, int]) -> list[str]:
        calls, prompt, completion = most
        config = self._config.generate
        provider, _, name = model.partition("/")
        price = known_price(provider, name.partition("@http")[0], config.prices)
        dollars = "no price" if price is None else f"${price.cost_usd(prompt, completion):.2f}"
        minutes = self._rates.replies(model, calls, config.concurrency)
        return [step, model, str(calls), f"{prompt:,}", f"{completion:,}", dollars if calls else "$0.00", minutes]


def _most(asks: Sequence[Ask]) -> tuple[int, int, int]:
    """Replies wanted, and the most prompt and completion tokens they can use."""
    tokens = [worst_tokens(ask.request, len(ask.request.indices)) for ask in asks]
    wanted = sum(len(ask.request.indices) for ask in asks)
    return wanted, sum(prompt for prompt, _ in tokens), sum(completion for _, completion in tokens)


def _remarks(lines: Sequence[Sequence[str]], lacking: Sequence[str], config: Config) -> Iterator[str]:
    yield "Calls are replies wanted. Tokens and dollars are at most: every prompt byte a token, every reply cut off."
    dollars = [line[5] for line in lines if line[5].startswith("$")]
    total = sum(float(each[1:]) for each in dollars)
    unpriced = [line[1] for line in lines if line[5] == "no price"]
    if unpriced:
        yield f"No price is known of {', '.join(dict.fromkeys(unpriced))}: generate.prices names a file with it."
    yield f"In all at most ${total:.2f}{', and what has no price' if unpriced else ''}."
    if config.generate.max_cost is not None and total > config.generate.max_cost:
        yield f"generate.max_cost stops the run before ${config.generate.max_cost:.2f}."
    if any(line[6] == "not known" for line in lines):
        yield "Minutes come from earlier runs under --runs on this machine; some of this was never done here."
    yield from (f"Lacking: {words}" for words in lacking)
