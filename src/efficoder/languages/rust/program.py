"""Rust programs for the sandbox: a text program as it is, a Function as a module beside the driver.

The candidate's file holds its own attributes and imports; below its text stands the call alone.
"""

import functools
from importlib import resources

import msgspec

from efficoder.languages import compiled, wiretypes
from efficoder.languages.braces import own_name
from efficoder.languages.rust import types
from efficoder.sandbox import Native, Program
from efficoder.types import Function, Parameter, Task

_FLAGS = (
    "bin/rustc",
    "--edition=2021",
    "--crate-type=bin",
    "--crate-name=solution",
    "--cap-lints=allow",
    "--error-format=short",
    "-Copt-level=3",
    "-Ccodegen-units=1",
    # Static, so that a program needs no other file to start: then nothing else is executed.
    "-Ctarget-feature=+crt-static",
    "-Crelocation-model=static",
    "-Cstrip=symbols",
    "-Clinker=gcc",
    "-Clink-arg=-fuse-ld=bfd",  # the one of rustc's own looks for itself, and finds rustc
    "-oprogram",
)
ALONE = Native(
    title="Rust",
    compiler="rustc",
    package="apt-get install rustc",
    source="solution.rs",
    commands=((*_FLAGS, "solution.rs"),),
    home=("--print", "sysroot"),  # rustup's rustc is a stand-in
    empty="fn main() {}\n",
    out_of_memory=("memory allocation of",),
)
_MAIN = """mod efficoder;
{names}
{header}
mod solution;
fn main() {{ efficoder::serve::<{types}>(solution::EFFICODER_CALLS, solution::efficoder_call) }}
"""
_CALL = """
#[allow(unused_imports)]
use crate::*;
pub const EFFICODER_CALLS: bool = true;
pub fn efficoder_call(given: {types}, out: &mut ::std::string::String) {{
    let {names} = given;
    crate::efficoder::Answer::put(&{call}{names}, out)
}}
"""
_EMPTY = """pub const EFFICODER_CALLS: bool = false;
pub fn efficoder_call(_: {types}, _: &mut ::std::string::String) {{}}
"""


def unsupported(task: Task) -> str | None:
    """Why programs for ``task`` cannot be run; None where they can."""
    return wiretypes.unsupported(task, "Rust", types.read)


def misfit(task: Task, text: str) -> str:
    """Why an input of ``task`` has no counterpart in its signature's types; empty where it has."""
    return wiretypes.misfit(task, text, types.read)


def program(task: Task, code: str) -> Program:
    """What the sandbox runs for ``code`` as an answer to ``task``, which is supported."""
    return compiled.answer(task, code, ALONE, _driven)


@functools.lru_cache(maxsize=256)
def _driven(function: Function) -> Native:
    """Arguments are read as the declared types, whatever the candidate's are: so the empty program reads the same."""
    driver = resources.files("efficoder").joinpath("languages", "rust", "driver.rs").read_text(encoding="utf-8")
    given = wiretypes.parameters(function, types.read)
    listed = f"({''.join(f'{each.text},' for each in given)})"
    owner = function.entry_point.removesuffix(own_name(function.entry_point)).strip("():.")
    nodes = {function.returns_codec, *(parameter.codec for parameter in function.parameters)} != {"plain"}
    names = ["pub use efficoder::nodes::*;"] * nodes + [f"pub struct {owner};"] * bool(owner)
    call = _CALL.format(
        types=listed,
        names=f"({''.join(f'a{place},' for place in range(len(given)))})",
        call=f"{owner}::{own_name(function.entry_point)}" if owner else function.entry_point,
    )
    return msgspec.structs.replace(
        ALONE,
        alone=ALONE,
        commands=((*_FLAGS, "main.rs"),),
        files=(
            ("main.rs", _MAIN.format(names="\n".join(names), header=function.header, types=listed)),
            ("efficoder.rs", driver),
        ),
        below=call,
        empty=_EMPTY.format(types=listed),
    )


echo = Program(
    kind="function",
    code="fn echo(value: i64) -> i64 { value }",
    entry_point="echo",
    native=_driven(Function(entry_point="echo", parameters=(Parameter(name="value", annotation="i64"),))),
)
