"""Evaluating test data written as Python expressions, by its syntax tree and without running it.

Literals, arithmetic, repetition, comprehensions and a short list of builtins, within bounds on steps and size.
Anything else is Refused: nothing here reaches an attribute, a file or a name of this process.
"""

import ast
import math
import operator
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from decimal import Decimal
from fractions import Fraction
from typing import Any

from efficoder.languages.python.syntax import parse_expression
from efficoder.wire import spread

MAX_SIZE = 2_000_000
"""The most items and characters in one value, nested ones included. It is also the most steps of an evaluation: a
syntax node visited is one step, an item made on the way an eighth (a few seconds in all)."""
_MAX_BITS = 1_000_000
_MAX_DIGITS = 400  # a float has 308 before its point


class Refused(ValueError):
    """The expression is outside what is evaluated here, or too large; the message says what."""


def evaluate(expression: str | ast.expr, names: Mapping[str, Any] | None = None, *, max_size: int = MAX_SIZE) -> Any:
    """The value of a restricted expression. It may use ``names``, which are values or functions, and ``inf`` and
    ``nan`` as ``repr`` writes them. Raises Refused."""
    if isinstance(expression, str):
        try:
            expression = parse_expression(expression)
        except SyntaxError as error:
            raise Refused(f"not an expression: {error}") from error
    try:
        if not any(isinstance(node, (ast.Set, ast.Dict)) for node in ast.walk(expression)):  # hashing is watched below
            return _bounded(ast.literal_eval(expression), max_size)
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        if isinstance(error, Refused):
            raise
    try:
        return _bounded(_Evaluator(names or {}, max_size).visit(expression), max_size)
    except (ArithmeticError, TypeError, ValueError, LookupError, RecursionError) as error:
        raise error if isinstance(error, Refused) else Refused(f"{type(error).__name__}: {error}") from error


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.RShift: operator.rshift,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}
_CALLS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        *(range, list, tuple, str, int, float, complex, bool, chr, ord, len, abs, round),
        *(min, max, sorted, reversed, zip, enumerate, divmod, sum),
    )
}
_CALLS |= {
    "set": lambda items=(): set(spread(items)),
    "frozenset": lambda items=(): frozenset(spread(items)),
    "dict": lambda items=(): _dict_of(items.items() if isinstance(items, dict) else items),
}
_CALLS |= {"Decimal": Decimal, "Fraction": Fraction, "deque": deque}
_CONSTANTS = {"inf": math.inf, "nan": math.nan, "pi": math.pi, "e": math.e}
_METHODS = frozenset({"join", "upper", "lower", "split", "strip", "copy", "keys", "values", "items"})


