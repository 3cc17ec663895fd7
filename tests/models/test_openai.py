import asyncio
import json
import time
from pathlib import Path

import msgspec
import pytest

import fault_server
from efficoder.config import GenerateConfig
from efficoder.errors import ModelError, PrerequisiteError, UsageError
from efficoder.models import open_model, openai
from efficoder.models.ledger import CostLimit, Ledger
from efficoder.models.protocol import Message, Reply, Request, RequestFailed, RequestRefused
from fault_server import COMPLETION_TOKENS, PROMPT_TOKENS, Answer, Exchange, reply_text, serve

PRICES = '[openai]\n"*" = { prompt = 10.0, completion = 100.0 }\n'


@pytest.fixture(autouse=True)
def short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "BACKOFF_S", 0.01)


def config(url: str, **settings: object) -> GenerateConfig:
    return GenerateConfig(base_url=url, **{"timeout_s": 5.0, "samples": 8, **settings})  # type: ignore[arg-type]


def request(*indices: int, **settings: object) -> Request:
    prompt = (Message("user", "write add(a, b)" + " please" * 20),)
    return Request(**{"prompt": prompt, "indices": indices or (0,), **settings})  # type: ignore[arg-type]


def ask(settings: GenerateConfig, *requests: Request, ledger: Ledger | None = None) -> list[list[Reply]]:
    """The replies to requests in flight together, what is missing asked for again as the stage does."""

    async def run() -> list[list[Reply]]:
        model = open_model("openai/m", settings, ledger)

        async def all_of(request: Request) -> list[Reply]:
            replies: list[Reply] = []
            while missing := request.indices[len(replies) :]:
                replies += await model.complete(msgspec.structs.replace(request, indices=missing))
            return replies

        try:
            return list(await asyncio.gather(*(all_of(request) for request in requests)))
        finally:
            await model.close()

    return asyncio.run(run())


def texts(replies: list[Reply]) -> list[str]:
    return [reply.text for reply in replies]


def first(fault: Answer, times: int = 2) -> Answer:
    """The fault for the first requests, the ordinary answer from then on."""
    return lambda exchange: fault(exchange) if exchange.number < times else exchange.choices()


@pytest.mark.parametrize(
    "fault",
    [
        fault_server.too_many_requests,
        fault_server.server_error,
        fault_server.cut_off,
        fault_server.malformed,
        fault_server.empty_choices,
        lambda exchange: exchange.send(200, b""),
        lambda exchange: exchange.send(200, b'{"error": {"message": "overloaded"}}'),
        lambda exchange: exchange.send(200, b'{"choices": [{}], "usage": null}'),
        lambda exchange: exchange.send(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"}),
        lambda exchange: setattr(exchange.handler, "close_connection", True),
    ],
    ids=["429", "500", "cut_off", "malformed", "no_choice", "empty_body", "error_in_200", "hollow", "html", "hang_up"],
)
def test_a_fault_is_asked_again_and_each_sample_comes_once(fault: Answer) -> None:
    with serve(first(fault)) as server:
        (replies,) = ask(config(server.url), request(0, 1, 2))
    assert texts(replies) == [reply_text(0), reply_text(1), reply_text(2)]
    assert len(server.requests) == 3


def test_cost_is_what_was_answered_also_for_answers_without_a_choice(tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text(PRICES)
    ledger = Ledger()
    with serve(first(fault_server.empty_choices, 3)) as server:
        (replies,) = ask(config(server.url, prices=str(prices)), request(0, 1), ledger=ledger)
    right = sum(10e-6 * prompt + 100e-6 * completion for prompt, completion in server.billed)
    assert len(server.billed) == 4
    assert ledger.spent_usd == pytest.approx(right)
    assert sum(reply.usage.cost_usd for reply in replies) == pytest.approx(right)
    assert sum(reply.usage.prompt_tokens for reply in replies) == 4 * PROMPT_TOKENS


def test_slow_server_is_given_up_on_after_the_timeout_and_asked_again() -> None:
    with serve(first(fault_server.slow, 1)) as server:
        (replies,) = ask(config(server.url, timeout_s=0.3), request(0))
    assert texts(replies) == [reply_text(0)]
    assert len(server.requests) == 2


def test_retry_after_holds_back_every_request() -> None:
    def busy(exchange: Exchange) -> None:
        exchange.error(429, headers={"Retry-After": "0.4"}) if exchange.number == 0 else exchange.choices()

    async def run(url: str) -> None:
        model = open_model("openai/m", config(url))
        refused = asyncio.create_task(model.complete(request(0)))
        await asyncio.sleep(0.15)
        await asyncio.gather(refused, model.complete(request(1)))
        await model.close()

    with serve(busy) as server:
        asyncio.run(run(server.url))
    assert len(server.times) == 3
    assert min(server.times[1:]) - server.times[0] >= 0.4


def test_retry_after_as_a_date_is_read() -> None:
    then = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 1))
    with serve(first(lambda exchange: exchange.error(503, headers={"Retry-After": then}), 1)) as server:
        assert len(ask(config(server.url), request(0))[0]) == 1


