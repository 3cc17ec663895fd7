"""``efficoder evaluate``, ``leaderboard`` and ``compare``: scores of samples, models and pairs of runs."""

from pathlib import Path
from typing import Annotated

import typer

from efficoder.cli.options import Json, Models, RunName, Runs, Sets, TableForm, examples, listed, model_names, run_names

app = typer.Typer()
OutTable = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Also write every number as one CSV table, with low and high."),
]
AllTables = Annotated[bool, typer.Option("--all", help="Show every table and metric.")]


@app.command(
    epilog=examples("efficoder evaluate t.jsonl --samples s.jsonl", "efficoder evaluate mbppplus --data F --samples S")
)
def evaluate(
    tasks: Annotated[
        str, typer.Argument(metavar="TASKS", help="A task file, FORMAT:PATH, or a benchmark's name with --data.")
    ],
    samples: Annotated[
        list[Path] | None,
        typer.Option(
            "--samples", metavar="FILE", help="Recorded samples: task_id, solution or completion. Repeatable."
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FILE", help="The benchmark's file in its published schema.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", autocompletion=model_names, help="A live model instead of --samples."),
    ] = None,
    n: Annotated[int, typer.Option("--n", metavar="N", min=1, help="Samples a task from a live model.")] = 1,
    temperature: Annotated[
        float, typer.Option("--temperature", metavar="NUMBER", min=0.0, help="Of the live model.")
    ] = 0.0,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Only the first N tasks.")] = None,
    only_correct: Annotated[bool, typer.Option("--only-correct", help="pass@k alone: nothing is timed.")] = False,
    base_only: Annotated[
        bool, typer.Option("--base-only", help="Base inputs alone, of a set with base and plus.")
    ] = False,
    tests: Annotated[
        Path | None, typer.Option("--tests", metavar="FILE", help="Frozen tests (`efficoder tests freeze`).")
    ] = None,
    out: OutTable = None,
    everything: AllTables = False,
    runs: Runs = Path("runs"),
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Name of the evaluation's run.")] = None,
    sets: Sets = None,
    as_json: Json = False,
) -> None:
    """Score samples: right or wrong, how fast, how lean.

    Speed and memory are relative to the reference. The same command resumes.
    """
    from efficoder.evaluation.evaluate import Spec, evaluate

    files = tuple(samples or ())
    spec = Spec(tasks, data, files, model, n, temperature, only_correct, base_only, tests, out, everything)
    evaluate(spec, runs, name, sets or [], limit=limit, as_json=as_json)


@app.command(
    epilog=examples("efficoder leaderboard my-eval", "efficoder leaderboard my-eval --models a,b --format latex")
)
def leaderboard(
    run_name: RunName,
    models: Models = None,
    form: TableForm = "text",
    out: OutTable = None,
    everything: AllTables = False,
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Show the models of an evaluated run, best pass@1 first."""
    from efficoder.evaluation.evaluate import show_leaderboard
    from efficoder.report import tables

    chosen = tables.parse_format(form)
    show_leaderboard(runs, run_name, listed(models), chosen, as_json=as_json, everything=everything, out=out)


@app.command(epilog=examples("efficoder compare base tuned", "efficoder compare r:a r:b --fail-if 'et_ratio>1.05'"))
def compare(
    a: Annotated[str, typer.Argument(metavar="A", autocompletion=run_names, help="An evaluated run, or RUN:MODEL.")],
    b: Annotated[str, typer.Argument(metavar="B", autocompletion=run_names, help="The same; B is compared against A.")],
    fail_if: Annotated[
        list[str] | None,
        typer.Option("--fail-if", metavar="CONDITION", help="Exit 5 when this holds, e.g. et_ratio>1.05. Repeatable."),
    ] = None,
    remeasure: Annotated[bool, typer.Option("--remeasure", help="Race both side by side on this machine.")] = False,
    across_machines: Annotated[
        bool, typer.Option("--across-machines", help="Compare what each is relative to its own reference.")
    ] = False,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Say whether B is better than A, and by how much.

    Paired over tasks, with intervals.
    """
    from efficoder.evaluation import compare_runs
    from efficoder.report import tables

    wanted = tables.parse_format(form)
    options = compare_runs.Options(runs, tuple(fail_if or ()), across_machines, remeasure, wanted, as_json)
    compare_runs.compare(a, b, options)