class _Evaluator:
    def __init__(self, names: Mapping[str, Any], max_size: int) -> None:
        self._names = {"inf": math.inf, "nan": math.nan, **names}
        self._max_size = max_size
        self._steps = 0
        self._methods: dict[type[ast.AST], Callable[[Any], Any]] = {}

    def visit(self, node: ast.AST) -> Any:
        self._steps += 1
        if self._steps > self._max_size:
            raise Refused("too many steps")
        kind = type(node)
        if kind is ast.Constant:
            return node.value  # type: ignore[attr-defined]
        method = self._methods.get(kind)
        if method is None:
            method = getattr(self, f"_{kind.__name__.lower()}", None)
            if method is None:
                raise Refused(f"{kind.__name__} is not data")
            self._methods[kind] = method
        return method(node)

    def _bounded(self, node: ast.expr) -> Any:
        return _bounded(self.visit(node), self._max_size)

    def _name(self, node: ast.Name) -> Any:
        if node.id not in self._names:
            raise Refused(f"the name {node.id!r} is not data")
        return self._names[node.id]

    def _attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.value, ast.Name) and node.value.id in ("math", "np", "numpy") and node.attr in _CONSTANTS:
            return _CONSTANTS[node.attr]
        raise Refused(f"the attribute {node.attr!r} is not data")

    def _list(self, node: ast.List) -> list[Any]:
        return list(self._items(node.elts))

    def _tuple(self, node: ast.Tuple) -> tuple[Any, ...]:
        return tuple(self._items(node.elts))

    def _set(self, node: ast.Set) -> set[Any]:
        return set(spread(self._items(node.elts)))

    def _items(self, nodes: list[ast.expr]) -> Iterator[Any]:
        for node in nodes:
            if isinstance(node, ast.Starred):
                yield from self._bounded(node.value)
            else:
                yield self.visit(node)

    def _dict(self, node: ast.Dict) -> dict[Any, Any]:
        pairs: list[tuple[Any, Any]] = []
        for key, value in zip(node.keys, node.values, strict=True):
            pairs += self.visit(value).items() if key is None else [(self.visit(key), self.visit(value))]
        return _dict_of(pairs)

    def _binop(self, node: ast.BinOp) -> Any:
        left, right = self._handled(self.visit(node.left)), self._handled(self.visit(node.right))
        _check_operands(node.op, left, right, self._max_size)
        return self._handled(_BINARY[type(node.op)](left, right) if type(node.op) in _BINARY else self._refuse(node.op))

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        return _UNARY[type(node.op)](self.visit(node.operand))

    def _boolop(self, node: ast.BoolOp) -> Any:
        stop_at = isinstance(node.op, ast.Or)
        value = None
        for part in node.values:
            value = self.visit(part)
            if bool(value) is stop_at:
                break
        return value

    def _compare(self, node: ast.Compare) -> bool:
        left = self._handled(self.visit(node.left))
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = self._handled(self.visit(part))
            if not (_COMPARE[type(op)](left, right) if type(op) in _COMPARE else self._refuse(op)):
                return False
            left = right
        return True

    def _ifexp(self, node: ast.IfExp) -> Any:
        return self.visit(node.body if self.visit(node.test) else node.orelse)

    def _subscript(self, node: ast.Subscript) -> Any:
        return self._handled(self.visit(node.value)[self.visit(node.slice)])

    def _slice(self, node: ast.Slice) -> slice:
        return slice(*(None if part is None else self.visit(part) for part in (node.lower, node.upper, node.step)))

    def _joinedstr(self, node: ast.JoinedStr) -> str:
        return "".join(str(self._bounded(part)) for part in node.values)

    def _formattedvalue(self, node: ast.FormattedValue) -> str:
        if node.format_spec is not None or node.conversion != -1:
            raise Refused("a format specification is not data")
        return str(self._bounded(node.value))

    def _listcomp(self, node: ast.ListComp) -> list[Any]:
        return [self.visit(node.elt) for _ in self._loops(node.generators)]

    _generatorexp = _listcomp

    def _setcomp(self, node: ast.SetComp) -> set[Any]:
        return set(spread(self.visit(node.elt) for _ in self._loops(node.generators)))

    def _dictcomp(self, node: ast.DictComp) -> dict[Any, Any]:
        return _dict_of([(self.visit(node.key), self.visit(node.value)) for _ in self._loops(node.generators)])

    def _loops(self, generators: list[ast.comprehension]) -> Iterator[None]:
        if not generators:
            yield
            return
        first, *rest = generators
        outside = dict(self._names)
        for item in self._bounded(first.iter):
            self._names |= bind(first.target, item)
            if all(self.visit(condition) for condition in first.ifs):
                yield from self._loops(rest)
        self._names = outside

    def _call(self, node: ast.Call) -> Any:
        arguments = [self._handled(_bounded(value, self._max_size)) for value in self._items(node.args)]
        keywords = {}
        for keyword in node.keywords:
            if keyword.arg not in ("start", "reverse", "default"):
                raise Refused(f"the keyword {keyword.arg!r} is not data")
            keywords[keyword.arg] = self.visit(keyword.value)
        if isinstance(node.func, ast.Attribute):
            return self._method(node.func, arguments)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        function = self._names.get(name, _CALLS.get(name))
        if not callable(function) or (name == "sum" and not _are_numbers(arguments)):
            raise Refused(f"a call of {name or 'an expression'!r} is not data")
        if name == "round" and len(arguments) > 1 and abs(arguments[1]) > _MAX_DIGITS:
            raise Refused("a number is rounded to too many digits")
        result = self._handled(function(*arguments, **keywords))
        return list(result) if name in ("zip", "enumerate", "reversed") else result

    def _method(self, function: ast.Attribute, arguments: list[Any]) -> Any:
        owner = self._handled(self.visit(function.value))
        if function.attr not in _METHODS or type(owner) not in (str, list, dict, set):
            raise Refused(f"the method {function.attr!r} is not data")
        if function.attr == "join":
            pieces = list(arguments[0])
            if sum(len(piece) + len(owner) for piece in pieces) > self._max_size:
                raise Refused("the text is too long")
            return owner.join(pieces)
        result = getattr(owner, function.attr)(*arguments)
        return list(result) if function.attr in ("keys", "values", "items") else result

    def _handled(self, value: Any) -> Any:
        """``value``, which an operation reads or has made: its size is work that no visit counts."""
        size = len(value) if isinstance(value, Sized) else value.bit_length() if isinstance(value, int) else 0
        self._steps += size // 8
        if self._steps > self._max_size:
            raise Refused("too many steps")
        return value

    def _refuse(self, node: ast.AST) -> Any:
        raise Refused(f"{type(node).__name__} is not data")


