"""Assert statements to plain data: ``assert f(args) == literal`` becomes an input and an expected value.

Known forms of assert become a Comparison; any other condition on one call becomes a checker with the call's result
in its place. A unittest method such as ``self.assertEqual(f(args), literal)`` is the assert it stands for. Tests with
more than that (several calls, unknown names, statements with effects) are not converted.
Nothing is run: arguments and expected values are evaluated by literals.py.
"""

import ast
import builtins
import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from efficoder import wire
from efficoder.languages.python import literals
from efficoder.languages.python.literals import Refused
from efficoder.languages.python.signatures import Codec, Signature
from efficoder.languages.python.syntax import parse, parse_expression
from efficoder.types import Comparison, Interface, Script, TestCase

Converted = list[TestCase] | str
"""The cases, or why there are none."""
MAX_ROUNDS = 10_000
"""How often loops in one test may go round."""

_CHECKER = """\
import math

def check(arguments, output, expected):
    return bool({condition})
"""
_COLLECT: dict[str, Literal["set", "unordered"]] = {
    "set": "set",
    "frozenset": "set",
    "sorted": "unordered",
    "Counter": "unordered",
}


_UNITTEST = {
    **dict.fromkeys(
        ("assertEqual", "assertListEqual", "assertTupleEqual", "assertSetEqual", "assertDictEqual"), "({0}) == ({1})"
    ),
    "assertTrue": "({0})",
    "assertFalse": "not ({0})",
    "assertIsNone": "({0}) is None",
    "assertIsNotNone": "({0}) is not None",
    "assertIn": "({0}) in ({1})",
    "assertCountEqual": "sorted({0}) == sorted({1})",
    "assertAlmostEqual": "abs(({0}) - ({1})) <= 5e-08",
}
"""The condition each method stands for; assertAlmostEqual rounds to 7 places."""


_PLAIN_TYPES = frozenset(
    {"int", "str", "float", "bool", "None", "list", "List", "tuple", "Tuple", "dict", "Dict", "set"}
)
_PLAIN_NAMES = frozenset(
    name for kind in (int, str, float, list, tuple, dict, set, bytes, complex) for name in dir(kind) if name[0] != "_"
)
_LOOKS = frozenset({"getattr", "hasattr", "vars", "type", "dir", "id", "callable", "next", "iter"})
_SHOWS = frozenset({"str", "repr", "format", "ascii"})
"""They tell an object from the data it is like, where it is not known to be data."""


class Dialect(NamedTuple):
    """What a set's tests call besides the candidate."""

    constructors: Mapping[str, Codec] = {}
    """Functions that build linked data of a plain list, e.g. ``tree_node``."""
    equalities: frozenset[str] = frozenset()
    """Functions that compare two results, e.g. ``is_same_tree``."""


@dataclass(frozen=True, slots=True)
class _Node:
    """Linked data in a test. Its class keeps it out of wire text wherever no codec expects it."""

    codec: Codec
    items: list[Any]


class Checks(NamedTuple):
    interface: Interface
    checks: tuple[TestCase, ...]
    skipped: tuple[str, ...]
    """Why the tests stayed code, if they did."""


def checks_of(source: str, shape: Signature, scripts: Sequence[str], dialect: Dialect | None = None) -> Checks:
    """The asserts of ``source`` as a Function's checks; where one cannot be converted, ``scripts`` as a Script's."""
    converted = convert_asserts(source, shape, dialect)
    if isinstance(converted, str):
        interface = Script(entry_point=shape.interface.entry_point, header=shape.interface.header)
        return Checks(interface, tuple(TestCase(input=text) for text in scripts), (f"kept as code: {converted}",))
    return Checks(shape.interface, tuple(converted), ())


def convert_asserts(source: str | Sequence[ast.stmt], shape: Signature, dialect: Dialect | None = None) -> Converted:
    """All asserts of ``source``, at top level, in its function ``check(candidate)`` or in its unittest classes; or
    why one cannot be."""
    if shape.returns_match:
        return "the function returns a match object"
    try:
        body = parse(source).body if isinstance(source, str) else source
    except SyntaxError as error:
        return f"the test does not parse: {error}"
    converter = _Converter(shape, dialect or Dialect())
    try:
        converter.block(body, {})
    except (ValueError, TypeError, RecursionError) as error:  # Refused and NotPlain among them
        return str(error) or "nested too deeply"
    return converter.cases or "the test has no assert"


