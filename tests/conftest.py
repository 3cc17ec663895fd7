"""What tests of several folders need."""

import sys
from collections.abc import Iterator

import pytest

from efficoder.models import weights


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("measured"):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture
def usual_depth() -> Iterator[None]:
    """Python's own recursion limit; libraries that other tests import raise it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(before)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder for each test: none takes its tests from the user's bank. Weights that were pulled stay."""
    pulled = weights.cache_folder() / "models"
    cache = tmp_path_factory.mktemp("cache")
    (cache / "efficoder").mkdir()
    if pulled.is_dir():
        (cache / "efficoder" / "models").symlink_to(pulled)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
