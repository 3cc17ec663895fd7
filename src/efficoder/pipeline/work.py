"""What a step of a run is given: the store, the config, and how much of it to do."""

from dataclasses import dataclass

from efficoder.config import Config
from efficoder.console import Console
from efficoder.store import Store


@dataclass(frozen=True, slots=True)
class Scope:
    """How much of a run to do."""

    steps: tuple[str, ...] = ()
    """Which, in order; none named: all."""
    limit: int | None = None
    ids: frozenset[str] = frozenset()
    """Only these tasks are read, get tests, are judged and timed; none named: all."""
    fresh: bool = False
    max_failed: int | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What a step works on."""

    store: Store
    config: Config
    console: Console
    scope: Scope
