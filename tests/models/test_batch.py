import asyncio
import json
from pathlib import Path

import pytest

from efficoder.config import GenerateConfig
from efficoder.errors import InputError
from efficoder.models.asks import Ask, plan
from efficoder.models.batch import keep_results, request_lines
from efficoder.models.cache import ReplyCache
from efficoder.models.desk import generate
from efficoder.models.ledger import Price
from efficoder.models.protocol import FakeModel
from efficoder.types import Function, Origin, Sample, Task

CONFIG = GenerateConfig(models=("fake/model",), samples=3, max_tokens=50)
TASK = Task(id="t", prompt="Say hello.", interface=Function(entry_point="f"), origin=Origin(source="test"))
LIVE = FakeModel(lambda request, index: f"live {index}")


def wanted() -> list[Ask]:
    return plan([TASK], CONFIG.models, CONFIG, seed=5)


def line(index: int, text: str = "from the batch", status: int = 200, body: object = None) -> str:
    body = body or {
        "choices": [{"index": 0, "message": {"content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 60, "completion_tokens": 3},
    }
    response = {"status_code": status, "body": body}
    return json.dumps({"custom_id": wanted()[0].sample_id(index), "response": response, "error": None})


def test_requests_are_lines_of_the_batch_format() -> None:
    lines = [json.loads(text) for text in request_lines("gpt-4o", wanted())]
    assert [entry["custom_id"] for entry in lines] == [wanted()[0].sample_id(index) for index in range(3)]
    assert lines[1]["url"] == "/v1/chat/completions"
    body = lines[1]["body"]
    assert (body["model"], body["seed"], body["max_tokens"], body.get("n", 1)) == ("gpt-4o", 6, 50, 1)


def test_results_are_the_samples_a_live_run_then_finds(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    bad = [line(0, status=500), line(2, body={"choices": []}), line(9), ""]
    file.write_text("\n".join([*bad, line(2, "first"), line(0), line(2, "second")]))
    with ReplyCache(tmp_path / "cache.sqlite") as cache:
        assert keep_results(file, wanted(), LIVE, cache, Price(1.0, 2.0)) == 2
        got: list[Sample] = []
        ready = generate(
            wanted(), CONFIG, cache, lambda batch: got.extend(batch.samples), opener=lambda name, config, ledger: LIVE
        )
        summary = asyncio.run(ready)
    assert (summary.samples, summary.cached) == (3, 2)
    assert {sample.index: sample.reply for sample in got} == {0: "from the batch", 1: "live 1", 2: "first"}
    assert got[0].usage.cost_usd == pytest.approx(66e-6)


def test_a_line_that_is_no_result_is_named(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    file.write_text(line(0) + "\nnonsense\n")
    with ReplyCache(tmp_path / "cache.sqlite") as cache, pytest.raises(InputError, match=r"out\.jsonl:2"):
        keep_results(file, wanted(), LIVE, cache)
