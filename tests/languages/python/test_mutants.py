"""Mutants differ from the reference by one fault, and are programs."""

import ast

import pytest

from efficoder.languages.python.mutants import mutants

CODE = '''
def f(items: list[int], limit=10) -> int:
    """Not 1 to change."""
    total = 0
    for i in range(len(items)):
        if items[i] > limit and not items[i] == 3:
            total += items[i] * 2
        else:
            continue
    return max(total, len(items[1:3]))
'''


def test_every_mutant_parses_and_is_different() -> None:
    found = mutants(CODE, 200, 0)
    texts = [mutant.code for mutant in found]
    assert len(texts) == len(set(texts)) > 15
    assert ast.unparse(ast.parse(CODE)) not in texts
    for text in texts:
        compile(text, "mutant", "exec")


def test_all_operators_are_there() -> None:
    operators = {mutant.operator for mutant in mutants(CODE, 200, 0)}
    wanted = {
        "comparison",
        "arithmetic",
        "junction",
        "negation",
        "constant",
        "branch",
        "return",
        "bound",
        "slice",
        "jump",
    }
    assert wanted <= operators


def test_docstrings_annotations_and_defaults_stay() -> None:
    assert all("Not 1 to change" in m.code and "limit=10" in m.code for m in mutants(CODE, 200, 0))


def test_the_limit_leaves_some_of_each_operator() -> None:
    few = mutants(CODE + "\nTABLE = [" + ", ".join(map(str, range(200))) + "]\n", 12, 0)
    assert len(few) == 12
    assert len({mutant.operator for mutant in few}) >= 8


def test_the_same_seed_gives_the_same_mutants() -> None:
    assert mutants(CODE, 10, 3) == mutants(CODE, 10, 3) != mutants(CODE, 10, 4)


def test_no_python_is_said() -> None:
    with pytest.raises(SyntaxError):
        mutants("def f(:", 5, 0)
