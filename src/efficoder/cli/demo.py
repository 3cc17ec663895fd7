"""The bundled demonstration: fourteen tasks with recorded replies that differ in speed, some of them wrong; and another
one in a compiled language whose compiler is here, judged by the tests of the same task in Python.

Tasks and replies are our own writing. The same pipeline runs on them as on anyone's data.
"""

import json
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from efficoder.cli.options import Runs, examples, model_names
from efficoder.config import load

LIVE = ("generate.samples=3", "generate.max_tokens=400", 'generate.variants=["plain", "efficient", "obvious"]')
"""For a small model on two cores: a few minutes."""
QUICK = ("write_tests.target_s=0.02", "measure.looks=[3,5,7,10]", "measure.budget_s=3")
"""Shorter loads and fewer rounds than the defaults: what is there to see shows in about a minute."""
app = typer.Typer()


@app.command(epilog=examples("efficoder demo --recorded", "efficoder demo --runs /tmp/runs"))
def demo(
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Replay bundled replies instead of asking a model.")
    ] = False,
    model: Annotated[
        str,
        typer.Option(
            "--model", metavar="MODEL", autocompletion=model_names, help="The model that writes, when not --recorded."
        ),
    ] = ("local/qwen2.5-coder-0.5b-instruct"),
    runs: Runs = Path("runs"),
) -> None:
    """Run the whole pipeline on bundled tasks.

    It ends in a dataset and a report.
    """
    run(runs, None if recorded else model)


def run(runs: Path, model: str | None) -> None:
    """Run the pipeline on the bundled tasks; without a model the bundled replies are replayed."""
    from efficoder.pipeline.work import Scope
    from efficoder.stages import run as running

    with as_file(files("efficoder") / "demo") as folder:
        parts = [folder, *([] if model else _compiled(folder))]
        tasks, replies = ([str(part / f"{name}.jsonl") for part in parts] for name in ("tasks", "replies"))
        writers = [model] if model else [f"replay/{path}" for path in replies]
        sets = [f"collect.sources={json.dumps(tasks)}", f"generate.models={json.dumps(writers)}"]
        config = load(None, [*sets, *QUICK, *(LIVE if model else ())])
        running.run(runs / ("demo" if model else "demo-recorded"), config, Scope())


def _compiled(folder: Path) -> Iterator[Path]:
    """The parts in languages whose compiler is here."""
    from efficoder.errors import PrerequisiteError
    from efficoder.languages import LANGUAGES
    from efficoder.sandbox.compiling import compiler_of

    for name, known in LANGUAGES.items():
        if known.toolchain is not None and (folder / name).is_dir():
            try:
                compiler_of(known.toolchain)
            except PrerequisiteError:
                continue
            yield folder / name
