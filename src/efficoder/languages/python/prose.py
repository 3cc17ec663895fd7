"""Words of prose that happen to parse as Python: ``Done``, ``Language: Python``, ``- a``."""

import ast

from efficoder.languages.python import names, syntax
from efficoder.languages.python.syntax import Part

_MEANT = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.JoinedStr, ast.comprehension)
"""Expressions that somebody wrote to have them run."""


def without(part: Part) -> Part:
    """The part without statements that bind nothing, call nothing and read a name that nothing above has defined."""
    known = set(names.BUILTINS)
    kept: list[ast.stmt] = []
    gone: list[ast.stmt] = []
    for statement in part.tree.body:
        if "*" not in known and _is_prose(statement, known):
            gone.append(statement)
            continue
        kept.append(statement)
        known |= syntax.bindings([statement]).keys()
    taken = {line for item in kept for line in _lines(item)}
    gone = [statement for statement in gone if taken.isdisjoint(_lines(statement))]
    if not gone:
        return part
    dropped = {line for statement in gone for line in _lines(statement)}
    lines = ["" if number in dropped else line for number, line in enumerate(part.lines, 1)]
    body = [statement for statement in part.tree.body if statement not in gone]
    return Part(lines, ast.Module(body, []), part.cut, part.error)


def _is_prose(statement: ast.stmt, known: set[str]) -> bool:
    match statement:
        case ast.Expr(value=value) if not any(isinstance(node, _MEANT) for node in ast.walk(value)):
            read = value
        case ast.AnnAssign(value=None, target=ast.Name(), annotation=annotation):
            read = annotation
        case _:
            return False
    return not {node.id for node in ast.walk(read) if isinstance(node, ast.Name)} <= known


def _lines(statement: ast.stmt) -> range:
    return range(syntax.first_line(statement), (statement.end_lineno or statement.lineno) + 1)
