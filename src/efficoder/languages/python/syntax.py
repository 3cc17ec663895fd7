"""Python source as syntax trees. Any text can be parsed without a crash; the longest part that parses can be found, and
the names that a statement binds.
"""

import ast
import itertools
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def parse(source: str) -> ast.Module:
    """The syntax tree. Raises SyntaxError for everything that does not parse: too deep, null bytes, lone surrogates."""
    tree = _parse(source, "exec")
    assert isinstance(tree, ast.Module)
    return tree


def parse_expression(text: str) -> ast.expr:
    """The tree of one expression. Raises SyntaxError."""
    tree = _parse(text.strip(), "eval")
    assert isinstance(tree, ast.Expression)
    return tree.body


_MOST_MARKS = 100
"""Combining characters in a row. The parser normalises names, and sorts such a run in quadratic time: 400,000 of them
take half an hour (measured). Unicode's stream-safe text has at most 30."""


def _parse(code: str, mode: Literal["exec", "eval"]) -> ast.AST:
    if not code.isascii() and _longest_run(map(unicodedata.combining, code)) > _MOST_MARKS:
        raise SyntaxError("too many combining characters in a row")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(code, "<unknown>", mode, ast.PyCF_ONLY_AST, dont_inherit=True)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error) or "nested too deeply") from error


def _longest_run(values: Iterable[int]) -> int:
    return max((sum(1 for _ in run) for there, run in itertools.groupby(values, bool) if there), default=0)


class Budget:
    """How many more characters may be parsed; bounds the work one reply can cause."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    @property
    def spent(self) -> bool:
        return self._left <= 0

    def parse(self, source: str) -> ast.Module:
        """As ``parse``; SyntaxError also when the budget is spent."""
        if self.spent:
            raise SyntaxError("too much text that does not parse")
        self._left -= len(source)
        return parse(source)


@dataclass(frozen=True, slots=True)
class Part:
    """The longest beginning of some lines that parses, and why it ends there."""

    lines: Sequence[str]
    tree: ast.Module
    cut: bool
    """True when it ends inside an unfinished statement, which is left out."""
    error: str | None

    @property
    def source(self) -> str:
        return "\n".join(self.lines)


def longest_part(lines: Sequence[str], budget: Budget) -> Part:
    """The longest prefix of ``lines`` that parses, by whole lines.

    The line of an error is never part of it, so each try is at least one line shorter. A last statement that is broken
    in its middle is dropped too, unless it ends with ``return``: indented text after that is prose.
    """
    length, message = len(lines), None
    while True:
        try:
            tree = budget.parse("\n".join(lines[:length]))
            break
        except SyntaxError as error:
            if message is None:
                message = f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
            if budget.spent:
                return Part([], ast.Module([], []), True, message)
            length = max(0, min((error.lineno or length) - 1, length - 1))
    broken = length < len(lines) and lines[length][:1].isspace() and bool(tree.body)
    if not broken or _has_ended(tree.body[-1]):
        return Part(lines[:length], tree, False, message)
    last = tree.body.pop()
    return Part(lines[: first_line(last) - 1], tree, True, message)


def _has_ended(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return _has_ended(statement.body[-1])
    return isinstance(statement, ast.Return | ast.Raise)


def unfinished(text: str) -> Part | None:
    """Code that may stop after a signature, with the body it lacks; None where it does not parse even so."""
    lines = text.replace("\r\n", "\n").rstrip().split("\n")
    for ending in ([], [indent(lines[-1]) + "    pass"]):
        try:
            return Part([*lines, *ending], parse("\n".join([*lines, *ending])), False, None)
        except SyntaxError:
            continue
    return None


def indent(line: str) -> str:
    """The blanks a line begins with."""
    return line[: len(line) - len(line.lstrip())]


def first_line(statement: ast.stmt) -> int:
    """Line of a statement, decorators included, counted from 1."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def body_after_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


def is_stub(statement: ast.stmt) -> bool:
    """A function that only announces itself: a docstring, ``pass``, ``...`` or ``raise NotImplementedError``."""
    return isinstance(statement, _FUNCTIONS) and all(_is_filler(item) for item in body_after_docstring(statement))


def _is_filler(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
    return False


def returns_something(function: ast.stmt) -> bool:
    """Does a function have a ``return`` or ``yield`` of its own?"""
    stack: list[ast.AST] = list(getattr(function, "body", []))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            stack.extend(ast.iter_child_nodes(node))
    return False


def raised(code: str, line: int) -> set[str]:
    """Names of the exceptions that a program raises by a statement of its own on ``line``, asserts among them."""
    found: set[str] = set()
    for node in ast.walk(parse(code)):
        if not isinstance(node, ast.Assert | ast.Raise) or not node.lineno <= line <= (node.end_lineno or line):
            continue
        if isinstance(node, ast.Assert):
            found.add("AssertionError")
        else:
            error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            found |= {error.id} if isinstance(error, ast.Name) else set()
    return found


def bindings(body: Iterable[ast.stmt]) -> dict[str, ast.stmt]:
    """The statement that binds each name in a body, branches included; the last that is not a stub."""
    found: dict[str, ast.stmt] = {}
    for statement in body:
        for name in _bound(statement):
            if name not in found or not is_stub(statement):
                found[name] = statement
    return found


def _bound(statement: ast.stmt) -> Iterator[str]:
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, ast.Lambda):
            stack.extend(ast.iter_child_nodes(node))
