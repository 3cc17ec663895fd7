"""The configuration of a run: one frozen dataclass per stage, read from TOML, with ``--set stage.key=value`` over it.

An unknown key is an error that names the file's line and the nearest known key. The resolved config is written
to the run folder and reruns as it is. Keys and secrets never come here: they stay in the environment.
"""

import ast
import dataclasses
import inspect
import itertools
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from efficoder import paths
from efficoder.errors import InputError, UsageError, suggest
from efficoder.parse import from_toml


@dataclass(frozen=True, slots=True)
class RunConfig:
    seed: int = 0
    workers: int | None = None
    """Sandboxed workers; absent means one a core."""
    unsafe: bool = False
    """Run candidates even where neither seccomp nor Landlock works."""
    packages: str | None = None
    """Folder candidates may import from beside the standard library: site-packages, or a virtual environment of this
    Python."""


@dataclass(frozen=True, slots=True)
class CollectConfig:
    sources: tuple[str, ...] = ()
    """FORMAT:PATH each, relative to this file: tasks.jsonl is the generic schema (docs/tasks.md), published sets
    are read by their names.
    sources = ["tasks.jsonl", "humanevalplus:data/HumanEvalPlus.jsonl.gz"]"""


@dataclass(frozen=True, slots=True)
class CurateConfig:
    benchmarks: tuple[str, ...] = ()
    """FORMAT:PATH of the sets no training task may overlap."""
    skip: tuple[str, ...] = ()
    """Names of rules to leave out, which the data card says: language, parses, runnable, files, network, processes,
    environment, clocks, dynamic, introspection, randomness, third_party, overlap, duplicate_prompt, duplicate_code."""


@dataclass(frozen=True, slots=True)
class WriteTestsConfig:
    mutate: bool = True
    """Grow checks and loads from the given inputs. Off: only what the source ships."""
    max_checks: int = 400
    """Checks kept a task; given ones are kept first."""
    grow: int = 60
    """New check inputs tried a task."""
    target_s: float = 0.05
    """A load grows until the reference takes this much CPU time."""
    signal_s: float = 0.01
    """A task whose loads, looped, stay under this has no signal (measured: shorter bodies cannot be ranked)."""
    loads: int = 2
    """Loads kept per task, of different content; 0 makes none, where only right or wrong is asked."""
    min_kill: float = 0.0
    """Drop tasks whose checks kill a smaller share of the reference's mutants."""
    mutants: int = 40
    """Mutants of the reference tried a task; a third as many where each is compiled."""
    tester: str | None = None
    """PROVIDER/NAME of a model that writes checks and load generators; absent: none."""
    frozen: str | None = None
    """File of `efficoder tests freeze` whose tests are used as they are; absent: tests are written."""


@dataclass(frozen=True, slots=True)
class GenerateConfig:
    models: tuple[str, ...] = ()
    """PROVIDER/NAME each (docs/models.md), or recorded samples.
    models = ["replay/samples.jsonl"]
    models = ["ollama/qwen2.5-coder:7b", "openai/gpt-4o-mini"]
    models = ["local/qwen2.5-coder-0.5b-instruct"]"""
    samples: int = 4
    """Of each model for each task."""
    temperature: float = 0.8
    temperatures: tuple[float, ...] = ()
    """Used in turn by sample index, for diversity, instead of ``temperature``."""
    top_p: float = 0.95
    max_tokens: int = 1024
    interface: Literal["chat", "completion"] = "chat"
    """``completion`` has base models continue code."""
    variants: tuple[str, ...] = ("plain",)
    """Prompt variants used in turn by sample index: plain, efficient, obvious."""
    systems: tuple[str, ...] = ()
    """System prompts used in turn by sample index, for diversity; none by default."""
    refine: int = 0
    """Rounds in which a model rewrites its fastest correct candidate, shown its profile."""
    base_url: str | None = None
    concurrency: int = 8
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    timeout_s: float = 300.0
    max_cost: float | None = None
    """Stop before the ledger passes this many US dollars."""
    prices: str | None = None
    """TOML file of prices over the shipped table."""


@dataclass(frozen=True, slots=True)
class CheckConfig:
    cpu_s: float = 10.0
    """CPU time for all checks of one candidate."""
    memory_mb: int = 1024


@dataclass(frozen=True, slots=True)
class MeasureConfig:
    looks: tuple[int, ...] = (3, 5, 7, 10, 14, 20, 28, 40)
    """Rounds after which the race decides which entrants leave (docs/metrics.md, "The race")."""
    margin: float = 1.05
    """No pair is called faster unless its interval clears this ratio."""
    min_body_s: float = 0.01
    """A shorter pass over the loads is looped up to this."""
    limit_s: float = 10.0
    budget_s: float = 15.0
    """CPU time the race of one task may take; then what is not distinguished is a tie."""
    no_signal: bool = False
    """Also time tasks without a load on which time shows, on the inputs of their checks; never for selection."""
    memory: bool = True
    confirm: bool = True
    """Repeat winner against baseline in a second zygote."""


