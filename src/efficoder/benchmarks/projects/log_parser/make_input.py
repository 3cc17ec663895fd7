"""An access log of n lines: a few hundred clients, some endpoints far busier than others, one line in fifty broken."""

import random


def make_input(n, seed):
    rng = random.Random(seed)
    names = ["users", "orders", "items", "carts", "search", "login", "reports", "images"]
    shapes = [f"/{a}" for a in names] + [f"/{a}/{{}}" for a in names] + [f"/{a}/{{}}/{b}" for a in names for b in names]
    clients = [f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}" for _ in range(20 + n // 20)]
    lines = []
    for i in range(n):
        if rng.random() < 0.02:
            lines.append(f"{rng.choice(clients)} - - connection reset")
            continue
        path = shapes[int(len(shapes) * rng.random() ** 3)].format(rng.randrange(1000))
        query = f"?page={rng.randrange(50)}" if rng.random() < 0.3 else ""
        method = rng.choice(("GET", "GET", "GET", "POST"))
        status = rng.choice((200, 200, 200, 200, 301, 404, 500, 503))
        size = "-" if status == 301 else rng.randrange(100_000)
        stamp = f"10/Oct/2025:{i // 3600 % 24:02}:{i // 60 % 60:02}:{i % 60:02} +0000"
        seconds = f"{rng.lognormvariate(-3, 1):.3f}"
        request = f"{method} {path}{query} HTTP/1.1"
        lines.append(f'{rng.choice(clients)} - - [{stamp}] "{request}" {status} {size} {seconds}')
    return ["\n".join(lines) + "\n"]
