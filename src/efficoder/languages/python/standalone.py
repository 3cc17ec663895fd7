"""Code that runs by itself: what it uses of its task's header is put above it, and nothing else of the header.

The sandbox runs a header before each candidate, so recorded programs leave its imports out (measured: 38 % of those
for LeetCode); a training row and a starter have no header.
"""

import ast
import functools
import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from efficoder.languages.protocol import Standalone
from efficoder.languages.python.names import BUILTINS, DYNAMIC, Chunk, chunks
from efficoder.languages.python.syntax import parse, unfinished
from efficoder.types import Function, Script, Task


class _Import(NamedTuple):
    """One name of an import statement; ``module`` is empty for ``import NAME``."""

    module: str
    name: str
    alias: str | None

    @property
    def text(self) -> str:
        return f"{self.name} as {self.alias}" if self.alias else self.name


class _Source(NamedTuple):
    """Another statement of a header, by its place in it."""

    line: int
    text: str
    uses: frozenset[str]


_Offers = Mapping[str, _Import | _Source]


def standalone(code: str, task: Task) -> Standalone:
    """``code`` below the imports, constants, functions and classes of the header that it uses and lacks.

    Code may stop after a signature, as a starter does: it is completed, and said not to parse. Nothing is called
    undefined where ``eval`` and the like, or a star import of another library, may bind it.
    """
    match task.interface:
        case Function(header=header) | Script(header=header, answer_name=""):
            offers = _offers(header)
        case _:
            return Standalone(code)
    part = unfinished(code)
    own: list[Chunk] = []
    try:
        own = chunks(part.lines, part.tree) if part else []
        parse(code)
        given = Standalone(code)
    except SyntaxError as error:
        given = Standalone(code, "does_not_parse", f"line {error.lineno}: {error.msg}" if error.lineno else error.msg)
    if part is None or not own:
        return given
    used = {name for chunk in own for name in chunk.uses}
    stars = [module for statement in part.tree.body for module in _stars(statement)]
    have = {name for chunk in own for name in chunk.binds}.union(*map(_exported, stars))
    taken, undefined = _taken(used - have, have, offers)
    whole = _put_above(code, part.tree.body, taken) if taken else code
    dynamic = used & DYNAMIC or not all(map(_exported, stars))
    if undefined and not given.problem and not dynamic:
        return Standalone(whole, "undefined_name", ", ".join(sorted(undefined)))
    return replace(given, code=whole)


@functools.lru_cache(maxsize=64)
def _offers(header: str) -> _Offers:
    """What binds each name once the header has run; nothing where the header does not parse."""
    offers: dict[str, _Import | _Source] = {}
    lines = header.replace("\r\n", "\n").split("\n")
    try:
        parts = chunks(lines, parse("\n".join(lines)))
    except SyntaxError:
        return {}
    for chunk in parts:
        if all(isinstance(statement, ast.Import | ast.ImportFrom) for statement in chunk.statements):
            for found in _imports(chunk):
                name = found.alias or found.name.split(".")[0]
                # Of a class and its alias in typing (Counter, OrderedDict) the class is what code means.
                if not (found.module == "typing" and name in _exported("collections") and name in offers):
                    offers[name] = found
        else:
            source = _Source(chunk.first, "\n".join(lines[chunk.first - 1 : chunk.last]), frozenset(chunk.uses))
            offers |= dict.fromkeys(chunk.binds, source)
    return offers


def _imports(chunk: Chunk) -> Iterator[_Import]:
    for statement in chunk.statements:
        if isinstance(statement, ast.Import):
            yield from (_Import("", alias.name, alias.asname) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module not in {None, "__future__"}:
            module = "." * statement.level + str(statement.module)
            for star in _stars(statement):
                # A builtin of the same name (pow of math, compile of re) is what the code meant.
                yield from (_Import(star, name, None) for name in _exported(star) - BUILTINS)
            yield from (_Import(module, a.name, a.asname) for a in statement.names if a.name != "*")


def _stars(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
        yield statement.module or ""


@functools.cache
def _exported(module: str) -> frozenset[str]:
    """What a star import of a module of the standard library binds; empty for another module."""
    if module.split(".")[0] not in sys.stdlib_module_names:
        return frozenset()
    try:
        found = importlib.import_module(module)
    except ImportError:  # one of another system's
        return frozenset()
    public = (name for name in vars(found) if not name.startswith("_"))
    return frozenset(getattr(found, "__all__", public))


def _taken(lacking: Iterable[str], have: set[str], offers: _Offers) -> tuple[set[_Import | _Source], set[str]]:
    """What of ``offers`` binds the names, and what that needs in turn; and the names that nothing binds."""
    taken: set[_Import | _Source] = set()
    undefined: set[str] = set()
    seen, waiting = set(have), list(lacking)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        offer = offers.get(name)
        if offer is not None:
            taken.add(offer)
            waiting.extend(offer.uses if isinstance(offer, _Source) else ())
        elif name not in BUILTINS:
            undefined.add(name)
    return taken, undefined


def _put_above(code: str, body: list[ast.stmt], taken: set[_Import | _Source]) -> str:
    """Below a docstring and imports from ``__future__``, which stay first, as Python wants them."""
    lines = code.replace("\r\n", "\n").split("\n")
    first = [s for i, s in enumerate(body) if _stays_first(i, s)]
    at = max((s.end_lineno or 0 for s in first), default=0)
    sources = sorted({offer for offer in taken if isinstance(offer, _Source)})
    blocks = [_import_lines({offer for offer in taken if isinstance(offer, _Import)}), *(s.text for s in sources)]
    above = "\n\n\n".join(filter(None, blocks))
    rest = "\n".join(lines[at:]).lstrip("\n")
    ahead = body[len(first) :]
    near = not sources and ahead and isinstance(ahead[0], ast.Import | ast.ImportFrom)
    below = f"{above}\n{rest}" if near else f"{above}\n\n\n{rest}"
    return "\n".join([*lines[:at], "", below]) if at else below


def _stays_first(index: int, statement: ast.stmt) -> bool:
    match statement:
        case ast.ImportFrom(module="__future__"):
            return True
        case ast.Expr(value=ast.Constant(value=str())):
            return index == 0
    return False


def _import_lines(imports: set[_Import]) -> str:
    """``import m`` lines, then one ``from m import a, b`` a module, each sorted."""
    whole = sorted(f"import {found.text}" for found in imports if not found.module)
    modules = sorted({found.module for found in imports} - {""})
    named = (f"from {m} import {', '.join(sorted(f.text for f in imports if f.module == m))}" for m in modules)
    return "\n".join([*whole, *named])
