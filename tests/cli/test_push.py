"""``efficoder push`` against a hub on loopback: all of it arrives, or nothing is left there."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from efficoder.store import Store
from fake_hub import TOKEN, Hub, hub

pytest.importorskip("huggingface_hub")

FILES = {
    "README.md": b"---\nlicense: mit\n---\n",
    "efficient.jsonl": b'{"messages": []}\n',
    "provenance.jsonl": b"{}\n",
}
WEIGHTS = b"weights" * 1000


@pytest.fixture
def server() -> Iterator[Hub]:
    with hub() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run with a dataset and a trained model."""
    run = tmp_path / "runs" / "first"
    Store(run, write=True).close()
    put(run / "dataset", FILES)
    out = run / "models" / "sft-efficient"
    put(out / "model", {"config.json": b"{}", "model.safetensors": WEIGHTS})
    told = {"base": "/home/somebody/base.gguf", "base_quantised": True, "method": "sft", "arm": "efficient", "rows": 7}
    told |= {
        "dropped": {"prompt_too_long": 2},
        "versions": {"torch": "2"},
        "guard": None,
        "config": {"model": "/home/x"},
    }
    put(out, {"model.gguf": b"gguf", "result.json": json.dumps(told).encode()})
    return tmp_path


def put(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def push(folder: Path, server: Hub, *words: str, token: str = TOKEN, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HF_ENDPOINT": server.address,
        "HF_HOME": str(folder / "hf"),
        "HF_TOKEN": token,
        **more,
    }
    environment |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": more.get("HF_HUB_OFFLINE", "0")}
    command = [sys.executable, "-m", "efficoder", "push", "first", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_dataset_arrives_with_its_card_and_is_private(folder: Path, server: Hub) -> None:
    ran = push(folder, server, "--to", "me/fast")
    assert ran.returncode == 0, ran.stderr
    assert list(server.repos) == ["datasets/me/fast"]
    assert server.repos["datasets/me/fast"].private
    assert server.repos["datasets/me/fast"].files == FILES
    assert f"{server.address}/datasets/me/fast" in ran.stderr
    assert TOKEN not in ran.stderr + ran.stdout


def test_a_model_arrives_with_a_card_that_tells_no_path_and_may_be_public(folder: Path, server: Hub) -> None:
    ran = push(folder, server, "--to", "me/m", "--model", "sft-efficient", "--public")
    assert ran.returncode == 0, ran.stderr
    repo = server.repos["models/me/m"]
    assert not repo.private
    card = repo.files.pop("README.md").decode()
    assert repo.files == {"config.json": b"{}", "model.safetensors": WEIGHTS, "model.gguf": b"gguf"}
    assert (
        "`base.gguf`, fine-tuned by EffiCoder (sft) on 7 rows of the arm `efficient`, starting from quantised" in card
    )
    assert "/home" not in card
    assert "base_model" not in card


def test_a_dry_run_says_what_and_how_large_and_asks_nobody(folder: Path, server: Hub) -> None:
    ran = push(folder, server, "--to", "me/fast", "--dry-run", token="")
    assert ran.returncode == 0, ran.stderr
    assert [line.split() for line in ran.stdout.splitlines()[2:5]] == [
        [name, f"{len(content):,}"] for name, content in FILES.items()
    ]
    assert "private dataset of 3 files, 41.0 B: me/fast" in ran.stdout
    assert not server.asked


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--to", "fast"], 2, "name a repository as user/name"),
        (["--to", "me/a/b"], 2, "name a repository as user/name"),
        (["--to", "me/../x"], 2, "name a repository as user/name"),
        (["--to", "me/m", "--model", "dpo-x"], 2, "there: sft-efficient"),
    ],
)
def test_what_cannot_be_pushed_is_refused_before_the_hub_is_asked(
    folder: Path, server: Hub, words: list[str], code: int, said: str
) -> None:
    ran = push(folder, server, *words)
    assert ran.returncode == code
    assert said in ran.stderr
    assert not server.asked


def test_a_run_that_is_not_built_names_the_step_that_builds_it(folder: Path, server: Hub) -> None:
    (folder / "runs" / "first" / "dataset" / "provenance.jsonl").unlink()
    ran = push(folder, server, "--to", "me/fast")
    assert ran.returncode == 2
    assert "efficoder stage build runs/first" in ran.stderr
    assert not server.asked


def test_without_a_token_it_says_how_to_get_one(folder: Path, server: Hub) -> None:
    ran = push(folder, server, "--to", "me/fast", token="")
    assert ran.returncode == 3
    assert "no token" in ran.stderr
    assert "HF_TOKEN" in ran.stderr


def test_a_token_that_may_not_write_is_said(folder: Path, server: Hub) -> None:
    ran = push(folder, server, "--to", "me/fast", token="hf_wrong")
    assert ran.returncode == 3
    assert "the token may not write to me/fast (HTTP 401)" in ran.stderr
    assert "hf_wrong" not in ran.stderr
    assert not server.repos


def test_a_name_that_is_taken_is_left_as_it_is(folder: Path, server: Hub) -> None:
    assert push(folder, server, "--to", "me/fast").returncode == 0
    (folder / "runs" / "first" / "dataset" / "efficient.jsonl").write_text("other\n")
    ran = push(folder, server, "--to", "me/fast")
    assert ran.returncode == 2
    assert "the hub has a repository of that name; choose another" in ran.stderr
    assert server.repos["datasets/me/fast"].files == FILES


@pytest.mark.parametrize("step", ["/preupload/", "/commit/", "/lfs/objects/batch", "/large/"])
@pytest.mark.parametrize("status", [400, 403, 409])
def test_an_upload_that_fails_leaves_no_repository(folder: Path, server: Hub, step: str, status: int) -> None:
    server.refuse[step] = status
    ran = push(folder, server, "--to", "me/m", "--model", "sft-efficient")
    assert ran.returncode == (3 if status == 403 and step != "/large/" else 1), ran.stderr  # storage asks for no token
    assert "Traceback" not in ran.stderr
    assert not server.repos


def test_a_repository_that_cannot_be_removed_is_named(folder: Path, server: Hub) -> None:
    server.refuse |= {"/commit/": 400, "/repos/delete": 403}
    ran = push(folder, server, "--to", "me/fast")
    assert ran.returncode == 1
    assert "me/fast was made, not filled, and cannot be removed: delete it on the hub" in ran.stderr


def test_no_hub_is_said_plainly(folder: Path, server: Hub) -> None:
    for more in ({"HF_ENDPOINT": "http://127.0.0.1:9"}, {"HF_HUB_OFFLINE": "1"}):
        ran = push(folder, server, "--to", "me/fast", **more)
        assert ran.returncode == 1
        assert "the hub did not take me/fast, nothing is left there" in ran.stderr
        assert "unexpected" not in ran.stderr


def test_without_the_library_the_command_that_installs_it_is_named(folder: Path, server: Hub) -> None:
    hidden = folder / "hidden"
    hidden.mkdir()
    (hidden / "huggingface_hub.py").write_text("raise ModuleNotFoundError('no', name='huggingface_hub')\n")
    path = os.pathsep.join([str(hidden), os.environ.get("PYTHONPATH", "")])
    ran = push(folder, server, "--to", "me/fast", PYTHONPATH=path)
    assert ran.returncode == 3
    assert "push needs huggingface_hub; run: " in ran.stderr
    assert "pip install" in ran.stderr
