"""Which faults become mutants: one of each operator in turn, so that a long table of constants does not crowd out the
branches."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_turn(sites: Mapping[str, Sequence[T]], seed: int) -> Iterator[tuple[str, T]]:
    """Operators, each with one of its sites, drawn at random."""
    rng = random.Random(seed)
    queues = {operator: rng.sample(found, len(found)) for operator, found in sorted(sites.items())}
    while any(queues.values()):
        for operator, queue in queues.items():
            if queue:
                yield operator, queue.pop()
