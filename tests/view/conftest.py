"""Two runs of invented rows, and a server over them."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from efficoder.store import Store
from efficoder.types import Drop
from fake_run import fake_run
from invented import Entry, Problem, board_of, run_of
from serving import Client, on_disk, serving


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("view") / "runs"
    on_disk(fake_run(120), folder / "first")
    problems = [
        Problem(
            id=f"t{number}",
            entries=[
                Entry(model="good", et_s=0.05),
                Entry(model="bad", outcome="wrong" if number % 2 else "passed", et_s=None if number % 2 else 0.3),
                Entry(model="bad", index=1, code=None),
            ],
        )
        for number in range(30)
    ]
    run_of(folder / "scored", problems)
    with Store(folder / "scored", write=True) as store:
        store.put([Drop(id="t3/x", task_id="t3", stage="generate", reason="repeated sample", detail="line 7")])
        scores = msgspec.json.encode(board_of(store)).decode()
        store.set_meta({"purpose": "evaluation", "scores": scores, "updated": "2026-11-28T07:00:00Z"})
    return folder


@pytest.fixture(scope="module")
def client(runs: Path) -> Iterator[Client]:
    with serving(runs) as found:
        yield found
