"""``efficoder push``: a run's dataset or a model trained on it, to the Hugging Face hub."""

from pathlib import Path
from typing import Annotated

import typer

from efficoder.cli.options import RunName, Runs, examples
from efficoder.console import Console, command, counted, data, table
from efficoder.errors import InputError, UsageError
from efficoder.exports import hub
from efficoder.store import open_run

app = typer.Typer()


@app.command(
    epilog=examples(
        "efficoder push first --to me/fast-code --dry-run",
        "efficoder push first --to me/fast-model --model sft-efficient",
    )
)
def push(
    run_name: RunName,
    to: Annotated[str, typer.Option("--to", metavar="USER/NAME", help="The repository to make on the hub.")],
    model: Annotated[
        str, typer.Option("--model", metavar="METHOD-ARM", help="A model trained in the run, instead of the dataset.")
    ] = "",
    public: Annotated[bool, typer.Option("--public", help="Let everybody read it; private otherwise.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be uploaded and how large it is; do nothing.")
    ] = False,
    runs: Runs = Path("runs"),
) -> None:
    """Upload a dataset or model to the Hugging Face hub.

    The run's dataset, or a model trained in it. The repository is new and private, and has a card. An upload that fails
    leaves nothing there.
    """
    from efficoder.report.text import quantity

    hub.refuse_name(to)
    with open_run(runs, run_name) as store:
        files = _model(store.folder, model, to) if model else _dataset(store.folder)
    sizes = {name: hub.size_bytes(content) for name, content in sorted(files.items())}
    kind: hub.Kind = "model" if model else "dataset"
    total = f"{kind} of {counted(len(files), 'file')}, {quantity(sum(sizes.values()), 'B')}"
    if dry_run:
        data(table(["file", "bytes"], [[name, f"{size:,}"] for name, size in sizes.items()]))
        data(f"\nWould make the {'public' if public else 'private'} {total}: {to}")
        return
    Console().say(f"uploading {total} to {to}")
    address = hub.upload(files, to, kind, private=not public)
    use = command("evaluate", "TASKS", "--model", f"hf/{to}") if model else f"`datasets.load_dataset({to!r})` in Python"
    Console().say(f"done: {address}; next: {use}")


def _dataset(folder: Path) -> hub.Files:
    dataset = folder / "dataset"
    if not (dataset / "provenance.jsonl").is_file():
        hint = f"`efficoder stage build {folder}` makes it from what was measured"
        raise InputError("the run has no dataset", path=dataset, hint=hint)
    return {path.name: path for path in dataset.iterdir() if path.is_file()}


def _model(folder: Path, name: str, to: str) -> hub.Files:
    """The model's folder, its GGUF file where there is one, and a card."""
    from efficoder.training import model_card

    out = folder / "models" / name
    if not (out / "model").is_dir():
        there = ", ".join(sorted(path.parent.name for path in folder.glob("models/*/result.json"))) or "none"
        raise UsageError(f"--model {name}: no such model in this run; there: {there}; `efficoder train` makes one")
    trained = model_card.read(out)
    files: dict[str, Path | bytes] = {
        path.relative_to(out / "model").as_posix(): path for path in (out / "model").rglob("*") if path.is_file()
    }
    files |= {path.name: path for path in (out / "model.gguf",) if path.is_file()}
    return files | {"README.md": model_card.card(trained, to.partition("/")[2]).encode()}
