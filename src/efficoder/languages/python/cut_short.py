"""A mutant that is honest up to a size and answers by a constant above it."""

import ast

from efficoder import wire
from efficoder.languages.protocol import Mutant
from efficoder.languages.python.signatures import definition_of
from efficoder.languages.python.syntax import parse
from efficoder.types import Function, Project, Stdio, Task

_SIZE = "(len({0}) if hasattr({0}, '__len__') else abs({0}))"
_PROGRAM = """\
import io, sys
_given = sys.stdin.read()
if len(_given) > {above}:
    print({answer}, end="")
    raise SystemExit
sys.stdin = io.TextIOWrapper(io.BytesIO(_given.encode()))
"""


def cut_short(code: str, task: Task, argument: int, above: float, answer: str) -> Mutant | None:
    """``code`` with a constant answer, a wire text, where the argument at this position is larger than ``above``; for a
    program the text it is given. None where that cannot be written."""
    if isinstance(task.interface, Stdio) and not isinstance(task.interface, Project):
        return Mutant("cut_short", 1, _PROGRAM.format(above=above, answer=repr(answer)) + code)
    if not isinstance(task.interface, Function):
        return None
    tree = parse(code)
    found = definition_of(tree, task.interface.entry_point)
    if found is None:
        return None
    names = [each.arg for each in (*found.args.posonlyargs, *found.args.args)]
    names = names[1:] if "." in task.interface.entry_point else names
    constant = repr(wire.decode(answer))
    if argument >= len(names) or not _is_literal(constant):
        return None
    source = f"if {_SIZE.format(names[argument])} > {above}:\n    return {constant}"
    found.body[:0] = ast.parse(source).body
    return Mutant("cut_short", found.lineno, ast.unparse(ast.fix_missing_locations(tree)))


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return True
