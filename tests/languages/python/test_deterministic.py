"""Whether a seed can change an answer: what is called certain is, and what is not certain is never called so."""

import pytest

from efficoder.judging.trial import GIVEN_LIMITS, ask
from efficoder.languages import language
from efficoder.sandbox import Sandbox
from efficoder.types import Function, Origin, Task

HEADER = "import random\nfrom typing import *\nfrom collections import *\n"


def task(header: str = "") -> Task:
    return Task(id="t", prompt="", interface=Function(entry_point="f", header=header), origin=Origin(source=""))


def certain(code: str, header: str = "") -> bool:
    return language("python").deterministic(code, task(header))


CERTAIN = {
    "arithmetic": "def f(n):\n    return sum(i * i for i in range(n)) - n",
    "a dict, counted": "def f(s):\n    d = {}\n    for c in s:\n        d[c] = d.get(c, 0) + 1\n    return len(d) - 1",
    "keys in order": "def f(s):\n    d = dict.fromkeys(s)\n    return [k for k in d.keys()][-1:]",
    "harmless modules": "from collections import Counter\ndef f(s):\n    return Counter(s).most_common(1)",
    "a program": "import sys\nprint(sum(map(int, sys.stdin.read().split())))",
    "its own errors": "def f(n):\n    if n < 0:\n        raise ValueError('negative')\n    return n",
}
UNCERTAIN = {
    "a set": "def f(s):\n    return list(set(s))",
    "a set by braces": "def f(s):\n    return list({*s})",
    "a set comprehension": "def f(s):\n    return [x for x in {c for c in s}]",
    "frozenset": "def f(s):\n    return list(frozenset(s))",
    "hash": "def f(s):\n    return hash(s)",
    "id": "def f(s):\n    return id(s)",
    "views": "def f(a, b):\n    return list(a.keys() & b.keys())",
    "views, subtracted": "def f(a, b):\n    return list(a.keys() - b)",
    "views, later": "def f(a, b):\n    k = a.items()\n    k ^= b.items()\n    return list(k)",
    "random": "import random\ndef f(n):\n    return random.random()",
    "time": "import time\ndef f(n):\n    return time.time()",
    "a module hidden in another": "import sys\ndef f(n):\n    return sys.modules['random'].random()",
    "another name for a module": "import sys as s\ndef f(n):\n    return s.modules['random'].random()",
    "numpy": "import numpy as np\ndef f(n):\n    return np.unique(n)",
    "names of any kind": "def f(s):\n    return list(getattr(__builtins__, 's' + 'et')(s))",
    "eval": "def f(s):\n    return list(eval('set')(s))",
    "an attribute of the class": "def f(s):\n    return s.__hash__()",
    "operators as functions": "from operator import and_\ndef f(a, b):\n    return list(and_(a.keys(), b.keys()))",
    "a file": "def f(n):\n    return open('/proc/self/stat').read()",
    "what does not parse": "def f(:",
    "what nothing binds": "def f(n):\n    return g(n)",
}


@pytest.mark.parametrize("code", CERTAIN.values(), ids=CERTAIN)
def test_what_no_seed_reaches_is_certain(code: str) -> None:
    assert certain(code)


@pytest.mark.parametrize("code", UNCERTAIN.values(), ids=UNCERTAIN)
def test_what_a_seed_may_reach_is_not(code: str) -> None:
    assert not certain(code)


def test_of_a_header_only_what_is_used_counts() -> None:
    assert certain("def f(s: List[int]):\n    return Counter(s).most_common(1)", HEADER)
    assert not certain("def f(s):\n    return random.choice(s)", HEADER)


def test_the_header_of_a_language_that_cannot_tell_is_run_twice() -> None:
    assert not language("cpp").deterministic("int f(int n) { return n; }", task())


def test_it_holds_for_real() -> None:
    inputs = ['["abcab"]', "[7]", '[["x","y"]]']
    with Sandbox() as sandbox:
        for name, code in CERTAIN.items():
            program = language("python").program(task(), code)
            first, second = (
                [
                    each if isinstance(each, bytes) else each.detail
                    for each in ask(where, program, inputs, GIVEN_LIMITS)[0]
                ]
                for where in (sandbox, sandbox.rehashed)
            )
            assert first == second, name
