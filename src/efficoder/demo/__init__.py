"""The bundled demonstration: fourteen tasks with recorded replies that differ in speed, some of them wrong.

Tasks and replies are our own writing. The same pipeline runs on them as on anyone's data.
"""

from importlib.resources import as_file, files
from pathlib import Path

from efficoder import runs as running
from efficoder.config import load
from efficoder.steps import Scope


def run(runs: Path, model: str | None) -> None:
    """Run the pipeline on the bundled tasks; without a model the bundled replies are replayed."""
    with as_file(files(__name__)) as folder:
        writers = [model] if model else [f"replay/{folder / 'replies.jsonl'}"]
        config = load(
            None,
            [f'collect.sources=["jsonl:{folder / "tasks.jsonl"}"]', f"generate.models={writers!r}".replace("'", '"')],
        )
        running.run(runs / ("demo" if model else "demo-recorded"), config, Scope())
