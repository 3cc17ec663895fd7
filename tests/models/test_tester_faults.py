"""The tester through the whole step against a server that misbehaves: resumed, priced, never asked twice."""

import dataclasses
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from test_generate_faults import FAULTS, PRICES

from efficoder.cli.plan import show_plan
from efficoder.cli.run import scope_of
from efficoder.config import CollectConfig, Config, GenerateConfig, RunConfig, WriteTestsConfig
from efficoder.console import Console
from efficoder.models import openai
from efficoder.pipeline.work import Scope, Work
from efficoder.stages.run import STEPS
from efficoder.store import Store
from efficoder.types import Drop, Function, Origin, Parameter, Task, TaskTests, TestCase, TesterReply, TestFacts
from fault_server import COMPLETION_TOKENS, PROMPT_TOKENS, Exchange, Server, serve

CHECKS = "```python\nassert add(1, 2) == 3\nassert add(5, 5) == 11\nassert add(0, -7) == -7\n```"
LOAD = "```python\ndef make_input(n, seed):\n    return [n, seed]\n```"
REFERENCE = "def add(a, b):\n    return a + b\n"
EACH_USD = 10e-6 * PROMPT_TOKENS + 100e-6 * COMPLETION_TOKENS


def config(url: str, folder: Path, **more: object) -> Config:
    (folder / "prices.toml").write_text(PRICES)
    known = {"base_url": url, "concurrency": 2, "timeout_s": 5.0, "prices": str(folder / "prices.toml")}
    return Config(
        run=RunConfig(workers=1),
        write_tests=WriteTestsConfig(tester="openai/m", mutate=False, mutants=0, target_s=0.002),
        generate=GenerateConfig(**{**known, **more}),  # type: ignore[arg-type]
    )


def tasks(count: int) -> list[Task]:
    interface = Function(entry_point="add", parameters=(Parameter(name="a"), Parameter(name="b")))
    origin = Origin(source="test")
    return [
        Task(
            id=f"t/{n}",
            prompt=f"Write add(a, b), problem {n}.",
            interface=interface,
            origin=origin,
            reference=REFERENCE,
        )
        for n in range(count)
    ]


def run(folder: Path, settings: Config, count: int, step: str = "write_tests") -> str:
    """The step in the run's folder; returns what it said."""
    with Store(folder / "run", write=True) as store:
        for task in tasks(count):
            given = TaskTests(task_id=task.id, checks=(TestCase(input="[2,2]", expected="4"),))
            store.put([task, given])
        log = folder / "log.txt"
        log.unlink(missing_ok=True)
        STEPS[step](Work(store, settings, Console(log, quiet=True), Scope()))
    return log.read_text()


def replies(folder: Path) -> list[TesterReply]:
    with Store(folder / "run") as store:
        return list(store.all(TesterReply))


def facts(folder: Path) -> list[TestFacts]:
    with Store(folder / "run") as store:
        return list(store.all(TestFacts))


