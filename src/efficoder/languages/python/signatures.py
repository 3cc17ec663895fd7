"""The typed signature of a task's entry point, read from code's syntax tree; nothing is run."""

import ast
from typing import Literal, NamedTuple

from efficoder.languages.python.syntax import parse
from efficoder.types import Function, Parameter

Codec = Literal["plain", "ListNode", "TreeNode"]
_CODECS: tuple[Codec, ...] = ("ListNode", "TreeNode")


class Signature(NamedTuple):
    interface: Function
    defaults: dict[str, ast.expr]
    """Default values of parameters that have one."""
    returns_match: bool = False
    """Whether it returns what ``re.search`` and the like give, which is no plain data."""


def signature(code: str, entry_point: str, header: str = "") -> Signature:
    """The signature of ``f`` or ``Solution().f`` in ``code``; without parameters where the code does not define it
    or does not parse."""
    definition = _find(code, entry_point)
    if definition is None:
        return Signature(Function(entry_point=entry_point, header=header), {})
    arguments = [*definition.args.posonlyargs, *definition.args.args]
    defaults = dict(zip([a.arg for a in reversed(arguments)], reversed(definition.args.defaults), strict=False))
    if "." in entry_point:
        arguments = arguments[1:]
    interface = Function(
        entry_point=entry_point,
        parameters=tuple(
            Parameter(name=a.arg, annotation=_text(a.annotation), codec=codec_of(_text(a.annotation)))
            for a in arguments
        ),
        returns=_text(definition.returns),
        returns_codec=codec_of(_text(definition.returns)),
        header=header,
    )
    return Signature(interface, defaults, any(map(_is_match_return, ast.walk(definition))))


def codec_of(annotation: str | None) -> Codec:
    """How a plain value becomes an argument with this annotation, ``Optional[ListNode]`` and ``ListNode | None`` among
    them."""
    bare = (annotation or "").replace("Optional[", "").replace("]", "").replace("| None", "").strip(" '\"")
    return next((codec for codec in _CODECS if bare == codec), "plain")


def preamble(prompt: str, entry_point: str) -> str:
    """The imports and helpers that a continuation prompt gives above its function; "" if it does not parse."""
    try:
        body = parse(prompt).body
    except SyntaxError:
        return ""
    kept = [node for node in body if not (isinstance(node, ast.FunctionDef) and node.name == entry_point)]
    return "\n\n".join(filter(None, (ast.get_source_segment(prompt, node) for node in kept if not _is_text(node))))


def _find(code: str, entry_point: str) -> ast.FunctionDef | None:
    try:
        return definition_of(parse(code), entry_point)
    except SyntaxError:
        return None


def definition_of(tree: ast.Module, entry_point: str) -> ast.FunctionDef | None:
    """The last definition of ``f``, or of ``f`` in the class for ``Solution().f``."""
    body = tree.body
    owner, _, name = entry_point.rpartition(".")
    if owner:
        classes = [n for n in body if isinstance(n, ast.ClassDef) and n.name == owner.removesuffix("()")]
        body = classes[-1].body if classes else []
    found = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == name]
    return found[-1] if found else None


def _is_match_return(node: ast.AST) -> bool:
    match node:
        case ast.Return(value=ast.Call(func=ast.Attribute(attr=name))):
            return name in ("search", "match", "fullmatch")
    return False


def _text(annotation: ast.expr | None) -> str | None:
    return None if annotation is None else ast.unparse(annotation)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


class Arity(NamedTuple):
    """How many arguments a function takes in order, and what they are called."""

    names: tuple[str, ...]
    least: int
    most: int | None
    """None where it takes any number."""


def arity(code: str, entry_point: str) -> Arity | None:
    """None where ``code`` does not define ``entry_point`` as a plain function, or does not parse; a name that is
    assigned (``f = lambda x: x``) takes whatever it is given."""
    definition = _find(code, entry_point)
    if definition is None:
        return Arity((), 0, None) if _is_bound(code, entry_point) else None
    arguments = [*definition.args.posonlyargs, *definition.args.args]
    names = tuple(each.arg for each in arguments)[1 if "." in entry_point else 0 :]
    least = max(0, len(names) - len(definition.args.defaults))
    return Arity(names, least, None if definition.args.vararg else len(names))


def functions(code: str) -> list[str]:
    """The functions that a module defines, in order; none where it does not parse."""
    try:
        return [node.name for node in parse(code).body if isinstance(node, ast.FunctionDef)]
    except SyntaxError:
        return []


def _is_bound(code: str, name: str) -> bool:
    """Whether the module binds the name, or the owner of the method, in another way than by ``def``."""
    try:
        body = parse(code).body
    except SyntaxError:
        return False
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    imported = [each for node in body if isinstance(node, (ast.Import, ast.ImportFrom)) for each in node.names]
    bound = {target.id for target in targets if isinstance(target, ast.Name)}
    return name in bound | {each.asname or each.name for each in imported}
