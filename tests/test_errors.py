"""The command that installs an extra fits how EffiCoder is installed."""

import json
import shlex
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from efficoder import errors


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (None, ["efficoder[train]"]),
        ({"dir_info": {"editable": True}, "url": "file:///home/me/a%20clone"}, ["-e", "/home/me/a clone[train]"]),
        ({"dir_info": {}, "url": "file:///home/me/clone"}, ["/home/me/clone[train]"]),
        ({"archive_info": {}, "url": "file:///x/e-1.whl"}, ["efficoder[train] @ file:///x/e-1.whl"]),
    ],
)
def test_an_extra_is_installed_from_where_efficoder_came(
    monkeypatch: pytest.MonkeyPatch, source: object, wanted: list[str]
) -> None:
    class Found:
        def read_text(self, name: str) -> str | None:
            return None if source is None else json.dumps(source)

    monkeypatch.setattr("importlib.metadata.distribution", lambda _: Found())
    assert shlex.split(errors.install("train")) == [sys.executable, "-m", "pip", "install", *wanted]


def test_where_it_is_not_installed_at_all_the_index_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.distribution", missing)
    assert shlex.split(errors.install("hub"))[-1] == "efficoder[hub]"
