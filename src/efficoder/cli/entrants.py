"""What ``efficoder time`` compares, and on what: program files, functions of files, a call, a text or a task file."""

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from efficoder import sources, wire
from efficoder.console import counted
from efficoder.errors import InputError, UsageError
from efficoder.languages import language, language_of_file, refuse_unknown
from efficoder.languages.identity import candidate_id
from efficoder.languages.python import literals
from efficoder.languages.python.signatures import Arity, arity, functions, signature
from efficoder.languages.python.syntax import parse_expression
from efficoder.types import Candidate, Comparison, Function, Origin, Parameter, Stdio, Task, TaskTests, TestCase

_ALIAS = "efficoder_timed"
"""The name under which each program's function is called where the command line names functions."""
GIVEN = "time"
"""The id of a task that the command line gives."""


class On(NamedTuple):
    """What the command line says the programs are run on: one of the first three, and of the last two at most one."""

    call: str | None = None
    stdin: Path | None = None
    tests: Path | None = None
    load: str | None = None
    """What is timed, as it is: a call beside ``call``, a file beside ``stdin``."""
    size: int | None = None
    """The n of the inputs that are made."""


class Entry(NamedTuple):
    """A program as the command line names it: a file, and a function of it where one is named."""

    name: str
    path: Path
    function: str
    code: str


class Entrants(NamedTuple):
    task: Task
    tests: TaskTests
    named: dict[str, Candidate]


def read(programs: Sequence[str], on: On, *, same: bool = False) -> Entrants:
    """The programs with what they are run on. Raises UsageError for a command line that names too little or too much,
    and InputError for what cannot be read or does not fit together. ``same``: equal programs are compared too."""
    if sum(each is not None for each in (on.call, on.stdin, on.tests)) != 1:
        raise UsageError(
            "say what to run the programs on, in one way: --call 'f([3, 1, 2])', --stdin FILE (/dev/null for none), "
            "or --tests FILE (docs/time.md)"
        )
    if on.load is not None and (on.size is not None or on.tests is not None):
        raise UsageError("--load says what is timed: leave --size out, and of a task file use its `loads`")
    entries = [_entry(program) for program in programs]
    if len(entries) < 2:
        raise UsageError(f"{programs[0]}: one program alone; name two or more, or it twice with --same")
    spoken = sorted({language_of_file(entry.path) for entry in entries})
    if len(spoken) > 1:
        raise UsageError(f"these are programs in {' and '.join(spoken)}; only one language's are compared")
    task, tests = _given(on, entries, spoken[0])
    if on.load is not None:
        other, timed = _called(on.load, entries) if on.call is not None else _piped(Path(on.load), spoken[0])
        if other.prompt != task.prompt:
            raise UsageError(f"--load calls {other.prompt}, --call {task.prompt}: name the same function")
        tests = msgspec.structs.replace(tests, loads=timed.checks)
    return Entrants(task, tests, _candidates(entries, task, same=same))


def _given(on: On, entries: Sequence[Entry], spoken: str) -> tuple[Task, TaskTests]:
    if on.call is not None:
        if language(spoken).toolchain is not None:
            raise UsageError("--call is for Python; give other functions a task file: --tests FILE")
        return _called(on.call, entries)
    return _piped(on.stdin, spoken) if on.stdin is not None else _written(on.tests or Path())


def _entry(program: str) -> Entry:
    path, function = Path(program), ""
    if not path.is_file():
        head, colon, tail = program.rpartition(":")
        if colon and tail.replace(".", "").replace("()", "").isidentifier():
            path, function = Path(head), tail
    return Entry(program, path, function, _text(path, "utf-8-sig"))


def _text(path: Path, encoding: str = "utf-8") -> str:
    try:
        return path.read_text(encoding=encoding)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint="check the path") from None
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text: {error}", path=path) from None


def _candidates(entries: Sequence[Entry], task: Task, *, same: bool) -> dict[str, Candidate]:
    named: dict[str, Candidate] = {}
    for entry in entries:
        code = _code(entry, task)
        key = candidate_id(task.id, code, task.language)
        twin = next((name for name, known in named.items() if known.id == key), None)
        if twin is not None and not same:
            hint = "there is nothing to compare; --same times it against itself"
            raise InputError(f"the same code as {twin}", path=entry.name, hint=hint)
        name, number = entry.name, sum(known.id.startswith(key) for known in named.values())
        named[f"{name} ({number + 1})" if name in named else name] = Candidate(
            id=f"{key}-{number}" if number else key, task_id=task.id, code=code
        )
    return named


def _code(entry: Entry, task: Task) -> str:
    if not isinstance(task.interface, Function):
        if entry.function:
            raise UsageError(f"{entry.name}: a function is timed with --call, not on standard input")
        return entry.code
    called = task.interface.entry_point
    if called == _ALIAS:
        return f"{entry.code}\n\n\ndef {_ALIAS}(*arguments):\n    return {entry.function or task.prompt}(*arguments)\n"
    if entry.function not in ("", called):
        raise UsageError(f"{entry.name}: the task file says what is called ({called}); name functions with --call")
    return entry.code


