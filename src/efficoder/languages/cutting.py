"""Mutants of code in languages with braces that are honest up to a size and answer by a constant above it."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from efficoder import wire
from efficoder.languages.braces import Code, Lexer, own_name
from efficoder.languages.protocol import Mutant
from efficoder.types import Function, Parameter, Stdio, Task


class NoConstant(ValueError):
    """A value that has no short spelling."""


class Cut(NamedTuple):
    """How a language cuts short. What comes of it may not compile; it is then no mutant."""

    lexer: Lexer
    signature: Callable[[str, str], Function]
    body: Callable[[Code, str], int | None]
    """Where the body of the function of a name begins, by place among the tokens."""
    size: Callable[[Parameter], str]
    """How large a parameter is, as an expression; empty where that cannot be said."""
    constant: Callable[[str, Any], str]
    """From the declared type of the result and its value. Raises NoConstant."""
    program: Callable[[str, float, str], str | None]
    """A program's code with a constant output for a longer input, from the code, the size and the output as a literal.
    None where that cannot be written."""
    stop: str = "if ({size} > {above}) return {constant};"
    """A statement, with ``{size}``, ``{above}`` and ``{constant}``."""
    above: str = ""
    """What stands above the code of a function."""

    def cut_short(self, code: str, task: Task, argument: int, above: float, answer: str) -> Mutant | None:
        """See Language.cut_short."""
        found = self.lexer.read(code)
        try:
            if type(task.interface) is Stdio:
                text = self.program(code, above, quoted(answer))
                return None if text is None else Mutant("cut_short", 1, text)
            if isinstance(task.interface, Function):
                return self._function(code, found, task.interface, argument, above, answer)
        except NoConstant:
            pass
        return None

    def _function(
        self, code: str, found: Code, function: Function, argument: int, above: float, answer: str
    ) -> Mutant | None:
        place = self.body(found, own_name(function.entry_point))
        own = self.signature(code, function.entry_point)
        codecs = {each.codec for each in function.parameters} | {function.returns_codec}
        if place is None or argument >= len(own.parameters) or codecs != {"plain"}:
            return None
        size = self.size(own.parameters[argument])
        if not size:
            return None
        constant = self.constant(own.returns or "", wire.decode(answer))
        stop = self.stop.format(size=size, above=above, constant=constant)
        begin = found.tokens[place].at + 1
        return Mutant("cut_short", 1 + code.count("\n", 0, begin), f"{self.above}{code[:begin]} {stop}{code[begin:]}")


def into_main(body: Callable[[Code, str], int | None], lexer: Lexer, code: str, statement: str) -> str | None:
    """``code`` with a statement at the beginning of its function ``main``; None without one."""
    found = lexer.read(code)
    place = body(found, "main")
    if place is None:
        return None
    begin = found.tokens[place].at + 1
    return f"{code[:begin]} {statement}{code[begin:]}"


def quoted(text: str) -> str:
    """A literal that all these languages read alike."""
    if not all(each in "\n\t" or " " <= each <= "~" for each in text):
        raise NoConstant(text)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def scalar(value: Any) -> str:
    """The same of a value that holds no others, with ``true`` and ``false``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    if isinstance(value, str):
        return quoted(value)
    raise NoConstant(repr(value))


def listed(value: list[Any] | tuple[Any, ...], item: Callable[[Any], str], begin: str = "{", end: str = "}") -> str:
    return f"{begin}{', '.join(map(item, value))}{end}"
