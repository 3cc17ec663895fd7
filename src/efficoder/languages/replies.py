"""A reply's text cut at its fences. It reads no syntax tree, but knows where a string over several lines ends: a fence
in there is text."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

MAX_REPLY = 1_000_000
"""Characters that are read of a reply. Recorded replies of 40 models stay under 30,000."""
_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})[ \t]*\{?([\w+#.-]*)")
_STRINGS = re.compile(r"#.*|\"\"\"|'''|\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?")
_SNIPPET_START = "<code>"
_SNIPPET_END = re.compile(r"</code>|\n\s*END SOLUTION|# SOLUTION END")
PYTHON = frozenset({"", "python", "python3", "py", "py3", "python2", "ipython", "pycon", "sage"})

Fence = re.Match[str] | None


def in_strings(lines: Sequence[str]) -> list[bool]:
    """Whether each line begins inside a string of three quotes. False for all where one never ends: prose may quote."""
    found, inside = [], ""
    for line in lines:
        found.append(bool(inside))
        inside = _string_at_end(line, inside)
    return found if not inside else [False] * len(found)


def _string_at_end(line: str, inside: str) -> str:
    """The three quotes of the string that the line ends in; ``inside``: those it begins in."""
    at = 0
    while True:
        if inside:
            end = line.find(inside, at)
            while end > 0 and line[end - 1] == "\\":
                end = line.find(inside, end + 1)
            if end < 0:
                return inside
            inside, at = "", end + 3
        found = _STRINGS.search(line, at)
        if found is None:
            return ""
        inside, at = (found[0], found.end()) if found[0] in ('"""', "'''") else ("", found.end())


def fences(lines: Sequence[str]) -> tuple[list[Fence], bool]:
    """The fence that each line is, and whether strings hide any."""
    strings = in_strings(lines)
    every = [_FENCE.match(line) for line in lines]
    seen = [None if inside else fence for fence, inside in zip(every, strings, strict=True)]
    return seen, seen != every


def closed_blocks(found: Sequence[Fence]) -> list[bool]:
    """Whether each line is inside a block that a fence of its own ends."""
    inside = [False] * len(found)
    opening: tuple[int, re.Match[str]] | None = None
    for i, fence in enumerate(found):
        if fence and opening and not fence[3] and _ends(fence, opening[1]):
            inside[opening[0] + 1 : i] = [True] * (i - opening[0] - 1)
            opening = None
        elif fence and (opening is None or (fence[3] and _ends(fence, opening[1]))):
            opening = i, fence
    return inside


def groups(text: str) -> Iterator[list[list[str]]]:
    """Pieces of a reply as lines, in groups. A group is tried when those before it hold no answer.

    A text without fences is one piece. Otherwise the groups are: blocks labelled Python, blocks without a label, all
    text between the outermost fences, and the text around blocks; fences in strings cut only what holds no answer
    without. The last group is the whole text.
    """
    lines = list(_lines(text))
    found, hidden = fences(lines)
    if not any(found):
        yield [text.split("\n")]
    for seen in [found, [_FENCE.match(line) for line in lines]] if hidden else [found]:
        places = [i for i, fence in enumerate(seen) if fence]
        if places:
            pieces = _pieces(lines, seen)
            yield [piece for label, piece in pieces if label]
            yield [piece for label, piece in pieces if label == ""]
            yield [lines[places[0] + 1 : places[-1]]]
            yield [piece for label, piece in pieces if label is None]
    if any(found):
        yield [text.split("\n")]


def snippet(text: str) -> str:
    """The code of a reply that is put into other code unchanged, with its indentation. The reply is cut at the mark
    that ends a solution, then to the text after ``<code>``, then to the first block in fences (DS-1000's rule)."""
    before, start, after = text.partition(_SNIPPET_START)
    opened = after if start and not _SNIPPET_END.search(before) else text  # else the prompt opened it
    body = _SNIPPET_END.split(opened, maxsplit=1)[0]
    split = list(_lines(body))
    fenced = [piece for label, piece in _pieces(split, fences(split)[0]) if label is not None]
    lines = fenced[0] if fenced else body.split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _lines(text: str) -> Iterator[str]:
    """Lines, with a fence that shares one with other text on a line of its own."""
    lines = text.split("\n")
    for line, inside in zip(lines, in_strings(lines), strict=True):
        before, fence, after = line.partition("```")
        alone = before.strip() and fence and "`" not in before + after and after.strip().lower() in PYTHON
        if alone and not inside and not _string_at_end(before, ""):
            yield before
            yield fence + after
        else:
            yield line


def _pieces(lines: Sequence[str], found: Sequence[Fence]) -> list[tuple[str | None, list[str]]]:
    """Stretches between fences: (label, lines) of Python and unlabelled blocks, (None, lines) of all other text."""
    pieces: list[tuple[str | None, list[str]]] = [(None, [])]
    opening: Fence = None
    for line, fence in zip(lines, found, strict=True):
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
    lines = text.split("\n")
    above, opening, block = "", None, Block("", "", [])
    for line, fence in zip(lines, fences(lines)[0], strict=True):
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
