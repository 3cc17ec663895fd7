"""Finds the C++ answer in a model's reply: the last block that has the entry point, else one that continues the prompt.

Nothing is renamed and nothing repaired.
"""

import re
from collections.abc import Iterator

from efficoder.languages import marks, replies
from efficoder.languages.cpp.tokens import read, tokens
from efficoder.languages.protocol import Extracted
from efficoder.languages.replies import MAX_REPLY
from efficoder.types import Stdio, Task

LABELS = re.compile(r"(?:c\+\+|cpp|cxx|cc|c|hpp)(?:\d\d)?", re.IGNORECASE)
_LIKE_CODE = re.compile(r"^\s*(?:#\s*include\b|using\s|template\b|class\s|struct\s|int\s|/[/*]|return\b)", re.MULTILINE)


def extract(reply: str, task: Task) -> Extracted:
    """The code that a reply offers as an answer to ``task``. No reply raises."""
    if len(reply) > MAX_REPLY:
        return Extracted(problem=f"reply too large: {len(reply)} characters, at most {MAX_REPLY} are read")
    text = marks.clean(reply)
    if not text.strip():
        return Extracted(problem="the reply is empty")
    readings = marks.readings(text)
    if not readings:
        return Extracted(problem="the reply holds nothing but thinking")
    name = "main" if isinstance(task.interface, Stdio) else task.interface.entry_point.rpartition(".")[2]
    for reading in readings:
        for pieces in _groups(reading):
            found = [piece for piece in pieces if defines(piece, name)]
            if found:
                return Extracted(code=found[-1].strip("\n").rstrip() + "\n")
    if not isinstance(task.interface, Stdio):
        continued = _continued(readings, task, name)
        if continued is not None:
            return Extracted(code=continued)
    return Extracted(problem=f"no code found that defines {name}")


def _groups(text: str) -> Iterator[list[str]]:
    """Blocks labelled as C++, blocks without a label, other blocks, and a text without blocks."""
    blocks = list(replies.blocks(text))
    words = [(block.info.split() or [""])[0].strip("{}.") for block in blocks]
    texts = ["\n".join(block.lines) for block in blocks]
    labelled = [LABELS.fullmatch(word) is not None for word in words]
    yield [one for one, is_ours in zip(texts, labelled, strict=True) if is_ours]
    yield [one for one, word in zip(texts, words, strict=True) if not word]
    if not blocks:
        start = _LIKE_CODE.search(text)
        if start is not None:  # below prose
            yield [text[start.start() :]]
        yield [text]


def defines(code: str, name: str) -> bool:
    """Whether ``code`` can be C++, and has a function of this name with a body."""
    try:
        found, closes = read(code)
    except SyntaxError:
        return False
    for at, token in enumerate(found):
        if token.text == name and at + 1 in closes and found[at + 1].text == "(":
            after = [each.text for each in found[closes[at + 1] + 1 : closes[at + 1] + 9]]
            while after and after[0] in {"const", "noexcept", "override", "->", "int", "auto"}:
                after.pop(0)
            if after[:1] == ["{"]:
                return True
    return False


def _continued(readings: list[str], task: Task, name: str) -> str | None:
    """A body below the signature that the prompt or the starter ends with."""
    for reading in readings:
        bodies = [text for group in _groups(reading) for text in group] or [reading]
        for head in filter(opens_body, (task.starter, task.prompt)):
            for body in bodies:
                whole = _closed(head.rstrip("\n") + "\n" + body, len(head))
                if whole is not None and defines(whole, name):
                    return whole + "\n"
    return None


def _closed(text: str, after: int) -> str | None:
    """``text`` up to the brace beyond ``after`` that closes the first one; None where none does."""
    depth = 0
    for token in tokens(text):
        depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "sign" else 0
        if depth == 0 and token.text == "}" and token.at >= after:
            end = token.at + 1
            return text[:end] + (";" if text[end:].lstrip().startswith(";") else "")
    return None


def opens_body(text: str) -> bool:
    return text.rstrip().endswith("{")


def opens(prompt: str, entry_point: str) -> bool:
    """Whether a prompt is code that begins the definition of ``entry_point``."""
    name = entry_point.rsplit(".", 1)[-1]
    return opens_body(prompt) and re.search(rf"\b{re.escape(name)}\s*\(", prompt) is not None
