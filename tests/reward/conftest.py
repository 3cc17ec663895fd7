"""One reward for the tests of a file: its sandboxes take time to start."""

from collections.abc import Iterator

import pytest

from efficoder.errors import PrerequisiteError
from efficoder.reward import ExecutionReward


@pytest.fixture(scope="module")
def execution() -> Iterator[ExecutionReward]:
    try:
        made = ExecutionReward(workers=1)
    except PrerequisiteError as reason:
        pytest.skip(str(reason))
    with made:
        yield made
