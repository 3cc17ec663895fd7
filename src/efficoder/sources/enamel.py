"""ENAMEL: 142 HumanEval problems with expert references and input generators that scale.

Checks are the examples in the prompt, or inputs of level 0 where it has none; loads come from the generators. Their
helpers are not in the data file: the ones below do what the names say, so inputs differ from the published ones in
their random numbers only.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from efficoder.languages.python.asserts import convert_asserts
from efficoder.languages.python.signatures import Signature
from efficoder.sources.continuation import continuation
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows
from efficoder.types import Comparison, Origin, TaskTests, TestCase

_ORIGIN = Origin(source="q-rz/enamel", licence="Apache-2.0", url="https://github.com/q-rz/enamel")
_NOT_SCORED = frozenset(
    {2, 23, 41, 45, 53, 60, 71, 92, 97, 99, 102, 123, 124, 135, 137, 138, 144, 148, 156, 157, 159, 160}
)
"""Problems the paper leaves out because they cannot be scaled."""
_EXAMPLES = (
    r"^\s*>>> ({name}\(.*\))\s*\n\s*(\S.*?)\s*$",
    r"^\s*({name}\(.*\))\s*(?:==?>?|\u279e|->|# ?=>|# returns)\s*(\S.*?)\s*$",
)
"""An example as the prompts write it: doctest's form, or on one line ``f(1) == 2``, ``f(1) => 2``."""
_WRONG_EXAMPLES = frozenset({47, 111, 130})
"""Prompts with an example that their own reference contradicts."""
_CHECKER = """\
{helpers}

{checker}

def check(arguments, output, expected):
    return bool(__check(arguments, expected, output))
"""
_HELPERS = '''\
import random
import string
import time


def rand_parens(size, valid=True, par="()", sep=""):
    """Random brackets of about ``size`` characters: balanced groups joined by ``sep`` (None: a list), or unbalanced."""
    if not valid:
        half = rand_parens(max(0, (size + 1) // 2 - 1), par=par)
        return half + par[1] + par[0] + half
    groups, group, depth = [], "", 0
    for left in range(size + size % 2, 0, -1):
        opens = depth == 0 or (depth < left and random.random() < 0.5)
        group += par[0] if opens else par[1]
        depth += 1 if opens else -1
        if depth == 0:
            groups.append(group)
            group = ""
    return groups if sep is None else sep.join(groups)


def _is_prime(n):
    if n < 4:
        return n > 1
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    bases = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
    return n % 2 == 1 and all(
        n == base or pow(base, odd, n) in (1, n - 1) or any(pow(base, odd << k, n) == n - 1 for k in range(twos))
        for base in bases
    )


def rand_probably_prime(low, high=None):
    """A random prime in [low, high]; of one bound: in [low / 2, low]."""
    if high is None:
        low, high = max(low, 3) // 2, max(low, 3)
    while True:
        n = random.randint(low, max(2 * low, high, 3))
        if _is_prime(n):
            return n


def rand_primality(size, lid, cid):
    """A prime, a square of one or a product of two, about ``size`` large; known hard cases on level 0."""
    if lid == 0 and cid < 4:
        return (30031, 561, 2, 125)[cid]
    root = int(max(size, 4) ** 0.5 + 1)
    if cid % 3 == 0:
        return rand_probably_prime(max(size, 4))
    first = rand_probably_prime(root)
    return first * (first if cid % 3 == 1 else rand_probably_prime(root))
'''
_PROGRAM = """\
{helpers}

{prompt}
    pass

{generator}

SIZES = {sizes}


def level_input(level, case):
    random.seed(f"{{level}} {{case}}")
    return list(generate_input(SIZES[level], level, case))


def make_input(n, seed):
    random.seed(seed)
    return list(generate_input(min(n, SIZES[-1]), len(SIZES) - 1, seed))
"""


def read_enamel(path: Path) -> Iterator[SourceRow]:
    """enamel.csv, the 142 scored rows. Each task's load program also defines ``level_input(level, case)`` for the
    benchmark's own levels 0-3."""
    origin = origin_of(path, _ORIGIN)
    for row in read_rows(path, "enamel"):
        if row.number("task_id") in _NOT_SCORED:
            continue
        prompt = row.text("prompt")
        task, shape = continuation(row, origin, f"{prompt}\n{row.text('reference_solution')}")
        program = _PROGRAM.format(
            helpers=_HELPERS, prompt=prompt, generator=row.text("input_generator"), sizes=_sizes(row)
        )
        checker = _CHECKER.format(helpers=shape.interface.header, checker=row.text("checker"))
        comparison = Comparison(kind="checker", checker=checker)
        tests = TaskTests(
            task_id=task.id,
            checks=_examples(row, shape, comparison),
            load_programs=(program,),
            comparison=comparison,
        )
        yield SourceRow(task=task, tests=tests)


def _sizes(row: Row) -> list[int]:
    try:
        return [int(size) for size in row.text("input_levels").split()]
    except ValueError as error:
        raise row.error("column 'input_levels' is not numbers") from error


def _examples(row: Row, shape: Signature, comparison: Comparison) -> tuple[TestCase, ...]:
    """The prompt's examples that are one call and its value, judged by the row's checker."""
    prompt = row.text("prompt")
    if row.number("task_id") in _WRONG_EXAMPLES:
        return ()
    name = re.escape(shape.interface.entry_point)
    pairs = [pair for form in _EXAMPLES for pair in re.findall(form.format(name=name), prompt, re.MULTILINE)]
    cases: dict[str, TestCase] = {}
    for call, value in pairs:
        converted = convert_asserts(f"assert {call} == {value}", shape)
        if not isinstance(converted, str) and converted[0].comparison == Comparison():
            cases[converted[0].input] = msgspec.structs.replace(converted[0], comparison=comparison)
    return tuple(cases.values())
