"""The program for a task's interface."""

from typing import assert_never

from efficoder.languages import bundle
from efficoder.sandbox import Program
from efficoder.types import Function, Project, Script, Stdio, Task


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
