"""CSV text to rows."""


def read(text: str) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the rows, each as long as the names."""
    table: list[list[str]] = []
    place = 0
    while place < len(text):
        row, place = read_row(text, place)
        if row != [""]:
            table.append(row)
    header = table[0]
    rows = []
    for row in table[1:]:
        while len(row) < len(header):
            row.append("")
        rows.append(row[: len(header)])
    return header, rows


def read_row(text: str, place: int) -> tuple[list[str], int]:
    """The row that begins at ``place``, and where the next one does."""
    row = []
    while True:
        field, place = read_field(text, place)
        row.append(field)
        place += 1
        if text[place - 1 : place] != ",":
            return row, place


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
