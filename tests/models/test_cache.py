from pathlib import Path

import msgspec
import pytest

from efficoder.models.cache import ReplyCache, cache_key
from efficoder.models.protocol import FakeModel, Message, Reply, Request
from efficoder.types import Usage

MODEL = FakeModel(lambda request, index: "")
REQUEST = Request(prompt=(Message("user", "hello"),), indices=(0, 1))


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": (Message("user", "hello!"),)},
        {"prompt": (Message("system", "hello"),)},
        {"prompt": "hello"},
        {"temperature": 0.5},
        {"top_p": 0.5},
        {"max_tokens": 5},
        {"seed": 5},
        {"stop": ("x",)},
    ],
)
def test_every_setting_is_in_the_key(change: dict[str, object]) -> None:
    changed = msgspec.structs.replace(REQUEST, **change)
    assert cache_key(MODEL, REQUEST, "v1", 0) != cache_key(MODEL, changed, "v1", 0)


def test_index_version_model_and_place_are_in_the_key_and_grouping_is_not() -> None:
    elsewhere = FakeModel(lambda request, index: "")
    elsewhere.endpoint = "http://other/v1"
    keys = {
        cache_key(MODEL, REQUEST, "v1", 0),
        cache_key(MODEL, REQUEST, "v1", 1),
        cache_key(MODEL, REQUEST, "v2", 0),
        cache_key(FakeModel(lambda request, index: "", name="fake/other"), REQUEST, "v1", 0),
        cache_key(elsewhere, REQUEST, "v1", 0),
    }
    assert len(keys) == 5
    assert cache_key(MODEL, msgspec.structs.replace(REQUEST, indices=(1,)), "v1", 1) in keys


def test_replies_come_back_as_they_were_and_the_first_writer_wins(tmp_path: Path) -> None:
    reply = Reply(text="ü\x00\n", usage=Usage(prompt_tokens=3, cost_usd=0.25), finish="length")
    with ReplyCache(tmp_path / "cache.sqlite") as one, ReplyCache(tmp_path / "cache.sqlite") as other:
        assert one.keep({"a": reply}) == {"a": reply}
        assert other.keep({"a": Reply(text="later"), "b": Reply(text="b")})["a"] == reply
        assert set(one.find(["a", "b", "c"])) == {"a", "b"}


def test_many_keys_are_found(tmp_path: Path) -> None:
    with ReplyCache(tmp_path / "cache.sqlite") as cache:
        replies = {str(number): Reply(text=str(number)) for number in range(1300)}
        assert cache.keep(replies) == replies
