"""Java tasks and programs for tests; those that need a JDK are skipped without one."""

import shutil

import pytest

from efficoder.languages.java import language as java
from efficoder.languages.java.program import ALONE
from efficoder.sandbox import Program
from efficoder.types import Interface, Origin, Stdio, Task

needs_java = pytest.mark.skipif(shutil.which("javac") is None, reason="no JDK; `apt-get install default-jdk-headless`")
IMPORTS = "import java.util.*;\n"


def text(code: str) -> Program:
    """A program on standard input."""
    return Program(kind="stdio", code=code, native=ALONE)


def body(statements: str) -> Program:
    """The same, from what its main method does."""
    return text(
        f"import java.io.*; import java.util.*;\nclass Main {{ public static void main(String[] words) "
        f"throws Exception {{\n"
        f"{statements}\n}} }}\n"
    )


def method(declaration: str) -> str:
    """A solution with this method."""
    return f"{IMPORTS}class Solution {{\n  {declaration}\n}}\n"


def task(code: str, entry_point: str = "", header: str = "") -> Task:
    """A task whose reference is ``code``."""
    interface: Interface = java.signature(code, entry_point, header) if entry_point else Stdio()
    own = Origin(source="own")
    return Task(id="t", prompt="p", interface=interface, origin=own, language="java", reference=code or None)
