"""Finds the answer in a reply.

Reads chat (fences, prose, thinking) and continuations (a body below the prompt's signature). Nothing is renamed and
nothing repaired: text is left out, or put below the signature it continues. Code that needs what the prompt defines
gets it. Correct code lost here is among the worst complaints in this field, so every reading is tried before giving up.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from efficoder.languages import marks, replies
from efficoder.languages.protocol import Extracted
from efficoder.languages.python import choose, names, projects, prose, syntax
from efficoder.languages.python.syntax import Budget, Part
from efficoder.languages.replies import MAX_REPLY
from efficoder.types import Function, Project, Script, Stdio, Task

_PARSED_AT_MOST = 4 * MAX_REPLY

_START = re.compile(
    r"([ \t]*)(?:@\w|(?:async\s+def|def|class|import|from|if|for|while|with|try|print)\b"
    r"|[A-Za-z_][\w.]*(?:\[[^\]]*\])?(?:\s*,\s*[A-Za-z_]\w*)*\s*(?:[-+*/|&%^]|//|\*\*|<<|>>)?=(?!=)|[A-Za-z_][\w.]*\()"
)
_METHOD = re.compile(r"([ \t]*)(?:async\s+def|def)\s+\w+\s*\(\s*self\b")


_LIKE_CODE = re.compile(
    r"^[ \t]*(?:```|@|(?:def|class|import|from|return|while|for)\b|[\w.]+(?:\[[^\]\n]*\])?[ \t]*[-+*/]?=)", re.MULTILINE
)
"""A line that begins as code does; of prose nobody wants to know where it fails to parse."""


def extract(reply: str, task: Task) -> Extracted:
    """The code that a reply offers as an answer to ``task``. It parses, and defines the entry point where the task has
    one. Code that the task's tests take as text is not parsed; only the text around it is left out.

    Of several blocks the last counts that defines the entry point, or is a program (choose.py). No reply raises.
    """
    if len(reply) > MAX_REPLY:
        return Extracted(problem=f"reply too large: {len(reply)} characters, at most {MAX_REPLY} are read")
    text = marks.clean(reply)
    if not text.strip():
        return Extracted(problem="the reply is empty")
    readings = [text] if _is_code(text) else marks.readings(text)
    if not readings:
        return Extracted(problem="the reply holds nothing but thinking")
    if isinstance(task.interface, Script) and task.interface.answer_name:
        snippet = next(filter(None, map(replies.snippet, readings)), None)
        return Extracted(code=snippet) if snippet else Extracted(problem="no code found")
    if isinstance(task.interface, Project):
        return _project(readings, task, task.interface)
    target = _target(task)
    reader = _Reader(target, Budget(_PARSED_AT_MOST))
    for reading in readings:
        code = _read(reading, reader, target)
        if code is not None:
            return Extracted(code=code)
    return Extracted(problem=reader.problem(readings[0]))


def _is_code(text: str) -> bool:
    """Whether the reply is code alone, in which no mark is one."""
    try:
        return bool(syntax.parse(text).body)
    except SyntaxError:
        return False


def _project(readings: Sequence[str], task: Task, project: Project) -> Extracted:
    problems = []
    for reading in readings:
        try:
            return Extracted(code=projects.read(reading, task, project))
        except projects.NoProject as error:
            problems.append(str(error))
    return Extracted(problem=problems[0])


def _read(text: str, reader: "_Reader", target: "_Target") -> str | None:
    for group in replies.groups(text):
        found = [reader.read(lines) for lines in group]
        answers = [block for blocks in found for block in blocks if block.answers]
        if not answers:
            continue
        if not target.root:
            parts = [prose.without(block.part) for block in answers]
            source = choose.program(parts) if target.runs else max(parts, key=lambda part: len(part.lines)).source
            return source.strip("\n").rstrip() + "\n"
        chosen = choose.function([block.part for block in answers], {target.root, target.method or target.root})
        answer = next(block for block in answers if block.part is chosen)
        others = [block.part for blocks in found for block in blocks if block is not answer]
        return _finish(answer, others, target)
    return None


@dataclass(frozen=True, slots=True)
class _Frame:
    """Code a reply may continue, and the indentation its body stands at."""

    part: Part
    indent: str


@dataclass(frozen=True, slots=True)
class _Target:
    root: str
    """Top-level name the code must define; empty for whole programs."""
    runs: bool
    """Whether it is run by itself: a program."""
    method: str
    """Method of ``root``, for ``Solution().method``."""
    frames: tuple[_Frame, ...]
    libraries: tuple[Part, ...]
    """What the prompt defines beside the entry point."""

    @property
    def name(self) -> str:
        return self.method or self.root

    def answered_by(self, tree: ast.Module) -> bool:
        """Is the entry point there, with a body? For programs: does it do anything?"""
        if not self.root:
            return any(isinstance(node, ast.Call) for node in ast.walk(tree))
        found = self.entry(tree)
        return found is not None and not syntax.is_stub(found)

    def entry(self, tree: ast.Module) -> ast.stmt | None:
        """What binds the entry point; for a method also a class that may inherit it, or a bare function."""
        top = syntax.bindings(tree.body)
        if not self.method:
            return top.get(self.root)
        owner = top.get(self.root)
        if not isinstance(owner, ast.ClassDef):
            bare = top.get(self.method)
            return owner or (bare if isinstance(bare, ast.FunctionDef | ast.AsyncFunctionDef) else None)
        inherits = any(not (isinstance(base, ast.Name) and base.id == "object") for base in owner.bases)
        return syntax.bindings(owner.body).get(self.method) or (owner if inherits else None)


def _target(task: Task) -> _Target:
    if isinstance(task.interface, Stdio) or not task.interface.entry_point:
        return _Target("", isinstance(task.interface, Stdio), "", (), ())
    owner, _, name = task.interface.entry_point.rpartition("().")
    root, method = (owner, name) if owner else (name, "")
    parts = [part for text in (task.starter, task.prompt) if (part := syntax.unfinished(text)) is not None]
    frames = [frame for part in parts if (frame := _frame(part, name)) is not None]
    if not frames and not owner and isinstance(task.interface, Function) and task.interface.parameters:
        signature = f"def {name}({', '.join(parameter.name for parameter in task.interface.parameters)}):"
        part = syntax.unfinished(signature)
        frames = [frame] if part is not None and (frame := _frame(part, name)) is not None else []
    return _Target(root, False, method, tuple(frames), tuple(parts))


def _frame(part: Part, name: str) -> _Frame | None:
    """The part as something to continue: its last function is the entry point and has no body yet."""
    last = part.tree.body[-1] if part.tree.body else None
    if isinstance(last, ast.ClassDef):
        last = last.body[-1]
    if not isinstance(last, ast.FunctionDef | ast.AsyncFunctionDef) or last.name != name:
        return None
    first = last.body[0]
    if syntax.returns_something(last) or first.lineno == last.lineno:
        return None
    indent = part.lines[first.lineno - 1][: first.col_offset]
    lines = part.lines[:-1] if isinstance(last.body[-1], ast.Pass) else part.lines
    return _Frame(Part(lines, part.tree, False, None), indent)


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    part: Part
    covered: int
    """Lines of the reply that it takes up."""
    answers: bool
    continues: bool = False


class _Reader:
    """Reads pieces of one reply and remembers why they were no answer."""

    def __init__(self, target: _Target, budget: Budget) -> None:
        self._target = target
        self._budget = budget
        self._error: str | None = None
        self._functions: list[str] = []

    def read(self, piece: Sequence[str]) -> list[_Block]:
        """The code in some lines: all of them, or the body they continue, or the stretches of them that parse."""
        lines = _dedented(_trimmed(piece))
        if not lines:
            return []
        whole = self._block(syntax.longest_part(lines, self._budget))
        if whole.covered == len(lines) and whole.answers:
            return [whole]
        blocks = [whole] if whole.covered == len(lines) else list(self._scan(lines))
        best = max((block.covered for block in blocks if block.answers), default=0)
        continued = self._continued(lines, indented=bool(syntax.indent(_trimmed(piece)[0])))
        better = max(continued, key=lambda block: block.covered, default=None)
        return [better] if better is not None and better.covered > best else blocks

    def problem(self, text: str) -> str:
        """Why there is no answer, for the piece that came nearest to one."""
        name = self._target.name
        if name and self._error and re.search(rf"\bdef\s+{re.escape(name)}\b", text):
            return f"entry point {name} does not parse: {self._error}"
        if name in self._functions:
            return f"entry point {name} has no body"
        if name and self._functions:
            return f"entry point {name} missing; the reply defines {', '.join(dict.fromkeys(self._functions))}"[:200]
        return f"no code found: {self._error}" if self._error and _LIKE_CODE.search(text) else "no code found"

    def _block(self, part: Part, skipped: int = 0, *, continues: bool = False) -> _Block:
        if not continues:
            self._error = self._error or part.error
            self._functions += [name for name, item in syntax.bindings(part.tree.body).items() if _is_unit(item)]
        return _Block(part, len(part.lines) - skipped, self._target.answered_by(part.tree), continues)

    def _scan(self, lines: Sequence[str]) -> Iterator[_Block]:
        """Runs of lines that start like code, at any indentation; each is as long as it parses."""
        at = 0
        while at < len(lines) and not self._budget.spent:
            start = _START.match(lines[at])
            if not start:
                at += 1
                continue
            indent = start[1]
            region = list(_at_least(lines[at:], indent))
            block = self._block(syntax.longest_part(region, self._budget))
            if block.part.tree.body:
                yield block
            at += block.covered or 1
            if block.part.cut or not block.covered:
                at += sum(1 for _ in _deeper(lines[at:], indent))

    def _continued(self, lines: Sequence[str], *, indented: bool) -> Iterator[_Block]:
        """The lines as what follows the prompt's signature, or as methods that lost their class line.

        ``indented``: the first one stood at some indentation, so a body without ``return`` is believed.
        """
        for frame in self._target.frames:
            for body in _bodies(lines, frame.indent):
                yield from self._below(frame.part.lines, body, must_return=not indented)
        later = next((found for line in lines[1:] if (found := _METHOD.match(line)) and found[1]), None)
        if self._target.method and later and _METHOD.match(lines[0]):
            body = [later[1] + lines[0], *lines[1:]]
            yield from self._below([f"class {self._target.root}:"], body, must_return=False)

    def _below(self, head: Sequence[str], body: Sequence[str], *, must_return: bool) -> Iterator[_Block]:
        part = syntax.longest_part([*head, *body], self._budget)
        block = self._block(part, len(head), continues=True)
        entry = self._target.entry(part.tree)
        if block.answers and block.covered > 0 and entry and (not must_return or syntax.returns_something(entry)):
            yield block


def _bodies(lines: Sequence[str], indent: str) -> Iterator[list[str]]:
    """What stands below a signature, its body at ``indent``: the lines may have lost all indentation, only the first
    line's, or have prose above; what follows the body at the margin stays there."""
    lost = syntax.indent(lines[0])
    if lost:
        end = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith(lost)), len(lines))
        yield [*_indented([line[len(lost) :] for line in lines[:end]], indent), *lines[end:]]
        return
    yield _indented(lines, indent)
    if len(lines) > 1 and syntax.indent(lines[1]):
        yield [indent + lines[0], *lines[1:]]
    below = next((i for i, line in enumerate(lines) if syntax.indent(line) or _START.match(line)), 0)
    if below and syntax.indent(lines[below]):
        yield from _bodies(lines[below:], indent)


