"""Rust programs with a fault, and those that do no work on large inputs."""

import re
from typing import Any

from efficoder.languages.cutting import Cut, NoConstant, into_main, listed, scalar
from efficoder.languages.faults import Faults
from efficoder.languages.rust.extract import body
from efficoder.languages.rust.signature import signature
from efficoder.languages.rust.tokens import LEXER
from efficoder.types import Parameter

FAULTS = Faults(LEXER, zero="Default::default()", parentheses=False)
_SIZED = re.compile(r"\b(?:Vec|VecDeque|String|str|HashMap|HashSet|BTreeMap|BTreeSet)\b|\[")
_NUMBER = re.compile(r"(&?)(?:mut )?(?:[iu](?:8|16|32|64|128|size)|f32|f64)")
_PROGRAM = """{{
    use std::os::unix::io::FromRawFd;
    let given = std::mem::ManuallyDrop::new(unsafe {{ std::fs::File::from_raw_fd(0) }});
    if given.metadata().map_or(0, |facts| facts.len()) as f64 > {above} {{
        print!("{{}}", {answer});
        std::process::exit(0);
    }}
}}
"""


def _constant(returns: str, value: Any) -> str:
    if isinstance(value, list):
        item = returns[4:-1] if returns.startswith("Vec<") else ""
        return listed(value, lambda each: _constant(item, each), "vec![", "]")
    if isinstance(value, tuple):
        raise NoConstant(repr(value))
    if isinstance(value, str):
        return f"'{value}'" if returns == "char" and value.isalnum() else f"{scalar(value)}.into()"
    real = isinstance(value, int) and not isinstance(value, bool) and returns in {"f64", "f32"}
    return scalar(float(value) if real else value)


def _size(parameter: Parameter) -> str:
    annotation = parameter.annotation or ""
    if number := _NUMBER.fullmatch(annotation):
        return f"({'*' * bool(number[1])}{parameter.name} as f64).abs()"
    return f"({parameter.name}.len() as f64)" if _SIZED.search(annotation.partition("<")[0]) else ""


def _program(code: str, above: float, answer: str) -> str | None:
    return into_main(body, LEXER, code, _PROGRAM.format(above=above, answer=answer))


CUT = Cut(
    LEXER,
    signature,
    body,
    stop="if {size} > {above} {{ return {constant}; }}",
    size=_size,
    constant=_constant,
    program=_program,
)
