"""Java programs for the sandbox: a text program as it is, a Function beside a class that calls it."""

import functools
from importlib import resources

import msgspec

from efficoder.languages import compiled, wiretypes
from efficoder.languages.java import types
from efficoder.sandbox import Kit, Native, Program, Runtime
from efficoder.types import Function, Parameter, Task

_CLASSES = ("Build", "Bundle", "Call", "Driver", "Reader", "Types", "Values")
_PACKAGE = "apt-get install default-jdk-headless"
_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto")
_MARK = "\n// ---- calls ----\n"


def _file(name: str) -> tuple[str, str]:
    path = f"efficoder/{name}.java"
    folder = resources.files("efficoder").joinpath("languages", "java")
    return path, folder.joinpath(path).read_text(encoding="utf-8")


ALONE = Native(
    title="Java",
    compiler="java",
    package=_PACKAGE,
    source="solution.java",
    # No processor of annotations is run (Build.java).
    commands=(("java", *_QUICK, "-XX:+UseSerialGC", "-Xmx1g", "-cp", "{kit}", "efficoder.Build", "{kit}"),),
    kit=Kit(
        files=tuple(map(_file, _CLASSES)),
        command=(
            "java",
            "-m", "jdk.compiler/com.sun.tools.javac.Main", "-proc:none", "-nowarn", "-XDstringConcat=inline", "-d", ".",
            *(f"efficoder/{name}.java" for name in _CLASSES),
        ),
        needed=True,
    ),
    runtime=Runtime(
        command="java",
        package=_PACKAGE,
        # One compiler of two: a short body is then far more nearly in proportion to its work (docs/metrics.md).
        arguments=(
            *_QUICK, "-XX:+UseG1GC", "-XX:ActiveProcessorCount=2", "-XX:MaxRAM={mib}m", "-XX:MaxRAMPercentage=75",
            "-XX:ReservedCodeCacheSize=64m", "-XX:-OmitStackTraceInFastThrow", "-cp", "{kit}", "efficoder.Driver",
        ),
        environment=(("LC_ALL", "C.UTF-8"), ("LD_LIBRARY_PATH", "{home}/lib")),
        own_bytes=768 << 20,
        reads=("/etc/java-*-openjdk",),
        no_memory=("java.lang.OutOfMemoryError", "insufficient memory for the Java Runtime"),
    ),
    above="0\n",
    below=_MARK,
    empty=_MARK,
)  # fmt: skip
_CALL = """class EfficoderCall extends efficoder.Call {{
  public String[] types() {{ return new String[] {{{types}}}; }}
  public String returns() {{ return "{returns}"; }}
  public boolean calls() {{ return {calls}; }}
  @SuppressWarnings("unchecked")
  public Object call(Object[] given) throws Throwable {{ {body} }}
}}
"""
_LIST_NODE = """class ListNode {
  int val; ListNode next;
  ListNode() {} ListNode(int val) { this.val = val; }
  ListNode(int val, ListNode next) { this.val = val; this.next = next; }
}
"""
_TREE_NODE = """class TreeNode {
  int val; TreeNode left, right;
  TreeNode() {} TreeNode(int val) { this.val = val; }
  TreeNode(int val, TreeNode left, TreeNode right) { this.val = val; this.left = left; this.right = right; }
}
"""
_NODES = {"ListNode": _LIST_NODE, "TreeNode": _TREE_NODE}


def unsupported(task: Task) -> str | None:
    """Why programs for ``task`` cannot be run; None where they can."""
    why = wiretypes.unsupported(task, "Java", types.read)
    if why is None and isinstance(task.interface, Function) and "." not in task.interface.entry_point:
        return f"{task.interface.entry_point}: a method is called as Solution().f, or Solution.f where it is static"
    return why


def misfit(task: Task, text: str) -> str:
    """Why an input of ``task`` has no counterpart in its signature's types; empty where it has."""
    return wiretypes.misfit(task, text, types.read)


def program(task: Task, code: str) -> Program:
    """What the sandbox runs for ``code`` as an answer to ``task``, which is supported."""
    return compiled.answer(task, code, ALONE, _driven)


@functools.lru_cache(maxsize=256)
def _driven(function: Function) -> Native:
    """Arguments are read as the declared types, whatever the candidate's are: so the empty program reads the same."""
    read = [each.text for each in wiretypes.parameters(function, types.read)]
    owner, _, method = function.entry_point.rpartition(".")
    target = f"new {owner}" if owner.endswith("()") else owner
    given = ", ".join(f"({text}) given[{place}]" for place, text in enumerate(read))
    call = f"{target}.{method}({given});"
    void = function.returns == "void"
    returned = function.returns_codec if function.returns_codec != "plain" else ""
    quoted = ", ".join(f'"{text}"' for text in read)
    codecs = sorted({returned, *read} & _NODES.keys())
    nodes = "".join(_NODES[codec] for codec in codecs)
    calling, empty = (
        _MARK + nodes + _CALL.format(types=quoted, returns=returned, calls=calls, body=body)
        for calls, body in (("true", f"{call} return null;" if void else f"return {call}"), ("false", "return null;"))
    )
    header = function.header.rstrip("\n") + "\n" if function.header else ""
    return msgspec.structs.replace(
        ALONE, alone=ALONE, above=f"{header.count(chr(10))}\n{header}", below=calling, empty=empty
    )


_ECHO = Function(
    entry_point="Solution.echo", parameters=(Parameter(name="value", annotation="Object"),), returns="Object"
)
echo = Program(
    kind="function",
    code="class Solution { static Object echo(Object value) { return value; } }",
    entry_point="Solution.echo",
    native=_driven(_ECHO),
)
