"""JavaScript tasks and programs for tests; those that need node are skipped without it."""

import shutil

import pytest

from efficoder.languages.javascript import language as javascript
from efficoder.languages.javascript.program import ALONE
from efficoder.sandbox import Program
from efficoder.types import Interface, Origin, Stdio, Task

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node here; `apt-get install nodejs`")


def text(code: str) -> Program:
    """A program on standard input."""
    return Program(kind="stdio", code=code, native=ALONE)


def task(code: str, entry_point: str = "", header: str = "") -> Task:
    """A task whose reference is ``code``."""
    interface: Interface = javascript.signature(code, entry_point, header) if entry_point else Stdio()
    return Task(
        id="t",
        prompt="p",
        interface=interface,
        origin=Origin(source="own"),
        language="javascript",
        reference=code or None,
    )
