"""JavaScript programs with a fault, and those that do no work on large inputs."""

import json
from typing import Any

from efficoder.languages.braces import Code
from efficoder.languages.cutting import Cut, NoConstant
from efficoder.languages.faults import Faults
from efficoder.languages.javascript.signature import defined, signature
from efficoder.languages.javascript.tokens import LEXER
from efficoder.types import Parameter

FAULTS = Faults(LEXER, zero="null")
_PROGRAM = "if (efficoderFs.fstatSync(0).size > {above}) {{ efficoderFs.writeSync(1, {answer}); process.exit(0); }}"


def _body(code: Code, name: str) -> int | None:
    tokens, closes = code
    place = defined(code, name)
    if place is None:
        return None
    after = closes.get(place, place) + 1
    after += tokens[after].text == "=>" if after < len(tokens) else 0
    return after if after in closes and tokens[after].text == "{" else None


def _constant(_: str, value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise NoConstant(repr(value)) from error


def _size(parameter: Parameter) -> str:
    name = parameter.name
    return f"({name}?.length ?? {name}?.size ?? Math.abs({name}))"


def _program(code: str, above: float, answer: str) -> str:
    stop = _PROGRAM.format(above=above, answer=answer)
    module = any(token.text == "import" for token in LEXER.read(code).tokens)
    load = "import * as efficoderFs from 'fs'; " if module else "const efficoderFs = require('fs'); "
    return f"{load}{stop}\n{code}" if module else f"{{ {load}{stop} }}\n{code}"


CUT = Cut(
    LEXER,
    signature,
    _body,
    size=_size,
    constant=_constant,
    program=_program,
)
