"""Which of a list of numbers stand in it twice? One pass that counts."""

from collections import Counter


def repeated(numbers):
    return sorted(number for number, count in Counter(numbers).items() if count > 1)
