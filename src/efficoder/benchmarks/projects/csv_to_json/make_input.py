"""Sales in n rows, a region for every forty, a quarter of the notes quoted."""

import random


def make_input(n, seed):
    rng = random.Random(seed)
    regions = [f"region {number}" for number in range(5 + n // 40)]
    notes = ["", "paid", '"late, again"', '"said ""no"""', '"two\nlines"', "ok", "fine", "gift"]
    rows = ["id,region,amount,member,note"]
    for number in range(n):
        amount = "" if rng.random() < 0.05 else f"{rng.uniform(-50, 500):.2f}"
        member = "true" if rng.random() < 0.4 else "false"
        rows.append(f"{number},{rng.choice(regions)},{amount},{member},{rng.choice(notes)}")
    return ["\n".join(rows) + "\n"]
