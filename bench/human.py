"""Do people's programs in a language come out right here, and how many of a Python task's inputs fit their types?

    python bench/human.py cpp humaneval_x humaneval_cpp.jsonl.gz HumanEvalPlus.jsonl.gz
    python bench/human.py java leetcode solutions.jsonl.gz LeetCodeDataset-v0.2.0-test.jsonl.gz --tasks 100

The first runs each canonical solution of HumanEval-X on the HumanEval+ inputs of the same problem, and holds its
answers against those of the Python reference. A task is usable where at least 20 inputs and half of all give equal
answers. The second judges the recorded solutions of a pool on the tests of LeetCodeDataset.
"""

import argparse
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from efficoder import sources, wire
from efficoder.judging.compare import compare
from efficoder.judging.trial import CHECK_LIMITS, run_pass
from efficoder.languages import language
from efficoder.sandbox import Sandbox
from efficoder.sources.prelude import HEADERS
from efficoder.types import Comparison, Function, Origin, Task, TestCase

PYTHON = language("python")
CLOSE = Comparison(kind="float", absolute=1e-6, relative=1e-6)
LEAST, SHARE = 20, 0.5
FAILURES = 40
"""Of one program, after which it is not asked on."""


class Way(NamedTuple):
    """How the sets write programs of a language."""

    begins: str
    """The field of HumanEval-X that stands above the canonical solution."""
    name: Callable[[str], str]
    """The entry point of a function of this name."""
    named: str
    """Where else the name is; the last one counts."""
    drops: str
    """Lines that the set's own runner made sense of."""
    entry_point: Callable[[str], str]
    """LeetCode's name of a method, in the language."""


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


