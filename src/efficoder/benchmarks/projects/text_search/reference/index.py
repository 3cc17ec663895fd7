"""The documents: for each word, those that have it and how often."""

from collections import Counter

import words


class Index:
    def __init__(self) -> None:
        self.size = 0
        self.postings: dict[str, dict[int, int]] = {}

    def add(self, number: int, text: str) -> None:
        self.size += 1
        for word, count in Counter(words.split(text)).items():
            self.postings.setdefault(word, {})[number] = count

    def weight(self, word: str) -> int:
        return 1000 * self.size // len(self.postings[word])
