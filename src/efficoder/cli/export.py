"""``efficoder export``: a run's dataset in a trainer's format, or its samples for evalplus."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from efficoder.cli.options import RunName, Runs, completed, examples
from efficoder.console import Console, command, counted, data, table
from efficoder.errors import InputError, UsageError, suggest
from efficoder.exports import FormatName, check_export, write_evalplus
from efficoder.store import Store, open_run
from efficoder.types import REFERENCE, Candidate, DatasetRecord, Sample

FORMATS: tuple[FormatName, ...] = get_args(FormatName)
app = typer.Typer()


@app.command(
    epilog=examples("efficoder export first out --format axolotl", "efficoder export first s.jsonl --format evalplus")
)
def export(
    run_name: RunName,
    out: Annotated[Path, typer.Argument(metavar="PATH", help="A new folder; for evalplus a .jsonl file.")],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            autocompletion=completed(*FORMATS, "evalplus"),
            help="trl, llamafactory, axolotl, verl or evalplus.",
        ),
    ] = "trl",
    model: Annotated[
        str, typer.Option("--model", metavar="MODEL", help="evalplus: whose samples, where a run has several models.")
    ] = "",
    arm: Annotated[str, typer.Option("--arm", metavar="ARM", help="Only this arm, e.g. efficient.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Load it again as a trainer would.")] = False,
    runs: Runs = Path("runs"),
) -> None:
    """Write a dataset for a trainer, or samples for evalplus."""
    if model and form != "evalplus":
        raise UsageError("--model goes with --format evalplus: a dataset has rows of all models")
    if arm and form == "evalplus":
        raise UsageError("--arm goes with a dataset: samples for evalplus have no arms")
    export_run(runs, run_name, out, form, model, arm, check=check)


def export_run(runs: Path, name: str, out: Path, form: str, model: str = "", arm: str = "", *, check: bool) -> None:
    """Raises UsageError for an unknown format, and with ``check`` InputError for a file no trainer would load."""
    from efficoder.stages.build import write_dataset

    if form != "evalplus" and form not in FORMATS:
        raise UsageError(f"--format {form}: unknown{suggest(form, [*FORMATS, 'evalplus'])}")
    with open_run(runs, name) as store:
        if form == "evalplus":
            chosen = _model(store, model)
            rows = write_evalplus(out, store.all(Sample), chosen, lambda key: store.get(Candidate, key))
            scored = command("evaluate", "TASKS", "--samples", out)
            Console().say(f"wrote {counted(rows, 'sample')} of {chosen} to {out}; next: {scored}, or evalplus")
            return
        arms = dict.fromkeys(record.arm for record in store.all(DatasetRecord))
        if arm and arm not in arms:
            raise UsageError(f"--arm {arm}: no rows of it in this run{suggest(arm, arms)}")
        files = write_dataset(store, out, next(known for known in FORMATS if known == form), arm or None)
    data(table(["file", "rows"], [[file.name, str(file.rows)] for file in files]))
    if check:
        checked = check_export(out)
        data(table(["loads", "shape", "with"], [[found.name, found.shape, found.loader] for found in checked]))
    push = command("push", store.folder, "--to", "USER/NAME")
    Console().say(f"next: give a file of {out} to your trainer; {push} uploads the run's dataset")


def _model(store: Store, asked: str) -> str:
    """The model whose samples are exported; a file of several would have the pass@k of none."""
    models = sorted({sample.model for sample in store.all(Sample)} - {REFERENCE})
    if not models:
        raise InputError("no samples of a model in this run", hint="`efficoder status RUN` says what it has")
    if asked and asked not in models:
        raise UsageError(f"--model {asked}: no samples of it in this run{suggest(asked, models)}")
    if not asked and len(models) > 1:
        raise UsageError(f"samples of {counted(len(models), 'model')}; name one with --model: {', '.join(models)}")
    return asked or models[0]
