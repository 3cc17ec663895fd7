"""``replay/FILE``: samples recorded elsewhere, one JSON object per line, as evalplus writes them.

``task_id`` with ``solution`` or ``completion``; optional ``model`` (else the file's name), ``sample`` (else counted
by task and model), ``language`` (``task_id`` then names a problem), ``source``, ``license``; gzip or not; streamed. To
find the code in the text is extract's work.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from efficoder.errors import InputError
from efficoder.languages.replies import MAX_REPLY
from efficoder.parse import from_json, unpacked

_LONGEST_LINE = 256 << 20
REPLAY = "replay/"
"""Model names of recorded samples: the rest is the file's path."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded sample. (task_id, language, model, index) names it; two lines with one name say so in ``note``."""

    line: int
    task_id: str
    model: str
    index: int
    reply: str
    """Cut one character past what extraction reads: a larger reply is refused there, and need not be stored."""
    source: str = ""
    licence: str = ""
    language: str = ""
    """Of the solution; where it is given, it says which of a problem's tasks ``task_id`` means."""
    note: str = ""
    """Not empty when the line's name was taken: the same reply again, or another one under the next free index."""


class _Row(msgspec.Struct):
    task_id: str | int
    solution: str | None = None
    completion: str | None = None
    model: str | None = None
    sample: int | None = None
    language: str | None = None
    source: str | None = None
    license: str | None = None


def read(path: Path) -> Iterator[Recorded]:
    """The file's samples in order; memory grows by a hash a sample.

    Raises InputError naming file and line for a line that is not JSON, not UTF-8, cut off or without its fields, and
    for a file that is missing or holds no sample.
    """
    names = _Names()
    number = 0
    for number, text in _lines(path):
        row = _row(text, path, number)
        reply = row.solution if row.solution is not None else row.completion
        if reply is None:
            raise InputError("neither 'solution' nor 'completion'", path=path, line=number, hint="give one of the two")
        task_id, model = _clean(str(row.task_id)), _clean(row.model or path.name.split(".")[0])
        reply, spoken = _clean(reply[: MAX_REPLY + 1]), _clean(row.language or "")
        index, note = names.take((task_id, spoken, model), row.sample, reply, number)
        yield Recorded(
            line=number,
            task_id=task_id,
            model=model,
            index=index,
            reply=reply,
            source=_clean(row.source or ""),
            licence=_clean(row.license or ""),
            language=spoken,
            note=note,
        )
    if not number:
        raise InputError("no samples in it", path=path, hint="each line is an object with task_id and solution")


class _Names:
    """Which sample indices are taken, by line and hash of the reply."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, ...], dict[int, tuple[int, bytes]]] = {}
        self._next: dict[tuple[str, ...], int] = {}

    def take(self, owner: tuple[str, ...], wanted: int | None, reply: str, line: int) -> tuple[int, str]:
        """The index a sample gets, and a note when it is not simply the one it asked for."""
        taken = self._taken.setdefault(owner, {})
        content = hashlib.sha256(reply.encode()).digest()[:16]
        index, note = wanted, ""
        if index is not None and index in taken:
            first, before = taken[index]
            if before == content:
                return index, f"line {line} repeats line {first}; counted once"
            note = f"line {line} has the sample index {index} of line {first} and another reply"
            index = None
        if index is None:
            index = self._next.get(owner, 0)
            while index in taken:
                index += 1
            self._next[owner] = index + 1
            note = note and f"{note}; kept as sample {index}"
        taken[index] = line, content
        return index, note


def _row(text: bytes, path: Path, line: int) -> _Row:
    try:
        row = msgspec.convert(from_json(text.decode("utf-8-sig")), _Row)
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 at byte {error.start} of the line", path=path, line=line) from error
    except msgspec.ValidationError as error:
        raise InputError(str(error), path=path, line=line, hint="see the fields in docs/models.md") from error
    except ValueError as error:
        cut = "" if text.endswith(b"\n") else " (the file ends here: was it cut off?)"
        raise InputError(f"not JSON: {error}{cut}", path=path, line=line, hint="fix or remove the line") from error
    if row.sample is not None and row.sample < 0:
        raise InputError(f"sample index {row.sample} is negative", path=path, line=line)
    return row


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, numbered from 1."""
    number = 0
    try:
        with unpacked(path) as file:
            while line := file.readline(_LONGEST_LINE):
                number += 1
                if len(line) == _LONGEST_LINE:
                    raise InputError(f"longer than {_LONGEST_LINE >> 20} MB", path=path, line=number)
                if line.strip():
                    yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"broken gzip: {error}", path=path, line=number + 1, hint="copy the file again") from error
    except OSError as error:
        raise InputError(error.strerror or str(error), path=path) from error


def _clean(text: str) -> str:
    """Without lone surrogates, which JSON can spell and no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