# ------------------------------------------------------------ --call


def _called(call: str, entries: Sequence[Entry]) -> tuple[Task, TaskTests]:
    name, positional, keywords = _parsed(call)
    shared = not any(entry.function for entry in entries)
    shape = None
    for entry in entries:
        wanted = entry.function or name
        found = arity(entry.code, wanted)
        if found is None:
            raise InputError(_undefined(entry, wanted), path=entry.path)
        arguments = _arguments(entry, wanted, positional, keywords, found)
        if shape is not None and arguments != shape[0]:
            raise InputError(f"{wanted} has other parameter names", path=entry.path, hint="give arguments by place")
        shape = shape or (arguments, signature(entry.code, wanted).interface)
    assert shape is not None
    arguments, interface = shape
    if not shared:
        plain = tuple(Parameter(name=each.name, annotation=each.annotation) for each in interface.parameters)
        interface = Function(entry_point=_ALIAS, parameters=plain)
    try:
        case = TestCase(input=wire.encode(arguments))
    except (wire.NotPlain, RecursionError) as error:
        raise UsageError(f"--call: an argument is no plain data: {error}") from None
    return _task(interface, name), TaskTests(task_id=GIVEN, checks=(case,))


def _parsed(call: str) -> tuple[str, list[Any], dict[str, Any]]:
    """``f(1, x=2)`` as the function's name and its arguments, which are read, not run."""
    try:
        tree = parse_expression(call)
    except SyntaxError as error:
        raise UsageError(f"--call {call!r}: not a call: {error.msg}; write it like 'f([3, 1, 2])'") from None
    if not isinstance(tree, ast.Call) or any(isinstance(each, ast.Starred) for each in tree.args):
        raise UsageError(f"--call {call!r}: write one call, like 'f([3, 1, 2])'")
    try:
        positional = [literals.evaluate(each) for each in tree.args]
        keywords = {str(each.arg): literals.evaluate(each.value) for each in tree.keywords}
    except literals.Refused as error:
        raise UsageError(f"--call {call!r}: an argument is no plain data: {error}") from None
    return ast.unparse(tree.func), positional, keywords


def _arguments(entry: Entry, name: str, positional: Sequence[Any], keywords: dict[str, Any], shape: Arity) -> list[Any]:
    left, arguments = dict(keywords), list(positional)
    for parameter in shape.names[len(positional) :]:
        if parameter not in left:
            break
        arguments.append(left.pop(parameter))
    if left:
        raise InputError(f"{name} cannot be given {next(iter(left))!r} by name and in order", path=entry.path)
    refuse_count(entry.name, name, len(arguments), shape)
    return arguments


def refuse_count(where: str, name: str, given: int, shape: Arity) -> None:
    """Raises InputError where a function does not take so many arguments."""
    if shape.least <= given and (shape.most is None or given <= shape.most):
        return
    takes = str(shape.least) if shape.least == shape.most else f"{shape.least} or more"
    wrap = "; if it is one list, wrap it: [[...]]" if shape.most == 1 and given > 1 else ""
    raise InputError(f"{given} arguments given, {name} takes {takes}{wrap}", path=where)


def _undefined(entry: Entry, wanted: str) -> str:
    there = functions(entry.code)
    if not there:
        return f"defines no function {wanted}"
    return f"defines no function {wanted}; it has {', '.join(there)}: write {entry.path}:{there[-1]}"


# ------------------------------------------------------------ --stdin and --tests


def _piped(path: Path, used: str) -> tuple[Task, TaskTests]:
    case = TestCase(input=_text(path), comparison=Comparison(kind="tokens"))
    return _task(Stdio(), "", used), TaskTests(task_id=GIVEN, checks=(case,))


def _written(path: Path) -> tuple[Task, TaskTests]:
    rows = list(sources.read(str(path)))
    if len(rows) != 1:
        raise InputError(f"{counted(len(rows), 'task')} in it", path=path, hint="`time` wants a file with one task")
    refuse_unknown([rows[0].task], path)
    return rows[0].task, rows[0].tests


def refuse_arguments(entrants: Entrants, where: str) -> None:
    """Raises InputError where a function does not take the arguments of a test of the task file."""
    interface = entrants.task.interface
    compiled = language(entrants.task.language).toolchain is not None  # the compiler says it
    if not isinstance(interface, Function) or interface.entry_point == _ALIAS or compiled:
        return
    for name, candidate in entrants.named.items():
        shape = arity(candidate.code, interface.entry_point)
        if shape is None:
            raise InputError(f"defines no function {interface.entry_point}", path=name)
        for case in (*entrants.tests.checks, *entrants.tests.loads):
            given = wire.decode(case.input)
            if isinstance(given, list):
                refuse_count(where, interface.entry_point, len(given), shape)


def _task(interface: Function | Stdio, called: str, used: str = "python") -> Task:
    return Task(id=GIVEN, prompt=called, interface=interface, origin=Origin(source="command line"), language=used)
