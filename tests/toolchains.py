"""All languages but Python, for tests that hold for each of them; those without a toolchain are skipped."""

import pytest

import cpp
import golang
import java
import javascript
import rust
from efficoder.languages import language
from efficoder.types import Origin, Stdio, Task

NAMES = ("cpp", "rust", "go", "javascript", "java")
_NEEDS = {
    "cpp": cpp.needs_compiler,
    "rust": rust.needs_compiler,
    "go": golang.needs_compiler,
    "javascript": javascript.needs_node,
    "java": java.needs_java,
}
by_name = pytest.mark.parametrize("name", NAMES)
"""Without compiling anything."""
with_toolchain = pytest.mark.parametrize("name", [pytest.param(name, marks=_NEEDS[name]) for name in NAMES])


def task(name: str, code: str, entry_point: str = "") -> Task:
    """A task whose reference is ``code``: a function, or a program on text."""
    interface = language(name).signature(code, entry_point) if entry_point else Stdio()
    return Task(id="t", prompt="p", interface=interface, origin=Origin(source="own"), language=name, reference=code)
