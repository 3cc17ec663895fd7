"""collect: what a source promises and this machine lacks is said before anything runs."""

import json
from pathlib import Path

import pytest

from efficoder.config import load
from efficoder.console import Console
from efficoder.errors import PrerequisiteError
from efficoder.pipeline.work import Scope, Work
from efficoder.stages.collect import collect_step
from efficoder.store import Store
from efficoder.types import Drop

START = "class Solution:\n    def f(self, x: int) -> int:\n"


def leetcode(path: Path, **imports: str) -> Path:
    rows = [
        {
            "task_id": name,
            "prompt": "import math\n",
            "completion": f"{before}{START}        return x",
            "entry_point": "Solution().f",
            "test": "def check(candidate):\n    assert candidate(x = 2) == 2\n",
            "query": f"Give x.\n```python\n{START}```\n",
        }
        for name, before in imports.items()
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def collected(tmp_path: Path, tasks: Path, packages: Path | None) -> list[tuple[str, str]]:
    sets = [f'collect.sources=["leetcode:{tasks}"]', *([f'run.packages="{packages}"'] if packages else [])]
    with Store(tmp_path / "run", write=True) as store:
        collect_step(Work(store, load(None, sets), Console(tmp_path / "log.txt"), Scope()))
        return [(drop.id, drop.detail) for drop in store.all(Drop)]


def test_a_task_whose_reference_needs_a_promised_package_is_named_with_the_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = leetcode(
        tmp_path / "t.jsonl",
        plain="import math\n",
        needs="from sortedcontainers import SortedList\n",
        other="import sortedcontainers_of_mine\n",
    )
    ((name, detail),) = collected(tmp_path, tasks, None)
    assert name == "needs"
    assert "pip install --target packages sortedcontainers" in detail
    assert "1 left out: needs: its reference imports sortedcontainers" in capsys.readouterr().err
    folder = tmp_path / "packages"
    folder.mkdir()
    assert [name for name, _ in collected(tmp_path, tasks, folder)] == ["needs"]
    (folder / "sortedcontainers").mkdir()
    assert collected(tmp_path, tasks, folder) == []


def test_a_folder_of_packages_that_is_none_is_refused_at_once(tmp_path: Path) -> None:
    tasks = leetcode(tmp_path / "t.jsonl", needs="import sortedcontainers\n")
    with pytest.raises(PrerequisiteError, match="is no folder"):
        collected(tmp_path, tasks, tmp_path / "missing")
