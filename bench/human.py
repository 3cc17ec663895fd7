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
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from efficoder import sources, wire
from efficoder.judging.compare import compare
from efficoder.judging.trial import CHECK_LIMITS, run_pass
from efficoder.languages import language
from efficoder.sandbox import Sandbox
from efficoder.types import Comparison, Function, Origin, Task, TestCase

PYTHON = language("python")
HEADERS = {
    "cpp": "#include <bits/stdc++.h>\nusing namespace std;\n",
    "java": "import java.util.*;\nimport java.util.function.*;\nimport java.util.stream.*;\n",
}
"""What LeetCode puts above every solution."""
NAMED = re.compile(r"(\w+)\s*(?:=\s*)?\([^()]*\)\s*(?:=>\s*)?\{\s*$")
"""The function that a prompt ends with."""
CLOSE = Comparison(kind="float", absolute=1e-6, relative=1e-6)
LEAST, SHARE = 20, 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language")
    parser.add_argument("which", choices=("humaneval_x", "leetcode"))
    parser.add_argument("programs", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tasks", type=int, help="at most so many")
    options = parser.parse_args()
    with Sandbox() as sandbox:
        found = humaneval_x(options, sandbox) if options.which == "humaneval_x" else leetcode(options, sandbox)
        counts: Counter[str] = Counter()
        for name, outcome, detail, number in found:
            counts.update({outcome: 1, "inputs": number})
            if outcome not in ("usable", "right"):
                print(f"{name}: {outcome} {detail}", flush=True)
    print(dict(counts))


Finding = tuple[str, str, str, int]


def humaneval_x(options: argparse.Namespace, sandbox: Sandbox) -> Iterator[Finding]:
    twins = {row["task_id"].split("/")[1]: row for row in read(options.programs)}
    for row in islice(sources.read(f"humanevalplus:{options.data}"), options.tasks):
        twin = twins[row.task.id.split("/")[1]]
        code = twin["prompt"] + twin["canonical_solution"]
        named = NAMED.findall(twin["prompt"].rstrip())
        method = "Solution()." if options.language == "java" else ""
        task = typed(options.language, code, method + (named[-1] if named else ""))
        if task is None:
            yield row.task.id, "unsupported", "no signature that the driver has types for", 0
            continue
        inputs = [check.input for check in row.tests.checks]
        reference = PYTHON.program(row.task, row.task.reference or "")
        answers = run_pass(sandbox, reference, inputs, CHECK_LIMITS).outputs
        known = [TestCase(input=i, expected=as_lists(a)) for i, a in zip(inputs, answers, strict=False)]
        fitting = [case for case in known if not language(options.language).misfit(task, case.input)]
        equal, ended = right(sandbox, task, code, fitting)
        enough = equal >= SHARE * len(inputs) and equal >= min(LEAST, len(inputs))
        detail = f"{equal} of {len(inputs)} equal, {len(known) - len(fitting)} do not fit; {ended}"
        yield row.task.id, "usable" if enough else "lost", detail, len(inputs)


def leetcode(options: argparse.Namespace, sandbox: Sandbox) -> Iterator[Finding]:
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
            name_here = row.task.interface.entry_point
            name_here = name_here.rpartition(".")[2] if options.language == "javascript" else name_here
            task = typed(options.language, code, name_here, HEADERS.get(options.language, ""))
            if task is None:
                yield f"{name} {number}", "unsupported", "no signature that the driver has types for", 0
                continue
            known = [
                TestCase(input=case.input, expected=as_lists(str(case.expected)), comparison=case.comparison)
                for case in row.tests.checks
                if case.expected is not None and not language(options.language).misfit(task, case.input)
            ]
            equal, ended = right(sandbox, task, code, known)
            outcome = "right" if equal == len(known) > 0 else "wrong" if ended.startswith("finished") else "failed"
            yield f"{name} {number}", outcome, f"{equal} of {len(known)} equal; {ended}", len(known)


def typed(spoken: str, code: str, name: str, header: str = "") -> Task | None:
    interface = language(spoken).signature(code, name, header)
    if not isinstance(interface, Function):
        return None
    task = Task(id="t", prompt="", interface=interface, origin=Origin(source=""), language=spoken, reference=code)
    return None if language(spoken).unsupported(task) else task


def right(sandbox: Sandbox, task: Task, code: str, cases: Sequence[TestCase]) -> tuple[int, str]:
    """On how many the program gives the expected answer, up to the first failure, and how it ended."""
    ran = run_pass(sandbox, language(task.language).program(task, code), [case.input for case in cases], CHECK_LIMITS)
    rules = [CLOSE if case.comparison.kind == "exact" else case.comparison for case in cases]
    equal = sum(compare(c.expected, o, rule) for c, o, rule in zip(cases, ran.outputs, rules, strict=False))
    return equal, f"{ran.ended} {ran.detail[:100]}"


def as_lists(text: str | bytes) -> str:
    """Other languages have lists where Python has tuples."""

    def plain(value: Any) -> Any:
        return [plain(item) for item in value] if isinstance(value, tuple | list) else value

    return wire.encode(plain(wire.decode(text)))


def read(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
