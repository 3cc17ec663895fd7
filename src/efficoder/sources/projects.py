"""Tasks of several files: what is asked of them, and folders of them (docs/tasks.md).

A folder holds one folder per task: ``task.toml``, ``fixed/``, ``baseline/`` (what a candidate is shown and may write),
``reference/``, ``make_input.py`` and ``checks/NAME.in`` with, where known, ``NAME.out``.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from efficoder.errors import InputError
from efficoder.languages import bundle
from efficoder.parse import from_toml
from efficoder.sources.files import SourceRow, origin_of
from efficoder.types import Comparison, Origin, Project, Task, TaskTests, TestCase

_TOKENS = Comparison(kind="tokens")


class _Toml(msgspec.Struct, forbid_unknown_fields=True):
    prompt: str
    run: tuple[str, ...]
    build: tuple[str, ...] = ()
    built: str = ""


def checked(project: Project) -> Project:
    """The project. Raises ValueError for files that cannot be modules, or a module to run that is not there."""
    paths = [*project.files, *project.writes, *filter(None, [project.built])]
    for path in paths:
        if problem := bundle.path_problem(path):
            raise ValueError(f"the file {path!r} is {problem}")
        if paths.count(path) > 1:
            raise ValueError(f"the file {path!r} is there twice")
    if not project.writes or not project.run:
        raise ValueError('"writes" and "run" must name something')
    if bool(project.build) != bool(project.built):
        raise ValueError('"build" and "built" go together: what one prints is the other')
    for module in {*project.run[:1], *project.build[:1]}:
        place = module.replace(".", "/")
        if not {f"{place}.py", f"{place}/__main__.py"} & {*project.files, *project.writes}:
            raise ValueError(f"the module {module!r} to run is none of its files")
    return project


def code_of(project: Project, files: Mapping[str, str], starter: str = "") -> str:
    """Files as a candidate's text; what is missing is taken from ``starter``. Raises ValueError."""
    for path in files:
        if path not in project.writes:
            raise ValueError(f"the file {path!r} is not one that a candidate writes")
    have = {file.path: file.text for file in bundle.split(starter)} | dict(files)
    for path in project.writes:
        if path not in have:
            raise ValueError(f"the file {path!r} is missing")
    return bundle.join(have)


def read_projects(path: Path) -> Iterator[SourceRow]:
    """The tasks of a folder, by name. Raises InputError naming the file at fault."""
    if not path.is_dir():
        raise InputError("no such folder", path=path, hint="give the folder that holds a folder a task")
    origin = origin_of(path, Origin(source=path.resolve().name))
    for place in sorted(path.glob("*/task.toml")):
        yield _task(place.parent, f"{path.resolve().name}/{place.parent.name}", origin)


def _task(folder: Path, name: str, origin: Origin) -> SourceRow:
    path = folder / "task.toml"
    try:
        asked = msgspec.convert(from_toml(_text(path)), _Toml)
        baseline = _files(folder / "baseline")
        project = checked(
            Project(
                writes=tuple(baseline),
                files=_files(folder / "fixed"),
                run=asked.run,
                build=asked.build,
                built=asked.built,
            )
        )
        starter = code_of(project, baseline)
        reference = code_of(project, _files(folder / "reference"), starter)
    except (ValueError, msgspec.ValidationError) as error:  # what is no TOML is a ValueError too
        raise InputError(str(error), path=path, hint="docs/tasks.md says what a task's folder holds") from error
    task = Task(
        id=name,
        prompt=asked.prompt.strip("\n"),
        interface=project,
        origin=origin,
        reference=reference,
        starter=starter,
    )
    checks = tuple(_check(place) for place in sorted(folder.glob("checks/*.in")))
    maker = folder / "make_input.py"
    programs = (_text(maker),) if maker.is_file() else ()
    return SourceRow(task=task, tests=TaskTests(task_id=name, checks=checks, load_programs=programs))


def _check(path: Path) -> TestCase:
    answer = path.with_suffix(".out")
    expected = _text(answer) if answer.is_file() else None
    return TestCase(input=_text(path), expected=expected, comparison=_TOKENS)


def _files(folder: Path) -> dict[str, str]:
    return {place.relative_to(folder).as_posix(): _text(place) for place in sorted(folder.rglob("*.py"))}


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 at byte {error.start}", path=path) from error
