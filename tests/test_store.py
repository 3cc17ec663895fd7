"""The store keeps what was committed, once, whatever happens."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from efficoder.errors import StoreError
from efficoder.store import Store
from efficoder.types import Candidate, Drop, Origin, Stdio, Task


def candidate(number: int, task: str = "t") -> Candidate:
    return Candidate(id=f"{number:04x}", task_id=task, code=f"x = {number}")


def test_put_again_replaces_and_keeps_the_order(tmp_path: Path) -> None:
    with Store(tmp_path / "run", write=True) as store:
        store.put([candidate(1), candidate(2)])
        store.put([Candidate(id="0001", task_id="t", code="other")])
        assert [c.code for c in store.all(Candidate)] == ["other", "x = 2"]
        assert store.count(Candidate) == 2
        assert store.get(Candidate, "0002") == candidate(2)
        assert store.get(Candidate, "0003") is None


def test_rows_and_done_marks_are_one_transaction(tmp_path: Path) -> None:
    def rows():  # type: ignore[no-untyped-def]
        yield candidate(1)
        raise RuntimeError("the stage failed half-way")

    with Store(tmp_path / "run", write=True) as store:
        with pytest.raises(RuntimeError):
            store.put(rows(), done=[("check", "t", "f")])
        assert store.count(Candidate) == 0
        assert store.done("check") == {}
        store.put([candidate(1)], done=[("check", "t", "f")])
        assert store.done("check") == {"t": "f"}


def test_instead_of_takes_back_only_its_own_rows(tmp_path: Path) -> None:
    with Store(tmp_path / "run", write=True) as store:
        store.put([Drop(id="a", stage="curate", reason="r"), Drop(id="a", stage="check", reason="r")])
        store.put([Drop(id="b", stage="curate", reason="r")], instead_of=(Drop, "curate"))
        assert sorted((drop.stage, drop.id) for drop in store.all(Drop)) == [("check", "a"), ("curate", "b")]


def test_dropped_tasks_are_not_alive(tmp_path: Path) -> None:
    def task(name: str) -> Task:
        return Task(id=name, prompt="p", interface=Stdio(), origin=Origin(source="s"))

    with Store(tmp_path / "run", write=True) as store:
        store.put([task("a"), task("b"), Drop(id="a", task_id="a", stage="curate", reason="risky")])
        store.put([Drop(id="samples.jsonl:3", task_id="b", stage="generate", reason="too_large")])
        assert [t.id for t in store.alive()] == ["b"]


def test_a_second_writer_is_refused_and_a_reader_is_not(tmp_path: Path) -> None:
    with Store(tmp_path / "run", write=True) as store:
        store.put([candidate(1)])
        with pytest.raises(StoreError, match="another process is writing this run"):
            Store(tmp_path / "run", write=True)
        with Store(tmp_path / "run") as reader:
            assert reader.count(Candidate) == 1
            with pytest.raises(StoreError):
                reader.put([candidate(2)])


def test_no_run_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="efficoder run"):
        Store(tmp_path / "nothing")


def test_a_damaged_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "run.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match="damaged or not a run"):
        Store(tmp_path)


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path, write=True) as store:
        store.set_meta({"schema": "999"})
    with pytest.raises(StoreError, match="another version"):
        Store(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only folders")
def test_a_read_only_folder_is_a_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(StoreError, match="writable"):
        Store(tmp_path / "run", write=True)


def test_a_full_disk_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    with Store(tmp_path / "run", write=True) as store:
        store.put([candidate(1)])
        store._db.execute("PRAGMA max_page_count = 20")  # the same SQLITE_FULL that a full disk gives
        with pytest.raises(StoreError, match="free some disk space"):
            store.put(Candidate(id=f"{n:06x}", task_id="t", code="y" * 4000) for n in range(200))
        store._db.execute("PRAGMA max_page_count = 1000000")
        assert [c.id for c in store.all(Candidate)] == ["0001"]
        store.put([candidate(2)])
        assert store.count(Candidate) == 2


def test_kill_at_any_moment_loses_no_committed_row(tmp_path: Path) -> None:
    writer = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from efficoder.store import Store
        from efficoder.types import Candidate
        with Store(Path(sys.argv[1]), write=True) as store:
            number = store.count(Candidate)
            while True:
                rows = [Candidate(id=f"{number + k:06x}", task_id="t", code="z" * 500) for k in range(10)]
                store.put(rows, done=[("s", str(number), "")])
                number += 10
                print(number, flush=True)
        """
    )
    reported = 0
    for _ in range(4):
        process = subprocess.Popen([sys.executable, "-c", writer, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(5):
            reported = int(process.stdout.readline())
        time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split("\n")
        process.wait()
        process.stdout.close()
        reported = max([reported, *(int(line) for line in rest[:-1] if line)])
        with Store(tmp_path) as store:
            assert store.count(Candidate) >= reported
            assert store.count(Candidate) == 10 * len(store.done("s"))


def test_instead_of_one_key_spares_keys_that_only_start_alike(tmp_path: Path) -> None:
    with Store(tmp_path / "run", write=True) as store:
        store.put([Drop(id=f"HumanEval/{n}", stage="s", reason="r") for n in (1, 10)])
        store.put([], instead_of=(Drop, "s/HumanEval/1"))
        assert [drop.id for drop in store.all(Drop)] == ["HumanEval/10"]
