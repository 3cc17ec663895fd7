"""n short documents of words as unevenly spread as in real text, and a query for every sixty of them."""

import random


def make_input(n, seed):
    rng = random.Random(seed)
    starts, ends = ["con", "per", "tra", "mo", "re", "sub", "di", "lu"], ["", "s", "ing", "ed", "es", "ly"]
    middles = ["form", "vers", "port", "dict", "mit", "ten", "lat", "nov", "gress", "sist"]
    words = [a + b + c for a in starts for b in middles for c in ends]
    rng.shuffle(words)
    words = ["the", "and", "is", "of", *words]

    def text(length):
        return " ".join(words[int(len(words) * rng.random() ** 2)] for _ in range(length))

    documents = [text(rng.randrange(8, 25)).capitalize() + "." for _ in range(n)]
    queries = [text(rng.randrange(1, 3)) for _ in range(2 + n // 60)]
    return ["\n".join(documents) + "\n\n" + "\n".join(queries) + "\n"]
