"""``efficoder models``: what the registry knows, what is in the cache, and fetching."""

from pathlib import Path
from typing import Annotated

import typer

from efficoder.cli.options import Json, examples
from efficoder.console import Console, command, data, table, to_json


def weights_names(incomplete: str) -> list[str]:
    from efficoder.models.catalogue import REGISTRY

    return [name for name in REGISTRY if name.startswith(incomplete)]


Weights = Annotated[str, typer.Argument(metavar="NAME", autocompletion=weights_names, help="As `models list` has it.")]
app = typer.Typer(help="Weights of embedded models: pull, list, path.", no_args_is_help=True)


@app.command("list", epilog=examples("efficoder models list", "efficoder models list --json"))
def models_list(as_json: Json = False) -> None:
    """List what can be pulled, and what is here."""
    show(as_json=as_json)


@app.command(
    "pull",
    epilog=examples(
        "efficoder models pull smollm2-135m-instruct", "efficoder models pull smollm2-135m-instruct --from model.gguf"
    ),
)
def models_pull(
    name: Weights,
    file: Annotated[Path | None, typer.Option("--from", metavar="FILE", help="Take a local file instead.")] = None,
) -> None:
    """Fetch weights into the cache; their SHA-256 decides."""
    pull(name, file)


@app.command(
    "path",
    epilog=examples("efficoder models path smollm2-135m-instruct", "efficoder models path qwen2.5-coder-0.5b-instruct"),
)
def models_path(name: Weights) -> None:
    """Print where a model's weights are."""
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
    console.say(f"{name}: {path}; next: {command('evaluate', 'TASKS', '--model', f'local/{name}')}")
