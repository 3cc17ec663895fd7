"""What Python code refers to outside itself, as dotted names seen through imports and aliases.

``import os as o; o.system`` and ``from os import system as s; s`` both refer to ``os.system``; a parameter called
``open`` refers to nothing, and neither does ``.open()`` on the program's own objects.
"""

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from efficoder.languages.python.syntax import parse

_BUILTINS = frozenset(dir(builtins))
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Reference:
    path: str
    """Dotted name; ``.name`` for an attribute of an unknown object; ``getattr(module)`` for a computed name."""
    line: int
    argument: object = None
    """The first argument, where this is a call and that is a constant."""
    called: bool = False
    imports: bool = False

    def __str__(self) -> str:
        return f"import of {self.path}" if self.imports else self.path + ("()" if self.called else "")


def references(code: str) -> list[Reference]:
    """Every outside name ``code`` imports or uses. Raises SyntaxError when it does not parse."""
    walker = _Walker()
    try:
        walker.scope([parse(code)])
    except RecursionError as error:
        raise SyntaxError("nested too deeply") from error
    return walker.found


class _Walker:
    """Walks scope by scope; a name is looked up in the scopes around it, innermost first."""

    def __init__(self) -> None:
        self.found: list[Reference] = []
        self._scopes: list[dict[str, str | None]] = []
        self._stars: list[str] = []

    def scope(self, roots: Iterable[ast.AST], parameters: ast.arguments | None = None) -> None:
        roots = list(roots)
        names = dict.fromkeys(_parameter_names(parameters)) if parameters else dict[str, str | None]()
        outer = set[str]()
        for node in _within(roots):
            match node:
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                    names.setdefault(name)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    names[name] = None
                case ast.ExceptHandler(name=str(name)):
                    names[name] = None
                case ast.Import() | ast.ImportFrom():
                    names.update(_imported(node))
                case ast.Global(names=declared) | ast.Nonlocal(names=declared):
                    outer.update(declared)
        self._scopes.append({name: path for name, path in names.items() if name not in outer})
        for root in roots:
            self._visit(root)
        self._scopes.pop()

    def _visit(self, node: ast.AST) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                outside = [*node.decorator_list, *_parameter_expressions(node.args), *filter(None, [node.returns])]
                self._visit_all(outside)
                self.scope(node.body, node.args)
            case ast.Lambda():
                self._visit_all(_parameter_expressions(node.args))
                self.scope([node.body], node.args)
            case ast.ClassDef():
                self._visit_all([*node.decorator_list, *node.bases, *node.keywords])
                self.scope(node.body)
            case ast.Import() | ast.ImportFrom():
                self._visit_import(node)
            case ast.Call():
                self._visit_call(node)
            case ast.Name() | ast.Attribute() if isinstance(node.ctx, ast.Load):
                self._visit_name(node)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._visit(value)
                if name in self._scopes[-1]:
                    self._scopes[-1][name] = self._path(value)
            case _:
                self._visit_all(ast.iter_child_nodes(node))

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self._visit(node)

    def _visit_import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            path = alias.name
            if isinstance(node, ast.ImportFrom):
                module = "" if node.level else node.module or ""
                if alias.name == "*":
                    self._stars.append(module)
                path = module if alias.name == "*" else f"{module}.{alias.name}"
            self.found.append(Reference(path, node.lineno, imports=True))

    def _visit_call(self, node: ast.Call) -> None:
        first = node.args[0] if node.args else None
        argument = _constant(first)
        if isinstance(node.func, ast.Name | ast.Attribute):
            self._visit_name(node.func, argument, called=True)
            target = self._path(first) if first and self._path(node.func) == "getattr" else None
            if target and len(node.args) > 1:
                name = _constant(node.args[1])
                path = f"{target}.{name}" if isinstance(name, str) else f"getattr({target})"
                self.found.append(Reference(path, node.lineno))
        else:
            self._visit(node.func)
        self._visit_all([*node.args, *node.keywords])

    def _visit_name(self, node: ast.Name | ast.Attribute, argument: object = None, *, called: bool = False) -> None:
        path = self._path(node)
        if path:
            self.found.append(Reference(path, node.lineno, argument, called))
        elif isinstance(node, ast.Attribute):
            self.found.append(Reference("." + node.attr, node.lineno, argument, called))
            self._visit(node.value)
        elif isinstance(node, ast.Name) and not any(node.id in scope for scope in self._scopes):
            self.found += [Reference(f"{star}.{node.id}", node.lineno, argument, called) for star in self._stars]

    def _path(self, node: ast.AST) -> str | None:
        """The dotted name an expression stands for, or None when it is the program's own."""
        if isinstance(node, ast.Attribute):
            owner = self._path(node.value)
            return f"{owner}.{node.attr}" if owner else None
        if not isinstance(node, ast.Name):
            return None
        for scope in reversed(self._scopes):
            if node.id in scope:
                return scope[node.id]
        return node.id if node.id in _BUILTINS or node.id == "__builtins__" else None


def _within(roots: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of one scope: inner functions and classes themselves, not what is in them."""
    stack = list(roots)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _SCOPES):
            stack.extend(ast.iter_child_nodes(node))


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        if isinstance(node, ast.Import):
            yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        elif alias.name != "*":
            yield alias.asname or alias.name, f"{'' if node.level else node.module}.{alias.name}"


def _parameter_names(arguments: ast.arguments) -> Iterator[str]:
    for parameter in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        yield parameter.arg
    yield from (extra.arg for extra in (arguments.vararg, arguments.kwarg) if extra)


def _parameter_expressions(arguments: ast.arguments) -> list[ast.expr]:
    parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    annotations = [parameter.annotation for parameter in parameters if parameter and parameter.annotation]
    return [*arguments.defaults, *(default for default in arguments.kw_defaults if default), *annotations]


def _constant(node: ast.AST | None) -> object:
    """A constant's value, also of a sum of constants (``"sys" + "tem"``); None for all else."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = _constant(left), _constant(right)
            return parts[0] + parts[1] if isinstance(parts[0], str) and isinstance(parts[1], str) else None
    return None
