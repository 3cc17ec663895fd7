"""Two ways each to do one thing, as models write them; truth.py runs their source. Which way is faster is measured."""

import bisect
import heapq
import itertools
import math
from collections import Counter, deque
from typing import Any

NUMBERS = [(i * 7919) % 10007 for i in range(6000)]
WORDS = [f"w{i * 31 % 97}" for i in range(20000)]
MATRIX = [[(i * j) % 10 for j in range(45)] for i in range(45)]
TEXT = "abcab" * 6000

INPUTS: dict[str, Any] = {
    "squares": 150_000,
    "listed": 150_000,
    "dedupe": NUMBERS[:1500],
    "two_sum": NUMBERS[:400],
    "fibonacci": 9000,
    "primes": 200_000,
    "join": WORDS,
    "insertion": NUMBERS[:400],
    "merge": NUMBERS[:3000],
    "top": NUMBERS,
    "counting": WORDS,
    "tally": WORDS,
    "kadane": NUMBERS * 10,
    "subsequence": NUMBERS[:500],
    "flatten": MATRIX * 60,
    "queue": NUMBERS * 10,
    "product": MATRIX,
    "palindrome": TEXT,
    "gcd": NUMBERS * 3,
    "power": NUMBERS,
    "search": NUMBERS,
    "transpose": MATRIX * 50,
    "vowels": TEXT * 3,
}


def squares_1(n: int) -> int:
    return sum(i * i for i in range(n))


def squares_2(n: int) -> int:
    s = 0
    for i in range(n):
        s += i * i
    return s


def listed_1(n: int) -> int:
    return sum([i * i for i in range(n)])


def listed_2(n: int) -> int:
    return sum(i * i for i in range(n))


def dedupe_1(n: list[int]) -> list[int]:
    return list(dict.fromkeys(n))


def dedupe_2(n: list[int]) -> list[int]:
    out: list[int] = []
    for x in n:
        if x not in out:
            out.append(x)
    return out


def two_sum_1(n: list[int]) -> bool:
    seen = set()
    for x in n:
        if 20020 - x in seen:
            return True
        seen.add(x)
    return False


def two_sum_2(n: list[int]) -> bool:
    for i in range(len(n)):
        for j in range(i):
            if n[i] + n[j] == 20020:
                return True
    return False


def fibonacci_1(n: int) -> int:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a % 1009


def fibonacci_2(n: int) -> int:
    table = [0, 1]
    for _ in range(2, n + 1):
        table.append(table[-1] + table[-2])
    return table[n] % 1009


def primes_1(n: int) -> int:
    sieve = bytearray([1]) * n
    for i in range(2, int(n**0.5) + 1):
        if sieve[i]:
            sieve[i * i :: i] = bytes(len(range(i * i, n, i)))
    return sum(sieve) - 2


def primes_2(n: int) -> int:
    sieve = [True] * n
    for i in range(2, int(n**0.5) + 1):
        if sieve[i]:
            for j in range(i * i, n, i):
                sieve[j] = False
    return sum(sieve) - 2


def join_1(n: list[str]) -> str:
    return "".join(n)


def join_2(n: list[str]) -> str:
    out = ""
    for word in n:
        out = out + word
    return out


def insertion_1(n: list[int]) -> list[int]:
    return sorted(n)


def insertion_2(n: list[int]) -> list[int]:
    n = list(n)
    for i in range(1, len(n)):
        x, j = n[i], i
        while j and n[j - 1] > x:
            n[j] = n[j - 1]
            j -= 1
        n[j] = x
    return n


def merge_1(n: list[int]) -> list[int]:
    n = list(n)
    n.sort()
    return n


def merge_2(n: list[int]) -> list[int]:
    if len(n) < 2:
        return n
    half = len(n) // 2
    a, b, out = merge_2(n[:half]), merge_2(n[half:]), []
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            out.append(a[i])
            i += 1
        else:
            out.append(b[j])
            j += 1
    return out + a[i:] + b[j:]


def top_1(n: list[int]) -> list[int]:
    return heapq.nlargest(10, n)


def top_2(n: list[int]) -> list[int]:
    return sorted(n, reverse=True)[:10]


