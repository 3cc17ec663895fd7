"""Programs for the sandbox: one for a task's interface, the same one seeded, and one that makes inputs."""

import ast
from typing import assert_never

import msgspec

from efficoder.languages import bundle
from efficoder.languages.python.syntax import parse, parse_expression
from efficoder.sandbox import Program
from efficoder.types import Function, Project, Script, Stdio, Task

echo = Program(kind="function", code="def echo(value):\n    return value\n", entry_point="echo")
_IMPORTS = "import collections, itertools, math, random, string"
"""What an expression that makes an input may name (COFFE's do)."""


def program(task: Task, code: str) -> Program:
    """What the sandbox runs for ``code`` (a whole module) as an answer to ``task``."""
    match task.interface:
        case Function() as function:
            return Program(
                kind="function",
                code=code,
                entry_point=function.entry_point,
                header=function.header,
                codecs=tuple(parameter.codec for parameter in function.parameters),
                returns_codec=function.returns_codec,
            )
        case Project() as project if code:
            fixed = [(path, text, 0) for path, text in project.files.items()]
            # Of a candidate's files only those it may write: no other name gets in, whatever its text says.
            own = [file for file in bundle.split(code) if file.path in project.writes]
            files = (*fixed, *((file.path, file.text, file.line) for file in own))
            run, build, built = project.run, project.build, project.built
            return Program(kind="stdio", code="", files=files, run=run, build=build, built=built)
        case Stdio():  # also the empty program of a project
            return Program(kind="stdio", code=code)
        case Script() as script:
            if script.answer_name and code:
                code = f"{script.answer_name} = {code!r}\n"
            return Program(kind="script", code=code, entry_point=script.entry_point, header=script.header)
        case other:
            assert_never(other)


def seeded(program: Program, seed: int) -> Program:
    """The same program, with ``random`` seeded before its work begins."""
    statement = f"\n__import__('random').seed({seed})\n"
    if program.kind == "stdio":  # its module is its work; the calls of a Function come after its module
        return msgspec.structs.replace(program, header=statement + program.header)
    return msgspec.structs.replace(program, code=program.code + statement)


def maker(text: str, entry_point: str) -> Program:
    """A module that defines ``entry_point(n, seed)``, or an expression with its value, as a program. Raises SyntaxError
    for any other text."""
    return Program(kind="function", code=_module(text, entry_point), entry_point=entry_point)


def _module(text: str, entry_point: str) -> str:
    try:
        expression = parse_expression(text)
    except SyntaxError:
        parse(text)
        return text
    return f"{_IMPORTS}\n\ndef {entry_point}(n, seed):\n    return {ast.unparse(expression)}\n"
