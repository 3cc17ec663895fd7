"""Options and arguments that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer


def completed(*words: str) -> Callable[[str], list[str]]:
    """Completion of an option that takes one of these."""
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]


def method_option(*names: str) -> Any:
    """The training method, one of ``names``."""
    words = f"{', '.join(names[:-1])} or {names[-1]}."
    return typer.Option("--method", metavar="METHOD", autocompletion=completed(*names), help=words)


def run_names(context: typer.Context, incomplete: str) -> list[str]:
    """Completion: the runs under --runs."""
    from efficoder import store

    names = store.run_names(Path(context.params.get("runs") or "runs"))
    return [name for name in names if name.startswith(incomplete)]


def model_names(incomplete: str) -> list[str]:
    """Completion: the embedded models that can be pulled, and the providers of others."""
    from efficoder.models import PROVIDERS
    from efficoder.models.catalogue import REGISTRY

    known = [*(f"local/{name}" for name in REGISTRY), *(f"{provider}/" for provider in PROVIDERS)]
    return [name for name in known if name.startswith(incomplete)]


RunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN", autocompletion=run_names, help="The run: its name under --runs, or a path to its folder."
    ),
]
Runs = Annotated[Path, typer.Option("--runs", metavar="FOLDER", help="Folder that holds the runs.")]
TableForm = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORMAT",
        autocompletion=completed("text", "markdown", "csv", "latex"),
        help="text, markdown, csv or latex.",
    ),
]
Models = Annotated[
    str | None, typer.Option("--models", metavar="MODEL,MODEL", help="Only these models, comma-separated.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a config key: stage.key=value. Repeatable."),
]


def listed(text: str | None) -> list[str]:
    return list(filter(None, (text or "").split(",")))


def examples(*commands: str) -> str:
    """The epilog of a command's help: examples that can be pasted, one a line."""
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)
