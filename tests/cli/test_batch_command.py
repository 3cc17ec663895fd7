"""Through the command line: a run's drafts written as a batch, its results read, the rest asked live."""

import json
import os
import subprocess
import sys
from pathlib import Path

from fault_server import Exchange, reply_text, serve

TASKS = [
    {
        "id": f"t/{n}",
        "prompt": f"Write add(a, b), {n}.",
        "entry_point": "add",
        "tests": [{"input": [1, 2], "expected": 3}],
    }
    for n in range(3)
]


def test_a_batch_is_written_read_and_the_rest_asked_live(tmp_path: Path) -> None:
    (tmp_path / "tasks.jsonl").write_text("".join(json.dumps(task) + "\n" for task in TASKS))
    environment = {**os.environ, "OPENAI_API_KEY": "k", "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def efficoder(*words: str) -> str:
        command = [sys.executable, "-m", "efficoder.cli", *words, "--runs", str(tmp_path / "r")]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout + ran.stderr

    with serve(Exchange.choices) as server:
        (tmp_path / "c.toml").write_text(
            f'[collect]\nsources = ["jsonl:{tmp_path / "tasks.jsonl"}"]\n'
            f'[generate]\nmodels = ["openai/m"]\nsamples = 2\nbase_url = "{server.url}"\n'
        )
        efficoder("run", str(tmp_path / "c.toml"), "--until", "curate")
        assert "6 requests to openai/m" in efficoder("batch", "write", "c", str(tmp_path / "in.jsonl"))
        requests = [json.loads(line) for line in (tmp_path / "in.jsonl").read_text().splitlines()]
        (tmp_path / "out.jsonl").write_text("".join(json.dumps(result(request)) + "\n" for request in requests[1:]))
        assert "5 of 6 wanted replies" in efficoder("batch", "read", "c", str(tmp_path / "out.jsonl"))
        assert not server.requests
        assert "6 samples, 5 from the cache" in efficoder("run", "c", "--until", "generate")
        assert [body.get("n", 1) for body in server.requests] == [1]


def result(request: dict[str, object]) -> dict[str, object]:
    body = {
        "choices": [{"index": 0, "message": {"content": reply_text(7)}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 60, "completion_tokens": 3},
    }
    return {"custom_id": request["custom_id"], "response": {"status_code": 200, "body": body}, "error": None}
