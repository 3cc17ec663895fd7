"""``efficoder evaluate``, ``leaderboard`` and ``compare``: scores of samples, models and pairs of runs."""

from pathlib import Path
from typing import Annotated

import typer

from efficoder.cli.options import Json, Models, RunName, Runs, Sets, TableForm, listed

app = typer.Typer()


@app.command(
    epilog="Examples: efficoder evaluate t.jsonl --samples s.jsonl | efficoder evaluate mbppplus --data F --samples S"
)
def evaluate(
    tasks: Annotated[str, typer.Argument(help="A task file, FORMAT:PATH, or a benchmark's name with --data.")],
    samples: Annotated[
        Path | None, typer.Option("--samples", help="Recorded samples (task_id, solution or completion).")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The benchmark's file in its published schema.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="A live model instead of --samples.")] = None,
    n: Annotated[int, typer.Option("--n", min=1, help="Samples a task from a live model.")] = 1,
    temperature: Annotated[float, typer.Option("--temperature", min=0.0)] = 0.0,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N tasks.")] = None,
    only_correct: Annotated[bool, typer.Option("--only-correct", help="pass@k alone: nothing is timed.")] = False,
    base_only: Annotated[
        bool, typer.Option("--base-only", help="Base inputs alone, of a set with base and plus.")
    ] = False,
    tests: Annotated[Path | None, typer.Option("--tests", help="Frozen tests (`efficoder tests freeze`).")] = None,
    runs: Runs = Path("runs"),
    name: Annotated[str | None, typer.Option("--name", help="Name of the evaluation's run.")] = None,
    sets: Sets = None,
    as_json: Json = False,
) -> None:
    """Score samples: right or wrong, how fast, how lean, next to the reference."""
    from efficoder.evaluation.evaluate import Spec, evaluate

    spec = Spec(tasks, data, samples, model, n, temperature, only_correct, base_only, tests)
    evaluate(spec, runs, name, sets or [], limit=limit, as_json=as_json)


@app.command(
    epilog="Examples: efficoder leaderboard my-eval | efficoder leaderboard my-eval --models a,b --format latex"
)
def leaderboard(
    run_name: RunName,
    models: Models = None,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """The models of an evaluated run, by pass@1; efficiency on all, own and common tasks."""
    from efficoder.evaluation.evaluate import show_leaderboard
    from efficoder.report import tables

    show_leaderboard(runs, run_name, listed(models), tables.parse_format(form), as_json=as_json)


@app.command(epilog="Examples: efficoder compare base tuned | efficoder compare r:a r:b --fail-if 'et_ratio>1.05'")
def compare(
    a: Annotated[str, typer.Argument(help="An evaluated run, or RUN:MODEL.")],
    b: Annotated[str, typer.Argument(help="The same; B is compared against A.")],
    fail_if: Annotated[
        list[str] | None, typer.Option("--fail-if", help="Exit 5 when this holds, e.g. et_ratio>1.05. Repeatable.")
    ] = None,
    remeasure: Annotated[bool, typer.Option("--remeasure", help="Race both side by side on this machine.")] = False,
    across_machines: Annotated[
        bool, typer.Option("--across-machines", help="Compare what each is relative to its own reference.")
    ] = False,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Is B better than A, by how much, and is it real? Paired over tasks, with intervals."""
    from efficoder.evaluation import compare_runs
    from efficoder.report import tables

    wanted = tables.parse_format(form)
    options = compare_runs.Options(runs, tuple(fail_if or ()), across_machines, remeasure, wanted, as_json)
    compare_runs.compare(a, b, options)