_LAST = r"(\w+)\s*(?:=\s*)?\([^()]*\)\s*(?:=>\s*)?\{\s*$"
WAYS = {
    "cpp": Way("prompt", str, _LAST, "(?!)", str),
    "rust": Way(
        "declaration",
        str,
        r"fn\s+(\w+)",
        r"^use (?:rand|regex|md5)\b.*;$",
        lambda name: snake(name.replace("().", "::")).replace("solution::", "Solution::"),
    ),
    "go": Way(
        "prompt",
        str,
        r"func\s+(\w+)",
        "(?!)",
        lambda name: name.partition("().")[2],
    ),
    "javascript": Way("prompt", str, _LAST, "(?!)", lambda name: name.rpartition(".")[2]),
    "java": Way(
        "prompt",
        lambda name: f"Solution().{name}",
        _LAST,
        "(?!)",
        str,
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=sorted(WAYS))
    parser.add_argument("which", choices=("humaneval_x", "leetcode"))
    parser.add_argument("programs", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tasks", type=int, help="at most so many")
    options = parser.parse_args()
    with Sandbox() as sandbox:
        found = humaneval_x(options, sandbox) if options.which == "humaneval_x" else leetcode(options, sandbox)
        counts: Counter[str] = Counter()
        right_programs: Counter[str] = Counter()
        for name, outcome, detail, number in found:
            counts.update({outcome: 1, "inputs": number})
            right_programs[name.partition(" ")[0]] += outcome == "right"
            if outcome not in ("usable", "right"):
                print(f"{name}: {outcome} {detail}", flush=True)
    print(dict(counts))
    if options.which == "leetcode":
        several = sum(number > 1 for number in right_programs.values())
        print(f"{len(right_programs)} tasks, {several} with two or more right programs")


Finding = tuple[str, str, str, int]


def humaneval_x(options: argparse.Namespace, sandbox: Sandbox) -> Iterator[Finding]:
    way = WAYS[options.language]
    twins = {row["task_id"].split("/")[1]: row for row in read(options.programs)}
    for row in islice(sources.read(f"humanevalplus:{options.data}"), options.tasks):
        twin = twins[row.task.id.split("/")[1]]
        code = re.sub(way.drops, "", twin[way.begins] + twin["canonical_solution"], flags=re.MULTILINE)
        assert isinstance(row.task.interface, Function)
        name = row.task.interface.entry_point
        if not re.search(rf"\b{name}\s*\(", code):
            name = [name, *re.findall(way.named, twin[way.begins].rstrip())][-1]
        task = typed(options.language, code, way.name(name))
        if task is None:
            yield row.task.id, "unsupported", "no signature that the driver has types for", 0
            continue
        inputs = [check.input for check in row.tests.checks]
        reference = PYTHON.program(row.task, row.task.reference or "")
        answers = run_pass(sandbox, reference, inputs, CHECK_LIMITS).outputs
        known = [TestCase(input=i, expected=as_lists(a)) for i, a in zip(inputs, answers, strict=False)]
        fitting = [case for case in known if not language(task.language).misfit(task, case.input)]
        equal, ended = right(sandbox, task, code, fitting)
        enough = equal >= SHARE * len(inputs) and equal >= min(LEAST, len(inputs))
        detail = f"{equal} of {len(inputs)} equal, {len(known) - len(fitting)} do not fit; {ended}"
        yield row.task.id, "usable" if enough else "lost", detail, len(inputs)


def leetcode(options: argparse.Namespace, sandbox: Sandbox) -> Iterator[Finding]:
    way = WAYS[options.language]
    pool: dict[str, list[str]] = defaultdict(list)
    for written in read(options.programs):
        if written["language"] == options.language:
            pool[written["task_id"]].append(written["solution"])
    tasks = (row for row in sources.read(f"leetcode:{options.data}") if row.task.id.split("/")[-1] in pool)
    for row in islice(tasks, options.tasks):
        name = row.task.id.split("/")[-1]
        if not isinstance(row.task.interface, Function):
            continue
        for number, code in enumerate(pool[name]):
            task = typed(options.language, code, way.entry_point(row.task.interface.entry_point))
            if task is None:
                yield f"{name} {number}", "unsupported", "no signature that the driver has types for", 0
                continue
            known = [
                TestCase(input=case.input, expected=as_lists(str(case.expected)), comparison=case.comparison)
                for case in row.tests.checks
                if case.expected is not None and not language(task.language).misfit(task, case.input)
            ]
            equal, ended = right(sandbox, task, code, known)
            outcome = "right" if equal == len(known) > 0 else "wrong" if ended.startswith("finished") else "failed"
            yield f"{name} {number}", outcome, f"{equal} of {len(known)} equal; {ended}", len(known)


def typed(name_of_language: str, code: str, name: str) -> Task | None:
    known = language(name_of_language)
    interface = known.signature(code, name, HEADERS.get(name_of_language, ""))
    if not isinstance(interface, Function):
        return None
    task = Task(
        id="t", prompt="", interface=interface, origin=Origin(source=""), language=name_of_language, reference=code
    )
    return None if known.unsupported(task) else task


def right(sandbox: Sandbox, task: Task, code: str, cases: Sequence[TestCase]) -> tuple[int, str]:
    """On how many the program gives the expected answer, and how it first ended otherwise than finished. One that fails
    on an input is asked the others, as a reference is; one that takes too long is not."""
    program = language(task.language).program(task, code)
    equal, first, left = 0, "finished", list(cases)
    for _ in range(FAILURES):
        ran = run_pass(sandbox, program, [case.input for case in left], CHECK_LIMITS)
        rules = [CLOSE if case.comparison.kind == "exact" else case.comparison for case in left]
        equal += sum(compare(c.expected, o, rule) for c, o, rule in zip(left, ran.outputs, rules, strict=False))
        first = first if first != "finished" else f"{ran.ended} {ran.detail[:100]}".strip()
        left = left[len(ran.outputs) + 1 :]
        if not left or ran.ended in ("finished", "timeout", "compile_error"):
            break
    return equal, first


def as_lists(text: str | bytes) -> str:
    """Compiled languages have lists where Python has tuples."""

    def plain(value: Any) -> Any:
        return [plain(item) for item in value] if isinstance(value, tuple | list) else value

    return wire.encode(plain(wire.decode(text)))


def read(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
