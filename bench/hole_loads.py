"""Does the load that tells two programs apart survive? A linear and a quadratic program for one task on standard
input, with one shipped load of n numbers, compared by ``efficoder time`` for every n: in both orders of the files, with
the linear program as the task's reference, the quadratic one, or none. Prints a line each, and how many were wrong.

    python bench/hole_loads.py [--times 2]

Aim: none wrong, on a busy machine too. Takes about five minutes; not a test.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

SIZES = (500, 1500, 3000, 8000, 30_000)
READ = "import sys\nfrom collections import Counter\nwords = sys.stdin.read().split()\nx = words[1:int(words[0]) + 1]\n"
LINEAR = READ + "print(sum(v * (v - 1) // 2 for v in Counter(x).values()))\n"
QUADRATIC = READ + (
    "total = 0\nfor i in range(len(x)):\n    for j in range(i + 1, len(x)):\n        total += x[i] == x[j]\n"
    "print(total)\n"
)
SMALL = {"4\n1 1 2 1\n": "3\n", "3\n5 6 7\n": "0\n", "6\n1 2 1 2 1 2\n": "6\n", "1\n9\n": "0\n"}


def task(n: int, reference: str | None) -> str:
    """The load's answer is given: a reference may be too slow to say it."""
    rng = random.Random(n)
    numbers = [rng.randrange(1000) for _ in range(n)]
    pairs = sum(count * (count - 1) // 2 for count in (numbers.count(value) for value in range(1000)))
    row = {
        "id": "pairs",
        "prompt": "Read n, then n numbers; print how many pairs have equal values.",
        "stdio": True,
        "tests": [{"stdin": text, "stdout": answer} for text, answer in SMALL.items()],
        "loads": [{"stdin": f"{n}\n{' '.join(map(str, numbers))}\n", "stdout": f"{pairs}\n", "size": n}],
    }
    return json.dumps(row | ({"reference": reference} if reference else {}))


def compare(folder: Path, names: tuple[str, str]) -> str:
    """What ``efficoder time`` says of two files, by their names: which is faster, else its last line."""
    command = [sys.executable, "-m", "efficoder", "time", *names, "--tests", "task.jsonl"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    return next((line for line in lines if " is faster than " in line), lines[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=2)
    times, wrong, asked = parser.parse_args().times, 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "linear.py").write_text(LINEAR)
        (folder / "quadratic.py").write_text(QUADRATIC)
        for n in SIZES:
            for known, reference in (("linear", LINEAR), ("quadratic", QUADRATIC), ("none", None)):
                (folder / "task.jsonl").write_text(task(n, reference) + "\n")
                for order in [("linear.py", "quadratic.py"), ("quadratic.py", "linear.py")] * times:
                    words = compare(folder, order)
                    right = words.startswith("linear.py is faster than quadratic.py")
                    asked, wrong = asked + 1, wrong + (not right)
                    print(f"{n:6} reference {known:9} {' '.join(order):26} {'right' if right else 'WRONG'}  {words}")
    print(f"{wrong} of {asked} wrong")


if __name__ == "__main__":
    main()
