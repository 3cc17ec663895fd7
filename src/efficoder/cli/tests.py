"""``efficoder tests``: the tests of a run as a file that everybody can judge and time on."""

from pathlib import Path
from typing import Annotated

import typer

from efficoder.cli.options import Json, RunName, Runs, examples

app = typer.Typer(help="Frozen tests: freeze a run's, show a file of them.", no_args_is_help=True)


@app.command(
    epilog=examples(
        "efficoder tests freeze my-eval -o v1.jsonl.gz",
        "efficoder tests freeze my-eval -o v1.jsonl.gz --runs /data/runs",
    )
)
def freeze(
    run_name: RunName,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="File to write, .jsonl.gz.")],
    runs: Runs = Path("runs"),
) -> None:
    """Write a run's tests to a file for `evaluate --tests`."""
    from efficoder.evaluation import freezing

    freezing.freeze(runs, run_name, out)


@app.command(epilog=examples("efficoder tests show v1.jsonl.gz", "efficoder tests show v1.jsonl.gz HumanEval/0"))
def show(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A file of frozen tests.")],
    task_id: Annotated[str | None, typer.Argument(metavar="TASK", help="Only this task, with its cases.")] = None,
    as_json: Json = False,
) -> None:
    """What a file of frozen tests holds, and how it was made."""
    from efficoder.evaluation import freezing

    freezing.show(path, task_id, as_json=as_json)
