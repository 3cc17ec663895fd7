"""``efficoder runs``: which runs there are."""

from pathlib import Path

import msgspec
import typer

from efficoder.cli.options import Json, Runs, examples
from efficoder.console import data, table, to_json
from efficoder.errors import StoreError
from efficoder.store import Store, run_names
from efficoder.types import DatasetRecord, Sample, Selection, Task

app = typer.Typer(help="List the runs in a folder.", no_args_is_help=True)


class RunLine(msgspec.Struct, frozen=True):
    """A run; ``problem`` where it cannot be read."""

    run: str
    updated: str = ""
    tasks: int = 0
    samples: int = 0
    selections: int = 0
    rows: int = 0
    problem: str = ""


@app.command("list", epilog=examples("efficoder runs list", "efficoder runs list --runs /data/runs --json"))
def runs_list(runs: Runs = Path("runs"), as_json: Json = False) -> None:
    """List the runs, with what each holds."""
    lines = [_line(runs / name) for name in run_names(runs)]
    if as_json:
        to_json(lines)
        return
    header = ["run", "updated", "tasks", "samples", "selections", "dataset rows"]
    rows = [[x.run, x.problem or x.updated, *map(str, (x.tasks, x.samples, x.selections, x.rows))] for x in lines]
    data(table(header, rows) if rows else f"no runs under {runs}; `efficoder demo --recorded` makes one")


def _line(folder: Path) -> RunLine:
    try:
        with Store(folder) as store:
            counts = (store.count(kind) for kind in (Task, Sample, Selection, DatasetRecord))
            tasks, samples, selections, rows = counts
            return RunLine(folder.name, store.meta().get("updated", ""), tasks, samples, selections, rows)
    except StoreError as error:
        return RunLine(folder.name, problem=str(error))
