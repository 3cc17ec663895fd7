"""Mutants of a reference: the same program with one small fault, to see whether the checks notice.

A small set of operators on the syntax tree, the ones mutation testing found to be enough for most faults
(Offutt et al. 1996, "An experimental determination of sufficient mutant operators"), plus loop bounds and slices.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

from efficoder.languages import bundle
from efficoder.languages.protocol import Mutant
from efficoder.languages.python.syntax import parse
from efficoder.languages.turns import in_turn

_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt,),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt,),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


def mutants(code: str, limit: int, seed: int) -> list[Mutant]:
    """At most ``limit`` different mutants, drawn evenly from the operators, and from several files in turn. Raises
    SyntaxError for text that is no code."""
    if files := bundle.split(code):
        texts = {file.path: file.text for file in files}
        each = [_of_file(texts, path, limit, seed) for path in texts]
        return [mutant for turn in zip_longest(*each) for mutant in turn if mutant is not None][:limit]
    tree = parse(code)
    sites: dict[str, list[tuple[int, int]]] = {}
    for position, node in enumerate(_nodes(tree)):
        for index, (operator, _) in enumerate(_edits(node)):
            sites.setdefault(operator, []).append((position, index))
    seen = {ast.unparse(tree)}
    found: list[Mutant] = []
    for operator, (position, index) in in_turn(sites, seed):
        if len(found) == limit:
            break
        mutant = _mutant(tree, operator, position, index)
        if mutant.code not in seen:
            seen.add(mutant.code)
            found.append(mutant)
    return found


def _of_file(texts: dict[str, str], path: str, limit: int, seed: int) -> list[Mutant]:
    found = mutants(texts[path], limit, seed)
    return [Mutant(each.operator, each.line, bundle.join({**texts, path: each.code})) for each in found]


def _mutant(tree: ast.Module, operator: str, position: int, index: int) -> Mutant:
    copied = copy.deepcopy(tree)
    node = _nodes(copied)[position]
    line = getattr(node, "lineno", 0)
    list(_edits(node))[index][1]()
    return Mutant(operator, line, ast.unparse(ast.fix_missing_locations(copied)))


def _nodes(tree: ast.AST) -> list[ast.AST]:
    """The nodes worth changing, in a fixed order: no docstrings, annotations, imports or defaults of the signature."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts: list[ast.AST | None] = [node.args, node.returns, *node.decorator_list]
        elif isinstance(node, ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.Import | ast.ImportFrom) or _is_docstring(node):
            parts = [node]
        else:
            continue
        skipped |= {id(inner) for part in parts if part is not None for inner in ast.walk(part)}
    return [node for node in ast.walk(tree) if id(node) not in skipped]


Edit = tuple[str, Callable[[], None]]


def _edits(node: ast.AST) -> Iterator[Edit]:
    """The changes of one node: each a name and a function that makes it in place."""
    match node:
        case ast.Compare(ops=ops):
            for index, operator in enumerate(ops):
                for other in _COMPARE.get(type(operator), ()):
                    yield "comparison", _set_item(ops, index, other())
        case ast.BinOp(op=arithmetic) | ast.AugAssign(op=arithmetic) if type(arithmetic) in _ARITHMETIC:
            yield "arithmetic", _set(node, "op", _ARITHMETIC[type(arithmetic)]())
        case ast.BoolOp(op=junction):
            yield "junction", _set(node, "op", ast.And() if isinstance(junction, ast.Or) else ast.Or())
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield "negation", _set(node, "op", ast.UAdd() if isinstance(node.op, ast.USub) else ast.Not())
            if isinstance(node.op, ast.Not):
                yield "negation", _set(node, "operand", ast.UnaryOp(ast.Not(), operand))
        case ast.Constant(value=value):
            for other_value in _other_constants(value):
                yield "constant", _set(node, "value", other_value)
        case ast.If() | ast.IfExp():
            yield "branch", _set(node, "test", ast.Constant(False))
            yield "branch", _set(node, "test", ast.Constant(True))
        case ast.While():
            yield "branch", _set(node, "test", ast.Constant(False))
        case ast.Return(value=ast.expr() as result) if not _is_none(result):
            yield "return", _set(node, "value", ast.Constant(None))
        case ast.Call(func=ast.Name(id="range"), args=[*arguments]) if arguments:
            stop = 0 if len(arguments) == 1 else 1
            yield "bound", _set_item(arguments, stop, _plus(arguments[stop], -1), node)
            yield "bound", _set_item(arguments, stop, _plus(arguments[stop], 1), node)
            if len(arguments) > 1:
                yield "bound", _set_item(arguments, 0, _plus(arguments[0], 1), node)
        case ast.Slice(lower=lower, upper=upper):
            if lower is not None:
                yield "slice", _set(node, "lower", _plus(lower, 1))
            if upper is not None:
                yield "slice", _set(node, "upper", _plus(upper, -1))
        case ast.Break():
            yield "jump", _become(node, ast.Continue)
        case ast.Continue():
            yield "jump", _become(node, ast.Break)
    if isinstance(node, ast.stmt) and isinstance(node, ast.AugAssign | ast.Expr):
        yield "statement", _become(node, ast.Pass)


def _other_constants(value: object) -> tuple[object, ...]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (value + 1, value - 1)
    if isinstance(value, float):
        return (value + 1.0,)
    if isinstance(value, str):
        return ("",) if value else ("x",)
    return ()


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _plus(node: ast.expr, step: int) -> ast.expr:
    return ast.BinOp(node, ast.Add() if step > 0 else ast.Sub(), ast.Constant(abs(step)))


def _set(node: ast.AST, field: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, field, value)


def _set_item(items: list[Any], index: int, value: object, owner: ast.AST | None = None) -> Callable[[], None]:
    def edit() -> None:
        items[index] = value
        if isinstance(owner, ast.Call):
            owner.args = items

    return edit


def _become(node: ast.stmt, kind: type[ast.stmt]) -> Callable[[], None]:
    def edit() -> None:
        node.__class__ = kind
        for field in set(node.__dict__) - {"lineno", "col_offset", "end_lineno", "end_col_offset"}:
            delattr(node, field)

    return edit
