"""Can a seed change what a program answers? Where none can, one run tells what two would.

The rule knows what cannot depend on a seed and takes everything else for what may. A hash seed shows only in the order
of a set, and random numbers only through a module, so a program without sets, with a few modules and harmless
built-ins alone, has one answer.
"""

import ast
import functools

from efficoder.languages.python.names import BUILTINS
from efficoder.languages.python.standalone import standalone
from efficoder.languages.python.syntax import parse
from efficoder.types import Task

_MODULES = "__future__ bisect collections copy decimal fractions functools heapq itertools math re string sys typing"
_OF_SYS = frozenset({"exit", "maxsize", "setrecursionlimit", "stdin", "stdout"})
_HARMLESS = """
abs all any bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float format hex
input int isinstance issubclass iter len list map max min next oct ord pow print property range repr reversed round
slice sorted staticmethod str sum super tuple type zip NotImplemented Ellipsis __name__
"""
"""Built-ins that neither make a set nor tell a hash or an address, and read nothing but standard input."""
_VIEWS = frozenset({"keys", "items"})
_SETTING = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.Sub)
"""Operators that make a set of a dict's views."""
_COUNTS = frozenset({"len", "int", "ord", "float"})


def deterministic(code: str, task: Task) -> bool:
    """Whether no seed changes what ``code`` answers; see languages/protocol.py."""
    whole = standalone(code, task)
    return not whole.problem and _is_harmless_text(whole.code)


@functools.lru_cache(64)
def _is_harmless_text(code: str) -> bool:
    try:
        nodes = list(ast.walk(parse(code)))
    except SyntaxError:
        return False
    has_views = any(isinstance(node, ast.Attribute) and node.attr in _VIEWS for node in nodes)
    return all(_is_harmless(node, has_views=has_views) for node in nodes)


def _is_harmless(node: ast.AST, *, has_views: bool) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return False
        case ast.Import():
            return all(
                alias.name in _MODULES.split() and (alias.name != "sys" or not alias.asname) for alias in node.names
            )
        case ast.ImportFrom():
            allowed = node.module in _MODULES.split() and not node.level
            return allowed and (node.module != "sys" or all(alias.name in _OF_SYS for alias in node.names))
        case ast.Name():
            return node.id not in BUILTINS or node.id in _HARMLESS.split() or node.id.endswith(("Error", "Exception"))
        case ast.Attribute(value=ast.Name(id="sys")):
            return node.attr in _OF_SYS
        case ast.Attribute():
            return not node.attr.startswith("_") or node.attr == "__init__"
        case ast.BinOp(op=op, left=left, right=right):
            return not (has_views and isinstance(op, _SETTING)) or _is_number(left) or _is_number(right)
        case ast.AugAssign(op=op, value=value):
            return not (has_views and isinstance(op, _SETTING)) or _is_number(value)
    return True


def _is_number(node: ast.expr) -> bool:
    """A number, with which no view of a dict makes a set."""
    match node:
        case ast.Constant(value=int() | float()):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in _COUNTS
        case ast.UnaryOp(operand=operand):
            return _is_number(operand)
    return False
