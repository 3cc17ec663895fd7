"""Text of others that is read as data: what cannot be read is one kind of error, whatever is in it."""

from collections.abc import Callable
from typing import Any

import pytest

from efficoder.exports.formats import read_tests
from efficoder.models.answers import Unreadable, read_answer
from efficoder.models.protocol import Request
from efficoder.parse import from_json, from_toml, typed

pytestmark = pytest.mark.usefixtures("usual_depth")

HOSTILE = {
    "deep lists": "[" * 100_000,
    "deep lists that end": "[" * 5000 + "]" * 5000,
    "deep objects": '{"a":' * 5000 + "1" + "}" * 5000,
    "many digits": "9" * 5000,
    "nothing": "",
    "a surrogate": '"\\ud800',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("read", [from_json, read_tests, lambda text: typed(text, list[Any])])
def test_what_is_no_json_is_a_value_error(read: Callable[[str], Any], text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text)


def test_what_is_no_utf8_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="utf-8"):
        typed(b'["\xff"]', list[str])


def test_deep_toml_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="nested"):
        from_toml("a = " + "[" * 5000 + "]" * 5000)


@pytest.mark.parametrize("place", ['{"choices":[{"message":{"content":%s}}]}', '{"usage":%s}', '{"error":%s}'])
def test_a_server_that_nests_deeply_gave_no_answer(place: str) -> None:
    body = (place % ("[" * 5000 + "]" * 5000)).encode()
    with pytest.raises(Unreadable, match="nested too deeply"):
        read_answer(body, Request(prompt="p"), 1, 0.0)
