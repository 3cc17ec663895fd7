"""Text to words."""


def stem(word: str) -> str:
    for ending in ["ing", "ed", "es", "s"]:
        if word.endswith(ending):
            return word[: -len(ending)] if len(word) - len(ending) >= 3 else word
    return word


def split(text: str) -> list[str]:
    """The stemmed words of a text in their order, without stop words."""
    import stopwords

    found, word = [], ""
    for character in text.lower() + " ":
        if character in "abcdefghijklmnopqrstuvwxyz":
            word = word + character
        elif word:
            if stem(word) not in stopwords.STOPWORDS:
                found.append(stem(word))
            word = ""
    return found
