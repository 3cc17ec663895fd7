"""Does a leaderboard say the same twice? Two measurements of the same run, hours or a machine apart: for each metric
of ``efficoder compare``, how many pairs of models are ordered beyond doubt in both, how many the other way round.

    cp -r runs/he again/he && efficoder stage measure he --runs again --fresh
    python bench/repeat.py runs/he again/he

Aim: no pair the other way round.
"""

import argparse
import itertools
from collections import Counter, defaultdict
from pathlib import Path

from efficoder.evaluation.difference import Side, compare_sides
from efficoder.evaluation.rows import score_tasks
from efficoder.evaluation.task_scores import Cell
from efficoder.store import Store
from efficoder.types import REFERENCE


def sides(folder: Path) -> dict[str, Side]:
    cells: dict[str, dict[str, Cell]] = defaultdict(dict)
    with Store(folder) as store:
        for score in score_tasks(store):
            for model, cell in score.cells.items():
                cells[model][score.task_id] = cell
    return {
        model: Side("run", model, ("", ""), mine, dict.fromkeys(mine, ""), dict.fromkeys(mine, ""))
        for model, mine in cells.items()
        if model != REFERENCE
    }


def orders(found: dict[str, Side]) -> dict[tuple[str, str, str], tuple[int, float]]:
    """(metric, model, model) to the order beyond doubt (1 better, -1 worse, 0 neither), and the estimate."""
    signs = {"better": 1, "worse": -1}
    return {
        (difference.name, a, b): (signs.get(difference.words.partition(":")[0], 0), difference.estimate.value)
        for a, b in itertools.combinations(sorted(found), 2)
        for difference in compare_sides(found[a], found[b]).differences
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    options = parser.parse_args()
    first, second = orders(sides(options.first)), orders(sides(options.second))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for key in first.keys() & second.keys():
        one, two = first[key][0], second[key][0]
        kind = "turned" if one * two < 0 else "both" if one * two > 0 else "one" if one or two else "neither"
        counts[key[0]][kind] += 1
        if kind == "turned":
            print(f"turned: {key}: {first[key][1]:.3f}, then {second[key][1]:.3f}")
    print(f"{'metric':20}{'pairs':>7}{'ordered in both':>17}{'in one alone':>14}{'in neither':>12}{'turned':>8}")
    for metric, found in sorted(counts.items()):
        row = [sum(found.values()), found["both"], found["one"], found["neither"], found["turned"]]
        print(f"{metric:20}{row[0]:>7}{row[1]:>17}{row[2]:>14}{row[3]:>12}{row[4]:>8}")


if __name__ == "__main__":
    main()