def counting_1(n: list[str]) -> dict[str, int]:
    return dict(Counter(n))


def counting_2(n: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in n:
        counts[word] = counts.get(word, 0) + 1
    return counts


def tally_1(n: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in n:
        counts[word] = counts.get(word, 0) + 1
    return counts


def tally_2(n: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in n:
        if word not in counts:
            counts[word] = 0
        counts[word] += 1
    return counts


def kadane_1(n: list[int]) -> int:
    best = current = n[0]
    for x in n[1:]:
        current = current + x if current > 0 else x
        if current > best:
            best = current
    return best


def kadane_2(n: list[int]) -> int:
    best = current = n[0]
    for x in n[1:]:
        current = max(x, current + x)
        best = max(best, current)
    return best


def subsequence_1(n: list[int]) -> int:
    tails: list[int] = []
    for x in n:
        i = bisect.bisect_left(tails, x)
        if i == len(tails):
            tails.append(x)
        else:
            tails[i] = x
    return len(tails)


def subsequence_2(n: list[int]) -> int:
    longest = [1] * len(n)
    for i in range(len(n)):
        for j in range(i):
            if n[j] < n[i] and longest[j] + 1 > longest[i]:
                longest[i] = longest[j] + 1
    return max(longest)


def flatten_1(n: list[list[int]]) -> list[int]:
    return list(itertools.chain.from_iterable(n))


def flatten_2(n: list[list[int]]) -> list[int]:
    return [x for row in n for x in row]


def queue_1(n: list[int]) -> int:
    queue, total = deque(n), 0
    while queue:
        total += queue.popleft()
    return total


def queue_2(n: list[int]) -> int:
    queue, total = list(n), 0
    while queue:
        total += queue.pop(0)
    return total


def product_1(n: list[list[int]]) -> list[list[int]]:
    columns = list(zip(*n, strict=True))
    return [[sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in n]


def product_2(n: list[list[int]]) -> list[list[int]]:
    size = len(n)
    out = [[0] * size for _ in n]
    for i in range(size):
        for j in range(size):
            for k in range(size):
                out[i][j] += n[i][k] * n[k][j]
    return out


def palindrome_1(n: str) -> int:
    return sum(n[i : i + 21] == n[i : i + 21][::-1] for i in range(len(n)))


def palindrome_2(n: str) -> int:
    total = 0
    for i in range(len(n)):
        word = n[i : i + 21]
        a, b = 0, len(word) - 1
        while a < b and word[a] == word[b]:
            a += 1
            b -= 1
        total += a >= b
    return total


def gcd_1(n: list[int]) -> int:
    return sum(math.gcd(a, 360360) for a in n)


def gcd_2(n: list[int]) -> int:
    total = 0
    for a in n:
        b = 360360
        while b:
            a, b = b, a % b
        total += a
    return total


def power_1(n: list[int]) -> int:
    return sum(pow(a, 65537, 1000003) for a in n)


def power_2(n: list[int]) -> int:
    total = 0
    for a in n:
        base, result, exponent = a, 1, 65537
        while exponent:
            if exponent & 1:
                result = result * base % 1000003
            base = base * base % 1000003
            exponent >>= 1
        total += result
    return total


def search_1(n: list[int]) -> int:
    ordered = sorted(n)
    return sum(bisect.bisect(ordered, x) for x in n)


def search_2(n: list[int]) -> int:
    ordered = sorted(n)
    total = 0
    for x in n:
        a, b = 0, len(ordered)
        while a < b:
            middle = (a + b) // 2
            if x < ordered[middle]:
                b = middle
            else:
                a = middle + 1
        total += a
    return total


def transpose_1(n: list[list[int]]) -> list[list[int]]:
    return [list(column) for column in zip(*n, strict=True)]


def transpose_2(n: list[list[int]]) -> list[list[int]]:
    return [[row[j] for row in n] for j in range(len(n[0]))]


def vowels_1(n: str) -> int:
    return sum(map(n.count, "aeiou"))


def vowels_2(n: str) -> int:
    return sum(1 for c in n if c in "aeiou")
