"""Whether a config can be run here, looked at before any work: files, names, models, keys, extras and packages."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from efficoder import sources
from efficoder.config import Config, GenerateConfig
from efficoder.curation.curate import RULES
from efficoder.errors import EffiCoderError, InputError, PrerequisiteError, UsageError, suggest
from efficoder.models import open_model
from efficoder.models.asks import asks_for_tests, plan
from efficoder.models.prompts import VARIANTS
from efficoder.models.replay import REPLAY
from efficoder.sandbox.packages import packages_folder
from efficoder.stages import ORDER
from efficoder.store import Store
from efficoder.types import Sample, TesterReply


def refuse_unready(config: Config, folder: Path, steps: Sequence[str]) -> None:
    """Raises what the steps would raise later: UsageError, InputError or PrerequisiteError. A model that has nothing
    left to answer in the run at ``folder`` needs neither key nor weights."""
    for error in problems(config, folder, steps):
        raise error


def problems(config: Config, folder: Path, steps: Sequence[str]) -> Iterator[EffiCoderError]:
    """What stands in the way, in the order of the steps."""
    steps = steps or ORDER
    for step, key, specs in (
        ("collect", "collect.sources", config.collect.sources),
        ("curate", "curate.benchmarks", config.curate.benchmarks),
    ):
        for spec in specs if step in steps else ():
            path = sources.parse_spec(spec)[1]
            if not path.exists():
                yield InputError(f"{key}: no such file", path=path, hint="a path in a config is relative to the config")
    yield from (
        UsageError(f"curate.skip: no rule {name!r}{suggest(name, RULES)}")
        for name in config.curate.skip
        if name not in RULES
    )
    if config.run.packages is not None:
        packages_folder(config.run.packages)
    if "generate" in steps or ("refine" in steps and config.generate.refine):
        yield from _wording(config.generate)
        yield from chain.from_iterable(_writer(name, config, folder) for name in config.generate.models)
    if "write_tests" in steps and config.write_tests.tester is not None:
        yield from _tester(config.write_tests.tester, config, folder)


def _wording(config: GenerateConfig) -> Iterator[EffiCoderError]:
    for variant in config.variants:
        if variant not in VARIANTS:
            yield UsageError(f"generate.variants: {variant!r}{suggest(variant, VARIANTS)}")
    if config.interface == "completion" and any(config.systems):
        yield UsageError("generate.systems: a completion has no system prompt; leave it out, or use chat")


def _writer(name: str, config: Config, folder: Path) -> Iterator[EffiCoderError]:
    if name.startswith(REPLAY):
        path = Path(name.removeprefix(REPLAY))
        if not path.is_file():
            hint = "a path in a config is relative to the config"
            yield InputError("generate.models: no such file of samples", path=path, hint=hint)
        return
    try:
        _open(name, config.generate)
    except PrerequisiteError as error:
        if _has_work(name, config, folder):
            yield error


def _tester(name: str, config: Config, folder: Path) -> Iterator[EffiCoderError]:
    if name.startswith(REPLAY):
        yield UsageError("write_tests.tester: a model that can be asked is needed, not recorded samples")
        return
    try:
        _open(name, config.generate)
    except PrerequisiteError as error:
        if _has_work(name, config, folder, tester=True):
            yield error


def _open(name: str, config: GenerateConfig) -> None:
    asyncio.run(open_model(name, config).close())


def _has_work(name: str, config: Config, folder: Path, *, tester: bool = False) -> bool:
    """Whether the model is still to be asked something, as far as the run's tasks say it."""
    if not (folder / "run.sqlite").is_file():
        return True
    with Store(folder) as store:
        tasks, done = list(store.alive(before="write_tests" if tester else None)), store.keys(Sample)
        if tester:
            left = asks_for_tests(tasks, name, config.generate, seed=config.run.seed, done=store.keys(TesterReply))
        else:
            left = plan(tasks, [name], config.generate, seed=config.run.seed, done=done)
    return bool(left) or not tasks
