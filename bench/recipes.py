"""Which training does no harm? Many trainings side by side on a GPU: rows, methods, adapters, rates, epochs.

    python bench/recipes.py HOME --parallel 6        on a machine with a GPU (bench/gpu_study.sh packs what it needs)

Each job trains in a process of its own, has its model answer every task of HOME/tasks.toml, and leaves
HOME/jobs/NAME/{answers.jsonl,result.json,log}; the weights are removed. A job that is done is not done again, one that
failed says so in its log and stops no other. Answers are scored elsewhere (bench/harm.py): a GPU is rented for no more.

``nan-…`` jobs answer nothing: they repeat the setting in which gradients stopped being finite, with one cause each
changed, and their log says at which step, if any.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

SMALL, LARGE = "qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct"


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    rows: str = ""
    """A file of rows under HOME/arms; none: the untrained model."""
    model: str = SMALL
    sets: tuple[str, ...] = ()
    """Over the base settings of ``work``, as ``--set train.…`` has them."""
    seed: int = 0
    limit: int | None = None
    """Rows drawn, the same for each job."""
    attention: str = ""
    """eager, sdpa, or sdpa-no-cudnn; empty: the product's own."""
    allocator: str = ""
    """PYTORCH_CUDA_ALLOC_CONF."""
    answers: bool = True
    units: int = 1
    """Share of the GPU's memory, of ``--parallel``."""


def jobs() -> Iterator[Job]:
    """In the order of what is learned: what harmed, arms by recipe and seed, NaN, then rates, methods, row counts."""
    old = ("adapter=full", "learning_rate=2e-5", "epochs=2")
    usual = (("full", "5e-6"), ("lora", "1e-4"))
    yield Job("base")
    yield Job("old-recipe", "new/efficient", sets=old)
    nan = list(_nan())
    for number, (arm, seed) in enumerate((a, s) for s in (0, 1) for a in ("efficient", "first_correct")):
        for adapter, rate in usual:
            yield _sft(f"{adapter}-{rate}-{arm}-{seed}", f"new/{arm}", adapter, rate, seed=seed)
        yield nan[number]
    yield from nan[4:]
    for adapter, rate in (("full", "1e-6"), ("full", "1e-5"), ("lora", "2e-5"), ("lora", "2e-4")):
        yield _sft(f"{adapter}-{rate}-efficient-0", "new/efficient", adapter, rate)
    for adapter, rate in (("full", "2e-7"), ("full", "5e-7"), ("lora", "5e-6"), ("lora", "2e-5")):
        sets = ("method=dpo", f"adapter={adapter}", f"learning_rate={rate}")
        yield Job(f"dpo-{adapter}-{rate}", "new/pairs_speed", sets=sets, units=2)
    for adapter, rate in usual:
        for arm in ("efficient", "first_correct"):
            yield _sft(f"own-{adapter}-{rate}-{arm}", f"own/{arm}", adapter, rate)
    for adapter, rate in usual:
        yield _sft(f"{adapter}-{rate}-64rows", "new/efficient", adapter, rate, limit=64)
        yield _sft(f"{adapter}-{rate}-x3", "new/efficient", adapter, rate, epochs=3)
    yield Job("large-base", model=LARGE, units=2)
    for arm in ("efficient", "first_correct"):
        yield Job(f"large-lora-1e-4-{arm}", f"new/{arm}", model=LARGE, sets=("learning_rate=1e-4",), units=3)


def _sft(
    name: str, rows: str, adapter: str, rate: str, *, seed: int = 0, epochs: int = 1, limit: int | None = None
) -> Job:
    sets = (f"adapter={adapter}", f"learning_rate={rate}", f"epochs={epochs}")
    return Job(name, rows, sets=sets, seed=seed, limit=limit)


