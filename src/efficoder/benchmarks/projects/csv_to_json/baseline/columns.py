"""What a column holds."""


def types(header: list[str], rows: list[list[str]]) -> dict[str, str]:
    found = {}
    for name in header:
        values = []
        for row in rows:
            value = row[header.index(name)]
            if value != "":
                values.append(value)
        found[name] = kind(values)
    return found


def kind(values: list[str]) -> str:
    if len(values) == 0:
        return "empty"
    if all(is_integer(value) for value in values):
        return "integer"
    if all(is_number(value) for value in values):
        return "number"
    if all(value in ["true", "false"] for value in values):
        return "boolean"
    return "text"


def is_integer(value: str) -> bool:
    digits = value[1:] if value.startswith("-") else value
    return digits != "" and all(character in "0123456789" for character in digits)


def is_number(value: str) -> bool:
    if value.count(".") > 1:
        return False
    if "." not in value:
        return is_integer(value)
    whole, part = value.split(".")
    return is_integer(whole) and not part.startswith("-") and is_integer(part)
