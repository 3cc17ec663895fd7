"""``efficoder tests``: a run's tests as a file of frozen ones, and such a file as text."""

import dataclasses
import platform
from collections.abc import Iterator
from pathlib import Path

from efficoder import __version__
from efficoder.config import Config, load
from efficoder.console import Console, counted, data, table, to_json
from efficoder.errors import InputError, UsageError
from efficoder.pipeline.run_stage import placed
from efficoder.report.tables import counts
from efficoder.stages.write_tests import WriteTests
from efficoder.store import Store, open_run
from efficoder.testgen import frozen
from efficoder.testgen.bank import identity
from efficoder.testgen.frozen import FrozenTask, FrozenTests, Header
from efficoder.testgen.writer import REVISION
from efficoder.types import Drop, Script, Task, TaskTests, TestCase, TestFacts

_CUT = 200


def freeze(runs: Path, name: str, path: Path) -> None:
    """Write the tests of a run to a file. Raises UsageError for a run whose tests are frozen ones already, InputError
    for one without tests by its present config."""
    with open_run(runs, name) as store:
        config = load(store.folder / "run.toml", [])
        if config.write_tests.frozen is not None:
            raise UsageError(f"{name}: its tests are those of {config.write_tests.frozen}; copy that file")
        written = _written(store, config)
        tasks = [task for task in store.alive(before="write_tests") if task.vouched]
        chosen = [_frozen(store, task, config) for task in tasks if task.id in written]
        if not chosen:
            hint = f"`efficoder stage write_tests {name}` writes them"
            raise InputError("no task has tests that this version wrote", path=store.folder, hint=hint)
        found = frozen.write(path, _header(config), chosen)
        left_out = store.count(Task) - len(chosen)
    tested = sum(not task.reason for task in chosen)
    line = f"{path}: {counted(tested, 'task')} with tests, {len(chosen) - tested} that cannot be judged; {found}"
    missing = counted(left_out, "task")
    more = f"; not in it: {missing} of the run: `efficoder stage write_tests {name}` writes what is missing"
    Console().say(line + (more if left_out else "") + f"; next: efficoder evaluate TASKS --samples S --tests {path}")


def _written(store: Store, config: Config) -> set[str]:
    """The tasks whose tests are by this config and version."""
    finished = store.done("write_tests")
    stage = WriteTests(config.write_tests, config.run.seed, config.generate)
    jobs = (placed(job, config.run) for job in stage.plan(store))
    return {job.id for job in jobs if finished.get(job.id) == job.fingerprint}


def _frozen(store: Store, task: Task, config: Config) -> FrozenTask:
    given = store.get(TaskTests, f"{task.id}/False") or TaskTests(task_id=task.id)
    drop = store.get(Drop, f"write_tests/{task.id}")
    facts = store.get(TestFacts, task.id)
    tests, detail = store.tests(task.id), drop.detail if drop else ""
    loads = config.write_tests.loads > 0 and not isinstance(task.interface, Script) and drop is None
    return FrozenTask(
        task_id=task.id,
        identity=identity(task, given),
        tests=tests,
        signal=facts is not None and facts.signal,
        reason=drop.reason if drop else "",
        detail=detail,
        by_time=frozen.depends_on_time(tests, detail, loads=loads),
    )


def _header(config: Config) -> Header:
    settings = dataclasses.asdict(config.write_tests)
    del settings["frozen"]
    return Header(
        schema=frozen.SCHEMA,
        version=__version__,
        revision=REVISION,
        python=platform.python_version(),
        seed=config.run.seed,
        settings=settings,
        packages=config.run.packages is not None,
        machine=frozen.MACHINE,
    )


def show(path: Path, task_id: str | None, *, as_json: bool) -> None:
    """What a file of frozen tests holds, or the tests of one task."""
    tests = frozen.read(path)
    if task_id is not None:
        task = tests.get(task_id)
        if task is None:
            raise InputError(
                f"no tests of {task_id!r}", path=path, hint=f"`efficoder tests show {path}` names its tasks"
            )
        if as_json:
            to_json(task)
        else:
            data("\n".join(_task_lines(task)))
    elif as_json:
        to_json({"hash": tests.hash, "header": tests.header, "tasks": list(tests.lines)})
    else:
        data("\n".join(_set_lines(tests)))


def _set_lines(tests: FrozenTests) -> Iterator[str]:
    header = tests.header
    yield f"frozen tests {tests.hash}"
    yield f"made by EffiCoder {header.version} (tests {header.revision}), Python {header.python}, seed {header.seed}"
    yield ", ".join(f"{key} = {value}" for key, value in header.settings.items() if value is not None)
    yield f"{header.machine}\n"
    rows = []
    for name in tests.lines:
        task = tests.get(name)
        assert task is not None
        made = task.tests
        numbers = [len(made.checks), len(made.loads), len(made.untimed), len(made.ladder)]
        rows.append([name, *map(str, numbers), task.reason or made.constant or counts(made.lost)])
    yield table(["task", "checks", "loads", "untimed", "ladder", "note"], rows)


def _task_lines(task: FrozenTask) -> Iterator[str]:
    tests = task.tests
    if task.reason:
        yield f"{task.task_id}: left out: {task.reason}; {task.detail}"
    for kind, cases in (
        ("check", tests.checks),
        ("load", tests.loads),
        ("untimed", tests.untimed),
        ("ladder", tests.ladder),
    ):
        yield from (f"{kind} {number}{_case(case)}" for number, case in enumerate(cases))
    yield from (f"by time: {part}: {why}" for part, why in task.by_time.items())
    yield from (f"note: {note}" for note in (tests.constant, counts(tests.lost)) if note)


def _case(case: TestCase) -> str:
    size = f", size {case.size}" if case.size is not None else ""
    answer = "the reference's" if case.expected is None else _short(case.expected)
    return f" ({case.origin}, {case.comparison.kind}{size}): {_short(case.input)} -> {answer}"


def _short(text: str) -> str:
    return text if len(text) <= _CUT else f"{text[:_CUT]}... ({len(text)} characters)"
