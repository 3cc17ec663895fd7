"""C++ programs for the sandbox: a text program as it is, a Function between the two halves of the driver."""

import functools
from importlib import resources

import msgspec

from efficoder.languages import compiled, wiretypes
from efficoder.languages.cpp import types
from efficoder.sandbox import Kit, Native, Program
from efficoder.types import Function, Parameter, Task

_FLAGS = ("-O2", "-std=c++20")
_ALL = "bits/stdc++.h"
"""Compiled once, since most programs include it first."""
ALONE = Native(
    title="C++",
    compiler="g++",
    package="apt-get install g++",
    source="solution.cpp",
    # Static, so that a program needs no other file to start: then nothing else is executed.
    commands=(
        (
            "g++",
            *_FLAGS,
            "-I{kit}",
            "-w",
            "-fmax-errors=3",
            "-fdiagnostics-color=never",
            "-S",
            "-o",
            "program.s",
            "solution.cpp",
        ),
        ("g++", "-static", "-s", "-o", "program", "program.s"),
    ),
    kit=Kit(
        # Where macros stand above an include, the compiled one does not serve.
        files=((_ALL, f"#include_next <{_ALL}>\n"), ("header", f"#include <{_ALL}>\n")),
        command=("g++", *_FLAGS, "-w", "-x", "c++-header", "header", "-o", f"{_ALL}.gch"),
    ),
    empty="#include <iostream>\nint main() {}\n",
    out_of_memory=("std::bad_alloc",),
)
_HEAD = """{driver}
namespace efficoder {{
using efficoder_arguments = std::tuple<{types}>;
using efficoder_text = Text;
void efficoder_call(efficoder_arguments&, efficoder_text&);
extern const bool efficoder_calls;
}}
int main(int count, char** words) {{
  using namespace efficoder;
  return serve<efficoder_arguments>(count, words, efficoder_calls, efficoder_call);
}}
#define main efficoder_unused_main
{header}
#line 1 "solution.cpp"
"""
# Names that no macro of a candidate's has.
_FOOT = """
#line 1 "the call"
#undef main
const bool efficoder::efficoder_calls = true;
void efficoder::efficoder_call(efficoder_arguments& efficoder_given, efficoder_text& efficoder_out) {{
  efficoder::efficoder_called(
    [](auto&&... efficoder_each) -> decltype({call}(std::forward<decltype(efficoder_each)>(efficoder_each)...)) {{
      return {call}(std::forward<decltype(efficoder_each)>(efficoder_each)...);
    }},
    efficoder_given, efficoder_out);
}}
"""
_EMPTY = """
const bool efficoder::efficoder_calls = false;
void efficoder::efficoder_call(efficoder_arguments&, efficoder_text&) {}
"""


def unsupported(task: Task) -> str | None:
    """Why programs for ``task`` cannot be run; None where they can."""
    return wiretypes.unsupported(task, "C++", types.read)


def misfit(task: Task, text: str) -> str:
    """Why an input of ``task`` has no counterpart in its signature's types; empty where it has."""
    return wiretypes.misfit(task, text, types.read)


def program(task: Task, code: str) -> Program:
    """What the sandbox runs for ``code`` as an answer to ``task``, which is supported."""
    return compiled.answer(task, code, ALONE, _driven)


@functools.lru_cache(maxsize=256)
def _driven(function: Function) -> Native:
    """Arguments are read as the declared types, whatever the candidate's are: so the empty program reads the same."""
    driver = resources.files("efficoder").joinpath("languages", "cpp", "driver.hpp").read_text(encoding="utf-8")
    nodes = {function.returns_codec, *(parameter.codec for parameter in function.parameters)} != {"plain"}
    owner, dot, method = function.entry_point.rpartition("().")
    return msgspec.structs.replace(
        ALONE,
        alone=ALONE,
        above=_HEAD.format(
            driver=("#define EFFICODER_NODES\n" if nodes else "") + driver,
            types=", ".join(each.text for each in wiretypes.parameters(function, types.read)),
            header=function.header,
        ),
        below=_FOOT.format(call=f"{owner}().{method}" if dot else f"::{method}"),
        empty=_EMPTY,
    )


echo = Program(
    kind="function",
    code="long long echo(long long value) { return value; }",
    entry_point="echo",
    native=_driven(Function(entry_point="echo", parameters=(Parameter(name="value", annotation="long long"),))),
)