def _trimmed(lines: Sequence[str]) -> Sequence[str]:
    """Without blank lines at either end."""
    full = [i for i, line in enumerate(lines) if line.strip()]
    return lines[full[0] : full[-1] + 1] if full else []


def _dedented(lines: Sequence[str]) -> Sequence[str]:
    """Moved left by the indentation all share. Unlike textwrap's, blank lines (of a string, say) stay as they are."""
    common = min((syntax.indent(line) for line in lines if line.strip()), key=len, default="")
    if not common or not all(line.startswith(common) for line in lines if line.strip()):
        return lines
    return [line[len(common) :] for line in lines]


def _indented(lines: Sequence[str], indent: str) -> list[str]:
    return [indent + line if line.strip() else line for line in lines]


def _is_unit(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def _at_least(lines: Sequence[str], indent: str) -> Iterator[str]:
    """The leading lines that stand at ``indent`` or deeper, moved left by it."""
    for line in lines:
        if line.strip() and not line.startswith(indent):
            return
        yield line[len(indent) :]


def _deeper(lines: Sequence[str], indent: str) -> Iterator[str]:
    for line in lines:
        if line.strip() and not (line.startswith(indent) and line[len(indent) :][:1].isspace()):
            return
        yield line


def _finish(answer: _Block, others: Sequence[Part], target: _Target) -> str:
    part = prose.without(answer.part)
    if target.method and target.root not in syntax.bindings(part.tree.body):
        part = _with_class(part, target)
    source = names.keep_needed(part.lines, part.tree, target.root, first_wins=answer.continues)
    return names.complete(source, [*others, *target.libraries], target.root)


def _with_class(part: Part, target: _Target) -> Part:
    """Bare functions as the methods of the class they were asked for in.

    Functions that take ``self`` move into it; an entry point without ``self`` becomes its static method.
    """
    methods = [item for item in part.tree.body if _takes_self(item)]
    lines = list(part.lines)
    inside: list[str] = []
    for method in methods:
        first, last = syntax.first_line(method), method.end_lineno or method.lineno
        fixed = _unmovable(method)
        for number in range(first, last + 1):
            line = lines[number - 1]
            inside.append(line if number in fixed or not line.strip() else "    " + line)
            lines[number - 1] = ""
        inside.append("")
    if target.method not in syntax.bindings(methods):
        inside.append(f"    {target.method} = staticmethod({target.method})")
    source = "\n".join([*lines, "", "", f"class {target.root}:", *inside])
    return Part(source.split("\n"), syntax.parse(source), False, None)


def _takes_self(statement: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    arguments = statement.args.posonlyargs + statement.args.args
    return bool(arguments) and arguments[0].arg == "self"


def _unmovable(method: ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    """Lines that begin inside a string, which moving would change; the whole body where it stands deep enough
    already, as when a reply lost the first line's indentation."""
    if method.body[0].lineno > method.lineno and method.body[0].col_offset > 4:
        return set(range(method.body[0].lineno, (method.end_lineno or method.lineno) + 1))
    return {
        number
        for node in ast.walk(method)
        if isinstance(node, ast.JoinedStr | ast.Constant)
        for number in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
    }
