"""One line of an access log as a request."""

import re
from typing import NamedTuple

import routes

_FIELD = r'[^\s"]+'
_LINE = re.compile(
    rf'\s*({_FIELD})\s+{_FIELD}\s+{_FIELD}\s+{_FIELD}\s+{_FIELD}\s*"\s*({_FIELD})\s+({_FIELD})\s+{_FIELD}\s*"'
    r"\s*([0-9]+)\s+(-|[0-9]+)\s+([0-9]+)(?:\.([0-9]+))?\s*"
)


class Request(NamedTuple):
    client: str
    method: str
    route: str
    status: int
    size: int
    milliseconds: int


def parse(line: str) -> Request | None:
    """The request of a line, or None where it is none."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    client, method, target, status, size, whole, part = found.groups("")
    milliseconds = int(whole + (part + "000")[:3])
    return Request(client, method, routes.route(target), int(status), 0 if size == "-" else int(size), milliseconds)
