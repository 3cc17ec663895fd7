"""What compiled languages have in common as Languages, and how their risk rules are applied."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from efficoder.languages.braces import Code, Lexer, below_header, line_of
from efficoder.languages.protocol import Finding, Standalone
from efficoder.sandbox import Native, Program
from efficoder.types import Function, Task


def command(arguments: Sequence[str]) -> str:
    return f"./{' '.join(arguments)}"


def answer(task: Task, code: str, alone: Native, driven: Callable[[Function], Native]) -> Program:
    """A text program as ``alone`` says, or a Function under its driver."""
    if not isinstance(task.interface, Function):
        return Program(kind="stdio", code=code, native=alone)
    entry_point = task.interface.entry_point if code else ""
    return Program(kind="function", code=code, entry_point=entry_point, native=driven(task.interface))


def missing_package(detail: str) -> str | None:
    return None  # what is beyond the compiler's own is nowhere to be had


def seeded(program: Program, seed: int) -> Program:
    """The same program: it says its own seed, or has none."""
    return program


def maker(text: str, entry_point: str) -> Program:
    """No load program is written in a compiled language."""
    raise SyntaxError("load programs are Python")


def profiled(program: Program) -> Program | None:
    return None


def standalone(code: str, task: Task) -> Standalone:
    return Standalone(below_header(code, task))


class Rule(NamedTuple):
    name: str
    catches: str
    imports: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """Of one word, or of two with the sign that joins them."""


class Import(NamedTuple):
    place: int
    """Among the tokens."""
    name: str
    what: str
    known: bool
    """Whether it comes with the compiler, or is the code's own."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def findings(
    code: str, lexer: Lexer, rules: Sequence[Rule], imports: Callable[[Code], Iterable[Import]]
) -> list[Finding]:
    """What the rules catch, in source order, once per line and rule. Raises SyntaxError for what cannot be code."""
    read = lexer.read(code)
    caught: list[tuple[int, str, str]] = []
    for at, token in enumerate(read.tokens):
        if token.kind == "name":
            pair = "".join(each.text for each in read.tokens[at : at + 3])
            caught += [(at, rule.name, what) for rule in rules for what in {token.text, pair} & rule.names]
    for place, name, what, known in imports(read):
        named = [rule.name for rule in rules if name in rule.imports] or ([] if known else ["third_party"])
        caught += [(place, rule, what) for rule in named]
    found: dict[tuple[int, str], Finding] = {}
    for place, rule, what in sorted(caught):
        line = line_of(code, read.tokens[place].at)
        found.setdefault((line, rule), Finding(rule, line, what))
    return [found[key] for key in sorted(found)]


def deterministic(code: str, task: Task) -> bool:
    """It may read what it never wrote, or go by addresses, so two runs tell more than one."""
    return False