@pytest.fixture(autouse=True)
def own_cache_and_short_backoff(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(openai, "BACKOFF_S", 0.01)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def written(exchange: Exchange) -> None:
    """Checks or a generator, as the prompt asks for."""
    reply = LOAD if "make_input" in exchange.body["messages"][0]["content"] else CHECKS
    exchange.handler.server.billed.append((PROMPT_TOKENS, COMPLETION_TOKENS))  # type: ignore[attr-defined]
    usage = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": COMPLETION_TOKENS}
    choice = {"index": 0, "finish_reason": "stop", "message": {"content": reply}}
    exchange.send(200, json.dumps({"choices": [choice], "usage": usage}).encode())


def often_faulty(seed: int) -> Callable[[Exchange], None]:
    dice = random.Random(seed)
    # Answers of theirs that are right hold a solution, which a tester's reply is not.
    faults = [fault for fault in FAULTS if fault.__name__ != "slow"]

    def answer(exchange: Exchange) -> None:
        dice.choice(faults)(exchange) if dice.random() < 0.4 else written(exchange)

    return answer


def right_usd(server: Server) -> float:
    return sum(10e-6 * prompt + 100e-6 * completion for prompt, completion in server.billed)


def test_every_task_gets_both_replies_the_cost_is_right_and_a_second_run_asks_nothing(tmp_path: Path) -> None:
    with serve(often_faulty(5)) as server:
        settings = config(server.url, tmp_path)
        run(tmp_path, settings, 4)
        asked = len(server.requests)
        said = run(tmp_path, settings, 4)
        assert len(server.requests) == asked
    assert "nothing to ask, every reply is there" in said
    assert "nothing to do, 4 done before" in said
    got = replies(tmp_path)
    assert Counter((reply.task_id, reply.kind) for reply in got) == {
        (f"t/{n}", kind): 1 for n in range(4) for kind in ("checks", "load")
    }
    assert sum(reply.usage.cost_usd for reply in got) == pytest.approx(right_usd(server))
    for found in facts(tmp_path):
        assert found.tester is not None
        assert (found.tester.proposed, found.tester.used, found.tester.wrong) == (3, 2, 1)


def test_planted_wrong_values_are_in_no_check(tmp_path: Path) -> None:
    with serve(written) as server:
        run(tmp_path, config(server.url, tmp_path), 1)
    with Store(tmp_path / "run") as store:
        checks = {case.input: case.expected for case in store.tests("t/0").checks}
    assert checks == {"[2,2]": "4", "[1,2]": "3", "[0,-7]": "-7"}


def test_killed_and_resumed_only_what_was_in_flight_is_asked_again(tmp_path: Path) -> None:
    def steady(exchange: Exchange) -> None:
        time.sleep(0.05)
        written(exchange)

    with serve(steady) as server:
        settings = config(server.url, tmp_path)
        script = (
            f"import sys; sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parent.parent)]!r}\n"
            "from pathlib import Path\nfrom test_tester_faults import config, run\n"
            f"folder = Path({str(tmp_path)!r})\nrun(folder, config({server.url!r}, folder), 12)"
        )
        child = subprocess.Popen([sys.executable, "-c", script], env=os.environ)
        deadline = time.monotonic() + 60
        while len(server.requests) < 10 and time.monotonic() < deadline:
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert 10 <= len(server.requests) < 24
        run(tmp_path, settings, 12)
    got = replies(tmp_path)
    assert len({reply.id for reply in got}) == len(got) == 24
    asked = Counter(body["messages"][0]["content"] for body in server.requests)
    assert len(asked) == 24
    assert sum(asked.values()) - 24 <= settings.generate.concurrency
    assert sum(reply.usage.cost_usd for reply in got) == pytest.approx(24 * EACH_USD)
    assert len(facts(tmp_path)) == 12


def test_the_cost_limit_counts_both_and_the_tests_are_written_from_what_came(tmp_path: Path) -> None:
    with serve(written) as server:
        settings = config(server.url, tmp_path, max_cost=0.05, max_tokens=100)
        said = run(tmp_path, settings, 8)
    paid = sum(reply.usage.cost_usd for reply in replies(tmp_path))
    assert "max_cost" in said
    assert 0.02 < paid <= 0.05
    assert len(facts(tmp_path)) == 8
    with serve(written) as server:
        # At another address everything is asked anew; the limit would have room, were the earlier replies forgotten.
        assert "max_cost" in run(tmp_path, config(server.url, tmp_path, max_cost=0.05, max_tokens=100), 8)
    assert sum(reply.usage.cost_usd for reply in replies(tmp_path)) <= 0.05


def test_a_refused_request_leaves_the_source_s_tests_and_is_asked_again(tmp_path: Path) -> None:
    broken = True

    def one_bad_prompt(exchange: Exchange) -> None:
        if broken and "problem 1." in exchange.body["messages"][0]["content"]:
            exchange.error(400, "context too long")
        else:
            written(exchange)

    with serve(one_bad_prompt) as server:
        settings = config(server.url, tmp_path)
        run(tmp_path, settings, 2)
        assert len(replies(tmp_path)) == 2
        with Store(tmp_path / "run") as store:
            assert {(drop.stage, drop.reason) for drop in store.all(Drop)} == {("write_tests", "refused")}
            assert len(list(store.alive())) == 2
            assert len(store.tests("t/1").checks) == 1
        broken = False
        said = run(tmp_path, settings, 2)
    assert "write_tests  1 done" in said
    with Store(tmp_path / "run") as store:
        assert store.count(Drop) == 0
        assert len(store.tests("t/1").checks) == 3


def test_another_reply_writes_the_tests_again(tmp_path: Path) -> None:
    with serve(written) as server:
        run(tmp_path, config(server.url, tmp_path), 1)
        said = run(tmp_path, config(server.url, tmp_path, temperature=0.1), 1)
    assert len(replies(tmp_path)) == 4
    assert "nothing to do" in said  # the same words again
    with serve(lambda exchange: exchange.choices()) as server:
        said = run(tmp_path, config(server.url, tmp_path), 1)
    assert "write_tests  1 done" in said
    found = facts(tmp_path)[0].tester
    assert found is not None
    assert found.proposed == 0
    assert len(found.problems) == 2


def test_the_dry_run_prices_the_tester_until_it_has_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": task.id, "prompt": task.prompt, "entry_point": "add", "reference": task.reference} for task in tasks(2)
    ]
    (tmp_path / "tasks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    settings = config("http://127.0.0.1:9/v1", tmp_path)
    settings = dataclasses.replace(settings, collect=CollectConfig(sources=(f"jsonl:{tmp_path / 'tasks.jsonl'}",)))
    show_plan(tmp_path / "run", settings, scope_of())
    said = capsys.readouterr().out
    assert re.search(r"^write_tests +openai/m .* 4 .*\$", said, re.M), said
    assert "$0.00" not in said
    with serve(written) as server:
        settings = config(server.url, tmp_path)
        run(tmp_path, settings, 2)
    known = dataclasses.replace(settings, collect=CollectConfig(sources=(f"jsonl:{tmp_path / 'tasks.jsonl'}",)))
    show_plan(tmp_path / "run", known, scope_of())
    assert re.search(r"^write_tests +openai/m +0 +0 +0 +\$0.00", said := capsys.readouterr().out, re.M), said