class _Converter:
    def __init__(self, shape: Signature, dialect: Dialect) -> None:
        self._shape = shape
        self._equalities = dialect.equalities
        self._known = {name: _constructor(codec) for name, codec in dialect.constructors.items()}
        self._owner, _, self._method = shape.interface.entry_point.rpartition(".")
        self._callees = {shape.interface.entry_point}
        self._rounds = 0
        self.cases: list[TestCase] = []

    def block(self, statements: Iterable[ast.stmt], names: dict[str, Any]) -> None:
        """Convert statements in order; ``names`` holds the constants they have set."""
        for statement in statements:
            match statement:
                case ast.Assert(test=test):
                    self._assert(test, names)
                case ast.For(target=target, iter=iterable, body=body, orelse=[]):
                    for item in self._value(iterable, names):
                        self._rounds += 1
                        if self._rounds > MAX_ROUNDS:
                            raise Refused("a loop in the test is too long")
                        self.block(body, names | literals.bind(target, item))
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[]) as made) if (
                    ast.unparse(made) == self._owner
                ):
                    self._callees.add(f"{name}.{self._method}")
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    names[name] = self._value(value, names)
                case ast.FunctionDef(name="check", args=ast.arguments(args=[ast.arg(arg=candidate)]), body=body):
                    self._callees.add(candidate)
                    self.block(body, dict(names))
                case ast.Expr(value=ast.Constant()) | ast.Pass() | ast.Import() | ast.ImportFrom():
                    pass  # a name that an import gives is refused where it is used
                case ast.Expr(value=ast.Call(func=ast.Name(id="check"))):
                    pass
                case ast.ClassDef(bases=[ast.Attribute(attr="TestCase") | ast.Name(id="TestCase")], body=body) if (
                    not statement.decorator_list  # expectedFailure and skip turn a test into another one
                ):
                    self.block(body, dict(names))
                case ast.FunctionDef(name=name, args=ast.arguments(args=[ast.arg(arg="self")]), body=body) if (
                    name.startswith("test") and not statement.decorator_list
                ):
                    self.block(body, dict(names))
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=method)) as call) if (
                    method in _UNITTEST
                ):
                    self._assert(_condition(method, call), names)
                case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
                    pass
                case _:
                    raise Refused(f"{type(statement).__name__} in a test is not data")

    def _assert(self, test: ast.expr, names: dict[str, Any]) -> None:
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            for part in test.values:
                self._assert(part, names)
            return
        calls = [node for node in ast.walk(test) if self._is_call(node)]
        if not calls:
            if not self._value(test, names):
                raise Refused("an assert without a call is false")
            return
        if len(calls) > 1:
            raise Refused("an assert calls the function more than once")
        call = calls[0]
        assert isinstance(call, ast.Call)
        arguments = self._arguments(call, names)
        comparison, expected = self._rule(test, call, names)
        self.cases.append(TestCase(input=wire.encode(arguments), expected=wire.encode(expected), comparison=comparison))

    def _is_call(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and ast.unparse(node.func) in self._callees

    def _value(self, node: ast.expr, names: Mapping[str, Any]) -> Any:
        return literals.evaluate(node, {**self._known, **names})

    def _arguments(self, call: ast.Call, names: dict[str, Any]) -> list[Any]:
        """The call's arguments in the order of the parameters; keywords are put in their places."""
        arguments: list[Any] = []
        for node in call.args:
            if isinstance(node, ast.Starred):
                arguments.extend(self._value(node.value, names))
            else:
                arguments.append(self._value(node, names))
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        for parameter in self._shape.interface.parameters[len(arguments) :]:
            if not given:
                break
            value = given.pop(parameter.name) if parameter.name in given else self._shape.defaults.get(parameter.name)
            if value is None:
                raise Refused(f"a call leaves out {parameter.name!r}")
            arguments.append(self._value(value, names))
        if given:
            raise Refused(f"a call names {sorted(map(str, given))}, which the signature has not")
        codecs: list[Codec] = [parameter.codec for parameter in self._shape.interface.parameters]
        codecs += ["plain"] * (len(arguments) - len(codecs))
        return [_on_wire(argument, codec) for argument, codec in zip(arguments, codecs, strict=False)]

    def _expected(self, node: ast.expr, names: dict[str, Any]) -> Any:
        return _on_wire(self._value(node, names), self._shape.interface.returns_codec)

    def _rule(self, test: ast.expr, call: ast.Call, names: dict[str, Any]) -> tuple[Comparison, Any]:
        """The comparison a condition stands for, and its expected value (None for a checker)."""
        match test:
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                for side, other in ((left, right), (right, left)):
                    if side is call:
                        return Comparison(), self._expected(other, names)
                    collected = _collected(side, other, call)
                    if collected is not None:
                        return Comparison(kind=collected.kind), self._value(collected.expected, names)
            case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]) if left is call:
                return Comparison(), _on_wire(None, self._shape.interface.returns_codec)
            case ast.Call(func=ast.Name(id=name), args=[left, right], keywords=[]) if (
                name in self._equalities and call in (left, right)
            ):
                return Comparison(), self._expected(right if left is call else left, names)
            case ast.Compare(
                left=ast.Call(func=ast.Name(id="abs"), args=[ast.BinOp(left=left, op=ast.Sub(), right=right)]),
                ops=[ast.Lt() | ast.LtE()],
                comparators=[tolerance],
            ) if call in (left, right):
                expected = self._value(right if left is call else left, names)
                return Comparison(kind="float", absolute=float(self._value(tolerance, names))), expected
            case ast.Call(func=func, args=[left, right], keywords=keywords) if ast.unparse(func) in (
                "math.isclose",
                "isclose",
            ) and call in (left, right):
                options = {str(keyword.arg): float(self._value(keyword.value, names)) for keyword in keywords}
                comparison = Comparison(
                    kind="float", absolute=options.get("abs_tol", 0.0), relative=options.get("rel_tol", 1e-9)
                )
                return comparison, self._value(right if left is call else left, names)
        look = _looks_inside(test, call, self._shape.interface.returns)
        if look:
            raise Refused(f"an assert looks into the result by {look}")
        return Comparison(kind="checker", checker=_checker(test, call, names)), None


