"""Java programs with a fault, and those that do no work on large inputs."""

from typing import Any

from efficoder.languages.braces import Code
from efficoder.languages.compiled import words
from efficoder.languages.cutting import Cut, NoConstant, into_main, listed, scalar
from efficoder.languages.faults import Faults
from efficoder.languages.java.signature import declares, returned, signature
from efficoder.languages.java.tokens import LEXER
from efficoder.types import Parameter

_NUMBERS = words("int long short byte double float char")
_CONTROL = words("if for while switch catch synchronized try")
_SIZED = words("List ArrayList LinkedList Collection Queue Deque Set HashSet TreeSet Map HashMap TreeMap")
_PROGRAM = (
    "try {{ if (System.in.available() > {above}) {{ System.out.print({answer}); System.out.flush(); System.exit(0); }}"
    " }} catch (java.io.IOException error) {{ throw new RuntimeException(error); }}"
)


def _body(code: Code, name: str) -> int | None:
    tokens, closes = code
    for at in reversed(range(len(tokens))):
        if declares(code, at, name):
            after = closes[at + 1] + 1
            while after < len(tokens) and tokens[after].text != "{":  # what it throws
                after += 1
            return after if after in closes else None
    return None


def _zero(code: Code, at: int) -> str | None:
    """Of the result of the innermost method around."""
    tokens, closes = code
    returns = ""
    for place in range(at):
        name = tokens[place].text
        if tokens[place].kind != "name" or name in _CONTROL or not declares(code, place, name):
            continue
        opens = next((after for after in range(closes[place + 1], at) if tokens[after].text == "{"), None)
        if opens is not None and opens < at < closes[opens]:
            returns = returned(tokens[:place])
    if not returns:
        return None
    return "false" if returns == "boolean" else "0" if returns in _NUMBERS else "null"


def _constant(returns: str, value: Any) -> str:
    if isinstance(value, list):
        if returns.endswith("[]"):
            return f"new {returns} {listed(value, lambda item: _item(returns[:-2], item))}"
        return listed(
            value, lambda item: _constant(returns.partition("<")[2].rstrip(">"), item), "java.util.Arrays.asList(", ")"
        )
    if isinstance(value, int) and not isinstance(value, bool) and returns in {"long", "Long"}:
        return f"{value}L"
    if isinstance(value, str) and returns in {"char", "Character"} and value.isalnum():
        return f"'{value}'"
    if value is None:
        raise NoConstant(returns)
    return scalar(value)


def _item(kind: str, value: Any) -> str:
    """Of an array's braces."""
    return listed(value, lambda item: _item(kind[:-2], item)) if kind.endswith("[]") else _constant(kind, value)


def _size(parameter: Parameter) -> str:
    annotation, name = parameter.annotation or "", parameter.name
    if annotation.endswith("[]"):
        return f"{name}.length"
    if annotation == "String":
        return f"{name}.length()"
    if annotation in _NUMBERS:
        return f"Math.abs((double) {name})"
    return f"{name}.size()" if annotation.partition("<")[0] in _SIZED else ""


def _program(code: str, above: float, answer: str) -> str | None:
    return into_main(_body, LEXER, code, _PROGRAM.format(above=above, answer=answer))


FAULTS = Faults(LEXER, zero=_zero)
CUT = Cut(
    LEXER,
    signature,
    _body,
    size=_size,
    constant=_constant,
    program=_program,
)
