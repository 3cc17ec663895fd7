"""Python: the program for a task's interface. Risk rules are in risks.py, reply reading in efficoder/code.py."""

from typing import assert_never

from efficoder.languages.risks import findings
from efficoder.sandbox import Program
from efficoder.types import Function, Script, Stdio, Task

__all__ = ["findings", "program"]


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
        case Stdio():
            return Program(kind="stdio", code=code)
        case Script() as script:
            if script.answer_name and code:
                code = f"{script.answer_name} = {code!r}\n"
            return Program(kind="script", code=code, entry_point=script.entry_point, header=script.header)
        case other:
            assert_never(other)
