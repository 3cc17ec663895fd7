"""A ReportView to text: the HTML report and the dataset's card. Everything a model or a source wrote is escaped."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import jinja2
from markupsafe import Markup

from efficoder.console import clock, counted, printable
from efficoder.exports import Exported
from efficoder.metrics.faster_or_tie import WORDS
from efficoder.report import charts, text
from efficoder.report.content import ReportView
from efficoder.report.tables import markdown_cell
from efficoder.types import REFERENCE

_FOLDER = Path(__file__).parent
_LISTED = 300
"""Tasks that the report lists one by one: it stays under a megabyte for ten thousand."""


def render(view: ReportView) -> str:
    """One HTML file that needs nothing else: no script, no font, no network."""
    gains = view.gains or not view.evaluation
    board = view.evaluation.board if view.evaluation else None
    sections = [
        ("scores", "Scores", view.evaluation),
        ("failed", "Failed", board and board.failed),
        ("slow", "Slow", board and board.slow),
        ("gain", "Gain", gains),
        ("funnel", "Funnel", True),
        ("before-after", "Before and after", view.quantities),
        ("memory", "Time and memory", view.dots),
        ("growth", "Growth", view.growth),
        ("groups", "Source and model", view.by_source or view.by_model),
        ("languages", "Languages", view.by_language),
        ("examples", "Examples", view.examples),
        ("tasks", "Tasks", view.gains),
        ("trust", "Trust", True),
        ("dataset", "Dataset", view.arms),
        ("models", "Models and cost", view.models or view.stages),
        ("config", "Config", view.config),
    ]
    shown = [(anchor, title) for anchor, title, there in sections if there]
    page = environment(_FOLDER, autoescape=True).get_template("page.html.j2")
    return printable(page.render(view=view, style=style(), sections=shown, listed_tasks=_LISTED))


def style() -> Markup:
    """The style sheet of the report, and of pages that look like it."""
    return Markup((_FOLDER / "style.css").read_text(encoding="utf-8"))


def render_card(view: ReportView, files: Sequence[Exported]) -> str:
    """README.md of an exported dataset: the header Hugging Face's hub reads, then what the data is and is not."""
    licences = {licence for _, licence, _ in view.licences}
    parquet = [file for file in files if file.name.endswith(".parquet")] or list(files)
    card = environment(_FOLDER, autoescape=False).get_template("card.md.j2")
    return printable(card.render(view=view, files=files, configs=parquet, licence=_hub_licence(licences)))


def _hub_licence(licences: set[str]) -> str:
    """The hub's name of the licence, where all rows have the same; several are listed in the card and in provenance."""
    return next(iter(licences)).lower() if len(licences) == 1 and licences != {"not stated"} else "other"


def environment(folder: Path, *, autoescape: bool) -> jinja2.Environment:
    """Templates of ``folder``, with the report's own beside them, its numbers and its charts."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, _FOLDER]),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "significant": text.significant,
        "ratio": text.ratio,
        "seconds": partial(text.quantity, unit="s"),
        "percent": text.percent,
        "count": text.count,
        "counted": counted,
        "tick": text.tick,
        "spread": text.spread,
        "moment": text.moment,
        "clock": clock,
        "dollars": text.dollars,
        "yaml": partial(json.dumps, ensure_ascii=False),
        "cell": markdown_cell,
    }
    environment.globals |= {
        "bar": charts.Bar,
        "charts": charts,
        "change": text.change,
        "interval": text.interval,
        "reference": REFERENCE,
        "words": WORDS,
    }
    return environment
