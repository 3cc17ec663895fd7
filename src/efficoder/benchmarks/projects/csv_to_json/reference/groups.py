"""Totals of a column for each value of another."""

import math
from collections import defaultdict


def summarise(rows: list[list[str]], by: int, value: int) -> list[dict[str, object]]:
    """In the order of the groups' names."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        texts[row[by]].append(row[value])
    groups = []
    for name in sorted(texts):
        numbers = [float(text) for text in texts[name] if text]
        group: dict[str, object] = {"name": name, "rows": len(texts[name]), "total": round(math.fsum(numbers), 2)}
        if numbers:
            group["least"] = min(numbers)
            group["greatest"] = max(numbers)
        groups.append(group)
    return groups
