"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

RunName = Annotated[str, typer.Argument(help="The run: its name under --runs, or a path to its folder.")]
Runs = Annotated[Path, typer.Option("--runs", help="Folder that holds the runs.")]
TableForm = Annotated[str, typer.Option("--format", help="text, markdown, csv or latex.")]
Models = Annotated[str | None, typer.Option("--models", help="Only these models, comma-separated.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Sets = Annotated[list[str] | None, typer.Option("--set", help="Override a config key: stage.key=value. Repeatable.")]


def listed(text: str | None) -> list[str]:
    return list(filter(None, (text or "").split(",")))
