"""Every rule drops what it names, says what and where, and nothing else."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from efficoder import wire
from efficoder.config import CurateConfig
from efficoder.curation.curate import RULES, benchmark_tasks, curate
from efficoder.curation.overlap import prose
from efficoder.errors import UsageError
from efficoder.sources import SourceRow
from efficoder.types import Drop, Function, Origin, Stdio, Task, TaskTests, TestCase

CHECK = TestCase(input=wire.encode([1]), expected="1")


def row(id: str, prompt: str = "", reference: str | None = "", *, name: str = "f", checks: int = 1) -> SourceRow:
    task = Task(
        id=id,
        prompt=prompt or f"Return what number {id} asks for.",
        interface=Function(entry_point=name),
        origin=Origin(source="test"),
        reference=f"def f(x):\n    return x + {abs(hash(id))}\n" if reference == "" else reference,
    )
    return SourceRow(task=task, tests=TaskTests(task_id=id, checks=(CHECK,) * checks))


def drops(rows: Iterable[SourceRow], config: CurateConfig | None = None, benchmarks: Iterable[Task] = ()) -> list[Drop]:
    return [item for item in curate(rows, config or CurateConfig(), benchmarks) if isinstance(item, Drop)]


def reasons(*args: object, **kwargs: object) -> dict[str, str]:
    return {drop.id: drop.reason for drop in drops(*args, **kwargs)}  # type: ignore[arg-type]


def test_good_tasks_pass_unchanged_in_order() -> None:
    rows = [row("a"), row("b"), row("c", reference=None)]
    assert list(curate(rows, CurateConfig())) == [item.task for item in rows]


def test_a_reference_that_does_not_parse_is_dropped_with_its_line() -> None:
    assert drops([row("a", reference="x = 1\ndef f(:\n")]) == [
        Drop(id="a", stage="curate", reason="parses", detail="line 2: invalid syntax", task_id="a")
    ]


def test_a_task_with_nothing_to_run_is_dropped() -> None:
    rows = [row("a", reference=None, checks=0), row("b", reference=None), row("c", checks=0)]
    assert reasons(rows) == {"a": "runnable"}


def test_risky_references_are_dropped_with_line_and_operation() -> None:
    risky = row("a", reference="import os\n\ndef f(x):\n    return open('a').read() + os.system('b')\n")
    (drop,) = drops([risky])
    assert (drop.reason, drop.detail) == ("files", "line 4: open()")
    assert reasons([row("b", reference="import numpy\ndef f(x): return numpy.sum(x)\n")]) == {"b": "third_party"}


def test_a_language_nobody_wrote_is_dropped() -> None:
    other = row("a")
    task = Task(id="a", prompt="p", interface=Stdio(), origin=Origin(source="s"), language="cobol", reference="X.")
    assert reasons([SourceRow(task=task, tests=other.tests)]) == {"a": "language"}


def test_of_equal_prompts_the_first_stays() -> None:
    rows = [row("a", "Sum two numbers."), row("b", "sum   TWO numbers"), row("c", "Sum 2 numbers.")]
    assert [(drop.id, drop.reason, drop.detail) for drop in drops(rows)] == [("b", "duplicate_prompt", "the same as a")]


def test_of_equal_references_the_first_stays() -> None:
    rows = [
        row("a", reference="def f(x):\n    '''Doc'''\n    return x\n"),
        row("b", reference="def f(x): return x # y"),
    ]
    assert [(drop.id, drop.reason, drop.detail) for drop in drops(rows)] == [("b", "duplicate_code", "the same as a")]


def test_a_dropped_task_makes_no_later_one_a_duplicate() -> None:
    rows = [row("a", "Read it.", "def f(x): return open(x)"), row("b", "Read it.", "def f(x): return 1")]
    assert reasons(rows) == {"a": "files"}


def test_skipped_rules_are_left_out() -> None:
    rows = [row("a", reference="import numpy\ndef f(x): return eval(x)\n"), row("b", reference="def f(")]
    assert reasons(rows, CurateConfig(skip=("third_party", "parses"))) == {"a": "dynamic"}
    assert reasons(rows, CurateConfig(skip=RULES)) == {}


def test_an_unknown_rule_in_skip_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="no rule 'netwrk'; did you mean 'network'"):
        curate([], CurateConfig(skip=("netwrk",)))
    with pytest.raises(UsageError, match="known: clocks, "):
        curate([], CurateConfig(skip=("zzz",)))


def test_rows_are_taken_one_at_a_time() -> None:
    def rows() -> Iterable[SourceRow]:
        yield row("a")
        pytest.fail("read ahead")

    assert next(iter(curate(rows(), CurateConfig())))


# ---------------------------------------------------------------- overlap

LONG = (
    "You are standing in front of an old lock with four wheels, and every wheel turns by one step. "
    "Find how many turns it takes at least to open the lock without ever meeting a dead end on the way. "
    "A subarray is a contiguous non-empty sequence of elements within an array."
)
BENCHMARK = [
    row("B/long", LONG, "def turns(x):\n    return x\n", name="turns").task,
    row(
        "B/short", "Write a function to find the area of a circle from its radius.", "def area(r):\n    return 3\n"
    ).task,
    row("B/tiny", '"""\nSort it.\nassert f([2, 1]) == [1, 2]\n"""\n', "def f(x):\n    return sorted(x)\n").task,
    row(
        "B/code",
        'from typing import List\n\n\ndef has_close(xs: List[float]) -> bool:\n    """ Check whether any two of the '
        'given numbers are closer to each other than one.\n    >>> has_close([1.0, 2.0])\n    False\n    """\n',
        "def has_close(xs):\n    return False\n",
        name="has_close",
    ).task,
]
OVERLAPS = {
    "the same text, other signs": (LONG.upper().replace(",", ";"), "has the text of B/long"),
    "most of it, new words around": (f"Hello there, solver of riddles! {LONG[:190]} Good luck.", "shares"),
    "a short prompt inside another": (
        "Please help: find the area of a circle from its radius, and round it.",
        "shares 1 phrases of 9 words with B/short",
    ),
    "a tiny prompt alone": ("Write a Python function to sort it.", "has the text of B/tiny"),
    "the docstring of code": (
        "Check whether any two of the given numbers are closer to each other than one.",
        "has the text of B/code",
    ),
}