def test_a_server_that_asks_for_hours_is_not_waited_for() -> None:
    with (
        serve(lambda exchange: exchange.error(429, headers={"Retry-After": "7200"})) as server,
        pytest.raises(ModelError, match="asks to wait 7200 s"),
    ):
        ask(config(server.url), request(0))


def test_a_server_that_never_answers_fails_the_request() -> None:
    with serve(fault_server.server_error) as server, pytest.raises(RequestFailed, match="gave up after 8 attempts"):
        ask(config(server.url), request(0))
    assert len(server.requests) == 8


def test_never_a_choice_is_a_refusal() -> None:
    with serve(fault_server.empty_choices) as server, pytest.raises(RequestRefused, match="without a choice"):
        ask(config(server.url), request(0))


def test_a_prompt_too_long_is_refused_and_n_is_kept() -> None:
    def too_long(exchange: Exchange) -> None:
        exchange.choices() if "short" in str(exchange.body["messages"]) else exchange.error(400, "context too long")

    async def run(url: str) -> list[Reply]:
        model = open_model("openai/m", config(url))
        with pytest.raises(RequestRefused, match="context too long"):
            await model.complete(request(0, 1))
        replies = await model.complete(request(0, 1, prompt=(Message("user", "short"),)))
        await model.close()
        return replies

    with serve(too_long) as server:
        assert len(asyncio.run(run(server.url))) == 2
    assert server.requests[-1]["n"] == 2


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_key_or_model_ends_at_once(status: int) -> None:
    with serve(lambda exchange: exchange.error(status)) as server, pytest.raises(ModelError, match=f"HTTP {status}"):
        ask(config(server.url), request(0))
    assert len(server.requests) == 1


def test_a_used_up_quota_ends_at_once() -> None:
    with (
        serve(lambda exchange: exchange.error(429, "pay", code="insufficient_quota")) as server,
        pytest.raises(ModelError, match="quota"),
    ):
        ask(config(server.url), request(0))
    assert len(server.requests) == 1


# ---------------------------------------------------------------- what servers take


def test_samples_share_one_request_where_the_server_has_n() -> None:
    with serve(Exchange.choices) as server:
        (replies,) = ask(config(server.url), request(0, 1, 2, 3))
    assert server.requests[0]["n"] == 4
    assert [reply.usage.prompt_tokens for reply in replies] == [PROMPT_TOKENS, 0, 0, 0]
    assert sum(reply.usage.completion_tokens for reply in replies) == 4 * COMPLETION_TOKENS


def test_a_server_that_ignores_n_is_asked_one_by_one_with_a_seed_each() -> None:
    with serve(lambda exchange: exchange.choices(1)) as server:
        (replies,) = ask(config(server.url), request(0, 1, 2, seed=7))
    assert texts(replies) == [reply_text(7), reply_text(8), reply_text(9)]
    assert [body.get("n", 1) for body in server.requests] == [3, 1, 1]


def test_a_server_that_refuses_n_is_asked_one_by_one() -> None:
    def no_n(exchange: Exchange) -> None:
        exchange.error(422, "n must be 1") if exchange.body.get("n", 1) > 1 else exchange.choices()

    with serve(no_n) as server:
        (replies,) = ask(config(server.url), request(0, 1, 2))
    assert texts(replies) == [reply_text(0), reply_text(1), reply_text(2)]
    assert [body.get("n", 1) for body in server.requests] == [3, 1, 1, 1]


def test_more_choices_than_asked_are_not_counted() -> None:
    with serve(lambda exchange: exchange.choices(5)) as server:
        assert len(ask(config(server.url), request(0, 1))[0]) == 2


def test_fewer_choices_than_asked_are_made_up_for() -> None:
    with serve(lambda exchange: exchange.choices(min(2, exchange.body.get("n", 1)))) as server:
        (replies,) = ask(config(server.url), request(0, 1, 2, 3, 4))
    assert texts(replies) == [reply_text(seed) for seed in range(5)]


def test_newer_models_are_told_max_completion_tokens() -> None:
    def picky(exchange: Exchange) -> None:
        if "max_tokens" in exchange.body:
            exchange.error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        else:
            exchange.choices()

    with serve(picky) as server:
        ask(config(server.url), *(request(number, max_tokens=77) for number in range(4)))
    assert server.requests[-1]["max_completion_tokens"] == 77


