"""The grammar that explains the known texts, found by search: the simplest of those that read all of them.

A grammar is built line by line from what stands next in the texts. It must read nine texts of ten (all where there are
fewer). Where no grammar does, it must read seven of ten, of at least thirty: published tests contain texts that their
own statement forbids (CodeContests: a count changed and the lines left as they were). Else there is none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count as count_from
from itertools import zip_longest

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
    Whole,
    blocks,
    integer,
    parse,
    read,
)

_WELL, _MOSTLY = 0.9, 0.7  # share of the texts that a grammar must explain
_MANY = 30
_GUIDES = 16  # texts looked at while searching
_GUIDE_LINES = 300
_BUDGET = 30_000  # blocks and lines tried, times the texts they are tried on
_BOUNDS = (4.0, 5.5, 7.0, 9.0, 12.0, 16.0)  # of complexity
_BEFORE = 3  # tokens before a counted run
_BODY = 6  # lines and blocks of one repetition
_NEST = 3
_FIELDS = 9  # tokens of a line that each mean something else
_TAGS = 8
_SURE = 3  # so many different lengths that agree with a number are no chance
_MARK = 4  # tokens of a line that ends a text
_OFFSETS = (0, -1, 1)
_COLUMNS = 4
_KEPT = 6  # the best grammars of the search, tried on all texts

State = tuple[Text, int, dict[int, int]]
"""A text, the line to be read next, and the numbers read so far."""


def induce(texts: Sequence[str]) -> tuple[Grammar, list[Text]] | None:
    """The grammar, and the texts that it reads."""
    known = [Text.of(text) for text in dict.fromkeys(texts) if text.strip()]
    if not known:
        return None
    for share in (_WELL, _MOSTLY)[: 1 + (len(known) >= _MANY)]:
        tried = ((g, [text for text in known if parse(g, text)]) for g in _Search(_guides(known), share).grammars())
        found = [pair for pair in tried if len(pair[1]) >= enough(len(known), share)]
        if found:
            return found[0] if share == _WELL else max(found, key=lambda pair: len(pair[1]))
    return None


def enough(texts: int, share: float) -> int:
    """How many of so many texts a grammar must explain."""
    return texts - int(texts * (1 - share))


def _guides(known: Sequence[Text]) -> list[Text]:
    """Short texts that differ in their first line and in their look, where there is a choice."""
    ordered = sorted(known, key=lambda text: len(text.lines))
    usable = [text for text in ordered if len(text.lines) <= _GUIDE_LINES] or ordered[:1]
    groups: dict[str, dict[tuple[int, ...], Text]] = {}
    for text in usable:
        looks = groups.setdefault(text.lines[0], {})
        looks.setdefault(tuple(len(tokens or ()) for tokens in text.tokens), text)
    rounds = zip_longest(*([*looks.values()] for looks in groups.values()))
    return [text for round_ in rounds for text in round_ if text is not None][:_GUIDES]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the grammar the search is."""

    counts: tuple[int, ...] = ()
    """Slots that count the blocks around it."""
    outside: frozenset[int] = frozenset()
    """Numbers read outside the innermost block. They count no block inside it: n times m lines are n rows of m."""

    def within(self, count: Count | None, states: Sequence[State]) -> "_Place":
        outside = frozenset(slot for _, _, scope in states for slot in scope)
        return _Place((*self.counts, count.slot if count else -1), outside)


