"""A map, an empty line, then questions on standard input; cost, steps and reach of each cheapest way come out."""

import sys

import search
from grid import Grid


def main() -> None:
    rows, _, questions = sys.stdin.read().partition("\n\n")
    grid = Grid(rows.split("\n"))
    for question in questions.splitlines():
        a, b, c, d = map(int, question.split())
        found = search.cheapest(grid, (a, b), (c, d))
        sys.stdout.write("none\n" if found is None else " ".join(map(str, found)) + "\n")


if __name__ == "__main__":
    main()