def test_a_server_without_seeds_is_asked_without() -> None:
    def picky(exchange: Exchange) -> None:
        exchange.error(400, "no", param="seed") if "seed" in exchange.body else exchange.choices()

    with serve(picky) as server:
        ask(config(server.url), request(0))
    assert "seed" not in server.requests[-1]


REFUSALS = {
    "unknown": lambda key: f"Unknown parameter: '{key}'.",
    "unsupported": lambda key: f"Unsupported parameter: '{key}' is not supported with this model.",
    "extra": lambda key: (
        f"[{{'type': 'extra_forbidden', 'loc': ['body', '{key}'], 'msg': 'Extra inputs are not permitted'}}]"
    ),
    "unexpected": lambda key: f"got an unexpected keyword argument '{key}'",
    "not named": lambda key: "Extra fields not permitted",
}


@pytest.mark.parametrize("said", REFUSALS)
@pytest.mark.parametrize("key", ["seed", "stop", "top_p"])
def test_a_parameter_that_the_server_refuses_is_left_out_and_no_sample_is_lost(
    key: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def picky(exchange: Exchange) -> None:
        exchange.error(400, REFUSALS[said](key)) if key in exchange.body else exchange.choices()

    with serve(picky) as server:
        answers = ask(config(server.url), *(request(i, stop=("zzz",)) for i in range(4)))
    assert [len(replies) for replies in answers] == [1] * 4
    assert key not in server.requests[-1]
    assert capsys.readouterr().err.count(f"refuses {key!r}") == 1


def test_a_refused_temperature_is_left_out_only_where_it_is_named() -> None:
    def reasoning(exchange: Exchange) -> None:
        if "temperature" in exchange.body:
            exchange.error(400, "Unsupported value: 'temperature' does not support 0.0 with this model.")
        else:
            exchange.choices()

    with serve(reasoning) as server:
        ask(config(server.url), request(0))
        assert server.requests[-1].keys() >= {"seed", "top_p"}
    with (
        serve(lambda exchange: exchange.error(400, "Extra fields not permitted")) as server,
        pytest.raises(RequestRefused),
    ):
        ask(config(server.url), request(0))
    assert all("temperature" in body for body in server.requests)


def test_where_stop_is_refused_the_reply_ends_there_all_the_same() -> None:
    def picky(exchange: Exchange) -> None:
        exchange.error(400, "unknown field stop") if "stop" in exchange.body else exchange.choices()

    with serve(picky) as server:
        (replies,) = ask(config(server.url), request(0, stop=("\n```", " + 0")))
    assert texts(replies) == ["```python\ndef add(a, b):\n    return a + b"]


PARTS = {
    "thinking and text": [
        {"type": "thinking", "thinking": [{"type": "text", "text": "no"}]},
        {"type": "text", "text": "yes"},
    ],
    "several texts": [{"type": "text", "text": "y"}, {"type": "output_text", "text": "es"}],
    "bare texts": ["y", "es"],
    "a text with a value": [{"type": "text", "text": {"value": "yes", "annotations": []}}],
    "one part": {"type": "text", "text": "yes"},
}


@pytest.mark.parametrize("name", PARTS)
def test_content_in_parts_is_read(name: str) -> None:
    body = {"choices": [{"message": {"content": PARTS[name]}, "finish_reason": "stop"}]}
    with serve(lambda exchange: exchange.send(200, json.dumps(body).encode())) as server:
        (replies,) = ask(config(server.url), request(0))
    assert texts(replies) == ["yes"]


@pytest.mark.parametrize(
    "message", [{"content": 7}, {"content": [{"type": "new", "body": "x"}]}, {"role": "assistant"}]
)
def test_content_of_an_unknown_shape_is_a_failed_request_and_no_empty_reply(message: dict[str, object]) -> None:
    body = {"choices": [{"message": message, "finish_reason": "stop"}]}
    with (
        serve(lambda exchange: exchange.send(200, json.dumps(body).encode())) as server,
        pytest.raises(RequestFailed, match="content"),
    ):
        ask(config(server.url), request(0))


@pytest.mark.parametrize(
    "message", [{"content": None}, {"reasoning_content": "hm"}, {"content": []}, {"refusal": "no"}]
)
def test_a_model_that_says_nothing_has_an_empty_reply(message: dict[str, object]) -> None:
    body = {"choices": [{"message": message, "finish_reason": "length"}]}
    with serve(lambda exchange: exchange.send(200, json.dumps(body).encode())) as server:
        (replies,) = ask(config(server.url), request(0))
    assert texts(replies) == [""]


def test_completion_interface_and_stop_sequences() -> None:
    with serve(Exchange.choices) as server:
        (replies,) = ask(config(server.url), request(3, prompt="def add(a, b):\n", stop=("\nprint(",)))
    assert server.requests[0]["prompt"] == "def add(a, b):\n"
    assert server.requests[0]["stop"] == ["\nprint("]
    assert texts(replies) == [reply_text(3)]


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        "many",
        {"prompt_tokens": -5, "completion_tokens": "12"},
        {"prompt_tokens": 10**9, "completion_tokens": 10**9},
        {"prompt_tokens": True, "completion_tokens": 1},
    ],
)
def test_token_counts_that_cannot_be_are_estimated_from_the_text(usage: object) -> None:
    with serve(lambda exchange: exchange.choices(usage=usage)) as server:
        (replies,) = ask(config(server.url), request(0, 1))
    written = sum(len(reply.text) for reply in replies)
    assert sum(reply.usage.completion_tokens for reply in replies) == pytest.approx(written / 4, abs=1)
    assert 20 <= replies[0].usage.prompt_tokens <= 60


