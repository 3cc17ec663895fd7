"""Paths that differ in an id alone are one route."""

import functools
import re

_ID = re.compile(r"(?<=/)[0-9]+(?=/|$)|^[0-9]+(?=/|$)")


@functools.lru_cache(maxsize=4096)
def route(target: str) -> str:
    return _ID.sub(":id", target.partition("?")[0])
