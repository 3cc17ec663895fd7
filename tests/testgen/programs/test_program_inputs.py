"""The text of a program's input is understood, and new texts keep what the known ones have in common.

Each case has known texts and a validator: what it accepts is what its statement would allow.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from efficoder.testgen.loads.growth import Growth
from efficoder.testgen.programs.grammar import Text, parse, write
from efficoder.testgen.programs.growing import grown, growths
from efficoder.testgen.programs.model import Model, learn


@dataclass
class Reader:
    """Lines taken one after the other, as a validator would."""

    lines: Iterator[str]

    def numbers(self, count: int | None = None) -> list[int]:
        found = list(map(int, self.line().split(" ")))
        assert count is None or len(found) == count
        return found

    def line(self) -> str:
        return next(self.lines)

    def end(self) -> None:
        assert list(self.lines) == []


Validator = Callable[[Reader], None]


def _list(reader: Reader) -> None:
    (n,) = reader.numbers(1)
    assert n >= 1
    reader.numbers(n)


def _cases(reader: Reader) -> None:
    (t,) = reader.numbers(1)
    for _ in range(t):
        n, k = reader.numbers(2)
        assert 1 <= k <= n
        reader.numbers(n)


def _prefixed(reader: Reader) -> None:
    (n,) = reader.numbers(1)
    for _ in range(n):
        k, *items = reader.numbers()
        assert len(items) == k


def _matrix(reader: Reader) -> None:
    n, m = reader.numbers(2)
    for _ in range(n):
        reader.numbers(m)


def _grid(reader: Reader) -> None:
    n, m = reader.numbers(2)
    for _ in range(n):
        row = reader.line()
        assert len(row) == m
        assert set(row) <= set(".#")


def _words(reader: Reader) -> None:
    (n,) = reader.numbers(1)
    for _ in range(n):
        assert reader.line().isalpha()


def _measured_word(reader: Reader) -> None:
    (n,) = reader.numbers(1)
    assert len(reader.line()) == n


def _pairs(reader: Reader) -> None:
    (n,) = reader.numbers(1)
    for _ in range(n):
        left, right = reader.numbers(2)
        assert left <= right


def _tree(reader: Reader) -> None:
    (n,) = reader.numbers(1)
    top = list(range(n + 1))
    for _ in range(n - 1):
        u, v = reader.numbers(2)
        assert 1 <= u <= n
        assert 1 <= v <= n
        while top[u] != u:
            u = top[u]
        while top[v] != v:
            v = top[v]
        assert u != v
        top[u] = v


def _graph(reader: Reader) -> None:
    n, m = reader.numbers(2)
    met = set()
    for _ in range(m):
        u, v = reader.numbers(2)
        assert 1 <= u <= n
        assert 1 <= v <= n
        assert u != v
        met.add(frozenset((u, v)))
    assert len(met) == m


def _parents(reader: Reader) -> None:
    (n,) = reader.numbers(1)
    assert all(1 <= parent <= child for child, parent in enumerate(reader.numbers(n - 1), 1))


def _permutation(reader: Reader) -> None:
    (n,) = reader.numbers(1)
    assert sorted(reader.numbers(n)) == list(range(1, n + 1))


def _sorted(reader: Reader) -> None:
    (n,) = reader.numbers(1)
    items = reader.numbers(n)
    assert items == sorted(set(items))


def _kinds(reader: Reader) -> None:
    n, q = reader.numbers(2)
    for _ in range(q):
        match reader.line().split(" "):
            case ["add", at, value]:
                assert 1 <= int(at) <= n
                int(value)
            case ["get", at]:
                assert 1 <= int(at) <= n
            case other:
                raise AssertionError(other)


def _ranges(reader: Reader) -> None:
    n, q = reader.numbers(2)
    reader.numbers(n)
    for _ in range(q):
        low, high = reader.numbers(2)
        assert 1 <= low <= high <= n


def _sentinel(reader: Reader) -> None:
    while (pair := reader.numbers(2)) != [0, 0]:
        assert min(pair) >= 1


def _blank(reader: Reader) -> None:
    (t,) = reader.numbers(1)
    for _ in range(t):
        assert reader.line() == ""
        (n,) = reader.numbers(1)
        reader.numbers(n)


def _decimals(reader: Reader) -> None:
    (n,) = reader.numbers(1)
    for _ in range(n):
        assert len([float(token) for token in reader.line().split(" ")]) == 2


KINDS: dict[str, tuple[Validator, list[str]]] = {
    "list": (_list, ["3\n5 1 9\n", "5\n1 7 3 3 2\n", "1\n4\n", "4\n8 8 1 2\n"]),
    "test cases": (
        _cases,
        ["2\n3 2\n5 1 9\n5 1\n1 2 3 9 5\n", "1\n4 4\n1 1 1 7\n", "3\n1 1\n6\n2 1\n6 3\n6 5\n4 4 9 1 2 3\n"],
    ),
    "lists with their own count": (_prefixed, ["2\n3 5 1 9\n1 4\n", "3\n2 1 2\n4 1 2 9 3\n1 8\n", "1\n5 1 7 3 3 2\n"]),
    "matrix": (_matrix, ["2 3\n1 2 3\n4 5 6\n", "3 4\n1 2 3 4\n4 5 6 1\n9 9 9 1\n", "1 5\n7 7 7 1 2\n"]),
    "grid": (_grid, ["2 3\n.#.\n...\n", "3 4\n####\n#..#\n....\n", "1 5\n..#..\n"]),
    "words": (_words, ["2\nabc\nde\n", "3\nx\nabab\nzzz\n", "1\nhello\n"]),
    "different words": (_words, ["2\nabc\nde\n", "3\nx\nabab\nzz\n", "4\na\nb\nc\nhello\n"]),
    "a word and its length": (_measured_word, ["3\nabc\n", "5\nhello\n", "1\nz\n", "4\nabba\n"]),
    "pairs in order": (_pairs, ["2\n1 5\n3 3\n", "3\n2 9\n7 8\n1 1\n", "4\n1 2\n3 4\n5 6\n1 9\n"]),
    "tree": (
        _tree,
        ["3\n1 2\n3 1\n", "5\n1 2\n2 3\n3 4\n5 4\n", "4\n1 4\n2 4\n4 3\n", "2\n2 1\n", "6\n1 2\n1 3\n3 4\n6 3\n5 1\n"],
    ),
    "graph": (_graph, ["3 2\n1 2\n3 1\n", "5 5\n1 2\n2 3\n3 4\n5 4\n1 3\n", "4 3\n1 4\n2 4\n1 2\n"]),
    "parents": (_parents, ["5\n1 1 2 4\n", "6\n1 2 3 3 5\n", "4\n1 2 1\n", "3\n1 1\n"]),
    "permutation": (_permutation, ["3\n2 1 3\n", "5\n5 4 1 2 3\n", "4\n1 2 4 3\n"]),
    "sorted and different": (_sorted, ["3\n2 4 7\n", "5\n1 4 8 9 30\n", "4\n5 6 14 20\n"]),
    "queries of kinds": (
        _kinds,
        [
            "3 4\nadd 1 5\nget 1\nadd 3 2\nget 2\n",
            "5 3\nadd 5 1\nget 5\nget 4\n",
            "4 5\nadd 1 5\nadd 4 9\nget 4\nget 1\nget 2\n",
        ],
    ),
    "ranges": (
        _ranges,
        ["4 2\n5 1 9 9\n1 4\n2 2\n", "5 3\n1 2 3 4 5\n1 5\n3 4\n4 5\n", "3 4\n7 7 1\n1 1\n2 3\n3 3\n1 3\n"],
    ),
    "up to a mark": (_sentinel, ["1 2\n3 4\n0 0\n", "5 1\n0 0\n", "7 7\n1 1\n2 9\n0 0\n"]),
    "cases after blank lines": (
        _blank,
        ["2\n\n3\n1 2 3\n\n1\n7\n", "1\n\n4\n9 9 1 2\n", "3\n\n1\n5\n\n2\n6 3\n\n5\n1 4 4 2 9\n"],
    ),
    "decimals": (_decimals, ["2\n1.5 2.25\n0.1 3.0\n", "3\n1.0 1.0\n2.5 9.75\n4.0 4.5\n", "1\n0.5 0.5\n"]),
}


def model(kind: str, statement: str = "") -> Model:
    found = learn(KINDS[kind][1], statement)
    assert found is not None
    return found


def ways(found: Model) -> list[Growth]:
    return [growth for group in growths(found) for growth in group]


def valid(validator: Validator, text: str) -> None:
    reader = Reader(iter(text.removesuffix("\n").split("\n")))
    validator(reader)
    reader.end()


@pytest.mark.parametrize("kind", KINDS)
def test_known_texts_are_written_as_they_were_read(kind: str) -> None:
    found = model(kind)
    for text in KINDS[kind][1]:
        valid(KINDS[kind][0], text)
        record = parse(found.grammar, Text.of(text))
        assert record is not None
        assert write(found.grammar, record) == text


@pytest.mark.parametrize("kind", KINDS)
def test_grown_texts_are_valid_and_long(kind: str) -> None:
    validator, known = KINDS[kind]
    found = model(kind)
    made = [text for growth in ways(found) for size in (8, 60, 400) if (text := growth.write(size, 1)) is not None]
    assert max(map(len, made)) > 4 * max(map(len, known))
    for text in made:
        valid(validator, text)
        assert parse(found.grammar, Text.of(text)) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_small_changes_are_valid_and_new(kind: str) -> None:
    validator, known = KINDS[kind]
    made = grown(model(kind), 30, 0)
    assert len(set(made) - set(known)) == len(made) > 5
    for text in made:
        valid(validator, text)


def test_the_same_size_and_seed_give_the_same_text() -> None:
    one, two = (ways(model("graph"))[0] for _ in range(2))
    assert one.write(50, 3) == two.write(50, 3)
    assert one.write(50, 3) != two.write(50, 4)


@pytest.mark.parametrize(
    ("statement", "most"),
    [
        ("Input\nThe first line contains an integer n (1 ≤ n ≤ 50).\nOutput\n", 50),
        ("Input\nThe first line contains an integer $n$ ($1 \\leq n \\leq 2 \\cdot 10^2$).\nOutput\n", 200),
        (
            "## Constraints\n- $1 \\le N \\le 3\\times 10^{2}$\n## Input\n```\n$N$\n$a_1$ $a_2$ $\\ldots$ $a_N$\n```\n",
            300,
        ),
        ("Constraints\n1 ≤ N ≤ 10²\nInput\n```\nN\na_1 a_2 ... a_N\n```\n", 100),
    ],
)
def test_a_statement_bounds_counts(statement: str, most: int) -> None:
    for growth in ways(model("list", statement)):
        for size in (8, 5000):
            text = growth.write(size, 0)
            assert text is None or int(text.split("\n")[0]) <= most
    assert any(
        int((growth.write(5000, 0) or "0").split("\n")[0]) > most // 2 for growth in ways(model("list", statement))
    )


UNION = "Read a line with n, then n lines with two integers a < b (0 <= a < b <= 100000, n <= 2000). Print the union."


@pytest.mark.parametrize("empty", ["0\n", "0", "0\n\n"])
@pytest.mark.parametrize(
    "others", [["2\n1 5\n3 8\n", "2\n0 2\n10 13\n"], ["1\n3 4\n", "3\n1 2\n2 3\n7 9\n", "2\n0 7\n7 9\n"]]
)
def test_a_count_of_zero_has_no_rows(others: list[str], empty: str) -> None:
    """Nothing was made for a task one of whose tests is the empty case, nor where an article was taken for a name."""
    for texts in ([empty, *others], [*others, empty]):
        model = learn(texts, UNION)
        assert model is not None
        ways = [way for group in growths(model) for way in group]
        made = [text for way in ways if (text := way.write(500, 1))]
        assert {way.cap for way in ways} == {2000}
        assert made
        for text in made:
            count, *rows = text.split("\n")[:-1]
            assert int(count) == len(rows) == 500
            assert all(0 <= int(a) < int(b) <= 100_000 for a, b in map(str.split, rows))


def test_the_sum_over_all_cases_is_bounded() -> None:
    statement = (
        "Input\nThe first line contains t (1 ≤ t ≤ 100). Each case has two integers n and k (1 ≤ k ≤ n ≤ 300).\n"
        "It is guaranteed that the sum of n over all test cases does not exceed 400.\nOutput\n"
    )
    for growth in ways(model("test cases", statement)):
        text = growth.write(5000, 0)
        if text is not None and not growth.name.startswith("tiled"):
            lines = text.split("\n")
            assert sum(int(line.split()[0]) for line in lines[1:-1:2]) <= 400 or "counts" not in growth.name


@pytest.mark.parametrize(
    "texts",
    [
        ["3\n1 2\n", "2\n1 2 3\n5\n", "a b\n\n7 x\n9\n"],
        [],
        ["\n"],
    ],
)
def test_texts_that_nothing_explains_are_not_grown(texts: list[str]) -> None:
    found = learn(texts, "")
    assert found is None or all(parse(found.grammar, Text.of(text)) for text in texts)


def test_a_few_damaged_texts_among_many_are_left_out() -> None:
    rng = random.Random(0)
    good = [f"{n}\n{' '.join(str(rng.randint(1, 99)) for _ in range(n))}\n" for n in range(2, 42)]
    found = learn([*good, "3\n1 2 3 4 5 6\n", "9\n1\n"], "")
    assert found is not None
    assert len(found.records) == len(good)
    for growth in ways(found):
        valid(_list, growth.write(100, 0) or "1\n1\n")


@pytest.mark.parametrize(
    "said",
    [
        "Each word has a length from 1 to 50 letters, inclusive.",
        "Each word s has length at most 50.",
        "Each line contains a word $s$ ($1 \\leq |s| \\leq 50$).",
        "Words consist of between 1 and 50 letters.",
    ],
)
def test_a_statement_bounds_the_length_of_words(said: str) -> None:
    statement = f"Input\nThe first line contains an integer n (1 ≤ n ≤ 1000). {said}\nOutput\n"
    for growth in ways(model("words", statement)):
        lines = (growth.write(3000, 0) or "0\n").split("\n")
        assert max(map(len, lines[1:])) <= 50


def test_the_fields_of_each_kind_have_their_own_bounds() -> None:
    statement = (
        "- `add $p$ $x$`: add\n- `get $p$`: print\nConstraints\n- $0 \\leq x \\leq 40$\n- $1 \\leq n, q \\leq 5000$\n"
    )
    found = model("queries of kinds", statement)
    values = [
        int(line.split(" ")[2])
        for growth in ways(found)
        for line in (growth.write(500, 0) or "").split("\n")
        if line.startswith("add")
    ]
    assert 9 < max(values) <= 40
