"""``efficoder report``: the HTML report of a run."""

from pathlib import Path
from typing import Annotated

import typer

from efficoder.cli.options import RunName, Runs, examples, run_names

app = typer.Typer()


@app.command(epilog=examples("efficoder report first", "efficoder report first --beside second --out both.html"))
def report(
    run_name: RunName,
    beside: Annotated[
        str | None,
        typer.Option(
            "--beside", metavar="RUN", autocompletion=run_names, help="A second run: both on one page, this one first."
        ),
    ] = None,
    runs: Runs = Path("runs"),
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write; the run folder otherwise.")
    ] = None,
) -> None:
    """Write the run's HTML report, or a page of two runs."""
    from efficoder.console import Console, command
    from efficoder.stages.report import write_beside, write_report
    from efficoder.store import open_run

    with open_run(runs, run_name) as store:
        folder = store.folder
        if beside is None:
            path = out or store.folder / "report.html"
            write_report(store, path)
        else:
            with open_run(runs, beside) as other:
                path = out or store.folder / f"beside-{other.folder.name}.html"
                write_beside(store, other, path)
    Console().say(f"wrote {path}; next: open it, or {command('view', folder)}")
