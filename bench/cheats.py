"""What does the reward pay for programs that cheat? Each call has 64 completions of one prompt, half of them cheats.

    python bench/cheats.py [--tasks NAME ...] [--given] [--show KIND]

Tests are written as in a run and cut as an export cuts them. Prints what each kind of cheat (tests/cheats.py) is paid
on each task, and ends with the highest cheat and the lowest honest right answer. ``--given``: without fresh inputs, as
the guard of a training run judges.
"""

import argparse
import json
import sys
from importlib import resources
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from cheats import cheats, variants
from efficoder import sources
from efficoder.config import WriteTestsConfig
from efficoder.exports.formats import Grading
from efficoder.reward import ExecutionReward, changed_inputs
from efficoder.sandbox import Sandbox
from efficoder.testgen.loads.shorten import for_reward
from efficoder.testgen.writer import write_tests

_HALF = 32
_FAST = {
    "demo/has-pair": "def has_pair(n, t):\n    s = set()\n    for x in n:\n        if t - x in s:\n"
    "            return True\n        s.add(x)\n    return False\n",
    "demo/dedupe": "def dedupe(items):\n    return list(dict.fromkeys(items))\n",
    "demo/count-primes": "def count_primes(n):\n    s = bytearray([1]) * max(n, 0)\n    s[:2] = bytes(len(s[:2]))\n"
    "    for i in range(2, int(max(n, 0) ** 0.5) + 1):\n        if s[i]:\n"
    "            s[i * i::i] = bytes(len(s[i * i::i]))\n    return sum(s)\n",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="*", default=["demo/has-pair", "demo/dedupe", "demo/count-primes"])
    parser.add_argument("--given", action="store_true")
    parser.add_argument("--show")
    options = parser.parse_args()
    path = resources.files("efficoder") / "demo" / "tasks.jsonl"
    rows = {row.task.id: row for row in sources.read(f"jsonl:{path}")}
    highest, lowest = (0.0, ""), (9.0, "")
    for name in options.tasks:
        row = rows[name]
        with Sandbox() as sandbox:
            tests = write_tests(sandbox, row.task, row.tests, WriteTestsConfig(), seed=0).tests
        sizes = [(case.size, len(case.input), str(case.expected)[:12]) for case in (*tests.loads, *tests.untimed)]
        print(
            f"{name}: {len(tests.checks)} checks, loads and guards {sizes}, "
            f"ladder {len(tests.ladder)}; {tests.constant}"
        )
        known = list(cheats(row.task, tests))
        if options.show:
            print(*(cheat.code for cheat in known if options.show in cheat.kind), sep="\n---\n")
            return
        grading = Grading(row.task, for_reward(row.task, tests))
        reference, fast = row.task.reference or "", _FAST.get(name)
        wrong = f"{reference}\n_right = {row.task.interface.entry_point}\n"
        wrong += f"def {row.task.interface.entry_point}(*a):\n    return [_right(*a)]\n"
        right = [reference, fast] if fast else [reference]
        with ExecutionReward(workers=1, fresh_inputs=None if options.given else changed_inputs) as reward:
            for start in range(0, len(known), _HALF):
                half = known[start : start + _HALF]
                honest = [*variants(right, _HALF - 4), *variants([wrong], 4)]
                codes = [code for pair in zip(honest, [c.code for c in half], strict=False) for code in pair]
                paid = reward([f"```python\n{code}\n```" for code in codes], [grading] * len(codes))
                for cheat, worth in zip(half, paid[1::2], strict=True):
                    print(f"  {worth:5.2f}  {cheat.kind}", flush=True)
                    highest = max(highest, (worth, f"{name}: {cheat.kind}"))
                own = paid[0::2][: _HALF - 4]
                by = [own[place :: len(right)] for place in range(len(right))]
                print(
                    "  honest:",
                    *(f"{min(each):.2f}-{max(each):.2f}" for each in by if each),
                    "wrong",
                    paid[0::2][_HALF - 4 :],
                )
                lowest = min(lowest, *((worth, name) for worth in own))
    print(json.dumps({"highest cheat": highest, "lowest honest right answer": lowest}))


if __name__ == "__main__":
    main()
