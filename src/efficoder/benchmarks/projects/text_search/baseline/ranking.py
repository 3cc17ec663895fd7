"""Which documents answer a query best."""

import words
from index import Index


def best(index: Index, query: str, count: int) -> list[tuple[int, int]]:
    asked = sorted(set(words.split(query)))
    if not all(index.has(word) for word in asked):
        return []
    weights = [index.weight(word) for word in asked]
    scores = []
    for number, found in index.documents:
        if asked and all(word in found for word in asked):
            score = sum(found.count(word) * weight for word, weight in zip(asked, weights, strict=True))
            scores.append((number, score))
    scores.sort(key=lambda pair: (-pair[1], pair[0]))
    return scores[:count]
