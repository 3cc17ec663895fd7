"""C++ programs with a fault, and those that do no work on large inputs."""

from typing import Any

from efficoder.languages.cpp.extract import body
from efficoder.languages.cpp.signature import signature
from efficoder.languages.cpp.tokens import LEXER
from efficoder.languages.cutting import Cut, listed, scalar
from efficoder.languages.faults import Faults
from efficoder.types import Parameter

FAULTS = Faults(LEXER, zero="{}")
_SIZE = """template <class T> double efficoder_size(const T& value) {
  if constexpr (requires { value.size(); }) return value.size();
  else { static_assert(std::is_arithmetic_v<T> && sizeof(T) > 1); return value < 0 ? -double(value) : double(value); }
}
"""
_PROGRAM = """#include <unistd.h>
static const bool efficoder_short = [] {{
  const char answer[] = {answer};
  if (lseek(0, 0, SEEK_END) > {above}) _exit(write(1, answer, sizeof answer - 1) < 0);
  return lseek(0, 0, SEEK_SET) == 0;
}}();
"""


def _constant(returns: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return listed(value, lambda item: _constant("", item))
    return f"'{value}'" if returns == "char" and isinstance(value, str) and value.isalnum() else scalar(value)


def _size(parameter: Parameter) -> str:
    return f"efficoder_size({parameter.name})"


def _program(code: str, above: float, answer: str) -> str:
    return _PROGRAM.format(answer=answer, above=above) + code


CUT = Cut(
    LEXER,
    signature,
    body,
    size=_size,
    constant=_constant,
    program=_program,
    above=_SIZE,
)
