"""Which names a piece of code defines and needs. With them an answer gets the imports and helpers that its task gave,
and loses what it does not use."""

import ast
import builtins
import symtable
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from efficoder.languages.python.syntax import Part, first_line, is_stub, parse

BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__"}
DYNAMIC = frozenset({"eval", "exec", "globals", "locals", "vars"})
"""Where one of these is used, no syntax tree tells which names code needs."""
_SHOWS = frozenset({"__name__", "doctest", "input", "pytest", "unittest"})
_STOPS = frozenset({"exit", "quit", "_exit", "abort", "kill", "SystemExit", "KeyboardInterrupt"})
_MANY = 2000
"""The most top-level statements; no answer has more. It bounds the work of finding names."""
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


@dataclass(slots=True, eq=False)
class Chunk:
    """One top-level statement (or several that share a line) and the module-level names that it reads or sets."""

    statements: list[ast.stmt]
    first: int
    last: int
    """Lines, counted from 1, both included."""
    binds: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    """Names read while the module loads."""
    uses: set[str] = field(default_factory=set)
    """Names read then, or later when something in it is called."""

    @property
    def is_definition(self) -> bool:
        return all(isinstance(statement, DEFINITIONS) for statement in self.statements)

    @property
    def is_plain_data(self) -> bool:
        """Whether it only sets names or is a constant, so that leaving it out changes nothing else."""
        return all(_only_sets_names(statement) for statement in self.statements)

    @property
    def is_stub(self) -> bool:
        return all(is_stub(statement) for statement in self.statements)


def _only_sets_names(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=targets):
            return all(isinstance(target, ast.Name | ast.Tuple | ast.List) for target in targets)
        case ast.AnnAssign(target=ast.Name()) | ast.Expr(value=ast.Constant()):
            return True
    return False


def chunks(lines: Sequence[str], tree: ast.Module) -> list[Chunk]:
    """A module's top-level statements with their names. Raises SyntaxError where Python's rules of scope are broken,
    and where there are too many."""
    if len(tree.body) > _MANY:
        raise SyntaxError(f"more than {_MANY} statements")
    found: list[Chunk] = []
    for statement in tree.body:
        first, last = first_line(statement), statement.end_lineno or statement.lineno
        if found and first <= found[-1].last:
            found[-1].statements.append(statement)
            found[-1].last = last
        else:
            found.append(Chunk([statement], first, last))
    for chunk in found:
        _read_names(chunk, "\n".join(lines[chunk.first - 1 : chunk.last]))
    return found


