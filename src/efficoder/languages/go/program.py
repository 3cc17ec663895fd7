"""Go programs for the sandbox: a text program as it is, a Function as a package beside the driver's."""

import functools
import platform
import re
from importlib import resources

import msgspec

from efficoder.languages import compiled, wiretypes
from efficoder.languages.braces import own_name
from efficoder.languages.go import types
from efficoder.languages.go.imports import packaged, without_imports
from efficoder.sandbox import Kit, Native, Program, Runtime
from efficoder.types import Function, Parameter, Task

_MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
_TOOLS, _LIBRARY = f"pkg/tool/linux_{_MACHINE}", f"{{home}}/pkg/linux_{_MACHINE}"
_COMPILE = (f"{_TOOLS}/compile", "-c=1", "-I", _LIBRARY)
_LINK = (f"{_TOOLS}/link", "-s", "-w", "-L", _LIBRARY, "-L", "{kit}", "-o", "program")
ALONE = Native(
    title="Go",
    compiler="go",
    package="apt-get install golang-go",
    source="solution.go",
    commands=((*_COMPILE, "-p", "main", "-o", "main.a", "solution.go"), (*_LINK, "main.a")),
    version=("version",),
    home=("env", "GOROOT"),
    # Needed by functions; and where it cannot be made, the compiled library is missing (Go 1.20 and later).
    kit=Kit(
        files=(
            ("driver.go", resources.files("efficoder").joinpath("languages", "go", "driver.go").read_text("utf-8")),
        ),
        command=(*_COMPILE, "-p", "efficoder", "-pack", "-o", "efficoder.a", "driver.go"),
        needed=True,
    ),
    runtime=Runtime(
        # One core at a time, as a timed run has: else how often memory is collected beside it would be chance. No
        # signals from thread to thread, which the filter refuses.
        environment=(("GOMAXPROCS", "1"), ("GODEBUG", "asyncpreemptoff=1"), ("GOTRACEBACK", "none")),
        own_bytes=512 << 20,
        no_memory=("fatal error: runtime: out of memory", "fatal error: out of memory", "fatal error: runtime: cannot"),
    ),
    empty="package main\n\nfunc main() {}\n",
)
_MAIN = """package main

import (
	"efficoder"
	"solution"
)

type arguments struct {{ {fields} }}

func call(given *arguments) []any {{
	{results}solution.EfficoderCall({given})
	return []any{{ {listed} }}
}}

func main() {{ efficoder.Serve(solution.EfficoderCalls, {bytes}, {runes}, call) }}
"""
_CALL = """

const EfficoderCalls = true

var EfficoderCall = {name}
"""
_EMPTY = """package solution

const EfficoderCalls = false

var EfficoderCall func({types}) {returns}
"""
_NODES = """package solution

type ListNode struct {
	Val  int
	Next *ListNode
}

type TreeNode struct {
	Val   int
	Left  *TreeNode
	Right *TreeNode
}
"""


def unsupported(task: Task) -> str | None:
    """Why programs for ``task`` cannot be run; None where they can."""
    return wiretypes.unsupported(task, "Go", types.read)


def misfit(task: Task, text: str) -> str:
    """Why an input of ``task`` has no counterpart in its signature's types; empty where it has."""
    return wiretypes.misfit(task, text, types.read)


def program(task: Task, code: str) -> Program:
    """What the sandbox runs for ``code`` as an answer to ``task``, which is supported."""
    if code and isinstance(task.interface, Function):
        code = packaged(code, task.interface.header, "solution")
    return compiled.answer(task, code, ALONE, _driven)


@functools.lru_cache(maxsize=256)
def _driven(function: Function) -> Native:
    """Arguments are read as the declared types, whatever the candidate's are: so the empty program reads the same."""
    given = [each.text for each in wiretypes.parameters(function, types.read)]
    returns = function.returns or ""
    count = returns.count(",") + 1 if returns.startswith("(") else bool(returns)
    results = ", ".join(f"r{place}" for place in range(count))
    nodes = {function.returns_codec, *(parameter.codec for parameter in function.parameters)} != {"plain"}
    main = _MAIN.format(
        fields="; ".join(f"A{place} {each}" for place, each in enumerate(given)),
        results=f"{results} := " if results else "",
        given=", ".join(f"given.A{place}" for place in range(len(given))),
        listed=results,
        bytes=str("byte" in returns).lower(),
        runes=str("rune" in returns).lower(),
    )
    own_nodes = re.search(r"\btype\s+(?:List|Tree)Node\b", function.header)
    beside = [("nodes.go", _NODES)] * (nodes and not own_nodes)
    if (rest := without_imports(function.header)).strip():
        beside.append(("header.go", packaged(rest, function.header, "solution")))
    names = [name for name, _ in beside]
    return msgspec.structs.replace(
        ALONE,
        alone=ALONE,
        commands=(
            (*_COMPILE, "-p", "solution", "-pack", "-o", "solution.a", "solution.go", *names),
            (*_COMPILE, "-p", "main", "-I", ".", "-I", "{kit}", "-o", "main.a", "main.go"),
            (*_LINK, "-L", ".", "main.a"),
        ),
        files=(("main.go", main), *beside),
        below=_CALL.format(name=own_name(function.entry_point)),
        empty=_EMPTY.format(types=", ".join(given).replace("solution.", ""), returns=returns),
    )


_ECHO = Function(entry_point="echo", parameters=(Parameter(name="value", annotation="int"),), returns="int")
echo = Program(
    kind="function",
    code="package solution; func echo(value int) int { return value }",
    entry_point="echo",
    native=_driven(_ECHO),
)