def _dict_of(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    made = list(pairs)
    return dict(zip(spread(key for key, _ in made), (value for _, value in made), strict=True))


def bind(target: ast.expr, value: Any) -> dict[str, Any]:
    """The names a loop target gives parts of ``value``. Raises Refused."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    if isinstance(target, (ast.Tuple, ast.List)):
        parts = list(value)
        if len(parts) != len(target.elts):
            raise Refused("a loop target does not fit its value")
        names: dict[str, Any] = {}
        for part, item in zip(target.elts, parts, strict=True):
            names |= bind(part, item)
        return names
    raise Refused("a loop target is not a name")


def _check_operands(op: ast.operator, left: Any, right: Any, max_size: int) -> None:
    """Refuse results that would be huge before they are made."""
    if type(left) is float or type(right) is float:
        return
    if isinstance(left, (Decimal, Fraction)) or isinstance(right, (Decimal, Fraction)):
        raise Refused("arithmetic with Decimal or Fraction is not data")
    if isinstance(op, ast.Mod) and isinstance(left, (str, bytes)):
        raise Refused("text formatting is not data")
    if isinstance(op, ast.Mult):
        for sequence, times in ((left, right), (right, left)):
            if isinstance(sequence, Sized) and isinstance(times, int) and len(sequence) * times > max_size:
                raise Refused("the repetition is too long")
    if isinstance(op, (ast.Pow, ast.LShift)) and isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if isinstance(op, ast.Pow) else left.bit_length() + right
        if bits > _MAX_BITS:
            raise Refused("the number is too large")


def _are_numbers(arguments: list[Any]) -> bool:
    values, *start = arguments
    return all(isinstance(value, (int, float, complex)) for value in (*values, *start))


def _bounded(value: Any, max_size: int) -> Any:
    """``value``, or Refused when it holds more items and characters than that, shared parts counted each time."""
    left = max_size
    waiting = [value]
    while waiting:
        item = waiting.pop()
        left -= 1
        if isinstance(item, (str, bytes, range)):
            left -= len(item)
        elif isinstance(item, (list, tuple, set, frozenset)):
            left -= len(item)
            waiting.extend(part for part in item if not isinstance(part, (int, float)))
        elif isinstance(item, dict):
            left -= len(item)
            waiting.extend(item)
            waiting.extend(item.values())
        if left < 0:
            raise Refused("the value is too large")
    return value
