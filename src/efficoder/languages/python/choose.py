"""Which of several blocks of a reply is the answer: the last that can be one. Models put the better version below.

What only shows an answer is none: a test, an example of use, a line of it that is explained.
"""

import ast
from collections.abc import Iterator, Sequence

from efficoder.languages.python import names, syntax
from efficoder.languages.python.syntax import Part

_READS = frozenset({"input", "stdin", "open", "fileinput", "read"})
_WRITES = frozenset({"print", "stdout", "write", "writelines"})
_TESTERS = frozenset({"subprocess", "unittest", "pytest", "doctest"})
_LOOKED_AT = 20
"""So many of the last blocks; it bounds the work."""
_FEEDS = frozenset({"StringIO", "BytesIO", "iter", "patch"})
"""What a test puts in the place of standard input."""


def function(parts: Sequence[Part], entry: set[str]) -> Part:
    """The last part that defines a name of ``entry``, where all bind one: a tester imports it, or keeps a result."""
    defining = [part for part in parts if any(_defines(statement, entry) for statement in part.tree.body)]
    return (defining or parts)[-1]


def _defines(statement: ast.stmt, entry: set[str]) -> bool:
    if isinstance(statement, ast.Import | ast.ImportFrom) or not entry & syntax.bindings([statement]).keys():
        return False
    return not (isinstance(statement, ast.Assign) and entry & _loaded(statement.value))


def program(parts: Sequence[Part]) -> str:
    """Of parts that do something the last that is a program: it reads, writes and runs. Definitions that it lacks are
    taken from the others, the nearest above first. Where none reads, one that writes; else the longest."""
    if len(parts) == 1:
        return parts[0].source
    latest = parts[-_LOOKED_AT:]
    whole = [_completed(latest, i) for i in range(len(latest))]
    for asks in (_READS, frozenset[str]()):
        for source in reversed(whole):
            if source is not None and _is_program(syntax.parse(source), asks):
                return source
    return max(parts, key=lambda part: len(part.lines)).source


def _completed(parts: Sequence[Part], index: int) -> str | None:
    """The source with the definitions it lacks; None where a name stays undefined."""
    others = [*reversed(parts[:index]), *parts[index + 1 :]]
    source = names.complete(parts[index].source, map(_definitions, others), "")
    try:
        chunks = names.chunks(source.split("\n"), syntax.parse(source))
    except SyntaxError:
        return None
    bound = {name for chunk in chunks for name in chunk.binds}
    used = {name for chunk in chunks for name in chunk.uses}
    return source if used <= bound | names.BUILTINS or "*" in bound or used & names.DYNAMIC else None


def _definitions(part: Part) -> Part:
    body: list[ast.stmt] = [node for node in part.tree.body if isinstance(node, names.DEFINITIONS)]
    return Part(part.lines, ast.Module(body, []), part.cut, part.error)


def _is_program(tree: ast.Module, asks: frozenset[str]) -> bool:
    used = _loaded(tree)
    runs = any(isinstance(node, ast.Call) for node in _run(tree))
    return runs and bool(used & _WRITES) and (not asks or bool(used & asks)) and not _is_test(tree, used)


def _is_test(tree: ast.Module, used: frozenset[str]) -> bool:
    """Whether it brings its own input, or runs another program."""
    if used & _TESTERS:
        return True
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Attribute(attr="stdin") | ast.Name(id="input")], value=value):
                given = _loaded(value)
                if (given & _FEEDS or isinstance(value, ast.Lambda)) and not given & (_READS | {"readline", "buffer"}):
                    return True
            case ast.Call(func=func) if "patch" in _loaded(func):
                return True
    return False


def _loaded(tree: ast.AST) -> frozenset[str]:
    """Names and attributes that are read, and modules that are imported."""
    return frozenset(_names(tree))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Load()):
                yield name
            case ast.Import(names=aliases):
                yield from (alias.name.partition(".")[0] for alias in aliases)
            case ast.ImportFrom(module=module, names=aliases):
                yield (module or "").partition(".")[0]
                yield from (alias.name for alias in aliases)


def _run(tree: ast.Module) -> Iterator[ast.AST]:
    """What runs when the module does: no bodies of functions."""
    stack: list[ast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            stack.extend(ast.iter_child_nodes(node))
