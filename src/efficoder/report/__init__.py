"""What the reader sees: ``collect_view`` reads a run once, ``render`` and ``render_card`` draw it."""

from efficoder.report.collect import collect_view, signal
from efficoder.report.render import render, render_card
from efficoder.report.view import Estimate, Evaluation, Metric, ReportView, Score, Signal

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