@dataclass(frozen=True, slots=True)
class SelectConfig:
    order: Literal["time", "memory", "pareto"] = "time"
    """What ranks first."""


@dataclass(frozen=True, slots=True)
class BuildConfig:
    pair_margin: float = 1.2
    """A preference pair's slower side takes at least this many times the CPU time, by its interval."""
    pairs_per_task: int = 3
    correctness_pairs: bool = True
    """Also pair correct with wrong code."""
    allow_script_trust: bool = False
    """Also use candidates whose only verdict comes from Script tests."""
    own: str = ""
    """A model of the run that writes its own targets: where it has right candidates, arms choose among those."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """What is absent is derived from the model's size and the memory found (training/settings.py)."""

    model: str = ""
    """A folder, a GGUF file (dequantised) or a Hugging Face name."""
    method: Literal["sft", "dpo", "orpo", "grpo"] = "sft"
    adapter: Literal["lora", "full"] = "lora"
    precision: Literal["fp32", "bf16"] | None = None
    checkpointing: bool | None = None
    """Recompute activations in the backward pass: less memory, about a fifth slower."""
    device_batch: int | None = None
    """Rows (pairs, completions) one device holds at once."""
    max_tokens: int | None = None
    """Rows with a longer prompt and answer are dropped and counted, never cut."""
    global_batch: int = 16
    """Rows a step; for grpo completions, a multiple of ``completions``."""
    epochs: float = 1.0
    max_steps: int | None = None
    """Stop after so many steps whatever ``epochs`` says."""
    learning_rate: float | None = None
    """Absent: by method and adapter (docs/training.md has the table and its sources)."""
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: float = 0.03
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    packing: bool = False
    """sft: several rows in one sequence, attention kept apart."""
    lora_rank: int = 16
    lora_alpha: int = 32
    lora_dropout: float = 0.0
    beta: float = 0.1
    """dpo: its beta; orpo: weight of the odds-ratio term; grpo: none (no KL term, as in its successors)."""
    completions: int = 4
    """grpo: completions a prompt."""
    completion_tokens: int = 256
    temperature: float = 1.0
    save_steps: int = 50
    """Steps between checkpoints; the last two are kept."""
    guard: bool = True
    """Hold back a fifth of the tasks, keep the checkpoint that solves most of them, stop when that falls."""
    report_to: tuple[Literal["trackio", "wandb"], ...] = ()
    gguf: bool = True
    """Also write the trained model as GGUF Q8_0, where its architecture is known."""


@dataclass(frozen=True, slots=True)
class Config:
    run: RunConfig = field(default_factory=RunConfig)
    collect: CollectConfig = field(default_factory=CollectConfig)
    curate: CurateConfig = field(default_factory=CurateConfig)
    write_tests: WriteTestsConfig = field(default_factory=WriteTestsConfig)
    generate: GenerateConfig = field(default_factory=GenerateConfig)
    check: CheckConfig = field(default_factory=CheckConfig)
    measure: MeasureConfig = field(default_factory=MeasureConfig)
    select: SelectConfig = field(default_factory=SelectConfig)
    build: BuildConfig = field(default_factory=BuildConfig)
    train: TrainConfig = field(default_factory=TrainConfig)


def load(path: Path | None, overrides: Sequence[str] = ()) -> Config:
    """The config a TOML file and ``--set stage.key=value`` pairs describe; defaults for the rest.

    Raises InputError for the file (naming its line) and UsageError for an override.
    """
    tables, text = ({}, "") if path is None else _read(path)
    config = _converted(tables, text, path)
    for override in overrides:
        _apply(tables, override)
        try:
            config = msgspec.convert(tables, Config)
        except msgspec.ValidationError as error:
            raise UsageError(f"--set {override}: {_mismatch(error)[1]}") from None
    return config