@pytest.mark.parametrize(("prompt", "detail"), OVERLAPS.values(), ids=OVERLAPS)
def test_overlap_with_a_benchmark_is_found(prompt: str, detail: str) -> None:
    (drop,) = drops([row("a", prompt, name="g")], benchmarks=BENCHMARK)
    assert drop.reason == "overlap"
    assert drop.detail.startswith(detail)


DISTINCT = {
    "a sentence of the trade": "Count them. A subarray is a contiguous non-empty sequence of elements within an array.",
    "the same numbers": "assert f([2, 1]) == [1, 2]\nReverse it.",
    "the same signature": "from typing import List\n\n\ndef has_close(xs: List[float]) -> bool:\n    ''' Other. '''\n",
    "a tiny prompt inside": "Take the list, sort it and then tell how many pairs differ by at most one.",
}


@pytest.mark.parametrize("prompt", DISTINCT.values(), ids=DISTINCT)
def test_what_only_looks_alike_stays(prompt: str) -> None:
    assert drops([row("a", prompt)], benchmarks=BENCHMARK) == []


def test_the_same_solution_is_overlap_whatever_the_prompt() -> None:
    (drop,) = drops([row("a", reference="def turns(x): return x  # mine\n")], benchmarks=BENCHMARK)
    assert (drop.reason, drop.detail) == ("overlap", "has the solution of B/long")


def test_a_reworded_prompt_with_the_same_entry_point_is_overlap() -> None:
    prompt = "Check if any two given numbers are closer to each other than one."
    (drop,) = drops([row("a", prompt, name="has_Close")], benchmarks=BENCHMARK)
    assert drop.detail == "has the entry point and half of the words of B/code"
    assert drops([row("a", prompt, name="other")], benchmarks=BENCHMARK) == []


def test_the_same_id_is_overlap_only_with_the_same_entry_point() -> None:
    (drop,) = drops([row("B/long", "Wholly other words.", name="turns")], benchmarks=BENCHMARK)
    assert drop.detail == "has the id of B/long"
    assert drops([row("B/long", "Wholly other words.")], benchmarks=BENCHMARK) == []


def test_prose_leaves_out_code_examples_and_openings() -> None:
    assert prose(
        "Write a function to add 2 numbers.\nYour code should pass this test:\nassert f(1) == 2", "python"
    ) == [
        "add",
        "numbers",
    ]
    assert prose("Add it.\n```python\nclass Solution:\n    def f(self): ...\n```", "python") == ["add", "it"]


def test_benchmarks_are_read_by_spec(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    path.write_text('{"id": "b", "prompt": "Add.", "entry_point": "f", "tests": [{"input": [1], "expected": 2}]}\n')
    (task,) = benchmark_tasks(CurateConfig(benchmarks=(f"jsonl:{path}",)))
    assert task.id == "b"
