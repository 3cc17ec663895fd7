"""What sets in many languages give here: tests from twins, pools that differ in speed, naive programs told apart.

    python bench/many_languages.py twins LANGUAGE SOURCE [SOURCE ...]
    python bench/many_languages.py kills LANGUAGE SOURCE [SOURCE ...] [--limit N] [--every N]
    python bench/many_languages.py pool RUN_FOLDER LANGUAGE
    python bench/many_languages.py library_checker problems.jsonl.gz [--limit N] [--every N]

``twins``: on how many tasks of a language the tests of the same problem serve, and what stops the others. ``kills``:
how many mutants of the reference those tests notice, before and after checks are grown, and how many that do no work on
large inputs. ``pool``: of a run whose samples are a pool, on how many tasks two right programs differ.
``library_checker``: whether the set's correct programs pass, and its naive ones are slower on loads of our making.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from efficoder import sources
from efficoder.config import WriteTestsConfig
from efficoder.judging.trial import Trial
from efficoder.languages import refusal
from efficoder.report import signal
from efficoder.sandbox import Limits, Sandbox
from efficoder.sources.files import read_rows
from efficoder.sources.library_checker import whole
from efficoder.store import Store, right_candidates
from efficoder.testgen.twins import write_tests_of
from efficoder.testgen.writer import WrittenTests
from efficoder.types import Selection, Task

CHECKS = WriteTestsConfig(grow=0, mutants=0, loads=0)
LOADS = WriteTestsConfig(grow=0, mutants=0)
LIMIT_S, TOLD = 5.0, 2.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=("twins", "kills", "pool", "library_checker"))
    parser.add_argument("arguments", nargs="+")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    if given.which == "pool":
        pool(Path(given.arguments[0]), given.arguments[1])
        return
    if given.which == "kills":
        kills(*given.arguments, limit=given.limit, every=given.every)
        return
    found = (
        twins(*given.arguments)
        if given.which == "twins"
        else library_checker(Path(given.arguments[0]), given.limit, given.every)
    )
    counts: Counter[str] = Counter()
    for name, outcome, detail in found:
        counts[outcome] += 1
        print(f"{name}: {outcome} {detail}", flush=True)
    print(dict(counts.most_common()))


def twins(language: str, *specs: str) -> Iterator[tuple[str, str, str]]:
    for task, made in written(language, *specs, config=CHECKS):
        if made is None:
            yield task.id, "refused", refusal(task) or "no twin"
        elif made.drop is not None:
            yield task.id, made.drop.reason, made.drop.detail
        else:
            yield task.id, "usable", f"{made.tests.used} of {made.tests.shipped} {made.tests.lost or ''}"


def kills(language: str, *specs: str, limit: int | None, every: int) -> None:
    counts: Counter[str] = Counter()
    for task, made in islice(written(language, *specs, config=WriteTestsConfig(), every=every), limit):
        if made is None or made.drop is not None:
            print(f"{task.id}: {refusal(task) or 'no twin' if made is None or made.drop is None else made.drop.reason}")
            continue
        facts, counted = made.facts, ("mutants", "uncompiled", "equivalent", "killed_before", "killed_after")
        row = {name: getattr(facts, name) for name in (*counted, "cut_short", "cut_short_killed")}
        row["constant"] = bool(made.tests.constant)
        counts.update(row | {"tasks": 1})
        print(f"{task.id}: {row}", flush=True)
    print(dict(counts))


def written(
    language: str, *specs: str, config: WriteTestsConfig, every: int = 1
) -> Iterator[tuple[Task, WrittenTests | None]]:
    """The tasks of a language, with the tests that their twins make them; None where there is no twin, or the task is
    refused."""
    rows = [row for spec in specs for row in sources.read(spec)]
    lenders: dict[str, list[sources.SourceRow]] = defaultdict(list)
    for row in rows:
        if row.tests.checks and row.task.language != language:
            lenders[row.task.problem_id or row.task.id].append(row)
    with Sandbox() as sandbox:
        for row in [row for row in rows if row.task.language == language][::every]:
            lender = max(lenders[row.task.problem_id], key=lambda row: len(row.tests.checks), default=None)
            if lender is None or refusal(row.task) is not None:
                yield row.task, None
                continue
            lent = msgspec.structs.replace(lender.tests, task_id=row.task.id, twin=lender.task)
            yield row.task, write_tests_of(sandbox, row.task, lent, config, 0)


def pool(folder: Path, language: str) -> None:
    with Store(folder) as store:
        tasks: list[Task] = [task for task in store.all(Task) if task.language == language]
        alive = {task.id for task in store.alive()} & {task.id for task in tasks}
        right = [task for task in alive if len(right_candidates(store, task)) > 1]
        selections = [found for found in store.all(Selection) if found.task_id in alive]
    print(f"{len(tasks)} tasks, {len(alive)} with tests, {len(right)} with two or more right programs")
    print(signal("timed", selections), dict(Counter(found.reason for found in selections)))


def library_checker(path: Path, limit: int | None, every: int) -> Iterator[tuple[str, str, str]]:
    others = {row.text("id"): row for row in read_rows(path, "library_checker")}
    rows = [row for row in sources.read(f"library_checker:{path}") if row.tests.checks]
    with Sandbox() as sandbox:
        for row in islice(rows, 0, limit and limit * every, every):
            fields = others[row.task.id].fields
            naive = {
                name: whole(code, {**fields["files"], **fields["solutions"], **_params(row.task)})
                for name, code in fields["solutions"].items()
                if name.endswith(".cpp") and ("naive" in name or "slow" in name) and not _wrong(fields, name)
            }
            yield row.task.id, *_naive(sandbox, row, naive)


def _params(task: Task) -> dict[str, str]:
    """The set's params.h, out of the reference that has it."""
    lines = [line for line in (task.reference or "").splitlines() if line.startswith("#define ")]
    return {"params.h": "\n".join(lines)}


def _wrong(fields: dict[str, dict[str, str]], name: str) -> bool:
    info = fields["files"].get("info.toml", "")
    _, _, after = info.partition(json.dumps(name))
    return 'expect = "WA"' in after.partition("[[")[0]


def _naive(sandbox: Sandbox, row: sources.SourceRow, naive: dict[str, str]) -> tuple[str, str]:
    made = write_tests_of(sandbox, row.task, row.tests, LOADS, 0)
    if made.drop:
        return made.drop.reason, made.drop.detail[:200]
    if not naive:
        return "correct passes", f"{len(made.tests.loads)} loads, no naive program"
    trial, limits = Trial(sandbox, row.task), Limits(output_bytes=16 << 20).within(LIMIT_S)
    reference_s = [trial.net_s(row.task.reference or "", load.input, limits) for load in made.tests.loads]
    told = []
    for name, code in naive.items():
        ratios = [0.0]
        for load, taken in zip(made.tests.loads, reference_s, strict=True):
            ran = trial.run(code, [load.input], limits)
            if ran.ended == "finished" and not all(trial.fits([load], ran.outputs)):
                return "a naive program is wrong", name
            over = ran.ended in {"timeout", "memory"}
            failed = not over and ran.ended != "finished"
            ratios.append(
                0.0 if failed else LIMIT_S / taken if over else (ran.cpu_s - trial.floor_s) / max(taken, 1e-4)
            )
        told.append((max(ratios), name))
    best, name = max(told)
    return ("naive told apart" if best >= TOLD else "naive not told apart"), f"{name} {best:.1f}x"


if __name__ == "__main__":
    main()
