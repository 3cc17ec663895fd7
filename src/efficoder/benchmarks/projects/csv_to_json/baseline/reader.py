"""CSV text to rows."""


def read(text: str) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the rows, each as long as the names."""
    table: list[list[str]] = []
    while text:
        row, text = read_row(text)
        if row != [""]:
            table = [*table, row]
    header = table[0]
    rows = []
    for row in table[1:]:
        while len(row) < len(header):
            row.append("")
        rows.append(row[: len(header)])
    return header, rows


def read_row(text: str) -> tuple[list[str], str]:
    """The first row of a text, and what is left of it."""
    row, place = [], -1
    while True:
        field, place = read_field(text, place + 1)
        row.append(field)
        if text[place : place + 1] != ",":
            return row, text[place + 1 :]


def read_field(text: str, place: int) -> tuple[str, int]:
    """The field that begins at ``place``, and where it ends."""
    field = ""
    if text[place : place + 1] != '"':
        while place < len(text) and text[place] not in ",\n":
            field, place = field + text[place], place + 1
        return field, place
    place += 1
    while place < len(text):
        if text[place] == '"':
            if text[place + 1 : place + 2] != '"':
                break
            place += 1
        field, place = field + text[place], place + 1
    return field, place + 1
