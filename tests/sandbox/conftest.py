from collections.abc import Iterator

import pytest

from efficoder.errors import PrerequisiteError
from efficoder.sandbox import Sandbox


@pytest.fixture(scope="session", params=["A", "B"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """One zygote a tier for all tests: a test that harms it fails the ones after it."""
    try:
        made = Sandbox(tier=request.param)
    except PrerequisiteError as reason:
        pytest.skip(str(reason))
    with made:
        yield made
