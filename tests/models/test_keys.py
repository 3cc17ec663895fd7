"""A planted key is nowhere: through the command line, from the first request to the report, and in a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fault_server import Exchange, serve

SECRET = "987654321"
KEY = f"sk-planted-{SECRET}"
TASK = {
    "id": "t/add",
    "prompt": "Write add(a, b): their sum.",
    "entry_point": "add",
    "reference": "def add(a, b):\n    return a + b\n",
    "tests": [{"input": [1, 2], "expected": 3}],
}
QUICK = ("write_tests.mutants=2", "write_tests.grow=2", "write_tests.target_s=0.001", "measure.looks=[3]")


@pytest.mark.parametrize(("status", "ends"), [(500, 0), (401, 1)])
def test_a_planted_key_is_nowhere(status: int, ends: int, tmp_path: Path) -> None:
    """The server tells the key in its errors: one that is asked again, or one that ends the run with a traceback."""

    def tells_the_key(exchange: Exchange) -> None:
        if status == 401 or exchange.number == 0:
            exchange.error(status, f"you said {exchange.handler.headers['Authorization']}")
        else:
            exchange.choices()

    (tmp_path / "tasks.jsonl").write_text(json.dumps(TASK) + "\n")
    with serve(tells_the_key) as server:
        (tmp_path / "c.toml").write_text(
            f'[collect]\nsources = ["jsonl:{tmp_path / "tasks.jsonl"}"]\n'
            f'[generate]\nmodels = ["openai/m"]\nsamples = 2\nbase_url = "{server.url}"\n'
        )
        run = ["run", tmp_path / "c.toml", "--runs", tmp_path / "r"]
        command = [sys.executable, "-m", "efficoder.cli", "--debug", *run]
        command += [word for setting in QUICK for word in ("--set", setting)]
        environment = {**os.environ, "OPENAI_API_KEY": KEY, "XDG_CACHE_HOME": str(tmp_path / "cache")}
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert ran.returncode == ends, ran.stderr
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert ("Traceback" in ran.stderr) == bool(ends)
    assert SECRET not in ran.stdout + ran.stderr
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {"run.toml", "log.txt", "run.sqlite"} <= {file.name for file in files}
    assert ("report.html" in {file.name for file in files}) == (not ends)
    assert not [file for file in files if SECRET.encode() in file.read_bytes()]
