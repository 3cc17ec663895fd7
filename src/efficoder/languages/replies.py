"""A reply's text: cleaned of what is no answer, and cut at its fences. It reads no syntax tree."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

MAX_REPLY = 1_000_000
"""Characters that are read of a reply. Recorded replies of 40 models stay under 30,000."""
_OPENED, _CLOSED = "<think>", "</think>"
_END_TOKENS = re.compile(r"(?:(?:<[|｜][^<>\n]{1,40}[|｜]>|</s>|<eos>|<end_of_turn>)\s*)+\Z")
_TAIL = 1000
"""Characters at the end that may be end-of-text tokens."""
_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})[ \t]*\{?([\w+#.-]*)")
_SNIPPET_START = "<code>"
_SNIPPET_END = re.compile(r"</code>|\n\s*END SOLUTION|# SOLUTION END")
PYTHON = frozenset({"", "python", "python3", "py", "py3", "python2", "ipython", "pycon", "sage"})


def clean(reply: str) -> str:
    """The text without byte order mark, foreign line ends, lone surrogates, thinking and end-of-text tokens.

    Thinking that never ends takes the rest of the reply. The text before ``</think>`` is thinking even without
    ``<think>``, since chat templates open it in the prompt.
    """
    text = reply.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = text.rpartition(_CLOSED)[2].partition(_OPENED)[0]
    return text[:-_TAIL] + _END_TOKENS.sub("", text[-_TAIL:])


def groups(text: str) -> Iterator[list[list[str]]]:
    """Pieces of a reply as lines, in groups. A group is tried when those before it hold no answer.

    A text without fences is one piece. Otherwise the groups are: blocks labelled Python, blocks without a label, all
    text between the outermost fences (for fences inside a docstring), and the text around blocks.
    """
    lines = list(_lines(text))
    fences = [i for i, line in enumerate(lines) if _FENCE.match(line)]
    if not fences:
        yield [lines]
        return
    pieces = _pieces(lines)
    yield [piece for label, piece in pieces if label]
    yield [piece for label, piece in pieces if label == ""]
    yield [lines[fences[0] + 1 : fences[-1]]]
    yield [piece for label, piece in pieces if label is None]


def snippet(text: str) -> str:
    """The code of a reply that is put into other code unchanged, with its indentation. The reply is cut at the mark
    that ends a solution, then to the text after ``<code>``, then to the first block in fences (DS-1000's rule)."""
    before, start, after = text.partition(_SNIPPET_START)
    opened = after if start and not _SNIPPET_END.search(before) else text  # else the prompt opened it
    body = _SNIPPET_END.split(opened, maxsplit=1)[0]
    fenced = [piece for label, piece in _pieces(list(_lines(body))) if label is not None]
    lines = fenced[0] if fenced else body.split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _lines(text: str) -> Iterator[str]:
    """Lines, with a fence that shares one with other text on a line of its own."""
    for line in text.split("\n"):
        before, fence, after = line.partition("```")
        if before.strip() and fence and "`" not in before + after and after.strip().lower() in PYTHON:
            yield before
            yield fence + after
        else:
            yield line


def _pieces(lines: Sequence[str]) -> list[tuple[str | None, list[str]]]:
    """Stretches between fences: (label, lines) of Python and unlabelled blocks, (None, lines) of all other text."""
    pieces: list[tuple[str | None, list[str]]] = [(None, [])]
    opening: re.Match[str] | None = None
    for line in lines:
        fence = _FENCE.match(line)
        if fence and opening and not _ends(fence, opening):
            fence = None
        if fence and (opening is None or fence[3]):  # a labelled fence opens a block also where one was not closed
            opening, label = fence, fence[3].lower()
            pieces.append((label if label in PYTHON else None, []))
        elif fence:
            opening = None
            pieces.append((None, []))
        else:
            pieces[-1][1].append(line)
    return [(label, piece) for label, piece in pieces if any(line.strip() for line in piece)]


class Block(NamedTuple):
    """What stands between two fences, moved left by their indentation, and what may name it."""

    above: str
    """The last line before it that is not blank."""
    info: str
    """What follows the opening fence on its line."""
    lines: list[str]


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks by CommonMark's rules: a fence inside a docstring ends none, and the last may never end."""
    above, opening, block = "", None, Block("", "", [])
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        if opening is None and fence:
            opening, block = fence, Block(above, line[fence.end(2) :].strip(), [])
        elif opening is None:
            above = line if line.strip() else above
        elif fence and _ends(fence, opening) and not line[fence.end(2) :].strip():
            yield block
            opening, above = None, ""
        else:
            block.lines.append(line[len(opening[1]) :] if line.startswith(opening[1]) else line)
    if opening is not None:
        yield block


def _ends(fence: re.Match[str], opening: re.Match[str]) -> bool:
    """CommonMark's rule: the same mark, as long, at most three columns deeper: what is deeper is code."""
    return fence[2].startswith(opening[2]) and len(fence[1]) <= len(opening[1]) + 3