# ---------------------------------------------------------------- money, pace, keys


def test_no_request_is_sent_that_could_pass_max_cost(tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text(PRICES)
    ledger = Ledger(0.012)  # one request can cost up to 0.0101 + its prompt, and does cost 0.0034
    settings = config("", prices=str(prices), max_cost=0.012)

    async def run(url: str) -> list[object]:
        model = open_model(f"openai/m@{url}", settings, ledger)
        asked = [model.complete(request(index, max_tokens=80)) for index in range(8)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        await model.close()
        return list(answers)

    with serve(Exchange.choices) as server:
        answers = asyncio.run(run(server.url))
    limits = [answer for answer in answers if isinstance(answer, CostLimit)]
    assert limits
    assert len(server.requests) == len(answers) - len(limits) >= 1
    assert ledger.spent_usd == pytest.approx(
        len(server.requests) * (10e-6 * PROMPT_TOKENS + 100e-6 * COMPLETION_TOKENS)
    )
    assert ledger.spent_usd <= 0.012


def test_a_limit_needs_a_price() -> None:
    with pytest.raises(UsageError, match=r"no price; name a TOML file"):
        open_model("openai/unheard-of", config("http://127.0.0.1:9/v1", max_cost=1.0))


def test_shipped_prices_find_dated_names_and_the_longest_match() -> None:
    from efficoder.models.ledger import find_price

    assert find_price("openai", "gpt-4o-mini-2024-07-18", None, needed=True).prompt == 0.15
    assert find_price("openai", "gpt-4o-2024-08-06", None, needed=True).prompt == 2.50
    assert find_price("vllm", "anything", None, needed=True).completion == 0.0


def test_requests_a_minute_are_kept() -> None:
    with serve(Exchange.choices) as server:
        ask(config(server.url, requests_per_minute=600), *(request(index) for index in range(5)))
    assert server.times[-1] - server.times[0] >= 0.35
    gaps = [later - earlier for earlier, later in zip(sorted(server.times), sorted(server.times)[1:], strict=False)]
    assert min(gaps) > 0.05


def test_tokens_a_minute_are_kept() -> None:
    with serve(Exchange.choices) as server:
        settings = config(server.url, tokens_per_minute=60_000)  # 1,000 a second; each asks for about 250
        ask(settings, *(request(index, max_tokens=200) for index in range(4)))
    assert server.times[-1] - server.times[0] >= 0.2


def test_the_key_is_in_no_message_even_when_the_server_echoes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-123456789")
    with (
        serve(lambda exchange: exchange.error(401, f"wrong: {exchange.handler.headers['Authorization']}")) as server,
        pytest.raises(ModelError) as caught,
    ):
        ask(config(server.url), request(0))
    assert server.headers[0]["authorization"] == "Bearer sk-planted-123456789"
    assert "planted" not in str(caught.value)
    assert "[key]" in str(caught.value)


def test_without_a_key_the_openai_service_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(PrerequisiteError, match="export OPENAI_API_KEY"):
        open_model("openai/gpt-4o", GenerateConfig())


@pytest.mark.parametrize("url", ["http://user:secret@host/v1", "http://host/v1?key=secret", "ftp://host", "host:80"])
def test_a_url_that_carries_a_secret_or_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_model("openai/m", config(url))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["gpt-4o", "openai/", "nobody/m", "replay/file.jsonl"])
def test_a_model_is_named_provider_slash_name(name: str) -> None:
    with pytest.raises(UsageError, match="PROVIDER/NAME"):
        open_model(name, GenerateConfig())
