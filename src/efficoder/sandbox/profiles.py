"""What each kind of zygote may see and execute: for Python and executables, for a compiler, and for a runtime.

A runtime's own file is not mounted: it is a descriptor, opened before the walls are up. An executable that holds its
runtime sees what other executables do.
"""

import os
import sys
from pathlib import Path
from typing import Any

from efficoder.sandbox.api import Program, Runtime
from efficoder.sandbox.compiling import Compiler, find, outermost, there


def plain(packages: str) -> dict[str, Any]:
    """Settings of a zygote (inside/zygote.py) that runs Python and executables."""
    readable, hidden = _visible()
    return {
        "readable": readable,
        "hidden": hidden,
        "packages": packages,
        "executable": [],
        "compiler": "",
        "compiles": False,
        "scratch": "",
        "runtime": "",
        "arguments": [],
        "environment": [],
        "own_bytes": 0,
        "writable": False,
    }


def compiling(compiler: Compiler, scratch: str) -> dict[str, Any]:
    """The same for one that compiles."""
    seen = plain(compiler.kit)
    return seen | {
        "readable": outermost([*seen["readable"], *compiler.folders, *compiler.readable]),
        "executable": list(compiler.folders),
        "compiler": compiler.path,
        "compiles": True,
        "scratch": scratch,
        "writable": compiler.runs,
    }


def running(runtime: Runtime, kit: str) -> dict[str, Any]:
    """The same for one whose children become ``runtime``. Raises PrerequisiteError where it is not installed."""
    seen = plain(kit if runtime.command else "") | {
        "environment": [f"{name}={value}" for name, value in environment(runtime).items()],
        "own_bytes": runtime.own_bytes,
        "writable": True,
    }
    if not runtime.command:
        return seen | {"arguments": ["solution", *runtime.arguments]}
    file, home = _installed(runtime)
    own = [] if home == "/usr" else [f"{home}/lib", f"{home}/conf"]
    return seen | {
        "readable": outermost([*seen["readable"], *own, *there(runtime.reads)]),
        "executable": [file, *loaders()],
        "runtime": file,
        "arguments": [file, *runtime.arguments],
    }


def recipe(compiler: Compiler, program: Program, kit: str) -> dict[str, Any]:
    """What a compiler does (inside/compiler.py). ``kit``: where its kit is seen."""
    native = program.native
    assert native is not None
    return {
        "files": {**dict(native.files), native.source: program.text},
        "commands": [compiler.command(arguments, kit) for arguments in native.commands],
        "environment": environment(native.runtime),
    }


def environment(runtime: Runtime | None) -> dict[str, str]:
    """What a runtime finds in its environment."""
    if runtime is None:
        return {}
    home = _installed(runtime)[1] if runtime.command else ""
    return {name: value.replace("{home}", home) for name, value in runtime.environment}


def _installed(runtime: Runtime) -> tuple[str, str]:
    """A runtime's file, and the directory above the one that holds it."""
    file = find(runtime.command, runtime.command, runtime.package).path
    return file, str(Path(file).parent.parent)


def loaders() -> list[str]:
    """What the kernel starts a dynamic executable with."""
    places = [path for folder in ("/lib64", "/lib") for path in Path(folder).glob("ld-*.so*")]
    return sorted({str(path.resolve()) for path in places})


def _visible() -> tuple[list[str], list[str]]:
    """The directories a child may read, and those within them it may not: installed packages."""
    places = [f"{sys.base_prefix}/lib", f"{sys.base_exec_prefix}/lib", str(Path(os.__file__).parent)]
    places += ["/usr/lib", "/usr/lib32", "/usr/lib64", "/lib", "/lib32", "/lib64", "/usr/share/zoneinfo"]
    readable = outermost(places)
    patterns = ("python*/site-packages", "python*/dist-packages", "site-packages", "dist-packages")
    found = {str(path) for place in readable for pattern in patterns for path in Path(place).glob(pattern)}
    return readable, sorted(path for path in found if Path(path).is_dir() and not Path(path).is_symlink())
