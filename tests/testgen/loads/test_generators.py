"""Programs that make inputs are untrusted: whatever they do, the outcome is stated and nothing hangs."""

import time
from collections.abc import Iterator

import pytest

from efficoder.sandbox import Sandbox
from efficoder.testgen.loads.generators import Generator
from efficoder.wire import decode


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def made(sandbox: Sandbox, program: str, arity: int | None = 1) -> tuple[str | None, list[str]]:
    generator = Generator(sandbox, program, 1 if arity is None else arity, text=arity is None)
    return generator.make(5, 1), generator.problems


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("never ends", "while True:\n        pass", "timeout"),
        ("sleeps", "import time\n    time.sleep(3600)", "timeout"),
        ("wrong shape", "return 5", "wrong shape: a list of arguments expected, not int"),
        ("wrong arity", "return [1, 2]", "wrong shape: 2 arguments instead of 1"),
        ("forbidden import", "import socket\n    return [socket.create_connection(('10.0.0.1', 80))]", ""),
        ("nondeterministic", "import os\n    return [os.urandom(4).hex()]", "nondeterministic"),
        ("two gigabytes", "return [bytearray(2 << 30)]", "memory"),
        # Where pages are slow to come by, the CPU limit may be met first.
        ("two gigabytes bit by bit", "return [[bytearray(1 << 20) for _ in range(2048)]]", ("memory", "timeout")),
        ("huge result", "return ['x' * (64 << 20)]", "refused"),
        ("not plain data", "return [object()]", "refused"),
        ("raises", "return [1 // 0]", "error: ZeroDivisionError"),
        ("exits", "raise SystemExit(0)", "error"),
    ],
)
def test_a_bad_generator_is_a_stated_outcome(
    sandbox: Sandbox, name: str, body: str, reason: str | tuple[str, ...]
) -> None:
    started = time.monotonic()
    text, problems = made(sandbox, f"def make_input(n, seed):\n    {body}\n")
    assert text is None
    assert len(problems) == 1
    assert problems[0].startswith(reason)
    assert time.monotonic() - started < 120


@pytest.mark.parametrize("program", ["def make_input(n:", "", "import os", "make_input = 3"])
def test_what_is_no_generator_is_said(sandbox: Sandbox, program: str) -> None:
    text, problems = made(sandbox, program)
    assert text is None
    assert problems


def test_the_same_seed_gives_the_same_input_and_another_seed_another(sandbox: Sandbox) -> None:
    program = "import random\ndef make_input(n, seed):\n    return [[random.random() for _ in range(n)]]\n"
    generator = Generator(sandbox, program, 1)
    first = generator.make(5, 1)
    assert first == generator.make(5, 1) != generator.make(5, 2)
    assert generator.problems == []


def test_a_program_that_forgets_the_seed_is_seeded(sandbox: Sandbox) -> None:
    generator = Generator(sandbox, "import random\ndef make_input(n, seed):\n    return [random.random()]\n", 1)
    assert generator.make(5, 1) == generator.make(5, 1) != generator.make(5, 2)


def test_an_expression_is_an_input(sandbox: Sandbox) -> None:
    text, problems = made(sandbox, "['ab' * 3 + chr(97), [i * i for i in range(4)]]", 2)
    assert problems == []
    assert decode(text or "") == ["abababa", [0, 1, 4, 9]]


def test_text_for_standard_input(sandbox: Sandbox) -> None:
    program = "def make_input(n, seed):\n    return [f'{n}\\n']\n"
    assert made(sandbox, program, None) == ("5\n", [])
    assert made(sandbox, "def make_input(n, seed):\n    return [n]\n", None)[0] is None
