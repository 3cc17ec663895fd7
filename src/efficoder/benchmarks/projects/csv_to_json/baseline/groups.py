"""Totals of a column for each value of another."""

import math


def summarise(rows: list[list[str]], by: int, value: int) -> list[dict[str, object]]:
    """In the order of the groups' names."""
    names: list[str] = []
    for row in rows:
        if row[by] not in names:
            names.append(row[by])
    groups = []
    for name in sorted(names):
        mine = [row for row in rows if row[by] == name]
        numbers = [float(row[value]) for row in mine if row[value] != ""]
        group: dict[str, object] = {"name": name, "rows": len(mine), "total": round(math.fsum(numbers), 2)}
        if numbers:
            group["least"] = sorted(numbers)[0]
            group["greatest"] = sorted(numbers)[-1]
        groups.append(group)
    return groups
