"""What a program's input consists of. A grammar reads a text into a record, and writes a record as text.

Every place of a grammar has a number, its slot. A record maps slots to what stands there: a token, the tokens of a run,
the records of a block's repetitions. A count refers to the slot of a number read before.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_INTEGER = re.compile(r"-?\d{1,18}")
MAX_COUNT = 1 << 24

Record = dict[int, Any]


@dataclass(frozen=True, slots=True)
class Count:
    """The number at ``slot``, plus ``plus``."""

    slot: int
    plus: int = 0

    def of(self, scope: Mapping[int, int]) -> int | None:
        """None where there is no number, or one that counts nothing."""
        value = scope.get(self.slot)
        return None if value is None or not 0 <= value + self.plus <= MAX_COUNT else value + self.plus


@dataclass(frozen=True, slots=True)
class Token:
    """One word or number."""

    slot: int


@dataclass(frozen=True, slots=True)
class Run:
    """The tokens up to the end of the line. Without a count there may be any number of them."""

    slot: int
    count: Count | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """A line as it is, spaces too."""

    slot: int


@dataclass(frozen=True, slots=True)
class Line:
    """``parts`` is empty for a blank line."""

    parts: tuple[Token | Run | Whole, ...] = ()


@dataclass(frozen=True, slots=True)
class Tagged:
    """A line whose first token, kept at ``slot``, decides which tokens follow."""

    slot: int
    options: tuple[tuple[str, tuple[Token, ...]], ...]

    def fields(self, tag: str) -> tuple[Token, ...] | None:
        return next((fields for known, fields in self.options if known == tag), None)


@dataclass(frozen=True, slots=True)
class Block:
    """``body`` again and again: ``count`` times, or up to the line ``end``, or up to the end of the text."""

    slot: int
    body: "tuple[Node, ...]"
    count: Count | None = None
    end: str | None = None


Node = Line | Tagged | Block
Grammar = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A text's lines, and their tokens; None for a line with spaces that are not between two tokens."""

    lines: tuple[str, ...]
    tokens: tuple[tuple[str, ...] | None, ...]

    @classmethod
    def of(cls, text: str) -> "Text":
        lines = [line.rstrip() for line in text.rstrip().split("\n")]
        return cls(tuple(lines), tuple(map(_tokens, lines)))


def _tokens(line: str) -> tuple[str, ...] | None:
    tokens = tuple(line.split())
    return tokens if " ".join(tokens) == line else None


def integer(token: str) -> int | None:
    return int(token) if _INTEGER.fullmatch(token) else None


def parse(grammar: Grammar, text: Text) -> Record | None:
    """The record of a whole text; None where the grammar does not explain it."""
    record: Record = {}
    end = read(grammar, text, 0, {}, record)
    return record if end == len(text.lines) else None


def read(nodes: Sequence[Node], text: Text, at: int, scope: dict[int, int], record: Record) -> int | None:
    """Reads ``nodes`` from line ``at`` on into ``record``, and numbers into ``scope``. Returns the next line."""
    here: int | None = at
    for node in nodes:
        if here is None:
            return None
        if isinstance(node, Block):
            here = _read_block(node, text, here, scope, record)
        elif here >= len(text.lines):
            return None
        elif isinstance(node, Tagged):
            here = here + 1 if _read_tagged(node, text.tokens[here], record) else None
        else:
            here = here + 1 if _read_line(node, text, here, scope, record) else None
    return here


def _read_line(line: Line, text: Text, at: int, scope: dict[int, int], record: Record) -> bool:
    if line.parts and isinstance(line.parts[0], Whole):
        record[line.parts[0].slot] = text.lines[at]
        return True
    tokens = text.tokens[at]
    if tokens is None:
        return False
    for position, part in enumerate(line.parts):
        if isinstance(part, Run):
            rest = tokens[position:]
            record[part.slot] = list(rest)
            return part.count is None or part.count.of(scope) == len(rest)
        if position >= len(tokens):
            return False
        record[part.slot] = tokens[position]
        number = integer(tokens[position])
        if number is not None:
            scope[part.slot] = number
        else:
            scope.pop(part.slot, None)
    return len(tokens) == len(line.parts)


def _read_tagged(line: Tagged, tokens: Sequence[str] | None, record: Record) -> bool:
    fields = line.fields(tokens[0]) if tokens else None
    if fields is None or tokens is None or len(tokens) != len(fields) + 1:
        return False
    record[line.slot] = tokens[0]
    record.update(zip((field.slot for field in fields), tokens[1:], strict=True))
    return True


def _read_block(block: Block, text: Text, at: int, scope: dict[int, int], record: Record) -> int | None:
    rows: list[Record] = []
    record[block.slot] = rows
    times = None if block.count is None else block.count.of(scope)
    if block.count is not None and times is None:
        return None
    here: int | None = at
    while here is not None and (times is None or len(rows) < times):
        if times is None and (here >= len(text.lines) or text.lines[here] == block.end):
            break
        row: Record = {}
        here = read(block.body, text, here, scope, row)
        rows.append(row)
    if here is not None and block.end is not None:
        return here + 1 if here < len(text.lines) else None
    return here


def write(grammar: Grammar, record: Record) -> str:
    return "\n".join(_lines(grammar, record)) + "\n"


def _lines(nodes: Sequence[Node], record: Record) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Block):
            for row in record[node.slot]:
                yield from _lines(node.body, row)
            if node.end is not None:
                yield node.end
        elif isinstance(node, Tagged):
            tag = record[node.slot]
            yield " ".join([tag, *(str(record[field.slot]) for field in node.fields(tag) or ())])
        else:
            runs = (record[part.slot] if isinstance(part, Run) else (record[part.slot],) for part in node.parts)
            yield " ".join(str(value) for run in runs for value in run)


def parts(nodes: Sequence[Node]) -> Iterator[Token | Run | Whole]:
    """All places of the grammar that hold values, in the order of the text."""
    for node in nodes:
        match node:
            case Line(parts=held):
                yield from held
            case Tagged(options=options):
                for _, fields in options:
                    yield from fields
            case Block(body=body):
                yield from parts(body)


def blocks(nodes: Sequence[Node]) -> Iterator[Block]:
    for node in nodes:
        if isinstance(node, Block):
            yield node
            yield from blocks(node.body)
