"""What the reader sees: ``collect_view`` reads a run once, ``render`` and ``render_card`` draw it."""

from efficoder.report.content import Estimate, Evaluation, Metric, ReportView, Score, Signal
from efficoder.report.gather import collect_view, signal
from efficoder.report.render import render, render_card

__all__ = [
    "Estimate",
    "Evaluation",
    "Metric",
    "ReportView",
    "Score",
    "Signal",
    "collect_view",
    "render",
    "render_card",
    "signal",
]
