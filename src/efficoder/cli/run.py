"""``efficoder init``, ``run`` and ``stage``: from a config file to a run, or on with one."""

import itertools
from collections.abc import Sequence
from pathlib import Path

from efficoder import sources
from efficoder.config import Config, load
from efficoder.console import data, table
from efficoder.errors import InputError, UsageError, suggest
from efficoder.models.answers import worst_tokens
from efficoder.models.asks import Ask, asks_for_tests, plan
from efficoder.models.ledger import find_price
from efficoder.models.replay import REPLAY
from efficoder.pipeline.work import Scope
from efficoder.stages import ORDER
from efficoder.stages.run import run as run_steps
from efficoder.store import Store
from efficoder.types import Sample, TesterReply


def scope_of(
    *,
    limit: int | None = None,
    ids: str | None = None,
    until: str | None = None,
    only: str | None = None,
    fresh: bool = False,
    max_failed: int | None = None,
) -> Scope:
    """The command line's words for a scope. Raises UsageError for an unknown stage."""
    for step in filter(None, (until, only)):
        if step not in ORDER:
            raise UsageError(f"unknown stage {step!r}{suggest(step, ORDER)}")
    steps = (only,) if only else ORDER[: ORDER.index(until) + 1] if until else ORDER
    names = frozenset(filter(None, (ids or "").split(",")))
    return Scope(steps=steps, limit=limit, ids=names, fresh=fresh, max_failed=max_failed)


def start(
    config_or_name: str, name: str | None, runs: Path, sets: Sequence[str], wanted: Scope, *, dry_run: bool = False
) -> None:
    """``efficoder run``: a config file starts (or goes on with) a run of that name, a run's name goes on with it."""
    path = Path(config_or_name)
    if path.suffix != ".toml":
        path = runs / config_or_name / "run.toml"
        if not path.is_file():
            raise InputError(
                f"neither a .toml file nor a run under {runs}", path=config_or_name, hint="see `efficoder init`"
            )
        name = name or config_or_name
    config = load(path, sets)
    if not config.collect.sources:
        raise UsageError(
            f"{path}: no sources; set collect.sources, e.g. --set 'collect.sources=[\"jsonl:tasks.jsonl\"]'"
        )
    folder = runs / (name or path.stem)
    if dry_run:
        show_plan(folder, config, wanted)
    else:
        run_steps(folder, config, wanted)


def show_plan(folder: Path, config: Config, wanted: Scope) -> None:
    """``--dry-run``: what the run would ask of whom, by the planner of the real run; dollars at most, never less."""
    rows = itertools.chain.from_iterable(sources.read(spec) for spec in config.collect.sources)
    named = (row.task for row in rows if not wanted.ids or row.task.id in wanted.ids)
    tasks = list(itertools.islice(named, wanted.limit))
    done: set[str] = set()
    if (folder / "run.sqlite").is_file():
        with Store(folder) as store:
            done = store.keys(Sample) | store.keys(TesterReply)
    lines = [["collect", f"{len(tasks)} tasks, before curate leaves some out"]]
    for model in config.generate.models:
        if model.startswith(REPLAY):
            lines.append(["generate", f"{model}: recorded samples, nothing to ask"])
        else:
            asks = plan(tasks, [model], config.generate, seed=config.run.seed, done=done)
            lines.append(["generate", f"{model}: {_most(asks, config, 'samples')}"])
    if (tester := config.write_tests.tester) is not None:
        asks = asks_for_tests(tasks, tester, config.generate, seed=config.run.seed, done=done)
        lines.append(["write_tests", f"{tester}: {_most(asks, config, 'replies')}"])
    data(table(["stage", "plan"], lines))


def _most(asks: Sequence[Ask], config: Config, noun: str) -> str:
    prompt = completion = 0
    for ask in asks:
        tokens = worst_tokens(ask.request, len(ask.request.indices))
        prompt, completion = prompt + tokens[0], completion + tokens[1]
    wanted = sum(len(ask.request.indices) for ask in asks)
    dollars = 0.0
    if asks:
        provider, _, name = asks[0].model.partition("/")
        dollars = find_price(provider, name, config.generate.prices, needed=False).cost_usd(prompt, completion)
    return f"{wanted} {noun}, at most {prompt:,} prompt and {completion:,} completion tokens, ${dollars:.2f}"