def _nan() -> Iterator[Job]:
    """The setting of the six trainings that met NaN (bf16, torch's fused attention, expandable segments), then that
    with one cause changed at a time."""
    expandable = "expandable_segments:True"
    for name, precision, attention, allocator in (
        ("all", "bf16", "sdpa", expandable),
        ("allocator", "bf16", "sdpa", ""),
        ("eager", "bf16", "eager", expandable),
        ("no-cudnn", "bf16", "sdpa-no-cudnn", expandable),
        ("fp32", "fp32", "sdpa", expandable),
        ("eager-allocator", "bf16", "eager", ""),
    ):
        sets = ("adapter=full", "learning_rate=2e-5", "epochs=3", "device_batch=4", f"precision={precision}")
        yield Job(
            f"nan-{name}", "new/efficient", sets=sets, attention=attention, allocator=allocator, answers=False, units=2
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--parallel", type=int, default=6, metavar="UNITS")
    parser.add_argument("--only", default="", metavar="PREFIX,...", help="Jobs whose names begin so.")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    given = parser.parse_args()
    home = given.home.resolve()
    chosen = [job for job in jobs() if job.name.startswith(tuple(given.only.split(",")))]
    if given.job:
        work(home, next(job for job in jobs() if job.name == given.job))
    else:
        schedule(home, chosen, given.parallel)


def schedule(home: Path, waiting: list[Job], units: int) -> None:
    """Starts what fits, in order; a job whose rows or weights are not there yet waits, and is given up at the end."""
    running: dict[str, tuple[Job, subprocess.Popen[bytes], float]] = {}
    idle = 0.0
    while waiting or running:
        for name, (_, process, began) in list(running.items()):
            if process.poll() is not None:
                print(f"{name}: exit {process.returncode} after {time.monotonic() - began:.0f} s", flush=True)
                del running[name]
        free = units - sum(job.units for job, _, _ in running.values())
        ready = [job for job in waiting if job.units <= free and _ready(home, job)]
        if ready:
            job = ready[0]
            waiting.remove(job)
            if not _done(home, job):
                running[job.name] = (job, _start(home, job), time.monotonic())
            idle = 0.0
            continue
        idle = 0.0 if running else idle + 0.5
        if idle > 300:
            break
        time.sleep(0.5)
    print(f"done; never ready: {', '.join(job.name for job in waiting) or 'none'}", flush=True)


def _ready(home: Path, job: Job) -> bool:
    rows = home / f"arms/{job.rows}.jsonl"
    return (home / job.model).is_dir() and (not job.rows or rows.is_file())


def _done(home: Path, job: Job) -> bool:
    return (home / "jobs" / job.name / ("answers.jsonl" if job.answers else "result.json")).is_file()


def _start(home: Path, job: Job) -> "subprocess.Popen[bytes]":
    folder = home / "jobs" / job.name
    folder.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "TOKENIZERS_PARALLELISM": "false"}
    if job.allocator:
        environment["PYTORCH_CUDA_ALLOC_CONF"] = job.allocator
    log = (folder / "log").open("ab")
    command = [sys.executable, __file__, str(home), "--job", job.name]
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)


def work(home: Path, job: Job) -> None:
    """Train, answer, leave the answers and the facts, remove the weights."""
    from efficoder.config import load
    from efficoder.studies import heldout
    from efficoder.studies.arm_training import Served
    from efficoder.training import loading
    from efficoder.training.run import quiet, train
    from efficoder.training.saving import save

    _attend(job.attention)
    began, folder = time.monotonic(), home / "jobs" / job.name
    base = ("precision=fp32", "device_batch=1", "max_tokens=1024", "gguf=false", "save_steps=100000")
    sets = [f"train.{each}" for each in (f'model="{home}/{job.model}"', *base, *_quoted(job.sets))]
    config = load(None, sets)
    facts: dict[str, object] = {"job": asdict(job)}
    with quiet():
        if job.rows:
            rows = _rows(home, job, folder)
            result = train(config.train, rows, folder / "run", seed=job.seed)
            facts |= {"rows": result.rows, "dropped": result.dropped, "step_s": result.step_s, "curve": result.curve}
            facts |= {"peak_bytes": result.peak_bytes, "versions": result.versions}
            model = Path(result.model)
        else:
            model = folder / "run" / "model"
            found = loading.find(config.train.model)
            model.parent.mkdir(parents=True, exist_ok=True)
            save(loading.load(found, "fp32"), found.chat.tokenizer, model)
    facts["train_s"] = time.monotonic() - began
    if job.answers:
        held = load(home / "tasks.toml", ["generate.samples=1", "generate.temperature=0.0", "generate.max_tokens=512"])
        heldout.make(folder / "held-out", held, [], None, tests=False)
        heldout.answer(folder / "held-out", held, Served(job.name, model, None), folder / "answers.jsonl.new")
        (folder / "answers.jsonl.new").rename(folder / "answers.jsonl")
    facts["all_s"] = time.monotonic() - began
    (folder / "result.json").write_text(json.dumps(facts))
    shutil.rmtree(folder / "run", ignore_errors=True)


def _quoted(sets: tuple[str, ...]) -> Iterator[str]:
    """TOML wants words in quotes."""
    for each in sets:
        name, _, value = each.partition("=")
        yield f'{name}="{value}"' if value.isalpha() or name == "precision" else each


def _rows(home: Path, job: Job, folder: Path) -> Path:
    rows = home / f"arms/{job.rows}.jsonl"
    if job.limit is None:
        return rows
    drawn = random.Random(0).sample(rows.read_text().splitlines(keepends=True), job.limit)
    fewer = folder / "rows.jsonl"
    fewer.write_text("".join(drawn))
    return fewer


def _attend(how: str) -> None:
    """The attention of a ``nan-…`` job, in the place of the product's."""
    if not how:
        return
    import torch

    from efficoder.training import loading

    kind = how.partition("-")[0]
    loading._attention = lambda: kind
    if how == "sdpa-no-cudnn":
        torch.backends.cuda.enable_cudnn_sdp(False)


if __name__ == "__main__":
    main()
