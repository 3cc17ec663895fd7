"""CSV text to rows."""

import csv
import io


def read(text: str) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the rows, each as long as the names."""
    table = [row for row in csv.reader(io.StringIO(text, newline="")) if row and row != [""]]
    header = table[0]
    width = len(header)
    rows = [row if len(row) == width else (row + [""] * (width - len(row)))[:width] for row in table[1:]]
    return header, rows