def _condition(method: str, call: ast.Call) -> ast.expr:
    """What a unittest method asserts. Raises Refused for options other than a message."""
    form = _UNITTEST[method]
    wanted = 2 if "{1}" in form else 1
    if len(call.args) != wanted or any(keyword.arg != "msg" for keyword in call.keywords):
        raise Refused(f"{method} with more than its values is not converted")
    return parse_expression(form.format(*map(ast.unparse, call.args)))


def _constructor(codec: Codec) -> Any:
    def construct(items: list[Any]) -> _Node:
        return _Node(codec, list(items))

    return construct


def _on_wire(value: Any, codec: Codec) -> Any:
    """What stands for ``value`` on the wire: linked data as its list, none as the empty one. Raises Refused."""
    if codec == "plain":
        return value
    if value is None:
        return []
    if not isinstance(value, _Node) or value.codec != codec:
        raise Refused(f"a value is no {codec}")
    return value.items


class _Collected(NamedTuple):
    kind: Literal["set", "unordered"]
    expected: ast.expr


def _collected(side: ast.expr, other: ast.expr, call: ast.Call) -> _Collected | None:
    """What a comparison such as ``sorted(f(x)) == [1, 2]`` or ``set(f(x)) == set([1, 2])`` asks for."""
    match side, other:
        case (
            ast.Call(func=ast.Name(id=one), args=[inner], keywords=[]),
            ast.Call(func=ast.Name(id=two), args=[collected], keywords=[]),
        ) if inner is call and one == two and one in _COLLECT:
            return _Collected(_COLLECT[one], collected)
        case ast.Call(func=ast.Name(id="sorted"), args=[inner], keywords=[]), ast.List() | ast.ListComp():
            return _Collected("unordered", other) if inner is call else None
        case ast.Call(func=ast.Name(id="set"), args=[inner], keywords=[]), ast.Set() | ast.SetComp():
            return _Collected("set", other) if inner is call else None
    return None


def _looks_inside(test: ast.expr, call: ast.Call, returns: str | None) -> str:
    """How a condition takes the result for more than plain data, which is all that a checker is given; else ""."""
    shown = _PLAIN_TYPES.isdisjoint({(returns or "").partition("[")[0]})
    for node in ast.walk(test):
        inside = any(part is call for part in ast.walk(node)) and node is not call
        match node:
            case ast.Attribute(attr=name) if inside and name not in _PLAIN_NAMES:
                return f".{name}"
            case ast.Call(func=ast.Name(id=name), args=arguments) if call in arguments and (
                name in _LOOKS or (name in _SHOWS and shown)
            ):
                return f"{name}()"
            case ast.FormattedValue() if inside and shown:
                return "a format"
    return ""


def _checker(test: ast.expr, call: ast.Call, names: Mapping[str, Any]) -> str:
    """Code of a checker for any other condition, the call replaced by its output. Raises Refused for unknown names."""
    test, call = copy.deepcopy((test, call))  # a loop comes back to the original

    class Replace(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            return ast.Name(id="output", ctx=ast.Load()) if node is call else self.generic_visit(node)

        def visit_Name(self, node: ast.Name) -> ast.AST:
            return parse_expression(repr(names[node.id])) if node.id in names else node

    bound = {node.id for node in ast.walk(test) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    condition = Replace().visit(test)
    used = {node.id for node in ast.walk(condition) if isinstance(node, ast.Name)}
    unknown = used - bound - {"output", "math"} - set(dir(builtins))
    if unknown:
        raise Refused(f"an assert uses {sorted(unknown)}")
    return _CHECKER.format(condition=ast.unparse(condition))
