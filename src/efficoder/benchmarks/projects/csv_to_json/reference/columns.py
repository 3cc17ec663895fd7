"""What a column holds."""

import re

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def types(header: list[str], rows: list[list[str]]) -> dict[str, str]:
    found = dict.fromkeys(reversed(header), "empty")
    for name, values in reversed(list(zip(header, zip(*rows, strict=True), strict=False))):
        found[name] = _kind(set(values) - {""})
    return found


def _kind(values: set[str]) -> str:
    if not values:
        return "empty"
    if values <= {"true", "false"}:
        return "boolean"
    kind = "integer"
    for value in values:
        found = _NUMBER.fullmatch(value)
        if found is None:
            return "text"
        if found[1]:
            kind = "number"
    return kind
