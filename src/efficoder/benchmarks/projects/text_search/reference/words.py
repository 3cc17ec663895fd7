"""Text to words."""

import re

_WORD = re.compile("[a-z]+")
_ENDINGS = ("ing", "ed", "es", "s")
_STOPWORDS: set[str] = set()


def stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending):
            return word[: -len(ending)] if len(word) - len(ending) >= 3 else word
    return word


class _Stems(dict[str, str]):
    """Stems of words seen; empty for stop words."""

    def __missing__(self, word: str) -> str:
        found = stem(word)
        if not _STOPWORDS:
            import stopwords  # the build step, which makes it, imports this module

            _STOPWORDS.update(stopwords.STOPWORDS)
        self[word] = found = "" if found in _STOPWORDS else found
        return found


_STEMS = _Stems()


def split(text: str) -> list[str]:
    """The stemmed words of a text in their order, without stop words."""
    return [stem for word in _WORD.findall(text.lower()) if (stem := _STEMS[word])]
