"""One table in the forms people paste it in: text, Markdown, CSV, LaTeX. Nothing here knows what is in it."""

import csv
import html
import io
import re
from collections.abc import Mapping, Sequence
from typing import Literal, cast, get_args

from efficoder.console import table
from efficoder.errors import UsageError
from efficoder.metrics.intervals import Interval
from efficoder.report.text import significant

Form = Literal["text", "markdown", "csv", "latex"]


def parse_format(name: str) -> Form:
    """The form of that name. Raises UsageError."""
    for form in get_args(Form):
        if form == name:
            return cast(Form, form)
    raise UsageError(f"unknown format {name!r}; known: {', '.join(get_args(Form))}")


_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "·": r"$\cdot$",
    "×": r"$\times$",
}


def render(header: Sequence[str], rows: Sequence[Sequence[str]], form: Form = "text") -> str:
    """The table without a final line break."""
    if form == "text":
        return table(list(header), [list(row) for row in rows])
    if form == "csv":
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([map(sheet_cell, row) for row in (header, *rows)])
        return out.getvalue().rstrip("\n")
    if form == "latex":
        lines = [" & ".join(map(_latex, row)) + r" \\" for row in (header, *rows)]
        columns = "l" + "r" * (len(header) - 1)
        return "\n".join(
            [
                rf"\begin{{tabular}}{{{columns}}}",
                r"\hline",
                lines[0],
                r"\hline",
                *lines[1:],
                r"\hline",
                r"\end{tabular}",
            ]
        )
    cells = [[markdown_cell(cell) for cell in row] for row in (header, *rows)]
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (cells[0], rule, *cells[1:]))


_NUMBER = re.compile(r"[-+]?[\d.]+(?:e[-+]?\d+)?(?: \[[-+.,\de ]*\])?(?: \(n = \d+\))?")
"""A number of ours, with its interval and size where it has them."""
_MARKUP = re.compile(r"[\\|`*\[\]#~!]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown reads as more than a character: an underscore only at the edge of a word."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def sheet_cell(text: str) -> str:
    """A cell that no spreadsheet runs as a formula: an apostrophe before what would be one (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def markdown_cell(words: str) -> str:
    """Text of others inside a Markdown table or sentence: one line, no markup, no link."""
    if _NUMBER.fullmatch(words):
        return words
    plain = html.escape(" ".join(words.split()), quote=False)
    return _MARKUP.sub(r"\\\g<0>", plain).replace("://", "\\://")


def _latex(cell: str) -> str:
    return "".join(_LATEX.get(character, character) for character in " ".join(cell.split()))


def with_interval(interval: Interval | None, scale: float = 1.0) -> str:
    """``0.512 [0.44, 0.58]``; ``n/a`` for None; the value alone where there is no interval."""
    if interval is None:
        return "n/a"
    if interval.low is None or interval.high is None:
        return number(interval.value * scale)
    return f"{number(interval.value * scale)} [{number(interval.low * scale)}, {number(interval.high * scale)}]"


def number(value: float) -> str:
    """Three significant digits as programs read them: no thousands' commas, an exponent from a million on."""
    return f"{value:.2e}" if abs(value) >= 999_500.0 else significant(value).replace(",", "")


def counts(numbers: Mapping[str, int]) -> str:
    """``3 wrong, 1 timeout``: the most frequent first."""
    return ", ".join(f"{count} {name}" for name, count in sorted(numbers.items(), key=lambda item: -item[1]))
