"""What Mercury's convert_offline and evaluate_offline stand for, read off their syntax trees; nothing is run.

The first turns plain arguments into linked lists and trees: the forms known here become codecs. The second compares:
``==``, ``sorted`` and ``set`` on both sides become a Comparison, any other condition on the output a checker that runs
the row's own code. What neither covers (a method that changes its argument, other conversions) has a reason, and
``script`` keeps it as code. ``lctk``, the package of node functions they import, is not needed: its functions are here.
"""

import ast
import json
import re
from typing import Any, NamedTuple

from efficoder.languages.python.signatures import Codec
from efficoder.types import Comparison

_BUILT: dict[str, Codec] = {"linkedList": "ListNode", "binaryTree": "TreeNode"}
_FLAT: dict[str, Codec] = {"linkedList2Arr": "ListNode", "binaryTree2Arr": "TreeNode"}
_CONDITIONS = {
    "outputs == expected": Comparison(),
    "sorted(outputs) == sorted(expected)": Comparison(kind="unordered"),
    "Counter(outputs) == Counter(expected)": Comparison(kind="unordered"),
    "collections.Counter(outputs) == collections.Counter(expected)": Comparison(kind="unordered"),
    "set(outputs) == set(expected)": Comparison(kind="set"),
}
_CHECKER = """\
import sys
import types

lctk = types.SimpleNamespace(linkedList2Arr=lambda items: items, binaryTree2Arr=lambda items: items)
sys.modules["lctk"] = lctk  # outputs come flattened


{evaluate}


def check(arguments, output, expected):
    return bool(evaluate_offline(arguments, output, expected))
"""
_SCRIPT = """\
import json
import sys
import types


def _linked_list(items):
    head = None
    for item in reversed(items or []):
        node = ListNode(item)
        node.next, head = head, node
    return head


def _linked_list_items(node):
    items = []
    while node is not None:
        items.append(node.val)
        node = node.next
    return items


def _binary_tree(items):
    nodes = [None if item is None else TreeNode(item) for item in items or []]
    waiting = iter(nodes[1:])
    for node in nodes:
        if node is not None:
            node.left, node.right = next(waiting, None), next(waiting, None)
    return nodes[0] if nodes else None


def _binary_tree_items(root):
    items, level = [], [root]
    while level:
        items += [None if node is None else node.val for node in level]
        level = [child for node in level if node is not None for child in (node.left, node.right)]
    while items and items[-1] is None:
        items.pop()
    return items


lctk = types.SimpleNamespace(
    linkedList=_linked_list,
    linkedList2Arr=_linked_list_items,
    binaryTree=_binary_tree,
    binaryTree2Arr=_binary_tree_items,
)
sys.modules["lctk"] = lctk


{convert}


{evaluate}


def _run_tests():
    for number, case in enumerate(json.loads({cases!r})):
        inputs, expected = convert_offline((case["input"], case["expected"]))
        outputs = {entry_point}(*inputs)
        assert evaluate_offline(inputs, outputs, expected), f"test case {{number}}"


_run_tests()
"""


class Judging(NamedTuple):
    codecs: list[Codec]
    """One an argument."""
    returns: Codec
    comparison: Comparison


def read(convert: ast.FunctionDef, evaluate: ast.FunctionDef, returns: str | None, arity: int) -> Judging | str:
    """What the two stand for, or why they stay code. ``returns``: the annotation of the method's result."""
    codecs = _codecs(convert, arity)
    if codecs is None:
        return "convert_offline is none of the known conversions"
    text = ast.unparse(evaluate)
    flat = re.search(rf"\b({'|'.join(_FLAT)})\(outputs\)", text)
    if flat is None and re.search("ListNode|TreeNode", returns or ""):
        return "evaluate_offline looks at nodes"
    codec: Codec = _FLAT[flat[1]] if flat else "plain"
    comparison = _compared(evaluate)
    if comparison is None:
        if returns in (None, "None") and any(_is_inputs(node) for node in ast.walk(evaluate)):
            return "the method changes its argument"
        comparison = Comparison(kind="checker", checker=_CHECKER.format(evaluate=text))
    return Judging(codecs, codec, comparison)


def script(convert: str, evaluate: str, entry_point: str, cases: list[dict[str, Any]]) -> str:
    """Test code that converts and judges as the row's own code says."""
    return _SCRIPT.format(convert=convert, evaluate=evaluate, entry_point=entry_point, cases=json.dumps(cases))


