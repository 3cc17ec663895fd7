"""Ways to make a program's input larger, and inputs near the known ones.

A way says which counts grow (all, each alone, the test cases, both) and what new values look like (as for arguments,
loads/growth.py). Where lines have as many tokens as another count says, both grow to the root of the size.
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from efficoder.testgen.inputs.shapes import Ints, Texts
from efficoder.testgen.loads.growth import Growth, Style
from efficoder.testgen.programs.domains import is_case
from efficoder.testgen.programs.grammar import Block, Line, Node, Record, Run, Tagged, write
from efficoder.testgen.programs.making import Impossible, Plan, make
from efficoder.testgen.programs.model import Model

_START = 8
_UNBOUNDED = 1 << 20
_UNBOUNDED_INT = 10**13
_STYLES: tuple[Style, ...] = ("fresh", "spread", "up", "same", "mirror")
_BASES = 3
_BASE_TEXT = 4000  # characters of a known text that is repeated or changed
_ALONE = 5
_ATTEMPTS = 20  # changes tried for one wanted input before giving it up
_TRIES = 4  # texts tried for one size


@dataclass(slots=True)
class _Places:
    """Slots by what makes a text longer there."""

    cases: list[int] = field(default_factory=list)
    """Counts of test cases."""
    counts: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    """Lists and texts that no number measures."""
    words: list[int] = field(default_factory=list)
    """The same in the rows of a counted block."""
    numbers: list[int] = field(default_factory=list)
    """Numbers that count nothing."""
    crossed: set[int] = field(default_factory=set)
    """Counts of which one is repeated as often as another says."""


def growths(model: Model) -> list[list[Growth]]:
    """The ways to try, and those to try only where they show no time: many test cases. A slow program is told from a
    fast one by one large case, not by many small ones."""
    places = _places(model)
    single = dict.fromkeys(places.cases, 1)
    main = [*places.counts, *places.lengths]
    bases = _bases(model)

    def way(name: str, grown: Sequence[int], style: Style, fixed: dict[int, int], base: Record | None = None) -> Growth:
        crossed = set(grown) if name.startswith("both") else places.crossed

        def plan(size: int) -> Plan:
            side = max(1, math.isqrt(size))
            return Plan({**fixed, **{slot: side if slot in crossed else size for slot in grown}}, style, base)

        return _growth(model, f"{style} {name}", plan, _cap(model, grown, places, crossed))

    deep: list[Growth] = []
    if main:
        deep += [way("counts", main, style, single) for style in _STYLES]
        deep += [way(f"counts, base {number}", main, "tiled", single, base) for number, base in enumerate(bases)]
    if len(main) > 1:
        deep += [way(f"count {slot} alone", [slot], "fresh", single) for slot in main[:_ALONE]]
    if places.words:
        deep.append(way("words", places.words, "fresh", single))
        deep.append(way("both counts and words", [*places.words, *main], "fresh", single))
    if places.numbers:
        deep.append(way("numbers", places.numbers, "fresh", single, bases[0]))
    if places.numbers and main:
        deep.append(way("counts and numbers", [*main, *places.numbers], "fresh", single))
    if not places.cases:
        return [deep]
    wide = [way("cases", places.cases, "fresh", {}), way("cases, base", places.cases, "tiled", {}, bases[0])]
    both = [way("both cases and counts", [*places.cases, *main], "fresh", {})] if main else []
    return [deep, wide + both]


def _growth(model: Model, name: str, plan: Callable[[int], Plan], cap: int) -> Growth:
    def made(size: int, seed: int) -> str | None:
        for attempt in range(_TRIES):
            try:
                return write(model.grammar, make(model, plan(size), random.Random(f"{seed} {size} {name} {attempt}")))
            except Impossible:
                continue
        return None

    return Growth(name, made, min(_START, cap), cap)


def _cap(model: Model, grown: Sequence[int], places: _Places, crossed: set[int]) -> int:
    """The largest size that makes a difference."""
    caps = []
    for slot in grown:
        shape = model.domains[slot].shape if slot in model.domains else None
        listed = [len(found) for record in model.records if isinstance(found := record.get(slot), list)]
        cap = shape.cap if isinstance(shape, Ints | Texts) else None
        if listed and slot not in places.numbers:
            cap = min((most for most in model.said.counted if most >= max(listed)), default=cap)
        unbounded = _UNBOUNDED_INT if slot in places.numbers else _UNBOUNDED
        caps.append(min(unbounded, (cap or unbounded) ** (2 if slot in crossed else 1)))
    return max(caps)


def _bases(model: Model) -> list[Record]:
    """Long records, though not very long ones."""
    sized = [(len(write(model.grammar, record)), record) for record in model.records]
    short = [pair for pair in sized if pair[0] <= _BASE_TEXT] or [min(sized, key=lambda pair: pair[0])]
    short.sort(key=lambda pair: -pair[0])
    return [record for _, record in short[:: max(1, len(short) // _BASES)][:_BASES]]


def _places(model: Model) -> _Places:
    places = _Places()
    counted = model.counts | model.limits
    _visit(model, model.grammar, counted, None, places)
    case_counts = set(places.cases)
    places.counts = [slot for slot in dict.fromkeys(places.counts) if slot not in case_counts]
    places.numbers = [slot for slot in places.numbers if slot not in counted]
    return places


def _visit(model: Model, nodes: Sequence[Node], counted: frozenset[int], row: Block | None, places: _Places) -> None:
    """``row``: the block whose rows these are, where they are no test cases."""
    for node in nodes:
        if isinstance(node, Block):
            case = is_case(node) and not isinstance(node.body[0], Tagged) and row is None
            if case:
                places.cases.append(node.count.slot if node.count else node.slot)
            elif node.count is None:
                places.lengths.append(node.slot)
            _visit(model, node.body, counted, None if case else node, places)
        elif isinstance(node, Line):
            for part in node.parts:
                domain = model.domains.get(part.slot)
                inner = part.count if isinstance(part, Run) else domain.length if domain else None
                if row is not None and row.count and inner and inner.slot not in {p.slot for p in node.parts}:
                    places.crossed |= {row.count.slot, inner.slot}
                if domain is None or (isinstance(domain.shape, Ints) and domain.shape.only):
                    continue
                if isinstance(part, Run):
                    if part.count is None:
                        (places.words if row else places.lengths).append(part.slot)
                elif isinstance(domain.shape, Texts):
                    if domain.length is None and domain.shape.form != "template":
                        (places.words if row else places.lengths).append(part.slot)
                elif isinstance(domain.shape, Ints) and (row is None or part.slot in model.counts):
                    (places.counts if part.slot in counted else places.numbers).append(part.slot)


def grown(model: Model, count: int, seed: int) -> list[str]:
    """Up to ``count`` new texts near the known ones, within all that these have in common."""
    return list(_new(model, count, seed, {write(model.grammar, record) for record in model.records}))


def _new(model: Model, count: int, seed: int, met: set[str]) -> Iterator[str]:
    rng = random.Random(seed)
    bases = [record for record in model.records if len(write(model.grammar, record)) <= _BASE_TEXT]
    wanted = len(met) + count
    for _ in range(count * _ATTEMPTS if bases else 0):
        if len(met) == wanted:
            return
        try:
            text = write(model.grammar, make(model, Plan(base=rng.choice(bases), near=True), rng))
        except Impossible:
            continue
        if text not in met:
            met.add(text)
            yield text
