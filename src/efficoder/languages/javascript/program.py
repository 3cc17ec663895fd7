"""JavaScript programs for the sandbox: the driver runs a text program as it is, and calls a Function."""

import functools
import json
import re
from importlib import resources

import msgspec

from efficoder.languages import compiled
from efficoder.languages.javascript import values
from efficoder.sandbox import Native, Program, Runtime
from efficoder.types import Function, Stdio, Task


def _text(name: str) -> str:
    return resources.files("efficoder").joinpath("languages", "javascript", name).read_text(encoding="utf-8")


def _settings(**more: object) -> str:
    """The first line of a program, which tells the driver what it is; ``above``: lines between it and the candidate."""
    return json.dumps({"above": 0} | more) + "\n"


_PACKAGE = "apt-get install nodejs"
ALONE = Native(
    title="JavaScript",
    compiler="node",
    package=_PACKAGE,
    source="solution.js",
    commands=(("node", "--no-warnings", "--experimental-vm-modules", "-e", _text("check.js")),),
    runtime=Runtime(
        command="node",
        package=_PACKAGE,
        # The stack fits in the 120 MB that the sandbox gives the first thread.
        arguments=("--max-old-space-size={mib}", "--stack-size=100000", "-e", _text("driver.js")),
        environment=(("LC_ALL", "C.UTF-8"), ("OPENSSL_CONF", "/dev/null")),
        own_bytes=640 << 20,
        no_memory=("heap out of memory", "Array buffer allocation failed"),
    ),
    above=_settings(),
)
_ENTRY = re.compile(r"(?:Solution\(\)\.)?[A-Za-z_$][\w$]*")


def unsupported(task: Task) -> str | None:
    """Why programs for ``task`` cannot be run; None where they can."""
    function = task.interface
    if type(function) is Stdio:
        return None
    if not isinstance(function, Function):
        return f"a JavaScript task is a program on text or a function, no {type(function).__name__.lower()}"
    return None if _ENTRY.fullmatch(function.entry_point) else f"{function.entry_point}: no name of a function"


def misfit(task: Task, text: str) -> str:
    """Why an input of ``task`` has no counterpart among JavaScript's values; empty where it has."""
    return values.misfit(task.interface, text) if isinstance(task.interface, Function) else ""


def program(task: Task, code: str) -> Program:
    """What the sandbox runs for ``code`` as an answer to ``task``, which is supported."""
    return compiled.answer(task, code, ALONE, _driven)


@functools.lru_cache(maxsize=256)
def _driven(function: Function) -> Native:
    owner, dot, name = function.entry_point.rpartition("().")
    header = function.header.rstrip("\n") + "\n" if function.header else ""
    settings = {"codecs": [each.codec for each in function.parameters], "returns": function.returns_codec}
    found = (
        f"(...given) => new {owner}().{name}(...given)"
        if dot
        else f"typeof {name} === 'function' ? {name} : module.exports.{name}"
    )
    return msgspec.structs.replace(
        ALONE,
        alone=ALONE,
        above=_settings(**settings, above=header.count("\n")) + header,
        below=f"\n;return {found};\n",
        empty="return null;\n",
    )


echo = Program(
    kind="function",
    code="function echo(value) { return value; }",
    entry_point="echo",
    native=_driven(Function(entry_point="echo")),
)
