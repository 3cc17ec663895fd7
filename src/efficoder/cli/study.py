"""``efficoder study``: questions put to a whole run."""

from pathlib import Path
from typing import Annotated

import typer

from efficoder.cli.options import Json, Models, RunName, Runs, Sets, TableForm, examples, listed, method_option

app = typer.Typer(
    help="Put a question to a whole run.",
    no_args_is_help=True,
)


@app.command(epilog=examples("efficoder study candidates my-eval", "efficoder study candidates r --plot c.svg"))
def candidates(
    run_name: RunName,
    models: Models = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Also draw the curve into this SVG file.")
    ] = None,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Say what more samples bring, and from where on they do not.

    Best-of-n gain against samples, tokens, dollars and CPU seconds.
    """
    from efficoder.report import tables
    from efficoder.studies import candidates as studies

    studies.candidates(runs, run_name, listed(models), tables.parse_format(form), plot=plot, as_json=as_json)


@app.command(
    epilog=examples("efficoder study teachers my-eval", "efficoder study teachers my-eval --models a,b --json")
)
def teachers(
    run_name: RunName,
    models: Models = None,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Say what the pool's mean gain loses without each model."""
    from efficoder.report import tables
    from efficoder.studies import teachers as studies

    studies.teachers(runs, run_name, listed(models), tables.parse_format(form), as_json=as_json)


@app.command("loads", epilog=examples("efficoder study loads my-run", "efficoder study loads my-run --every 5"))
def study_loads(
    run_name: RunName,
    every: Annotated[int, typer.Option("--every", metavar="N", min=1, help="Only each Nth task.")] = 1,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Say on how many tasks speed shows, without and with loads."""
    from efficoder.report import tables
    from efficoder.studies import loads

    loads.study_loads(runs, run_name, every, tables.parse_format(form), as_json=as_json)


@app.command(
    "selection",
    epilog=examples(
        "efficoder study selection first --tasks humanevalplus:F --set train.model=DIR",
        "efficoder study selection first --tasks t.jsonl --arms efficient,first_correct --seeds 0",
    ),
)
def study_selection(
    run_name: RunName,
    tasks: Annotated[str, typer.Option("--tasks", metavar="FORMAT:PATH", help="Held-out tasks: FORMAT:PATH.")],
    arms: Annotated[
        str | None,
        typer.Option(
            "--arms", metavar="ARM,ARM", help="Comma-separated, the one in question first; else the method's own."
        ),
    ] = None,
    seeds: Annotated[
        str, typer.Option("--seeds", metavar="N,N", help="Train each arm once with each of these.")
    ] = "0,1,2",
    method: Annotated[str | None, method_option("sft", "dpo", "orpo")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Only the first N held-out tasks.")
    ] = None,
    answers_only: Annotated[
        bool, typer.Option("--answers-only", help="Train and answer, for a GPU machine; score later, or elsewhere.")
    ] = False,
    sets: Sets = None,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Say whether selecting by speed paid.

    Trains the run's arms alike and scores all on held-out tasks. The same command resumes.
    """
    from efficoder.report import tables
    from efficoder.studies import selection

    spec = selection.StudySpec(tasks, listed(arms), seeds, limit, answers_only)
    chosen = [*(sets or []), *([f"train.method={method}"] if method else [])]
    selection.study_selection(runs, run_name, spec, chosen, tables.parse_format(form), as_json=as_json)
