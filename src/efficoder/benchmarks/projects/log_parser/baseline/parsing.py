"""One line of an access log as a request."""

from dataclasses import dataclass

import routes


@dataclass
class Request:
    client: str
    method: str
    route: str
    status: int
    size: int
    milliseconds: int


def parse(line: str) -> Request | None:
    """The request of a line, or None where it is none."""
    fields = line.split('"')
    if len(fields) != 3:
        return None
    before, request, after = fields[0].split(), fields[1].split(), fields[2].split()
    if len(before) != 5 or len(request) != 3 or len(after) != 3:
        return None
    status, size, seconds = after
    if not is_number(status) or not (size == "-" or is_number(size)):
        return None
    whole, dot, part = seconds.partition(".")
    if not is_number(whole) or (dot and not is_number(part)):
        return None
    milliseconds = int(whole) * 1000 + int((part + "000")[:3])
    size_bytes = 0 if size == "-" else int(size)
    return Request(before[0], request[0], routes.route(request[1]), int(status), size_bytes, milliseconds)


def is_number(text: str) -> bool:
    if text == "":
        return False
    return all(character in list("0123456789") for character in text)
