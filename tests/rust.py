"""Rust tasks and programs for tests; those that need a compiler are skipped without one."""

import shutil

import pytest

from efficoder.languages.rust import language as rust
from efficoder.languages.rust.program import ALONE
from efficoder.sandbox import Program
from efficoder.types import Interface, Origin, Stdio, Task

needs_compiler = pytest.mark.skipif(shutil.which("rustc") is None, reason="no rustc here; `apt-get install rustc`")


OPAQUE = """
fn opaque<T>(value: T) -> T {
    let same = unsafe { std::ptr::read_volatile(&value) };
    std::mem::forget(value);
    same
}
"""
"""What the optimiser does not look through."""


def text(code: str) -> Program:
    """A program on standard input."""
    return Program(kind="stdio", code=code, native=ALONE)


def body(statements: str) -> Program:
    """The same, from what its main function does."""
    return text(f"use std::io::*;\nfn main() {{\n{statements}\n}}\n{OPAQUE}")


def task(code: str, entry_point: str = "", header: str = "") -> Task:
    """A task whose reference is ``code``."""
    interface: Interface = rust.signature(code, entry_point, header) if entry_point else Stdio()
    return Task(
        id="t", prompt="p", interface=interface, origin=Origin(source="own"), language="rust", reference=code or None
    )
