"""WHAT MODELS ARE SCORED ON: the published sets `efficoder evaluate NAME --data FILE` knows by name.

A benchmark is a source's format with what its published file holds; how it is read is the source's part (sources/),
what it is scored with is in metrics/formulas.py. Published sets are not bundled: each has its own licence and home. Our
own four tasks of several files are, in projects/.
"""

from pathlib import Path

import msgspec

from efficoder.console import counted
from efficoder.errors import UsageError, suggest


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    format: str
    """The source's name: ``FORMAT:PATH`` is how the task file is read."""
    file: str
    """What to give as --data."""
    tasks: tuple[int, ...]
    """How many tasks the published releases have; another number is another set, and scores do not compare."""
    url: str = ""
    note: str = ""
    base: str = ""
    """The format that reads the base inputs alone, where the file has base and plus."""
    bundled: bool = False
    """``file`` lies beside this module, and --data may be left out."""


_ALL = (
    Benchmark(
        name="humaneval",
        format="humaneval",
        file="HumanEval.jsonl.gz",
        tasks=(164,),
        url="https://github.com/openai/human-eval",
    ),
    Benchmark(
        name="humanevalplus",
        format="humanevalplus",
        base="humanevalplus_base",
        file="HumanEvalPlus.jsonl.gz (not the OriginFmt one)",
        tasks=(164,),
        url="https://github.com/evalplus/humanevalplus_release",
    ),
    Benchmark(
        name="mbpp",
        format="mbpp",
        file="mbpp.jsonl",
        tasks=(974,),
        url="https://github.com/google-research/google-research/tree/master/mbpp",
    ),
    Benchmark(
        name="mbpp_sanitized",
        format="mbpp_sanitized",
        file="sanitized-mbpp.json",
        tasks=(427,),
        url="https://github.com/google-research/google-research/tree/master/mbpp",
    ),
    Benchmark(
        name="mbppplus",
        format="mbppplus",
        base="mbppplus_base",
        file="MbppPlus.jsonl.gz (not the OriginFmt one)",
        tasks=(378, 399),
        url="https://github.com/evalplus/mbppplus_release",
    ),
    Benchmark(
        name="evoeval",
        format="evoeval",
        file="one EvoEval_*.jsonl.gz",
        tasks=(100, 164),
        url="https://github.com/evo-eval/evoeval",
    ),
    Benchmark(
        name="leetcode",
        format="leetcode",
        file="LeetCodeDataset-v*-test.jsonl.gz",
        tasks=(200, 228, 386),
        url="https://github.com/newfacade/LeetCodeDataset",
        note="200 tasks in v0.2.0, 386 in v0.3.0, 228 in v0.3.1",
    ),
    Benchmark(
        name="enamel",
        format="enamel",
        file="enamel.csv",
        tasks=(142,),
        url="https://github.com/q-rz/enamel",
        note="right by the examples in the prompt (or level 0) and on all levels; eff@k by levels (docs/evaluate.md)",
    ),
    Benchmark(
        name="evalperf",
        format="evalperf",
        file="the folder with EvalPerf's files, HumanEvalPlus*.jsonl.gz and MbppPlus*.jsonl.gz",
        tasks=(118,),
        url="https://huggingface.co/datasets/evalplus/evalperf",
        note="DPS among the set's own references, by CPU time (EvalPerf counts instructions)",
    ),
    Benchmark(
        name="coffe",
        format="coffe",
        file="the folder with data.json",
        tasks=(398,),
        url="https://github.com/JohnnyPeng18/Coffe",
    ),
    Benchmark(
        name="coffe_contests",
        format="coffe_contests",
        file="the folder with testcases.json",
        tasks=(58,),
        url="https://github.com/JohnnyPeng18/Coffe",
    ),
    Benchmark(
        name="effibench",
        format="effibench",
        file="dataset.json (or .jsonl, .parquet)",
        tasks=(1000,),
        url="https://github.com/huangd1999/EffiBench",
        note="right by the small test cases; published NET, NMU and NTMU are wall times of all asserts, ours are not",
    ),
    Benchmark(
        name="mercury",
        format="mercury",
        file="the eval split, .parquet",
        tasks=(256,),
        url="https://huggingface.co/datasets/Elfsong/Mercury",
        note="Beyond over the set's recorded solutions, by CPU time on made loads (Mercury: wall time of all tests)",
    ),
    Benchmark(
        name="bigcodebench",
        format="bigcodebench",
        file="BigCodeBench.jsonl.gz",
        tasks=(1140,),
        url="https://github.com/bigcode-project/bigcodebench",
        note="its tests are code: right or wrong only, in the weaker trust class; packages by run.packages",
    ),
    Benchmark(
        name="ds1000",
        format="ds1000",
        file="ds1000.jsonl.gz (on the hub: test.jsonl)",
        tasks=(1000,),
        url="https://github.com/xlang-ai/DS-1000",
        note="its tests are code: right or wrong only, in the weaker trust class; packages by run.packages",
    ),
    Benchmark(name="projects", format="projects", file="projects", tasks=(4,), bundled=True),
)

BENCHMARKS = {benchmark.name: benchmark for benchmark in _ALL}


def find(name: str) -> Benchmark:
    """The benchmark of that name; UsageError with the nearest one otherwise."""
    if name not in BENCHMARKS:
        raise UsageError(f"benchmark {name!r} is not known{suggest(name, BENCHMARKS)}")
    return BENCHMARKS[name]


def bundled(benchmark: Benchmark) -> Path | None:
    """Where a bundled benchmark's file is."""
    return Path(__file__).parent / benchmark.file if benchmark.bundled else None


def of_format(form: str) -> Benchmark | None:
    """The benchmark whose files a source format reads, if it is one's."""
    return next((benchmark for benchmark in _ALL if form in (benchmark.format, benchmark.base)), None)


def size_note(benchmark: Benchmark, tasks: int) -> str:
    """What to say of a file with that many tasks; empty for a published number."""
    if tasks in benchmark.tasks:
        return ""
    published = " or ".join(map(str, benchmark.tasks))
    found = f"{benchmark.name}: {counted(tasks, 'task')}, the published set has {published}"
    return f"{found}: not comparable with published scores"
