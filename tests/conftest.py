"""What tests of several folders need."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture
def usual_depth() -> Iterator[None]:
    """Python's own recursion limit; libraries that other tests import raise it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(before)
