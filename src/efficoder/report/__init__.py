"""WHAT THE READER SEES: ``collect_view`` reads a run once, ``render`` and ``render_card`` draw it.

content.py   what a report shows, as plain data
gather.py    a run's rows to that data
rows.py      one pass over the rows
funnel.py    how many are left after each step
languages.py a run's tasks by language
growth.py    how times grow with size
examples.py  programs to look at, side by side
render.py    the page and the card
beside.py    two runs on one page
charts.py    charts of the page
curve.py     one curve, for documents
tables.py    tables as text, Markdown, CSV, LaTeX
text.py      numbers with their units
"""

from efficoder.report.beside import put_beside, render_beside
from efficoder.report.content import ReportView, Signal
from efficoder.report.gather import collect_view, kept_scores, signal
from efficoder.report.render import render, render_card

__all__ = [
    "ReportView",
    "Signal",
    "collect_view",
    "kept_scores",
    "put_beside",
    "render",
    "render_beside",
    "render_card",
    "signal",
]
