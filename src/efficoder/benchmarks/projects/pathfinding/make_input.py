"""A square map of about n cells, a fifth of them walls, and three questions from edge to edge."""

import random


def make_input(n, seed):
    rng = random.Random(seed)
    side = max(4, int(n**0.5))
    cells = "####" + "123456789" + "1234567"
    rows = ["".join(rng.choices(cells, k=side)) for _ in range(side)]
    last = side - 1
    ends = [(0, 0, last, last), (0, last, last, 0), (side // 2, 0, side // 2, last)]
    for a, b, c, d in ends:
        for row, column in ((a, b), (c, d)):
            rows[row] = rows[row][:column] + "1" + rows[row][column + 1 :]
    questions = [" ".join(map(str, question)) for question in ends]
    return ["\n".join(rows) + "\n\n" + "\n".join(questions) + "\n"]
