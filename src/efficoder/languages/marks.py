"""What of a reply's text may be the answer: marks of thinking, of invented turns and of the end cut it.

A mark counts where it can be one: not in quotes, not in a string over several lines, not inside a fenced block.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from efficoder.languages.replies import closed_blocks, fences, in_strings


class _Mark(NamedTuple):
    opened: str
    closed: str


_THOUGHTS = ("think", "thinking", "thought", "thoughts", "reasoning", "analysis", "scratchpad")
_MARKS = tuple(_Mark(f"<{name}>", f"</{name}>") for name in _THOUGHTS)
"""What models put around what is no answer yet. The first need not end: models are trained on it. The others must."""
_NAMED_TOKENS = r"eos|pad|unk|EOT|file_sep|repo_name|fim_\w{1,10}|end_of_turn|start_of_turn"
_TOKEN = rf"(?:<[|｜][^<>\n]{{1,40}}[|｜]>|</?s>|<(?:{_NAMED_TOKENS})>)"
_ANY_TOKEN = re.compile(_TOKEN)
_FIRST_TOKENS = re.compile(rf"\s*(?:(?:<?[|｜]?[\w▁]{{1,40}}[|｜]>|{_TOKEN})\s*(?:(?:assistant|model)\b)?)+")
_END_TOKENS = re.compile(rf"(?:{_TOKEN}\s*)*(?:{_TOKEN}|<[|｜][^<>\n]{{0,40}}|</s?)\s*\Z")
_EDGE = 1000
"""Characters at either end that may be control tokens."""
_ROLE = r"(?:instruction|human|user|question)"
_NEXT_TURN = re.compile(
    r"\s*(?:<\|im_start\|>\s*user\b|<\|start_header_id\|>\s*user\b|<start_of_turn>\s*user\b|<\|user\|>|(?:<s>\s*)?\[INST\])"
    rf"|#{{2,4}}\s*{_ROLE}\s*\d*\s*:?\s*$|(?:#{{2,4}}\s*|\*\*)?{_ROLE}\s*\d*\s*:",
    re.IGNORECASE,
)


def clean(reply: str) -> str:
    """The text without byte order mark, foreign line ends, lone surrogates, and tokens at both ends, whole or cut."""
    text = reply.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text = text.encode("utf-8", "replace").decode("utf-8")
    first = _FIRST_TOKENS.match(text[:_EDGE])
    text = text[first.end() :] if first else text
    return text[:-_EDGE] + _END_TOKENS.sub("", text[-_EDGE:])


def readings(text: str) -> list[str]:
    """What of a clean text may be the answer, likeliest first; empty where all is thinking.

    Thinking begins the reply or a line of its own; without an end it takes the rest. A chat template may have opened
    it in the prompt: then it ends with a mark alone on its line. What follows the end of the text or another turn's
    beginning is no answer, unless there is none before.
    """
    found, left = list[str](), [text.split("\n")]
    for mark in _MARKS:
        if mark.closed in text or mark is _MARKS[0]:
            left = [rest for lines in left for rest in _without_thinking(lines, mark)]
    for lines in left:
        found += ["\n".join(each) for each in (_first_turn(lines), lines)]
    return [each for each in dict.fromkeys(found) if each.strip()]


def _without_thinking(lines: list[str], mark: _Mark) -> list[list[str]]:
    """The lines that are no thinking. More than one reading where it cannot be told a mark from what is said of one."""
    while True:
        opened = next((i for i, line in enumerate(lines) if line.strip()), 0)
        if lines[opened].lstrip().startswith(mark.opened):
            lines = [lines[opened].lstrip().removeprefix(mark.opened), *lines[opened + 1 :]]
            closed = _first_closed(lines, mark.closed)
        else:
            closed = next((i for i in _outside(lines) if lines[i].strip() == mark.closed), None)
            if closed is None:
                break
        if closed is None:
            return []
        lines = [lines[closed].rpartition(mark.closed)[2], *lines[closed + 1 :]]
    lines = _without_inner(lines, mark)
    said = [
        i for i in _outside(lines) if lines[i].rstrip().endswith(mark.closed) and not _quoted(lines[i], mark.closed)
    ]
    return [*(lines[i + 1 :] for i in said[-1:]), lines]


def _first_closed(lines: Sequence[str], closed: str) -> int | None:
    """Where thinking that has begun ends: at a mark that begins or ends its line, else at any outside quotes."""
    marks = [i for i, line in enumerate(lines) if closed in line and not _quoted(line, closed)]
    edge = (i for i in marks if lines[i].lstrip().startswith(closed) or lines[i].rstrip().endswith(closed))
    return next(edge, next(iter(marks), None))


def _without_inner(lines: list[str], mark: _Mark) -> list[str]:
    """Without thinking in the middle, which begins a line; a mark with more on its line needs an end."""
    for i in _outside(lines):
        if not lines[i].lstrip().startswith(mark.opened):
            continue
        rest = [lines[i].lstrip().removeprefix(mark.opened), *lines[i + 1 :]]
        closed = _first_closed(rest, mark.closed)
        if closed is not None:
            return [*lines[:i], *_without_inner([rest[closed].rpartition(mark.closed)[2], *rest[closed + 1 :]], mark)]
        if not rest[0].strip():
            return lines[:i]
    return lines


def _first_turn(lines: list[str]) -> list[str]:
    """The lines up to the end of the text or the beginning of another turn."""
    begun = False
    for i in _outside(lines):
        line = lines[i]
        if begun and _NEXT_TURN.match(line):
            return lines[:i]
        for token in _ANY_TOKEN.finditer(line):
            before, after = line[: token.start()], line[token.end() :]
            edge = not before.strip() or not after.strip() or _ANY_TOKEN.match(after.lstrip())
            code = _quoted(line, token[0]) or "#" in before
            if (begun or before.strip()) and not code and (edge or token[0][1] in "|｜"):
                return [*lines[:i], before]
        begun = begun or bool(line.strip())
    return lines


def _outside(lines: Sequence[str]) -> Iterator[int]:
    """Lines that are in no closed block and no string over several lines."""
    found, _ = fences(lines)
    inside, strings = closed_blocks(found), in_strings(lines)
    return (i for i in range(len(lines)) if not inside[i] and not strings[i])


def _quoted(line: str, mark: str) -> bool:
    """Whether the first ``mark`` stands between two quotes of a kind; a fence is none."""
    before, _, after = line.replace("```", "").partition(mark)
    return any(quote in before and quote in after for quote in "'\"`")