def _read_names(chunk: Chunk, source: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            top = symtable.symtable(source, "<reply>", "exec")
        except (RecursionError, MemoryError) as error:
            raise SyntaxError("nested too deeply") from error
    for symbol in top.get_symbols():
        if symbol.is_assigned() or symbol.is_imported():
            chunk.binds.add(symbol.get_name())
        if symbol.is_referenced():
            chunk.runs.add(symbol.get_name())
    if any(isinstance(s, ast.ImportFrom) and s.names[0].name == "*" for s in chunk.statements):
        chunk.binds.add("*")
    for table in top.get_children():
        _read_inner(table, chunk, loads=table.get_type() == "class")
    chunk.uses |= chunk.runs
    if not chunk.is_definition:
        chunk.runs |= chunk.uses


def _read_inner(table: symtable.SymbolTable, chunk: Chunk, *, loads: bool) -> None:
    for symbol in table.get_symbols():
        # In a class body ``f = f`` reads the global although the name is local there.
        if symbol.is_global() or (loads and symbol.is_referenced()):
            chunk.uses.add(symbol.get_name())
            if loads:
                chunk.runs.add(symbol.get_name())
        if symbol.is_global() and symbol.is_assigned():
            chunk.binds.add(symbol.get_name())
    for child in table.get_children():
        _read_inner(child, chunk, loads=False)


class Names:
    """Which statements bind a name; answers what a set of names needs in the end."""

    def __init__(self, parts: Iterable[Chunk]) -> None:
        self._binders: dict[str, list[Chunk]] = {}
        for chunk in parts:
            for name in chunk.binds:
                self._binders.setdefault(name, []).append(chunk)

    def needed(self, names: Iterable[str]) -> set[str]:
        """``names``, every name that the statements binding them use, and so on."""
        found = set(names)
        stack = list(found)
        while stack:
            for chunk in self._binders.get(stack.pop(), ()):
                fresh = chunk.uses - found
                found |= fresh
                stack.extend(fresh)
        return found


def keep_needed(lines: Sequence[str], tree: ast.Module, root: str, *, first_wins: bool = False) -> str:
    """The module without what only shows off the entry point ``root``: asserts, prints, example calls, main guards.

    What stays: all that ``root`` needs, statements that may prepare something it needs, definitions above it.
    Where ``root`` is defined twice the later one counts, as in Python; with ``first_wins`` the earlier.
    Code whose names cannot be found comes back unchanged.
    """
    try:
        parts = chunks(lines, tree)
    except SyntaxError:
        return _tidy(lines)
    binders = [chunk for chunk in parts if root in chunk.binds and not chunk.is_stub]
    if not binders:
        return _tidy(lines)
    real = binders[:1] if first_wins else binders
    considered = [chunk for chunk in parts if root not in chunk.binds or chunk in real]
    return _without(lines, parts, _kept(considered, considered.index(binders[0]), root))


def _kept(parts: list[Chunk], entry: int, root: str) -> list[Chunk]:
    names = Names(parts)
    wanted = names.needed({root})
    if wanted & DYNAMIC:
        return parts
    prepares = set(_preparing(parts, entry, root, wanted))
    wanted |= names.needed({name for chunk in prepares for name in chunk.uses})
    return [
        chunk
        for i, chunk in enumerate(parts)
        if chunk.binds & wanted or chunk in prepares or "*" in chunk.binds or (chunk.is_definition and i < entry)
    ]


def _preparing(parts: list[Chunk], entry: int, root: str, wanted: set[str]) -> Iterator[Chunk]:
    """Statements that run, bind nothing wanted, and yet may matter (``sys.setrecursionlimit``, filling a table)."""
    names = Names(parts)
    stopping = {name for chunk in parts if _stops(chunk.statements, inside=True) for name in chunk.binds}
    shown = {root, *_SHOWS, *(stopping - wanted)}
    for i, chunk in enumerate(parts):
        if chunk.is_definition or chunk.binds & wanted or (chunk.is_plain_data and i > entry):
            continue
        asserts = any(isinstance(statement, ast.Assert) for statement in chunk.statements)
        stops = _stops(chunk.statements, inside=False)
        if stops or asserts or "print" in chunk.runs or names.needed(chunk.runs) & shown:
            shown |= chunk.binds
        else:
            yield chunk


def _stops(statements: Sequence[ast.AST], *, inside: bool) -> bool:
    """Whether running them may end the program, or never ends. ``inside``: also whether a call of what they define
    does."""
    stack: list[ast.AST] = list(statements)
    while stack:
        node = stack.pop()
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _STOPS:
                return True
            case ast.Raise():
                return not inside or bool(node.exc and _STOPS & {getattr(n, "id", "") for n in ast.walk(node.exc)})
            case ast.While(test=ast.Constant(value=value)) if value and not _leaves(node):
                return True
        if inside or not isinstance(node, (*DEFINITIONS, ast.Lambda)):
            stack.extend(ast.iter_child_nodes(node))
    return False


def _leaves(loop: ast.While) -> bool:
    return any(isinstance(node, ast.Break | ast.Return | ast.Raise) for node in ast.walk(loop))


def _without(lines: Sequence[str], parts: list[Chunk], kept: list[Chunk]) -> str:
    """The lines of ``kept``; comments right above what goes, and after the last that stays, go too."""
    stays, gone = set(kept), set[int]()
    for chunk in parts:
        if chunk in stays:
            continue
        gone.update(range(chunk.first, chunk.last + 1))
        above = chunk.first - 1
        while above > 0 and lines[above - 1].startswith("#"):
            gone.add(above)
            above -= 1
    last = max((chunk.last for chunk in kept), default=0)
    return _tidy([line for number, line in enumerate(lines[:last], 1) if number not in gone])


def _tidy(lines: Iterable[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip() + "\n"


def complete(source: str, libraries: Iterable[Part], root: str) -> str:
    """``source`` below those statements of ``libraries`` that bind names it uses and lacks, ``root`` excepted."""
    try:
        own = chunks(source.split("\n"), parse(source))
        shelves = [(part.lines, chunks(part.lines, part.tree)) for part in libraries]
    except SyntaxError:
        return source
    have = {name for chunk in own for name in chunk.binds} | BUILTINS | {root}
    lacking = {name for chunk in own for name in chunk.uses} - have
    taken: list[str] = []
    for lines, shelf in shelves:
        offered = [chunk for chunk in shelf if root not in chunk.binds]
        wanted = Names(chunk for chunk in offered if not chunk.binds & have).needed(lacking) - have
        unnamed = wanted - {name for chunk in offered for name in chunk.binds}
        for chunk in offered:
            if chunk.binds & wanted or ("*" in chunk.binds and unnamed):
                taken.extend(lines[chunk.first - 1 : chunk.last])
                have |= chunk.binds - {"*"}
        lacking -= have
    return _put_above(source, taken) if taken else source


def _put_above(source: str, taken: Sequence[str]) -> str:
    """Imports from ``__future__`` stay first, as Python wants them."""
    lines = source.split("\n")
    future = [s for s in parse(source).body if isinstance(s, ast.ImportFrom) and s.module == "__future__"]
    at = max((s.end_lineno or 0 for s in future), default=0)
    return "\n".join([*lines[:at], *taken, "", "", *lines[at:]])