def _is_inputs(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "inputs"


def _statements(function: ast.FunctionDef) -> list[ast.stmt]:
    """Without imports, docstrings and pass."""
    idle = (ast.Import, ast.ImportFrom, ast.Pass)
    return [
        statement
        for statement in function.body
        if not isinstance(statement, idle)
        and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
    ]


def _codecs(convert: ast.FunctionDef, arity: int) -> list[Codec] | None:
    """How each argument is converted; None for what is not known."""
    codecs: list[Codec] = ["plain"] * arity
    case = convert.args.args[0].arg if convert.args.args else ""
    for statement in _statements(convert):
        match statement:
            case ast.Assign(targets=[target], value=value):
                place, text = ast.unparse(target).strip("()"), ast.unparse(value)
                index = re.fullmatch(r"inputs\[(\d+)\]", place)
                if (place, text) == ("inputs, expected", case):
                    continue
                if place == "inputs":
                    parts = dict(enumerate(_parts(value)))
                    if len(parts) != arity:
                        return None
                elif index and int(index[1]) < arity:
                    parts = {int(index[1]): value}
                else:
                    return None
                for number, part in parts.items():
                    codec = _converted(ast.unparse(part), number)
                    if codec is None:
                        return None
                    codecs[number] = codec
            case ast.Return(value=ast.expr() as value) if ast.unparse(value).strip("()") in ("inputs, expected", case):
                pass
            case _:
                return None
    return codecs


def _parts(value: ast.expr) -> list[ast.expr]:
    """The elements of ``[a, b]``, ``(a, b)``, ``tuple([a, b])``; none for anything else."""
    match value:
        case ast.Call(func=ast.Name(id="tuple" | "list"), args=[inner], keywords=[]):
            return _parts(inner)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return parts
    return []


def _converted(text: str, number: int) -> Codec | None:
    given = rf"inputs\[{number}\]"
    if re.fullmatch(given, text):
        return "plain"
    if found := re.fullmatch(rf"(?:lctk\.)?({'|'.join(_BUILT)})\({given}\)", text):
        return _BUILT[found[1]]
    several = rf"\[(?:lctk\.)?linkedList\((\w+)\) for \1 in {given}\]"
    return "ListNode" if re.fullmatch(several, text) else None


def _compared(evaluate: ast.FunctionDef) -> Comparison | None:
    """The comparison of a function that flattens the output at most and then compares; None for anything else."""
    done: dict[str, list[str]] = {"outputs": [], "expected": []}
    statements = _statements(evaluate)
    while statements:
        change = _change(statements[0])
        if change is None:
            break
        name, how = change
        if how not in _FLAT:
            done[name].append(how)
        statements.pop(0)
    condition = _condition(statements)
    if condition is None or done["outputs"] != done["expected"] or len(done["outputs"]) > 1:
        return None
    for how in done["outputs"]:
        condition = re.sub(r"\b(outputs|expected)\b", rf"{how}(\1)", condition)
    return _CONDITIONS.get(condition)


def _change(statement: ast.stmt) -> tuple[str, str] | None:
    """(name, function) of ``name = function(name)`` and ``name.sort()``."""
    text = ast.unparse(statement)
    if found := re.fullmatch(r"(outputs|expected) = (?:lctk\.)?(\w+)\(\1\)", text):
        return (found[1], found[2])
    if found := re.fullmatch(r"(outputs|expected)\.sort\(\)", text):
        return (found[1], "sorted")
    return None


def _condition(statements: list[ast.stmt]) -> str | None:
    """What is true when the function returns True, in the order outputs, expected."""
    match statements:
        case [ast.Return(value=ast.expr() as test)]:
            pass
        case [
            ast.If(test=test, body=[ast.Return(value=ast.Constant(value=True))], orelse=[]),
            ast.Return(value=ast.Constant(value=False)),
        ]:
            pass
        case [
            ast.If(
                test=test,
                body=[ast.Return(value=ast.Constant(value=True))],
                orelse=[ast.Return(value=ast.Constant(value=False))],
            )
        ]:
            pass
        case _:
            return None
    if isinstance(test, ast.Compare) and "expected" in ast.unparse(test.left) and len(test.comparators) == 1:
        test = ast.Compare(left=test.comparators[0], ops=test.ops, comparators=[test.left])
    return ast.unparse(test)