@dataclass(slots=True)
class _Search:
    """Depth first under a bound on complexity, which is raised until a grammar is found."""

    texts: Sequence[Text]
    share: float
    bound: float = 0.0
    tried: int = 0
    slots: Iterator[int] = field(default_factory=count_from)

    def grammars(self) -> list[Grammar]:
        """The simplest first."""
        states: list[State] = [(text, 0, {}) for text in self.texts]
        found: list[tuple[float, Grammar]] = []
        for self.bound in _BOUNDS:
            for nodes, ends in self._walk(states, (), 0.0, _Place()):
                if nodes and all(at == len(text.lines) for text, at, _ in ends):
                    found.append((self._cost(nodes), nodes))
            found = sorted(found, key=lambda pair: pair[0])[:_KEPT]
            if found and found[0][0] <= self.bound:
                break
        return [grammar for _, grammar in found]

    def enough(self, states: int) -> int:
        return enough(states, self.share)

    def _walk(
        self, states: Sequence[State], nodes: Grammar, spent: float, place: _Place
    ) -> Iterator[tuple[Grammar, list[State]]]:
        """All sequences of nodes that read on from ``states``, each with where it ends."""
        yield nodes, list(states)
        ahead = [(text, at, scope) for text, at, scope in states if at < len(text.lines)]
        if len(nodes) >= (_BODY if place.counts else 2 * _BODY) or not ahead:
            return
        for node, after in self._next(states, ahead, spent, place):
            cost = spent + _simplicity(node)
            if self.tried < _BUDGET and cost <= self.bound:
                yield from self._walk(after, (*nodes, node), cost, place)

    def _next(
        self, states: Sequence[State], ahead: Sequence[State], spent: float, place: _Place
    ) -> Iterator[tuple[Node, list[State]]]:
        """What may stand next. In all of ``states`` a counted block, which has no rows where the count is 0; in those
        ``ahead``, of which there is more to read, anything else."""
        if spent + 1 > self.bound:
            return
        for count in self._counts(states) if len(place.counts) < _NEST else ():
            if count.slot not in place.outside:
                yield from self._blocks(states, count, None, spent, place)
        if len(ahead) < self.enough(len(states)):
            return
        for line in self._lines(ahead, list(self._counts(ahead)), place.counts):
            if (after := self._read(line, ahead)) is not None:
                yield line, after
        if not place.counts:
            last = {text.lines[-1] for text, _, _ in ahead}
            if len(last) == 1 and len(ahead) > 1 and _is_mark(min(last)):
                yield from self._blocks(ahead, None, last.pop(), spent, place)
            yield from self._blocks(ahead, None, None, spent, place)

    def _blocks(
        self, states: Sequence[State], count: Count | None, end: str | None, spent: float, place: _Place
    ) -> Iterator[tuple[Node, list[State]]]:
        first = [state for state in states if count is None or (count.of(state[2]) or 0) > 0]
        room = [len(text.lines) - at for text, at, _ in states]
        times = [(count.of(scope) or 0) if count else 1 for _, _, scope in states]
        slot = next(self.slots)
        spent += _block_cost(count, end)
        for body in self._bodies(first, count, spent, place.within(count, states)):
            lines = sum(not isinstance(node, Block) for node in body)
            fits = sum(lines * n <= left for n, left in zip(times, room, strict=True))
            if fits >= self.enough(len(states)):
                block = Block(slot, body, count, end)
                if (after := self._read(block, states)) is not None:
                    yield block, after

    def _bodies(self, first: Sequence[State], count: Count | None, spent: float, place: _Place) -> Iterator[Grammar]:
        tagged = self._tagged(first, count)
        if tagged is not None:
            yield (tagged,)
        for nodes, _ in self._walk(first, (), spent, place) if first else ():
            if nodes:
                yield nodes

    def _read(self, node: Node, states: Sequence[State]) -> list[State] | None:
        self.tried += len(states)
        after: list[State] = []
        failed = 0
        for text, at, scope in states:
            inner = dict(scope)
            end = read((node,), text, at, inner, {})
            if end is not None:
                after.append((text, end, inner))
                continue
            failed += 1
            if failed > len(states) - self.enough(len(states)):
                return None
        return after

    def _lines(self, states: Sequence[State], counts: Sequence[Count], around: Sequence[int]) -> Iterator[Line]:
        """The lines that may stand next: a counted run after some tokens, tokens only, an uncounted run, text."""
        lines = [text.tokens[at] for text, at, _ in states]
        tokens = [line for line in lines if line is not None]
        lengths = list(map(len, tokens))
        if not lengths or set(lengths) == {0}:
            yield Line() if lengths else Line((Whole(next(self.slots)),))
            return
        sure = False
        for before in range(min(_BEFORE, min(lengths)) + 1):
            rests = [length - before for length in lengths]
            for count, counted in self._counters(states, counts, around, before):
                if self._agree(counted, rests):
                    sure = sure or len(set(rests)) >= _SURE
                    yield self._run(before, count)
        common = max(set(lengths), key=lengths.count)
        alike = lengths.count(common) >= self.enough(len(lengths))
        if common <= _FIELDS and alike and not sure:
            yield Line(self._fields(common))
        if not sure and (not alike or common > _FIELDS):
            yield Line((Run(next(self.slots)),))
        if len(tokens) < len(lines):
            yield Line((Whole(next(self.slots)),))

    def _counters(
        self, states: Sequence[State], counts: Sequence[Count], around: Sequence[int], before: int
    ) -> Iterator[tuple[Count | int, list[int | None]]]:
        """What may count the tokens after the first ``before``: a number read in an earlier line, or the last of those.
        Each with its values."""
        tokened = [(state, line) for state in states if (line := state[0].tokens[state[1]]) is not None]
        for count in counts:
            if count.plus == 0 or count.slot not in around:
                yield count, [count.of(scope) for (_, _, scope), _ in tokened]
        own = [integer(line[before - 1]) if before else None for _, line in tokened]
        for plus in _OFFSETS if before else ():
            yield plus, [number + plus if number is not None else None for number in own]

    def _run(self, before: int, count: Count | int) -> Line:
        """Tokens, then a run with a count read before, or with the last of the tokens as its count."""
        own = self._fields(before)
        counted = count if isinstance(count, Count) else Count(own[-1].slot, count)
        return Line((*own, Run(next(self.slots), counted)))

    def _fields(self, number: int) -> tuple[Token, ...]:
        return tuple(Token(next(self.slots)) for _ in range(number))

    def _tagged(self, states: Sequence[State], count: Count | None) -> Tagged | None:
        """Rows of different length whose first token says how long they are."""
        lengths: dict[str, set[int]] = {}
        rows = 0
        for text, at, scope in states:
            times = count.of(scope) if count else None
            for tokens in text.tokens[at : None if times is None else at + times]:
                if not tokens:
                    return None
                lengths.setdefault(tokens[0], set()).add(len(tokens))
                rows += 1
        sizes = {size for found in lengths.values() for size in found}
        if not 1 < len(lengths) <= _TAGS or len(sizes) < 2 or rows < 2 * len(lengths):
            return None
        if any(len(found) > 1 for found in lengths.values()) or max(sizes) > _FIELDS:
            return None
        options = tuple((tag, self._fields(found.pop() - 1)) for tag, found in sorted(lengths.items()))
        return Tagged(next(self.slots), options)

    def _agree(self, counted: Sequence[int | None], lengths: Sequence[int]) -> bool:
        alike = sum(one == two for one, two in zip(counted, lengths, strict=True))
        return alike >= max(1, self.enough(len(lengths)))

    def _counts(self, states: Sequence[State]) -> Iterator[Count]:
        """Numbers read so far that can count what follows."""
        for plus in _OFFSETS:
            for slot in states[0][2] if states else ():
                values = [Count(slot, plus).of(scope) for _, _, scope in states]
                if sum(value is not None for value in values) >= self.enough(len(states)) and any(values):
                    yield Count(slot, plus)

    def _cost(self, grammar: Grammar) -> float:
        """Its complexity, where counts that nothing but chance speaks for count more."""
        records = [record for text in self.texts if (record := parse(grammar, text)) is not None]
        used = _counts_used(grammar)
        heads = _heads(grammar)
        chances = sum(
            _chance(lengths, run, around, used + heads) for run, lengths, around in _runs(grammar, records, ())
        )
        chances += sum(block.count is not None and block.count.slot in heads for block in blocks(grammar))
        return sum(map(_simplicity, grammar)) + chances + 0.25 * (len(used) - len(set(used)))


