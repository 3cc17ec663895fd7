"""The bundled demonstration: fourteen tasks with recorded replies that differ in speed, some of them wrong.

Tasks and replies are our own writing. The same pipeline runs on them as on anyone's data.
"""

import json
from importlib.resources import as_file, files
from pathlib import Path

from efficoder.config import load
from efficoder.pipeline.work import Scope
from efficoder.stages import run as running

LIVE = ("generate.samples=3", "generate.max_tokens=400", 'generate.variants=["plain", "efficient", "obvious"]')
"""For a small model on two cores: a few minutes."""
QUICK = ("write_tests.target_s=0.02", "measure.looks=[3,5,7,10]", "measure.budget_s=3")
"""Shorter loads and fewer rounds than the defaults: what is there to see shows in about a minute."""


def run(runs: Path, model: str | None) -> None:
    """Run the pipeline on the bundled tasks; without a model the bundled replies are replayed."""
    with as_file(files("efficoder") / "demo") as folder:
        source, writer = f"jsonl:{folder / 'tasks.jsonl'}", model or f"replay/{folder / 'replies.jsonl'}"
        sets = [f"collect.sources={json.dumps([source])}", f"generate.models={json.dumps([writer])}"]
        config = load(None, [*sets, *QUICK, *(LIVE if model else ())])
        running.run(runs / ("demo" if model else "demo-recorded"), config, Scope())
