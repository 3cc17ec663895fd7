"""All that is known of a program's input: its grammar, domains of values, graphs, bounds of the statement."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from efficoder.testgen.inputs.constraints import bounded
from efficoder.testgen.inputs.shapes import Ints, Shape, Texts
from efficoder.testgen.programs.domains import Domain, bounded_domain, domains, is_case
from efficoder.testgen.programs.grammar import (
    Block,
    Count,
    Grammar,
    Line,
    Node,
    Record,
    Run,
    Tagged,
    Text,
    Token,
    blocks,
    integer,
    parse,
)
from efficoder.testgen.programs.graphs import Graph, graph
from efficoder.testgen.programs.induction import induce
from efficoder.testgen.programs.statement import Said, likely_cap, said

_TAGS = 5  # kinds of rows that have one length
_LITERAL = r"(?:[`'\"“‘=]|\btype)\s*\$?{}(?![\w.])"
"""How a statement names a kind of row: `0 x`, "1 x y", t = 2."""
_GRAPHS = 60  # known graphs looked at


@dataclass(frozen=True, slots=True)
class Edges:
    """A block whose rows begin with two labels of vertices."""

    ends: tuple[int, int]
    vertices: Count
    """The number of vertices: the largest label when labels begin at 1."""
    graph: Graph


@dataclass(frozen=True, slots=True)
class Rows:
    """What the rows of a block have in common."""

    lengths: tuple[int, ...]
    distinct: bool
    tags: tuple[tuple[str, int], ...] = ()
    """How often each tag was seen, and ..."""
    first: str | None = None
    """... the one that always comes first."""


@dataclass(frozen=True, slots=True)
class Model:
    grammar: Grammar
    records: list[Record]
    domains: dict[int, Domain]
    rows: dict[int, Rows]
    edges: dict[int, Edges]
    said: Said

    @property
    def counts(self) -> frozenset[int]:
        """Slots with the number of something, or its length."""
        counted = (domain.length.slot for domain in self.domains.values() if domain.length)
        return frozenset([*_counted(self.grammar), *counted])

    @property
    def limits(self) -> frozenset[int]:
        """Slots with the number of labels."""
        return frozenset(c.slot for domain in self.domains.values() if domain.labels for c in domain.under)


def learn(texts: Sequence[str], statement: str) -> Model | None:
    """None where no grammar explains the texts."""
    found = induce(texts)
    if found is None:
        return None
    grammar, explained = found
    records = _parsed(grammar, explained)
    kinds = _with_kinds(grammar, records, statement)
    if kinds != grammar:
        grammar, records = kinds, _parsed(kinds, explained)
    spoken = said(statement, grammar)
    known = domains(grammar, records)
    counted = frozenset(_counted(grammar)) | {d.length.slot for d in known.values() if d.length}
    for slot, domain in known.items():
        shape = _bounded(domain.shape, slot, spoken, slot in counted)
        known[slot] = bounded_domain(domain, shape, stated=slot in spoken.bounds or slot in counted)
    rows = {block.slot: _rows(block, records, grammar) for block in blocks(grammar)}
    return Model(grammar, records, known, rows, _edges(grammar, records, known), spoken)


def _parsed(grammar: Grammar, texts: Sequence[Text]) -> list[Record]:
    return [record for text in texts if (record := parse(grammar, text)) is not None]


def _bounded(shape: Shape, slot: int, spoken: Said, counts: bool) -> Shape:
    """The shape within what the statement says. A place of which it says nothing that can be read by
    name gets the likely bound."""
    found = spoken.bounds.get(slot, [])
    values = [replace(bound, length=isinstance(shape, Texts)) for bound in found]
    (shape,) = bounded([shape], [found[0].name if found else ""], [replace(v, name=found[0].name) for v in values])
    if isinstance(shape, Texts) and shape.cap is None:
        return replace(shape, cap=likely_cap(spoken, max(map(len, shape.seen)), text=True))
    if isinstance(shape, Ints) and shape.cap is None:
        shape = replace(shape, cap=likely_cap(spoken, max(shape.seen), text=False))
    return replace(shape, only=(), prime=False, composite=False) if isinstance(shape, Ints) and counts else shape


def _counted(nodes: Sequence[Node]) -> Iterator[int]:
    for node in nodes:
        if isinstance(node, Block):
            if node.count:
                yield node.count.slot
            yield from _counted(node.body)
        elif isinstance(node, Line):
            yield from (part.count.slot for part in node.parts if isinstance(part, Run) and part.count)


def every_row(nodes: Sequence[Node], record: Record, block: Block) -> Iterator[tuple[dict[int, int], list[Record]]]:
    """The rows of ``block`` wherever it stands in the record, with the numbers in scope."""
    scope = {
        slot: number
        for slot, token in record.items()
        if isinstance(token, str)
        if (number := integer(token)) is not None
    }
    for node in nodes:
        if isinstance(node, Block):
            if node.slot == block.slot:
                yield scope, record[node.slot]
            else:
                for row in record[node.slot]:
                    yield from ((scope | inner, rows) for inner, rows in every_row(node.body, row, block))


def _rows(block: Block, records: Sequence[Record], grammar: Grammar) -> Rows:
    every = [rows for record in records for _, rows in every_row(grammar, record, block)]
    lengths = tuple(sorted({len(rows) for rows in every}))
    names = [[repr(row) for row in rows] for rows in every]
    distinct = (
        not is_case(block)
        and any(len(each) > 1 for each in names)
        and all(len(set(each)) == len(each) for each in names)
    )
    node = block.body[0]
    if not isinstance(node, Tagged):
        return Rows(lengths, distinct)
    tags = Counter(row[node.slot] for rows in every for row in rows)
    first = {rows[0][node.slot] for rows in every if rows}
    return Rows(lengths, distinct, tuple(tags.items()), first.pop() if len(first) == 1 else None)


def _with_kinds(grammar: Grammar, records: Sequence[Record], statement: str) -> Grammar:
    """The grammar with rows of one length split by their first token, where that says of which kind a row is."""
    fresh = iter(range(10**6, 10**7))

    def split(nodes: Grammar) -> Grammar:
        return tuple(replace(node, body=split_body(node)) if isinstance(node, Block) else node for node in nodes)

    def split_body(block: Block) -> Grammar:
        rows = [row for record in records for _, rows in every_row(grammar, record, block) for row in rows]
        tags = [] if is_case(block) else _kinds(block, rows)
        tags = tags if all(re.search(_LITERAL.format(re.escape(tag)), statement) for tag in tags) else []
        if not tags or not isinstance(block.body[0], Line):
            return split(block.body)
        fields = len(block.body[0].parts) - 1
        options = ((tag, tuple(Token(next(fresh)) for _ in range(fields))) for tag in tags)
        return (Tagged(next(fresh), tuple(options)),)

    return split(grammar)


def _kinds(block: Block, rows: Sequence[Record]) -> list[str]:
    """The first tokens of the rows, where they are few, and below the other numbers."""
    line = block.body[0]
    if len(block.body) > 1 or not isinstance(line, Line) or len(line.parts) < 2:
        return []
    if not all(isinstance(part, Token) for part in line.parts):
        return []
    first, *others = ([row[part.slot] for row in rows] for part in line.parts)
    tags = sorted(set(first))
    numbers = [integer(tag) for tag in tags]
    if not 2 <= len(tags) <= _TAGS or len(rows) < 2 * len(tags):
        return []
    if all(number is None for number in numbers):
        return tags
    from_where = numbers[0]
    above = max((integer(token) or 0 for column in others for token in column), default=0)
    plain = from_where in (0, 1) and numbers == list(range(from_where, from_where + len(tags)))
    return tags if plain and above > (max(filter(None, numbers), default=0)) else []


def _edges(grammar: Grammar, records: Sequence[Record], known: dict[int, Domain]) -> dict[int, Edges]:
    found: dict[int, Edges] = {}
    for block in blocks(grammar):
        line = block.body[0]
        if len(block.body) > 1 or not isinstance(line, Line) or len(line.parts) < 2:
            continue
        one, two = line.parts[0].slot, line.parts[1].slot
        ends = [known[slot] for slot in (one, two) if slot in known]
        if len(ends) < 2 or not all(domain.labels and isinstance(domain.shape, Ints) for domain in ends):
            continue
        shared = [count.slot for count in ends[0].under if count.slot in {c.slot for c in ends[1].under}]
        if shared and (edges := _graph(grammar, records, block, (one, two), shared[0])):
            found[block.slot] = edges
    return found


def _graph(
    grammar: Grammar, records: Sequence[Record], block: Block, ends: tuple[int, int], vertices: int
) -> Edges | None:
    """The block as a graph, if its pairs look like edges: no loop in any, or a tree in all."""
    lists = [
        (scope[vertices], [(int(row[ends[0]]), int(row[ends[1]])) for row in rows])
        for record in records[:_GRAPHS]
        for scope, rows in every_row(grammar, record, block)
    ]
    low = min((min(edge) for _, edges in lists for edge in edges), default=0)
    made = graph(lists, 0 if low == 0 else 1)
    ranges = made.rising and not made.acyclic  # l < r: an interval
    queries = not made.loopless or not made.different
    return None if ranges or (queries and not made.acyclic) else Edges(ends, Count(vertices), made)
