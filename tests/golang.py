"""Go tasks and programs for tests; those that need a compiler are skipped without one."""

import shutil

import pytest

from efficoder.languages.go import language as go
from efficoder.languages.go.program import ALONE
from efficoder.sandbox import Program
from efficoder.types import Interface, Origin, Stdio, Task

needs_compiler = pytest.mark.skipif(shutil.which("go") is None, reason="no go here; `apt-get install golang-go`")


def text(code: str) -> Program:
    """A program on standard input."""
    return Program(kind="stdio", code=code, native=ALONE)


def body(statements: str, imports: str = "fmt os") -> Program:
    """The same, from what its main function does."""
    listed = "".join(f'import "{path}"\n' for path in imports.split())
    return text(f"package main\n{listed}func main() {{\n{statements}\n}}\n")


def task(code: str, entry_point: str = "", header: str = "") -> Task:
    """A task whose reference is ``code``."""
    interface: Interface = go.signature(code, entry_point, header) if entry_point else Stdio()
    return Task(
        id="t", prompt="p", interface=interface, origin=Origin(source="own"), language="go", reference=code or None
    )
