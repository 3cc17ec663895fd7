"""Code of languages with braces: as tokens, in one spelling, and as the answer in a model's reply.

A lexer is one expression and knows no grammar. Text that ends inside a literal or a comment, and brackets that do not
match, are no code. Nothing in a reply is renamed or repaired.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from efficoder.languages import marks, replies
from efficoder.languages.protocol import Extracted
from efficoder.languages.replies import MAX_REPLY
from efficoder.types import Function, Script, Stdio, Task

_CLOSES = {")": "(", "]": "[", "}": "{"}
_COMMENT_EDGE = re.compile(r"/\*|\*/")


class Token(NamedTuple):
    kind: str
    """comment, directive, literal, open (what does not end), number, name, space or sign."""
    text: str
    at: int
    """Where it begins."""


class Code(NamedTuple):
    tokens: list[Token]
    """Without comments and white space."""
    closes: dict[int, int]
    """For each opening bracket, by its place among the tokens, the place of the one that closes it."""


class Lexer(NamedTuple):
    """How a language's text is cut."""

    pattern: re.Pattern[str]
    """One group a kind of token. ``open`` takes as much as it can, so that no text is gone through again and again."""
    nested: bool = False
    """Whether a comment ends where all that begin in it have ended; the expression then finds its beginning alone."""
    ends_line: Callable[[Token], bool] | None = None
    """After which tokens the end of a line is a semicolon, which before a closing bracket is nothing."""

    def tokens(self, code: str) -> Iterator[Token]:
        """All of them, white space included."""
        at = 0
        while found := self.pattern.match(code, at):
            kind, text = str(found.lastgroup), found[0]
            if self.nested and kind == "comment" and text == "/*":
                end = _nested_end(code, at)
                kind, text = ("comment", code[at:end]) if end else ("open", code[at:])
            yield Token(kind, text, at)
            at += len(text)

    def read(self, code: str) -> Code:
        """Raises SyntaxError for what cannot be code."""
        found: list[Token] = []
        opened: list[int] = []
        closes: dict[int, int] = {}
        for token in self.tokens(code):
            if token.kind == "open":
                raise _error(code, token.at, f"a {'comment' if token.text[:2] == '/*' else 'literal'} does not end")
            if token.kind in {"comment", "space"}:
                if self.ends_line and "\n" in token.text and found and self.ends_line(found[-1]):
                    found.append(Token("sign", ";", token.at))
                continue
            if token.kind == "sign" and token.text in "([{":
                opened.append(len(found))
            elif token.kind == "sign" and token.text in _CLOSES:
                if not opened or found[opened[-1]].text != _CLOSES[token.text]:
                    raise _error(code, token.at, f"{token.text} without {_CLOSES[token.text]}")
                if self.ends_line and found[-1].text == ";" and token.text != "]":
                    found.pop()
                closes[opened.pop()] = len(found)
            found.append(token)
        if opened:
            raise _error(code, found[opened[-1]].at, f"{found[opened[-1]].text} is not closed")
        return Code(found, closes)

    def normalise(self, code: str) -> str:
        """Code without comments and layout: equal for programs that differ in nothing else. Text that cannot be code
        comes back as it is, but for blank lines around it."""
        try:
            found = self.read(code.replace("\r\n", "\n")).tokens
        except SyntaxError:
            return code.strip("\n").rstrip()
        while self.ends_line and found and found[-1].text == ";":
            found.pop()
        lines, line = list[str](), list[str]()
        for token in found:
            if token.kind == "directive":
                lines += [" ".join(line), " ".join(token.text.replace("\\\n", " ").split())]
                line = []
            else:
                line.append(token.text)
        return "\n".join(filter(None, [*lines, " ".join(line)]))