def _read(path: Path) -> tuple[dict[str, Any], str]:
    """A TOML file's tables, paths in them from its own folder, and its text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        tables = from_toml(text)
    except FileNotFoundError:
        raise InputError("no such file", path=path, hint="`efficoder init` writes a commented one") from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from None
    except ValueError as error:  # UnicodeDecodeError is one
        raise InputError(f"not TOML: {error}", path=path, hint="fix the line it names") from None
    for name, key in _unknown(tables):
        raise InputError(
            _unknown_message(name, key), path=path, line=_line_of(text, key or name), hint="fix or remove it"
        )
    folder = path.absolute().parent
    for stage, table in tables.items():
        for key, value in table.items():
            table[key] = paths.found(stage, key, paths.placed(stage, key, value, folder), folder)
    return tables, text


def _converted(tables: dict[str, Any], text: str, path: Path | None) -> Config:
    try:
        return msgspec.convert(tables, Config)
    except msgspec.ValidationError as error:
        key, problem = _mismatch(error)
        line = _line_of(text, key.rpartition(".")[2])
        raise InputError(f"{key}: {problem}", path=path, line=line, hint="fix it") from None


def overrides(path: Path, stage: str) -> list[str]:
    """What a TOML file sets in one table, as ``--set`` takes it. Raises InputError for the file, as ``load``."""
    load(path)
    table = _read(path)[0].get(stage, {})
    return [f"{stage}.{key}={json.dumps(value)}" for key, value in table.items()]


def dump(config: Config) -> str:
    """The config as TOML that ``load`` reads back to an equal one; absent values are left out."""
    return _written(dataclasses.asdict(config))


def without_folders(toml: str) -> str:
    """A dumped config as a report shows it: files by their names, not where they lie on this machine."""
    stages = from_toml(toml).items()
    return _written({name: {key: paths.named(name, key, each) for key, each in of.items()} for name, of in stages})


def _written(tables: Mapping[str, Mapping[str, Any]]) -> str:
    lines: list[str] = []
    for stage, table in tables.items():
        lines.append(f"[{stage}]")
        # JSON's strings, numbers, booleans and arrays are TOML's.
        lines += [f"{key} = {json.dumps(value)}" for key, value in table.items() if value is not None]
        lines.append("")
    return "\n".join(lines)


def template() -> str:
    """A commented config: every key with its default and what it is for (from the field docstrings)."""
    lines = ["# Every key is optional; these are the defaults. `efficoder run THIS.toml --name NAME` runs it.", ""]
    tree = ast.parse(inspect.getsource(sys.modules[__name__]))
    comments = {node.name: _field_comments(node) for node in tree.body if isinstance(node, ast.ClassDef)}
    for stage in dataclasses.fields(Config):
        lines.append(f"[{stage.name}]")
        table = getattr(Config(), stage.name)
        for key in dataclasses.fields(table):
            comment = comments[type(table).__name__].get(key.name)
            lines += [f"# {line}" for line in comment.replace("``", "").splitlines()] if comment else []
            values = _choices(stage.name, key.name)
            lines += [f"# One of {', '.join(values)}."] if values else []
            value = getattr(table, key.name)
            lines.append(f"# {key.name} =" if value is None else f"{key.name} = {json.dumps(value)}")
        lines.append("")
    return "\n".join(lines)


def _field_comments(node: ast.ClassDef) -> dict[str, str]:
    comments = {}
    for field_node, text in itertools.pairwise(node.body):
        is_text = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        if isinstance(field_node, ast.AnnAssign) and isinstance(field_node.target, ast.Name) and is_text:
            comments[field_node.target.id] = inspect.cleandoc(str(text.value.value))  # type: ignore[attr-defined]
    return comments


def _stages() -> dict[str, list[str]]:
    return {
        stage.name: [key.name for key in dataclasses.fields(getattr(Config(), stage.name))]
        for stage in dataclasses.fields(Config)
    }


def _unknown(tables: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    known = _stages()
    for name, table in tables.items():
        if name not in known or not isinstance(table, dict):
            yield name, None
            continue
        for key in table:
            if key not in known[name]:
                yield name, key


def _unknown_message(stage: str, key: str | None) -> str:
    known = _stages()
    if key is None:
        return f"unknown table or top-level key {stage!r}{suggest(stage, known)}"
    return f"unknown key {key!r} in [{stage}]{suggest(key, known[stage])}"


def _line_of(text: str, key: str) -> int | None:
    pattern = re.compile(rf"^\s*\[?\s*{re.escape(key)}\b")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), None)


def _apply(tables: dict[str, Any], override: str) -> None:
    path, equals, value = override.partition("=")
    stage, dot, key = path.strip().partition(".")
    if not (equals and dot):
        raise UsageError(f"--set {override}: write it as stage.key=value, e.g. --set generate.samples=4")
    for name, unknown in _unknown({stage: {key: None}}):
        raise UsageError(f"--set {override}: {_unknown_message(name, unknown)}")
    try:
        parsed = from_toml(f"value = {value}")["value"]
    except ValueError:
        parsed = value  # a bare word is a string
    tables.setdefault(stage, {})[key] = paths.placed(stage, key, parsed, Path.cwd())


# ------------------------------------------------------------ what does not fit

_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "array": 'a list; write it as ["..."]',
}


def _mismatch(error: msgspec.ValidationError) -> tuple[str, str]:
    """The key at fault and what it wants, with all values where there are few."""
    said, _, place = str(error).partition(" - at `$.")
    key = place.rstrip("`").partition("[")[0]
    stage, _, name = key.partition(".")
    values = _choices(stage, name)
    if values:
        return key, f"{' or '.join(values)}, nothing else"
    wanted = re.findall(r"`(\w+)(?: \| null)?`", said)
    return key, f"not {_KINDS[wanted[0]]}" if wanted and wanted[0] in _KINDS else said


def _choices(stage: str, key: str) -> list[str]:
    """The values a key may take, where they are listed."""
    table = getattr(Config(), stage, None)
    hint = get_type_hints(type(table)).get(key) if table is not None else None
    found = [hint, *get_args(hint)]
    return [str(value) for each in found if get_origin(each) is Literal for value in get_args(each)]
