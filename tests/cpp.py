"""C++ tasks and programs for tests; those that need a compiler are skipped without one."""

import shutil

import pytest

from efficoder.languages.cpp import language as cpp
from efficoder.languages.cpp.program import ALONE
from efficoder.sandbox import Program
from efficoder.types import Interface, Origin, Stdio, Task

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no g++ here; `apt-get install g++`")


def text(code: str) -> Program:
    """A program on standard input."""
    return Program(kind="stdio", code=code, native=ALONE)


def body(statements: str) -> Program:
    """The same, from what its main function does."""
    return text(f"#include <bits/stdc++.h>\n#include <unistd.h>\nint main() {{\n{statements}\n}}\n")


def task(code: str, entry_point: str = "", header: str = "") -> Task:
    """A task whose reference is ``code``."""
    interface: Interface = cpp.signature(code, entry_point, header) if entry_point else Stdio()
    return Task(
        id="t", prompt="p", interface=interface, origin=Origin(source="own"), language="cpp", reference=code or None
    )