def _nested_end(code: str, at: int) -> int:
    """Where the comment that begins there ends; 0 for nowhere."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(code, at):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return 0


def _error(code: str, at: int, what: str) -> SyntaxError:
    return SyntaxError(what, (None, line_of(code, at), None, None))


def line_of(code: str, at: int) -> int:
    """From 1."""
    return code.count("\n", 0, at) + 1


def readable(code: str, lexer: Lexer) -> Code:
    """The same of code that stops in the middle, as a starter does; nothing where it cannot be code."""
    for closing in ("", "}", "}}", "}};"):
        try:
            return lexer.read(code + closing)
        except SyntaxError:
            continue
    return Code([], {})


class Answers(NamedTuple):
    """How the answer is told from the rest of a reply."""

    lexer: Lexer
    labels: re.Pattern[str]
    """What the fences of its blocks say."""
    begins: re.Pattern[str]
    """Where code begins below prose."""
    defines: Callable[[Code, str], bool]
    """Whether code has a function of this name with a body."""

    def extract(self, reply: str, task: Task) -> Extracted:
        """The code that a reply offers as an answer to ``task``: the last block that has the entry point, else one that
        continues the prompt. No reply raises."""
        if len(reply) > MAX_REPLY:
            return Extracted(problem=f"reply too large: {len(reply)} characters, at most {MAX_REPLY} are read")
        text = marks.clean(reply)
        if not text.strip():
            return Extracted(problem="the reply is empty")
        readings = marks.readings(text)
        if not readings:
            return Extracted(problem="the reply holds nothing but thinking")
        name = "main" if isinstance(task.interface, Stdio) else own_name(task.interface.entry_point)
        for reading in readings:
            for pieces in self._groups(reading):
                found = [piece for piece in pieces if self._defines(piece, name)]
                if found:
                    return Extracted(code=found[-1].strip("\n").rstrip() + "\n")
        if not isinstance(task.interface, Stdio):
            continued = self._continued(readings, task, name)
            if continued is not None:
                return Extracted(code=continued)
        return Extracted(problem=f"no code found that defines {name}")

    def _groups(self, text: str) -> Iterator[list[str]]:
        """Blocks labelled as the language, blocks without a label, and a text without blocks."""
        blocks = list(replies.blocks(text))
        words = [(block.info.split() or [""])[0].strip("{}.") for block in blocks]
        texts = ["\n".join(block.lines) for block in blocks]
        labelled = [self.labels.fullmatch(word) is not None for word in words]
        yield [one for one, is_ours in zip(texts, labelled, strict=True) if is_ours]
        yield [one for one, word in zip(texts, words, strict=True) if not word]
        if not blocks:
            start = self.begins.search(text)
            if start is not None:  # below prose
                yield [text[start.start() :]]
            yield [text]

    def _defines(self, code: str, name: str) -> bool:
        try:
            return self.defines(self.lexer.read(code), name)
        except SyntaxError:
            return False

    def _continued(self, readings: list[str], task: Task, name: str) -> str | None:
        """A body below the signature that the prompt or the starter ends with."""
        for reading in readings:
            bodies = [text for group in self._groups(reading) for text in group] or [reading]
            for head in filter(opens_body, (task.starter, task.prompt)):
                for body in bodies:
                    whole = self._closed(head.rstrip("\n") + "\n" + body, len(head))
                    if whole is not None and self._defines(whole, name):
                        return whole + "\n"
        return None

    def _closed(self, text: str, after: int) -> str | None:
        """``text`` up to the brace beyond ``after`` that closes the first one; None where none does."""
        depth = 0
        for token in self.lexer.tokens(text):
            depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "sign" else 0
            if depth == 0 and token.text == "}" and token.at >= after:
                end = token.at + 1
                return text[:end] + (";" if text[end:].lstrip().startswith(";") else "")
        return None


def between_commas(tokens: Sequence[Token], depths: Mapping[str, int]) -> list[list[Token]]:
    """Pieces between the commas that stand in no bracket; ``depths`` says how far each bracket leads in or out."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += depths.get(token.text, 0)
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def own_name(entry_point: str) -> str:
    """The name of the function itself."""
    return re.split(r"\W+", entry_point)[-1]


def opens_body(text: str) -> bool:
    return text.rstrip().endswith("{")


def opens(prompt: str, entry_point: str) -> bool:
    """Whether a prompt is code that begins the definition of ``entry_point``."""
    return opens_body(prompt) and re.search(rf"\b{re.escape(own_name(entry_point))}\s*[<(]", prompt) is not None


def comments(code: str, lexer: Lexer) -> str:
    """What the comments of code say; all of it where there are none."""
    found = [token.text for token in lexer.tokens(code) if token.kind == "comment"]
    return "\n".join(re.sub(r"^\s*(/\*+|\*+/|\*|//+!?)|\*/\s*$", "", c, flags=re.MULTILINE) for c in found) or code


def below_header(code: str, task: Task) -> str:
    """``code`` below the lines of the task's header that it lacks."""
    match task.interface:
        case Function(header=header) | Script(header=header):
            there = {line.strip() for line in code.splitlines()}
            lacking = [line for line in header.splitlines() if line.strip() and line.strip() not in there]
            return "\n".join([*lacking, "", code]) if lacking else code
    return code
