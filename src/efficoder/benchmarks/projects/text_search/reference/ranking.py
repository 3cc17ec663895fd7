"""Which documents answer a query best."""

import heapq

import words
from index import Index


def best(index: Index, query: str, count: int) -> list[tuple[int, int]]:
    asked = set(words.split(query))
    if not asked or not all(word in index.postings for word in asked):
        return []
    lists = sorted((index.postings[word] for word in asked), key=len)
    weighed = [(index.postings[word], index.weight(word)) for word in asked]
    found = (number for number in lists[0] if all(number in other for other in lists[1:]))
    scores = ((sum(posting[number] * weight for posting, weight in weighed), -number) for number in found)
    return [(-number, score) for score, number in heapq.nlargest(count, scores)]
