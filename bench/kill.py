"""Kill or interrupt a run at random moments, resume it with the same command, and compare its rows with those of a
run left alone.

    python bench/kill.py --kills 20 --source jsonl:tasks.jsonl --samples replies.jsonl

Prints every kill and the comparison; exits 1 when a row is missing, doubled or different. Timings differ between any
two runs, so measurements and what follows from them are compared by their keys, everything else byte by byte.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from efficoder.store import Store
from efficoder.types import (
    Candidate,
    DatasetRecord,
    Drop,
    Measurement,
    Record,
    Sample,
    Selection,
    Task,
    TaskTests,
    TestFacts,
    Verdict,
)

EXACT: tuple[type[Record], ...] = (Task, Sample, Candidate, Drop)
BY_KEY: tuple[type[Record], ...] = (TaskTests, Verdict, Selection)


def command(folder: Path, source: str, samples: str) -> list[str]:
    sets = {"collect.sources": [source], "generate.models": [f"replay/{samples}"], "curate.skip": ["overlap"]}
    config = folder / "kill.toml"
    tables: dict[str, list[str]] = {}
    for key, value in sets.items():
        stage, _, name = key.partition(".")
        tables.setdefault(stage, []).append(f"{name} = {json.dumps(value)}")
    config.write_text("\n".join(f"[{stage}]\n" + "\n".join(lines) for stage, lines in tables.items()))
    return [sys.executable, "-m", "efficoder.cli", "run", str(config), "--runs", str(folder)]


def rows(folder: Path) -> dict[str, object]:
    with Store(folder) as store:
        found: dict[str, object] = {}
        for kind in EXACT:
            found[kind.__name__] = sorted(repr(record) for record in store.all(kind))
        for kind in BY_KEY:
            found[kind.__name__] = sorted(key for key in store.keys(kind) if not key.endswith("/1"))
        # Whether a task's loads show time is measured, so a borderline task may be timed in one run and not in another:
        # what must hold in each is that every right candidate of a task with signal was timed.
        signal = {facts.task_id for facts in store.all(TestFacts) if facts.signal}
        right = {v.candidate_id for v in store.all(Verdict) if v.outcome == "passed" and v.task_id in signal}
        found["right but not timed"] = sorted(right - {m.candidate_id for m in store.all(Measurement)})
        found["arms"] = sorted({record.arm for record in store.all(DatasetRecord)})
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--source", required=True)
    parser.add_argument("--samples", required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as quiet, tempfile.TemporaryDirectory() as killed:
        began = time.monotonic()
        subprocess.run(command(Path(quiet), options.source, options.samples), check=True, stderr=subprocess.DEVNULL)
        whole_s = time.monotonic() - began
        print(f"undisturbed: {whole_s:.1f} s")
        line = command(Path(killed), options.source, options.samples)
        kills = 0
        while True:
            process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)
            # Early and late moments alike: later tries have less left to do.
            wait_s = chance.uniform(0.2, whole_s * chance.random()) if kills < options.kills else None
            try:
                _, talk = process.communicate(timeout=wait_s)
            except subprocess.TimeoutExpired:
                how = chance.choice((signal.SIGKILL, signal.SIGINT))
                process.send_signal(how)
                process.communicate()
                kills += 1
                print(f"{how.name} {kills} after {wait_s:.2f} s", flush=True)
                continue
            if process.returncode != 0:
                print(talk)
                return 1
            if kills >= options.kills:
                break
            # It finished before the moment came: start over in a fresh place, the kills so far are counted.
            print("finished undisturbed; rows so far compared, starting over")
            if not same(rows(Path(quiet) / "kill"), rows(Path(killed) / "kill")):
                return 1
            (Path(killed) / "kill" / "run.sqlite").unlink()
        ok = same(rows(Path(quiet) / "kill"), rows(Path(killed) / "kill"))
        print(f"{kills} kills; rows {'the same' if ok else 'DIFFER'}")
        return 0 if ok else 1


def same(expected: dict[str, object], found: dict[str, object]) -> bool:
    for kind, wanted in expected.items():
        if wanted != found[kind]:
            print(f"{kind}: {len(wanted)} rows undisturbed, {len(found[kind])} after kills, or other ones")  # type: ignore[arg-type]
    return expected == found


if __name__ == "__main__":
    sys.exit(main())