def _is_mark(line: str) -> bool:
    """Whether it can say that a text ends: ``0 0``, ``-1``, ``#``, ``END``."""
    tokens = line.split()
    return 0 < len(tokens) <= _MARK and len(set(tokens)) == 1


def _simplicity(node: Node) -> float:
    match node:
        case Line(parts=held):
            return 0.2 + sum(map(_part_cost, held))
        case Tagged(options=options):
            return 0.8 + sum(0.2 + 0.2 * len(fields) for _, fields in options)
        case Block(body=body, count=count, end=end):
            return sum(map(_simplicity, body)) + _block_cost(count, end)


def _block_cost(count: Count | None, end: str | None) -> float:
    if count is None:
        return 6.0 if end is None else 3.0
    return 0.5 + 0.5 * (count.plus != 0)


def _part_cost(part: Token | Run | Whole) -> float:
    match part:
        case Token():
            return 1.0
        case Run(count=count):
            return 3.0 if count is None else 1.0 + 0.5 * (count.plus != 0)
        case Whole():
            return 4.0


def _counts_used(nodes: Sequence[Node]) -> list[int]:
    used: list[int] = []
    for node in nodes:
        if isinstance(node, Block):
            used += ([node.count.slot] if node.count else []) + _counts_used(node.body)
        elif isinstance(node, Line):
            used += [part.count.slot for part in node.parts if isinstance(part, Run) and part.count]
    return used


def _runs(
    nodes: Sequence[Node], records: Sequence[Record], around: tuple[int, ...]
) -> Iterator[tuple[Count, list[int], tuple[int, ...]]]:
    """The count of each counted run, its lengths in the texts, and what counts the blocks around it."""
    for node in nodes:
        if isinstance(node, Block):
            rows = [row for record in records for row in record[node.slot]]
            yield from _runs(node.body, rows, (*around, node.count.slot if node.count else -1))
        elif isinstance(node, Line):
            for part in node.parts:
                if isinstance(part, Run) and part.count:
                    yield part.count, [len(record[part.slot]) for record in records], around


def _heads(nodes: Sequence[Node]) -> list[int]:
    """Tokens with a run behind them: what counts it, or the first of a list."""
    found: list[int] = []
    for node in nodes:
        if isinstance(node, Block):
            found += _heads(node.body)
        elif isinstance(node, Line) and any(isinstance(part, Run) for part in node.parts):
            found += [part.slot for part in node.parts if isinstance(part, Token)]
    return found


def _chance(lengths: Sequence[int], count: Count, around: Sequence[int], used: Sequence[int]) -> float:
    """A few tokens, always as many, are more likely to be fields: one or two, or in rows that another count has."""
    if len(set(lengths)) > 1 or not lengths or lengths[0] == 0:
        return 0.0
    elsewhere = count.plus != 0 or count.slot in around or used.count(count.slot) > 1
    if around and elsewhere and lengths[0] <= _COLUMNS:
        return float(lengths[0])
    return 1.5 if lengths[0] <= 2 else 0.5 * (count.plus != 0)
