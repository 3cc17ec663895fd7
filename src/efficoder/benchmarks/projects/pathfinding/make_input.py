"""A map of about n cells, sixty times as wide as high, a fifth of them walls, and three questions from edge to edge."""

import random


def make_input(n, seed):
    rng = random.Random(seed)
    height = max(4, int((n / 60) ** 0.5))
    width = 60 * height
    cells = "####" + "123456789" + "1234567"
    rows = ["".join(rng.choices(cells, k=width)) for _ in range(height)]
    low, right = height - 1, width - 1
    ends = [(0, 0, low, right), (0, right, low, 0), (height // 2, 0, height // 2, right)]
    for a, b, c, d in ends:
        for row, column in ((a, b), (c, d)):
            rows[row] = rows[row][:column] + "1" + rows[row][column + 1 :]
    questions = [" ".join(map(str, question)) for question in ends]
    return ["\n".join(rows) + "\n\n" + "\n".join(questions) + "\n"]
