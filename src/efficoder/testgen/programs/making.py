"""New texts of a grammar, from the top down: a count comes before what it counts, a limit before what stays under it.

So counts announce truly, labels exist, ranges are ordered. Raises Impossible where a plan cannot be had.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from efficoder.testgen.inputs.fresh import fresh, items, many
from efficoder.testgen.inputs.shapes import Ints, Many, Shape, Texts
from efficoder.testgen.loads.growth import Style, enlarged
from efficoder.testgen.programs import graphs
from efficoder.testgen.programs.domains import Domain, is_case
from efficoder.testgen.programs.grammar import Block, Line, Node, Record, Run, Tagged, Token, Whole, integer
from efficoder.testgen.programs.model import Model

_KEPT = 0.7  # share of a known text that a small change leaves as it is
_TRIES = 6
_SEEN = 0.3  # share of numbers that are known ones
_NO_ROWS: tuple[Record, ...] = ()


class Impossible(Exception):
    """No text has what is asked for."""


@dataclass(frozen=True, slots=True)
class Plan:
    sizes: Mapping[int, int] = field(default_factory=dict)
    """By slot: the number wanted there, or the length of its text or list."""
    style: Style = "fresh"
    base: Record | None = None
    """A known record; what is not in ``sizes`` stays as there, and lists repeat its lists (tiled)."""
    near: bool = False
    """Small changes of ``base`` within what was seen, instead of growth."""


def make(model: Model, plan: Plan, rng: random.Random) -> Record:
    return _Maker(model, plan, rng).nodes(model.grammar, {}, plan.base)


@dataclass(slots=True)
class _Maker:
    model: Model
    plan: Plan
    rng: random.Random
    cases: int = 1
    """Test cases that share what the statement allows in all."""

    def nodes(self, nodes: Sequence[Node], scope: dict[int, int], base: Record | None, at: int = 0) -> Record:
        record: Record = {}
        for node in nodes:
            if isinstance(node, Block):
                record[node.slot] = self._block(node, scope, base)
            elif isinstance(node, Line):
                self._line(node, scope, base, at, record)
            else:
                raise Impossible("a tagged line stands in a block")
        return record

    def _line(self, line: Line, scope: dict[int, int], base: Record | None, at: int, record: Record) -> None:
        for part in line.parts:
            old = None if base is None else base.get(part.slot)
            if isinstance(part, Run):
                count = self._length(part.slot, old) if part.count is None else part.count.of(scope)
                if count is None:
                    raise Impossible("a count below zero")
                record[part.slot] = self.column(part.slot, count, scope, old)
            else:
                value = self._value(part, scope, old, at)
                record[part.slot] = value
                if type(value) is int:
                    scope[part.slot] = value

    def _length(self, slot: int, old: Sequence[Any] | None) -> int:
        """Of a list that no number counts."""
        if slot in self.plan.sizes:
            return self.plan.sizes[slot]
        if old is not None:
            return len(old)
        if slot in self.model.rows:
            return self.rng.choice(self.model.rows[slot].lengths)
        listed = self.model.domains[slot].items
        return len(self.rng.choice(listed.seen)) if listed else 0

    def _value(self, part: Token | Whole, scope: Mapping[int, int], old: str | None, at: int) -> Any:
        domain = self.model.domains[part.slot]
        if isinstance(domain.shape, Ints):
            return self._integer(part.slot, domain, scope, old, at)
        if isinstance(domain.shape, Texts):
            return self._text(part.slot, domain, domain.shape, scope, old)
        return old if old is not None and self._keeps() else fresh(domain.shape, self.rng)

    def _keeps(self) -> bool:
        return not self.plan.near or self.rng.random() < _KEPT

    def _text(self, slot: int, domain: Domain, shape: Texts, scope: Mapping[int, int], old: str | None) -> str:
        size = domain.length.of(scope) if domain.length else self.plan.sizes.get(slot)
        if old is not None and size in (None, len(old)) and self._keeps():
            made = old
        elif size is None:
            made = str(fresh(shape, self.rng))
        else:
            made = str(enlarged(shape, old or "", size, self.plan.style, "outer", self.rng))
        if domain.length and size is not None:
            return (made * (size // max(1, len(made)) + 1))[:size]
        return made if shape.cap is None else made[: shape.cap]

    def _integer(self, slot: int, domain: Domain, scope: Mapping[int, int], old: str | None, at: int) -> int:
        low, high = self.span(domain, scope, at)
        shape = domain.shape
        assert isinstance(shape, Ints)
        if slot in self.plan.sizes:
            value = min(self.plan.sizes[slot], self._room(slot, shape, scope))
            value = max(low, min(value, high if domain.under else value))
            return value - (shape.parity is not None and value % 2 != shape.parity and value > low)
        if old is not None and low <= int(old) <= high and self._keeps():
            return int(old)
        if slot in self.model.counts | self.model.limits:
            high = max(low, min(high, shape.high))  # what does not grow stays as known
        return self.draw(domain, low, high)

    def _room(self, slot: int, shape: Ints, scope: Mapping[int, int]) -> int:
        """The largest number that the statement allows at the slot."""
        said = self.model.said
        room = [shape.cap] if shape.cap is not None else []
        if said.total is not None and self.cases and slot in self.model.counts:
            room.append(max(1, said.total // self.cases))
        for one, two, most in said.products:
            if slot == two and one in scope:
                room.append(most // max(1, scope[one]))
            elif slot == one:
                room.append(most // max(1, self.plan.sizes.get(two, 1)))
        return min(room, default=max(shape.high, self.plan.sizes.get(slot, 0)))

    def span(self, domain: Domain, scope: Mapping[int, int], at: int | None) -> tuple[int, int]:
        """The smallest and the largest value here: of what was seen, or where that is made larger, of all that the
        statement and the numbers before it allow."""
        shape = domain.shape
        assert isinstance(shape, Ints)
        low = max([shape.low, *(scope[c.slot] + c.plus for c in domain.over if c.slot in scope)])
        wide = self._top(domain, scope)
        rising = domain.rising is not None and at is not None
        said = domain.labels or rising or (domain.stated and shape.cap is not None and not shape.only)
        high = wide if wide is not None and said and not self.plan.near else shape.high
        high = high if wide is None else min(high, wide)
        if rising and domain.rising is not None and at is not None:
            high = min(high, at + domain.rising)
        if low > high and not self.plan.near and not rising:
            high = low + shape.high - shape.low if wide is None else wide
        if low > high:
            raise Impossible("nothing lies between the limits")
        return low, high

    def _top(self, domain: Domain, scope: Mapping[int, int]) -> int | None:
        """The largest value that the statement and the numbers before it allow; None where they say nothing."""
        shape = domain.shape
        tops = [scope[c.slot] + c.plus for c in domain.under if c.slot in scope]
        if isinstance(shape, Ints) and shape.cap is not None:
            tops.append(max(shape.cap, shape.high) if not tops else shape.cap)
        return min(tops, default=None)

    def draw(self, domain: Domain, low: int, high: int) -> int:
        shape = domain.shape
        assert isinstance(shape, Ints)
        if shape.only or shape.parity is not None or shape.prime or shape.composite:
            for _ in range(_TRIES):
                value = fresh(replace(shape, low=low, high=high), self.rng)
                if type(value) is int and low <= value <= high:
                    return value
            raise Impossible("no such number between the limits")
        seen = self.rng.choice(shape.seen)
        if low <= seen <= high and not domain.labels and self.rng.random() < _SEEN:
            return seen
        return self.rng.randint(low, high)

    def column(self, slot: int, count: int, scope: Mapping[int, int], old: Sequence[Any] | None) -> list[Any]:
        """The values of a run, or of one field in all rows."""
        made = self._column(slot, count, scope, old)
        if len(made) != count:
            raise Impossible("not so many different values")
        return made

    def _column(self, slot: int, count: int, scope: Mapping[int, int], old: Sequence[Any] | None) -> list[Any]:
        domain = self.model.domains.get(slot)
        if count == 0:
            return []
        if domain is None:
            raise Impossible("no value was seen there")
        shape = self._shape(domain, scope)
        if domain.rising is not None:
            base = list(old or ())
            risen = [self._rise(domain, scope, base, at) for at in range(count)]
            return many(domain.items, risen, self.rng) if domain.items and domain.items.order else risen
        known = self._usable(domain, shape, scope, old or ())
        if domain.length and isinstance(shape, Texts):
            return self._measured(slot, domain, shape, scope, known, count)
        listed = domain.items or Many((), list, shape, 0, count)
        listed = replace(listed, item=shape, cap=None, longest=max(listed.longest, count))
        if self.plan.near:
            return self._near(listed, known, count)
        if slot in self.plan.sizes and isinstance(shape, Texts):
            longer = [
                enlarged(shape, "", self.plan.sizes[slot], self.plan.style, "outer", self.rng) for _ in range(count)
            ]
            return list(many(listed, longer, self.rng))
        if self.plan.style == "fresh" and isinstance(shape, Ints):  # of all sizes: enlarged() would keep them short
            made = list(many(listed, items(shape, self.rng, count, distinct=listed.distinct), self.rng))
        else:
            made = list(enlarged(listed, known, count, self.plan.style, "outer", self.rng))
        if made and len(made) < count and not listed.distinct and listed.permutes_from is None:
            made = list(many(listed, [*made, *self.rng.choices(made, k=count - len(made))], self.rng))
        return made

    def _usable(self, domain: Domain, shape: Shape, scope: Mapping[int, int], old: Sequence[str]) -> list[Any]:
        """Known values that may stand here too."""
        if not isinstance(shape, Ints):
            return list(old)
        low, high = self.span(domain, scope, None)
        return [value for value in map(int, old) if low <= value <= high]

    def _measured(
        self, slot: int, domain: Domain, shape: Texts, scope: Mapping[int, int], known: Sequence[str], count: int
    ) -> list[str]:
        """Texts of a length that a number gives."""
        old = [known[at % len(known)] if known else None for at in range(count)]
        made = [self._text(slot, domain, shape, scope, text) for text in old]
        if domain.items and domain.items.distinct and len(set(made)) < count:
            raise Impossible("not so many different texts")
        return made

    def _rise(self, domain: Domain, scope: Mapping[int, int], base: Sequence[str], at: int) -> int:
        low, high = self.span(domain, scope, at)
        if self.plan.style == "up":
            return high
        if self.plan.style == "same":
            return low
        if at < len(base) and (self.plan.near or self.plan.style == "tiled") and self._keeps():
            return max(low, min(high, int(base[at])))
        return self.rng.randint(low, high)

    def _shape(self, domain: Domain, scope: Mapping[int, int]) -> Shape:
        """The shape of one value in a list, within what the numbers before it allow."""
        shape = domain.shape
        if isinstance(shape, Texts) and domain.length:
            size = domain.length.of(scope)
            if size is None:
                raise Impossible("a length below zero")
            return replace(shape, shortest=size, longest=size)
        if not isinstance(shape, Ints) or shape.only:
            return shape
        low, high = self.span(domain, scope, None)
        seen = tuple(value for value in shape.seen if low <= value <= high) or (high,)
        cap = high if self.plan.near else self._top(domain, scope)
        return replace(shape, seen=seen, low=low, high=high, cap=cap)

    def _near(self, listed: Many, known: list[Any], count: int) -> list[Any]:
        kept = (known * (count // len(known) + 1))[:count] if known else []
        kept += [fresh(listed.item, self.rng) for _ in range(count - len(kept))]
        changed = [value if self._keeps() else fresh(listed.item, self.rng) for value in kept]
        made = many(listed, changed, self.rng)
        return list(made)

    def _block(self, block: Block, scope: dict[int, int], base: Record | None) -> list[Record]:
        old = None if base is None else base.get(block.slot)
        times = self._length(block.slot, old) if block.count is None else block.count.of(scope)
        if times is None:
            raise Impossible("a count below zero")
        node = block.body[0]
        if isinstance(node, Tagged):
            return self._tagged(block, node, times, scope, old or _NO_ROWS)
        if len(block.body) == 1 and isinstance(node, Line) and all(isinstance(part, Token) for part in node.parts):
            return self._fields(block, node, times, scope, old or _NO_ROWS)
        around = self.cases
        self.cases = around * max(1, times) if is_case(block) else around
        bases = [old[number % len(old)] if old else None for number in range(times)]
        rows = [self.nodes(block.body, dict(scope), row, at) for at, row in enumerate(bases)]
        self.cases = around
        return rows

    def _fields(
        self, block: Block, line: Line, times: int, scope: Mapping[int, int], old: Sequence[Record]
    ) -> list[Record]:
        """Rows of tokens, all different where the known ones are."""
        rows = self._rows(block, line, times, scope, old)
        if not self.model.rows[block.slot].distinct:
            return rows
        different = {repr(row): row for row in rows}
        for _ in range(_TRIES):
            if len(different) < times:
                more = self._rows(block, line, times, scope, ())
                different.update((repr(row), row) for row in more)
        if len(different) < times:
            raise Impossible("not so many different rows")
        return list(different.values())[:times]

    def _rows(
        self, block: Block, line: Line, times: int, scope: Mapping[int, int], old: Sequence[Record]
    ) -> list[Record]:
        """Column by column, but a field that depends on others of its row is drawn row by row."""
        rows: list[Record] = [{} for _ in range(times)]
        made = self._edges(block, rows, scope)
        beside = {part.slot for part in line.parts}
        for part in line.parts:
            if part.slot in made or not times:
                continue
            domain = self.model.domains.get(part.slot)
            if domain is None:
                raise Impossible("no value was seen there")
            counts = (*domain.under, *domain.over, *([domain.length] if domain.length else ()))
            before = [row[part.slot] for row in old]
            if any(count.slot in beside for count in counts):
                for at, row in enumerate(rows):
                    here = {**scope, **{slot: n for slot, n in row.items() if type(n) is int}}
                    value = before[at % len(before)] if before else None
                    row[part.slot] = self._value(Token(part.slot), here, value, at)
            else:
                for row, value in zip(rows, self.column(part.slot, times, scope, before), strict=True):
                    row[part.slot] = value
        return rows

    def _edges(self, block: Block, rows: Sequence[Record], scope: Mapping[int, int]) -> tuple[int, ...]:
        """Fills in the ends of edges. Returns their slots."""
        known = self.model.edges.get(block.slot)
        if known is None:
            return ()
        vertices = scope[known.vertices.slot]
        made = graphs.edges(known.graph, vertices, len(rows), self.plan.style, self.rng)
        if made is None:
            raise Impossible("no such graph has so many edges")
        for row, (one, two) in zip(rows, made, strict=True):
            row[known.ends[0]], row[known.ends[1]] = one, two
        return known.ends

    def _tagged(
        self, block: Block, node: Tagged, times: int, scope: Mapping[int, int], old: Sequence[Record]
    ) -> list[Record]:
        seen = self.model.rows[block.slot]
        if old and self.plan.style == "tiled":
            return self._again(node, times, scope, old)
        names, weights = [tag for tag, _ in seen.tags], [weight for _, weight in seen.tags]
        tags = self.rng.choices(names, weights, k=times)
        if self.plan.near and old:
            tags = [old[at % len(old)][node.slot] if self._keeps() else tag for at, tag in enumerate(tags)]
        if seen.first is not None and tags:
            tags[0] = seen.first
        rows: list[Record] = [{node.slot: tag} for tag in tags]
        for tag, fields in node.options:
            chosen = [row for row in rows if row[node.slot] == tag]
            line = Line(fields)
            inner = replace(self.plan, style="fresh" if self.plan.style == "tiled" else self.plan.style)
            maker = _Maker(self.model, inner, self.rng)
            like = [row for row in old if row[node.slot] == tag]
            for row, values in zip(chosen, maker.loose(line, len(chosen), scope, like), strict=True):
                row.update(values)
        return rows

    def _again(self, node: Tagged, times: int, scope: Mapping[int, int], old: Sequence[Record]) -> list[Record]:
        """Known rows, in their order."""
        for row in old:
            for part in node.fields(row[node.slot]) or ():
                domain = self.model.domains[part.slot]
                inner = {**scope, **{slot: int(token) for slot, token in row.items() if integer(token) is not None}}
                if isinstance(domain.shape, Ints) and not self._usable(domain, domain.shape, inner, [row[part.slot]]):
                    raise Impossible("a known row is beyond the limits")
        return [dict(old[at % len(old)]) for at in range(times)]

    def loose(self, line: Line, times: int, scope: Mapping[int, int], old: Sequence[Record]) -> list[Record]:
        """Rows that need not differ."""
        slot = -1
        rows = {**self.model.rows, slot: replace(next(iter(self.model.rows.values())), distinct=False)}
        block = Block(slot, (line,))
        return _Maker(replace(self.model, rows=rows), self.plan, self.rng)._fields(block, line, times, scope, old)
