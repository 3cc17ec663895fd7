"""``efficoder report``: the HTML report of a run."""

from pathlib import Path
from typing import Annotated

import typer

from efficoder.cli.options import RunName, Runs, examples

app = typer.Typer()


@app.command(epilog=examples("efficoder report first", "efficoder report first --out /tmp/report.html"))
def report(
    run_name: RunName,
    runs: Runs = Path("runs"),
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write; the run folder otherwise.")
    ] = None,
) -> None:
    """Write the run's HTML report."""
    from efficoder.console import Console
    from efficoder.stages.report import write_report
    from efficoder.store import open_run

    with open_run(runs, run_name) as store:
        path = out or store.folder / "report.html"
        write_report(store, path)
    Console().say(f"wrote {path}")
