"""Why an answer is not right, and what a text of code looks like. Pure: harm.py judges, reads files and writes.

A cause is told from the reply, the code found in it and the verdict. Traits are of a text alone: what a prompt or a
task's header imports is not in it, so a name that only they bind counts as bound by nobody.
"""

import ast
import builtins
import io
import re
import textwrap
import tokenize
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from efficoder.languages import marks, replies
from efficoder.languages.python import names, syntax
from efficoder.languages.python.syntax import Budget

CAUSES = (
    "no code",
    "cut off",
    "does not parse",
    "undefined name",
    "another form than asked",
    "wrong answer",
    "error",
    "too slow",
    "memory",
    "refused",
)
_PLAIN = {"wrong": "wrong answer", "timeout": "too slow", "memory": "memory", "refused": "refused"}
_CODE = re.compile(r"^[ \t]*(?:(?:async[ \t]+def|def|class|import|from)[ \t]+\w|return\b)", re.MULTILINE)
_UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")
_ERROR = re.compile(r"(?:on (?:a load|an input) [^:]*: )?([A-Za-z_][\w.]*): ")
_BOUND = frozenset(dir(builtins)) | {"__file__", "__name__"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Cause:
    kind: str
    """One of CAUSES."""
    what: str = ""
    """The name, the type of the exception, or the form that was found."""


def cause(reply: str, code: str | None, outcome: str, detail: str) -> Cause:
    """Why a sample is not right. ``outcome`` and ``detail`` are its score's; without code ``detail`` says why none was
    found."""
    text = marks.clean(reply)
    if _never_ends(reply, text):
        return Cause("cut off")
    if code is None:
        return _without_code(text, detail)
    if outcome in _PLAIN:
        return Cause(_PLAIN[outcome])
    undefined = _UNDEFINED.search(detail)
    if undefined and undefined[1] in unbound(code):
        return Cause("undefined name", undefined[1])
    error = _ERROR.match(detail)
    if error and error[1] in {"SyntaxError", "IndentationError"}:
        return Cause("does not parse", detail)
    return Cause("error", error[1] if error else detail)


def _without_code(text: str, problem: str) -> Cause:
    """By the blocks themselves: ``problem`` may be told for the prose around them."""
    found = blocks(text)
    if not (found or _CODE.search(text)):
        return Cause("no code", problem)
    error, top = "", []
    for lines in found or [text.split("\n")]:
        try:
            top += syntax.parse(textwrap.dedent("\n".join(lines))).body
        except SyntaxError as broken:
            error = f"line {broken.lineno}: {broken.msg}"
    if error and not top:
        return Cause("does not parse", error) if found else Cause("cut off")
    units = [statement for statement in top if isinstance(statement, ast.ClassDef | _Function)]
    if units and all(map(syntax.is_stub, units)):
        return Cause("no code", "a function without a body")
    return Cause("another form than asked", ", ".join(unit.name for unit in units) or "no function")


def _never_ends(reply: str, text: str) -> bool:
    """Does it end in its thinking, or in a fenced block whose code is not whole? A stop text may have taken the
    closing fence from a block that is."""
    if reply.rfind("<think>") > reply.rfind("</think>"):
        return True
    found = blocks(text)
    if not found or not is_open(text):
        return False
    try:
        body = syntax.parse("\n".join(found[-1])).body
    except SyntaxError:
        return True
    return not body or not _comes_to_an_end(body[-1])


def _comes_to_an_end(statement: ast.stmt) -> bool:
    """Does a function return or raise where it ends? Other statements end where they end."""
    if isinstance(statement, ast.ClassDef):
        return _comes_to_an_end(statement.body[-1])
    if not isinstance(statement, _Function):
        return True
    last: ast.stmt = statement.body[-1]
    while body := getattr(last, "orelse", None) or getattr(last, "body", None):
        last = body[-1]
    return isinstance(last, ast.Return | ast.Raise)


def blocks(text: str) -> list[list[str]]:
    """The lines of the fenced blocks that may be Python and hold something."""
    found = (block for block in replies.blocks(text) if block.info.lower() in replies.PYTHON)
    return [block.lines for block in found if any(line.strip() for line in block.lines)]


def is_open(text: str) -> bool:
    """Does it end inside a fenced block? Then one more fence opens no other."""
    return len(list(replies.blocks(text))) == len(list(replies.blocks(f"{text}\n```\n")))


def unbound(code: str) -> list[str]:
    """Names that a module reads and neither it nor Python binds; none where a star import may bind them, or where the
    names cannot be told."""
    try:
        parts = names.chunks(code.split("\n"), syntax.parse(code))
    except SyntaxError:
        return []
    bound = {name for part in parts for name in part.binds}
    return [] if "*" in bound else sorted({name for part in parts for name in part.uses} - bound - _BOUND)


@dataclass(frozen=True, slots=True)
class Traits:
    """What one text looks like: its longest fenced block, or all of it where it has none, as far as that parses."""

    fenced: bool
    outside: bool
    """Text stands outside the block; not asked of a text without fences."""
    imports: bool
    solution_class: bool
    """Its functions are methods: a class, and no function beside it."""
    docstring: bool
    comments: bool
    hints: bool
    unbound: tuple[str, ...]
    lines: int
    """Without blank ones."""
    words: int


def traits(reply: str) -> Traits:
    text = marks.clean(reply)
    found = blocks(text)
    lines = max(found, key=len) if found else text.split("\n")
    part = syntax.longest_part(lines, Budget(4 * replies.MAX_REPLY))
    nodes = list(ast.walk(part.tree))
    functions = [node for node in nodes if isinstance(node, _Function)]
    holders = [node for node in nodes if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    top = [type(statement) for statement in part.tree.body]
    return Traits(
        fenced=bool(found),
        outside=bool(found) and (len(found) > 1 or any(block.above for block in replies.blocks(f"{text}\n```\n"))),
        imports=any(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes),
        solution_class=ast.ClassDef in top and not {ast.FunctionDef, ast.AsyncFunctionDef} & set(top),
        docstring=any(ast.get_docstring(node, clean=False) for node in holders),
        comments=_has_comment(part.source),
        hints=any(function.returns or any(map(_is_hinted, ast.walk(function.args))) for function in functions),
        unbound=tuple(unbound(part.source)),
        lines=sum(bool(line.strip()) for line in lines),
        words=sum(len(line.split()) for line in lines),
    )


def _is_hinted(node: ast.AST) -> bool:
    return isinstance(node, ast.arg) and node.annotation is not None


def _has_comment(source: str) -> bool:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    try:
        return any(token.type == tokenize.COMMENT for token in tokens)
    except (SyntaxError, tokenize.TokenError):
        return False


TRAITS_HEADER = (
    *("texts", "n", "fenced", "text outside", "imports", "class form", "docstring", "comments", "type hints"),
    *("lines", "words", "a name nobody binds", "which"),
)


def traits_row(name: str, texts: Sequence[str]) -> list[str]:
    """A line of the table: shares in per cent, mean lines and words of code, the most frequent unbound names."""
    found = list(map(traits, texts))
    flags = ("fenced", "outside", "imports", "solution_class", "docstring", "comments", "hints")
    frequent = Counter(name for each in found for name in each.unbound).most_common(5)
    return [
        name,
        str(len(found)),
        *(f"{fmean(getattr(each, flag) for each in found):.0%}" for flag in flags),
        *(f"{fmean(getattr(each, size) for each in found):.1f}" for size in ("lines", "words")),
        f"{fmean(bool(each.unbound) for each in found):.0%}",
        ", ".join(f"`{name}` {count}" for name, count in frequent),
    ]
