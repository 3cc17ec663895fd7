"""Go programs with a fault, and those that do no work on large inputs."""

from typing import Any

from efficoder.languages.braces import Code
from efficoder.languages.cutting import Cut, NoConstant, into_main, listed, scalar
from efficoder.languages.faults import Faults, brace
from efficoder.languages.go.extract import body
from efficoder.languages.go.imports import packaged
from efficoder.languages.go.signature import signature
from efficoder.languages.go.tokens import LEXER
from efficoder.types import Parameter

_PROGRAM = (
    "if facts, err := efficoderOs.Stdin.Stat(); err == nil && float64(facts.Size()) > {above} {{ "
    "efficoderOs.Stdout.WriteString({answer}); efficoderOs.Exit(0) }};"
)


def _zero(code: Code, at: int) -> str | None:
    """Of the one result of the innermost function around."""
    tokens, closes = code
    returns = ""
    for place in range(at):
        opens = brace(code, place) if tokens[place].text == "func" else None
        if opens is not None and opens < at < closes[opens]:
            after = closes[_parameters(code, place)]
            returns = "".join(token.text + " " * (token.kind == "name") for token in tokens[after + 1 : opens])
    return f"*new({returns.strip()})" if returns and "(" not in returns else None


def _parameters(code: Code, place: int) -> int:
    """Where the parameters of what ``func`` begins there begin."""
    tokens, closes = code
    at = place + 1
    if tokens[at].text == "(" and [each.text for each in tokens[closes[at] + 2 : closes[at] + 3]] == ["("]:
        at = closes[at] + 1  # behind the receiver
    at += tokens[at].kind == "name"
    return closes[at] + 1 if tokens[at].text == "[" else at


def _constant(returns: str, value: Any) -> str:
    if isinstance(value, list):
        if not returns.startswith("["):
            raise NoConstant(returns)
        return returns + listed(value, _item)
    if isinstance(value, str) and returns in {"byte", "rune"}:
        return str(ord(value))
    return _item(value)


def _item(value: Any) -> str:
    return listed(value, _item) if isinstance(value, list) else scalar(value)


def _size(parameter: Parameter) -> str:
    annotation = parameter.annotation or ""
    if annotation.startswith(("[", "map", "...")) or annotation == "string":
        return f"float64(len({parameter.name}))"
    number = annotation.startswith(("int", "uint", "float"))
    name = parameter.name
    return (
        f"func() float64 {{ if {name} < 0 {{ return -float64({name}) }}; return float64({name}) }}()" if number else ""
    )


def _program(code: str, above: float, answer: str) -> str | None:
    with_import = packaged(code, "", "main").replace("package main", 'package main; import efficoderOs "os"', 1)
    return into_main(body, LEXER, with_import, _PROGRAM.format(above=above, answer=answer))


FAULTS = Faults(LEXER, zero=_zero, parentheses=False)
CUT = Cut(
    LEXER,
    signature,
    body,
    stop="if {size} > {above} {{ return {constant} }};",
    size=_size,
    constant=_constant,
    program=_program,
)
