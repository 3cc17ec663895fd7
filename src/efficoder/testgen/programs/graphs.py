"""Edges: what the graphs of the known texts have in common, and new graphs that have it too."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

Edge = tuple[int, int]
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Graph:
    """What holds in every known graph."""

    low: int
    """The smallest label."""
    connected: bool
    acyclic: bool
    """Without cycles, as an undirected graph: with ``connected``, a tree."""
    loopless: bool
    simple: bool
    """No two edges join the same vertices, in either direction."""
    different: bool
    """No two edges are the same, direction included."""
    layered: bool
    """Without directed cycles."""
    rising: bool
    """Every edge leads from the smaller label to the larger."""


def graph(known: Sequence[tuple[int, Sequence[Edge]]], low: int) -> Graph:
    """From (number of vertices, edges)."""
    pairs = [edges for _, edges in known]
    return Graph(
        low,
        all(_parts(n, edges) == 1 for n, edges in known),
        all(_parts(n, edges) == n - len(edges) for n, edges in known),
        all(u != v for edges in pairs for u, v in edges),
        all(len({frozenset(edge) for edge in edges}) == len(edges) for edges in pairs),
        all(len(set(edges)) == len(edges) for edges in pairs),
        all(_layered(edges) for edges in pairs),
        all(u < v for edges in pairs for u, v in edges),
    )


def edges(shape: Graph, vertices: int, count: int, style: str, rng: random.Random) -> list[Edge] | None:
    """``count`` edges over ``vertices``; None where no such graph has so many. ``style`` says how its trees look: a
    path (up), a star (same), long with short branches (spread), else at random."""
    if vertices < 1 or (shape.connected and count < vertices - 1) or (shape.acyclic and count > vertices - 1):
        return None
    found: list[Edge] = []
    if shape.connected or shape.acyclic:
        found = _tree(vertices, style, rng)[:count]
    met: set[object] = {frozenset(edge) for edge in found} if shape.simple else set(found)
    misses = 0
    while len(found) < count:
        edge = (rng.randrange(vertices), rng.randrange(vertices))
        edge = (min(edge), max(edge)) if shape.layered or shape.rising else edge
        name: object = frozenset(edge) if shape.simple else edge
        if (edge[0] == edge[1] and shape.loopless) or (name in met and (shape.simple or shape.different)):
            misses += 1
            if misses > _TRIES * (count + 1):
                return None
            continue
        met.add(name)
        found.append(edge)
    return _labelled(shape, vertices, found, style, rng)


def _labelled(shape: Graph, vertices: int, found: list[Edge], style: str, rng: random.Random) -> list[Edge]:
    names = list(range(shape.low, shape.low + vertices))
    if not shape.rising and style != "up":
        rng.shuffle(names)
    if style not in ("up", "same"):
        rng.shuffle(found)
    turned = (edge if shape.layered or rng.random() < 0.5 else edge[::-1] for edge in found)
    return [(names[edge[0]], names[edge[1]]) for edge in turned]


def _tree(vertices: int, style: str, rng: random.Random) -> list[Edge]:
    if style == "up":
        return [(v - 1, v) for v in range(1, vertices)]
    if style == "same":
        return [(0, v) for v in range(1, vertices)]
    if style == "spread":
        return [(max(0, v - rng.randint(1, 3)), v) for v in range(1, vertices)]
    return [(rng.randrange(v), v) for v in range(1, vertices)]


def _parts(vertices: int, found: Sequence[Edge]) -> int:
    """How many connected parts it has."""
    parent: dict[int, int] = {}

    def top(vertex: int) -> int:
        while parent.get(vertex, vertex) != vertex:
            parent[vertex] = parent.get(parent[vertex], parent[vertex])
            vertex = parent[vertex]
        return vertex

    joined = 0
    for u, v in found:
        one, two = top(u), top(v)
        joined += one != two
        parent[one] = two
    return vertices - joined


def _layered(found: Sequence[Edge]) -> bool:
    following: dict[int, list[int]] = {}
    entering: dict[int, int] = {}
    for u, v in found:
        following.setdefault(u, []).append(v)
        entering[v] = entering.get(v, 0) + 1
    free = [u for u in following if not entering.get(u)]
    removed = 0
    while free:
        for v in following.get(free.pop(), ()):
            removed += 1
            entering[v] -= 1
            if not entering[v]:
                free.append(v)
    return removed == len(found)
