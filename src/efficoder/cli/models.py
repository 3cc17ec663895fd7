"""``efficoder models``: what the registry knows, what is in the cache, and fetching."""

from pathlib import Path
from typing import Annotated

import typer

from efficoder.cli.options import Json
from efficoder.console import Console, data, table, to_json

app = typer.Typer(help="Weights of embedded models: pull, list, path.", no_args_is_help=True)


@app.command("list", epilog="Examples: efficoder models list | efficoder models list --json")
def models_list(as_json: Json = False) -> None:
    """The registry: what can be pulled, what is here."""
    show(as_json=as_json)


@app.command("pull", epilog="Examples: efficoder models pull smollm2-135m-instruct | ... --from FILE.gguf")
def models_pull(
    name: str, file: Annotated[Path | None, typer.Option("--from", help="Take a local file instead.")] = None
) -> None:
    """Fetch weights into the cache; their SHA-256 decides."""
    pull(name, file)


@app.command("path", epilog="Example: efficoder models path smollm2-135m-instruct")
def models_path(name: str) -> None:
    """Where a model's weights are."""
    from efficoder.console import data
    from efficoder.models import weights

    data(str(weights.path(name)))


def show(*, as_json: bool) -> None:
    from efficoder.models import weights

    found = weights.present()
    if as_json:
        to_json([{"name": w.name, "bytes": w.size_bytes, "path": str(path or "")} for w, path in found])
        return
    rows = []
    for w, path in found:
        rows.append([f"local/{w.name}", f"{w.size_bytes / 1e6:.0f}", w.licence, "here" if path else "not pulled"])
    data(table(["model", "MB", "licence", "weights"], rows))


def pull(name: str, file: Path | None) -> None:
    """Fetch into the cache, saying how far it is; an interrupted pull resumes."""
    from efficoder.models import weights

    console = Console()

    def progress(had: int, wanted: int) -> None:
        if console.live:
            console.draw(f"{name}: {had / 1e6:.0f} of {wanted / 1e6:.0f} MB")

    path = weights.pull(name, source=file, progress=progress, say=console.say)
    console.say(f"{name}: {path}")
