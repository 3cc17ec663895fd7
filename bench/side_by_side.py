"""`efficoder time` beside hyperfine and pyperf on twelve pairs of programs of which the truth is known: who says it, in
how long, after how many keystrokes.

    python bench/side_by_side.py --pyperf PYTHON [--only NAME]     # hyperfine on PATH, PYTHON with pyperf

hyperfine and pyperf time the input that they are given, so they get a large one. Their word counts as a claim where
hyperfine's ratio is above 1 by more than its error, and where pyperf's t-test calls the difference significant.
"""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from twelve_pairs import PAIRS, Pair


@dataclass(frozen=True)
class Said:
    claim: str
    """``a`` or ``b`` is faster, ``equal``, ``refuse``."""
    words: str
    seconds: float
    keys: int


def hyperfine(folder: Path, pair: Pair) -> Said:
    commands = [f"python3 -c 'from {name} import f; {pair.large}'" for name in "ab"]
    line = ["hyperfine", *commands]
    began = time.monotonic()
    ran = run([*line, "--export-json", "out.json"], folder)
    seconds = time.monotonic() - began
    keys = len(f'hyperfine "{commands[0]}" "{commands[1]}"')
    if ran.returncode:
        return Said("refuse", ran.stderr.strip().splitlines()[-1][:90], seconds, keys)
    found = re.search(r"'python3 -c 'from (\w).*? ran\s+([\d.]+) ± ([\d.]+) times faster", ran.stdout, re.DOTALL)
    assert found is not None, ran.stdout
    clear = float(found[2]) - float(found[3]) > 1
    return Said(found[1] if clear else "equal", f"{found[1]} ran {found[2]} ± {found[3]} times faster", seconds, keys)


def pyperf(folder: Path, pair: Pair, python: str) -> Said:
    began, lines = time.monotonic(), []
    for name in "ab":
        line = [python, "-m", "pyperf", "timeit", "-o", f"{name}.json", "-s", f"from {name} import f", pair.large]
        lines.append(f"pyperf timeit -o {name}.json -s 'from {name} import f' '{pair.large}'")
        ran = run(line, folder)
        if ran.returncode:
            failed = (ran.stderr + ran.stdout).strip().splitlines()
            error = next((row for row in failed if "Error" in row), failed[-1])
            return Said("refuse", error[:90], time.monotonic() - began, sum(map(len, lines)))
    lines.append("pyperf compare_to a.json b.json")
    ran = run([python, "-m", "pyperf", "compare_to", "a.json", "b.json"], folder)
    seconds, keys = time.monotonic() - began, sum(map(len, lines))
    words = ran.stdout.strip().splitlines()[-1]
    found = re.search(r"([\d.]+)x (faster|slower)", words)
    if found is None:
        return Said("equal", words[:90], seconds, keys)
    return Said("b" if found[2] == "faster" else "a", f"b is {found[0]}", seconds, keys)


def efficoder(folder: Path, pair: Pair) -> Said:
    line = f"efficoder time a.py b.py --call '{pair.small}'"
    began = time.monotonic()
    command = [sys.executable, "-m", "efficoder", "time", "a.py", "b.py", "--call", pair.small, "--json"]
    ran = run(command, folder)
    seconds = time.monotonic() - began
    answer = json.loads(ran.stdout)
    best = answer["lines"][0]["program"][0] if answer["outcome"] == "faster" else ""
    claims = {"failed": "refuse", "faster": best, "tie": "equal"}
    memory = [f"{row['program'][0]} {row['place']['mu_bytes'] / 1e6:.1f} MB" for row in answer["lines"]]
    words = " ".join(
        filter(None, (answer["words"], answer.get("waits", ""), ", ".join(memory) if pair.name == "memory" else ""))
    )
    return Said(claims.get(answer["outcome"], answer["outcome"]), words, seconds, len(line))


def run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)


@contextlib.contextmanager
def burning(busy: bool) -> Iterator[None]:
    """Programs that use every core, where asked for."""
    burners = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range((os.cpu_count() or 1) * busy)
    ]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pyperf", required=True, help="an interpreter that has pyperf")
    parser.add_argument("--only", help="one pair")
    options = parser.parse_args()
    print("| pair | truth | tool | says | true | s | keys |\n|---|---|---|---|---|---|---|")
    for pair in PAIRS:
        if options.only not in (None, pair.name):
            continue
        with tempfile.TemporaryDirectory() as name, burning(pair.busy):
            folder = Path(name)
            for program in ("a", "b"):
                (folder / f"{program}.py").write_text(getattr(pair, program))
            said = {"efficoder": efficoder(folder, pair), "hyperfine": hyperfine(folder, pair)}
            said["pyperf"] = pyperf(folder, pair, options.pyperf)
        for tool, one in said.items():
            true = "yes" if one.claim in pair.truth else "no"
            row = [pair.name, pair.why, tool, one.words, true, f"{one.seconds:.0f}", str(one.keys)]
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
