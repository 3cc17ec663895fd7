"""The documents."""

import words


class Index:
    def __init__(self) -> None:
        self.documents: list[tuple[int, list[str]]] = []

    def add(self, number: int, text: str) -> None:
        self.documents.append((number, words.split(text)))

    def has(self, word: str) -> bool:
        return any(word in found for _, found in self.documents)

    def weight(self, word: str) -> int:
        having = len([number for number, found in self.documents if word in found])
        return 1000 * len(self.documents) // having
