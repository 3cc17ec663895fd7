"""``efficoder init``, ``run`` and ``stage``: from a config file to a run, or on with one."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from efficoder.cli.options import RunName, Runs, Sets, completed, examples, run_names
from efficoder.config import load
from efficoder.errors import InputError, UsageError, suggest
from efficoder.stages import ORDER
from efficoder.store import run_names as store_runs

if TYPE_CHECKING:
    from efficoder.pipeline.work import Scope

app = typer.Typer()


@app.command(epilog=examples("efficoder init", "efficoder init my.toml"))
def init(path: Annotated[Path, typer.Argument(metavar="FILE", help="File to write.")] = Path("efficoder.toml")) -> None:
    """Write a commented config with every key and its default."""
    from efficoder.config import template
    from efficoder.console import Console

    if path.exists():
        raise UsageError(f"{path} exists; name another file, or remove it first")
    path.write_text(template(), encoding="utf-8")
    Console().say(f"wrote {path}; set collect.sources and generate.models, then: efficoder run {path}")


@app.command(epilog=examples("efficoder run my.toml --name first", "efficoder run first --set generate.samples=8"))
def run(
    config: Annotated[
        str,
        typer.Argument(
            metavar="CONFIG", autocompletion=run_names, help="A config file, or the name of a run to resume."
        ),
    ],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Name of the run; the config file's name otherwise.")
    ] = None,
    runs: Runs = Path("runs"),
    sets: Sets = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Only the first N tasks.")] = None,
    ids: Annotated[
        str | None, typer.Option("--ids", metavar="ID,ID", help="Only these task ids, comma-separated.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="STAGE", autocompletion=completed(*ORDER), help="Stop after this stage."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do finished work again.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan in calls, tokens, dollars and minutes; do nothing.")
    ] = False,
    max_failed: Annotated[
        int | None, typer.Option("--max-failed", metavar="N", min=0, help="Exit 4 above this many.")
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(
            "--max-cost", metavar="DOLLARS", min=0, help="Stop before the models cost more US dollars than this."
        ),
    ] = None,
) -> None:
    """Run the pipeline, or resume it where it stopped."""
    scope = scope_of(limit=limit, ids=ids, until=until, fresh=fresh, max_failed=max_failed)
    limit_usd = [] if max_cost is None else [f"generate.max_cost={max_cost}"]
    start(config, name, runs, [*(sets or []), *limit_usd], scope, dry_run=dry_run)


@app.command(epilog=examples("efficoder stage check first", "efficoder stage measure first --fresh"))
def stage(
    step: Annotated[
        str,
        typer.Argument(
            metavar="STAGE", autocompletion=completed(*ORDER), help=f"{', '.join(ORDER[:-1])} or {ORDER[-1]}."
        ),
    ],
    run_name: RunName,
    runs: Runs = Path("runs"),
    sets: Sets = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do finished work again.")] = False,
) -> None:
    """Do one step of a run by name."""
    start(run_name, None, runs, sets or [], scope_of(only=step, fresh=fresh))


def scope_of(
    *,
    limit: int | None = None,
    ids: str | None = None,
    until: str | None = None,
    only: str | None = None,
    fresh: bool = False,
    max_failed: int | None = None,
) -> "Scope":
    """The command line's words for a scope. Raises UsageError for an unknown stage."""
    from efficoder.pipeline.work import Scope

    for step in filter(None, (until, only)):
        if step not in ORDER:
            raise UsageError(f"unknown stage {step!r}{suggest(step, ORDER)}")
    steps = (only,) if only else ORDER[: ORDER.index(until) + 1] if until else ORDER
    names = frozenset(filter(None, (ids or "").split(",")))
    return Scope(steps=steps, limit=limit, ids=names, fresh=fresh, max_failed=max_failed)


def start(
    config_or_name: str, name: str | None, runs: Path, sets: Sequence[str], wanted: "Scope", *, dry_run: bool = False
) -> None:
    """``efficoder run``: a config file starts (or resumes) a run of that name, a run's name resumes it."""
    from efficoder.stages.run import run as run_steps

    path = Path(config_or_name)
    if path.suffix != ".toml":
        path = runs / config_or_name / "run.toml"
        if not path.is_file():
            there = ", ".join(store_runs(runs)) or "none"
            hint = f"runs there: {there}; `efficoder init` writes a config"
            raise InputError(f"neither a .toml file nor a run under {runs}", path=config_or_name, hint=hint)
        name = name or config_or_name
    config = load(path, sets)
    if not config.collect.sources:
        raise UsageError(
            f"{path}: no sources; set collect.sources, e.g. --set 'collect.sources=[\"jsonl:tasks.jsonl\"]'"
        )
    folder = runs / (name or path.stem)
    if dry_run:
        from efficoder.cli.plan import show_plan

        show_plan(folder, config, wanted)
    else:
        run_steps(folder, config, wanted)
