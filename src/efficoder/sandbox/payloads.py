"""Inputs as a child reads them: sealed memory files, made once and kept while the same inputs come again."""

import fcntl
import marshal
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from efficoder import wire
from efficoder.errors import SandboxFault

_CACHED_BYTES = 256 << 20
_CACHED_INPUTS = 16
_AS_TEXT = (*wire.RICH, "!frozenset")
"""Tags of what marshal cannot hold, takes for something else, or writes in time that doubles with each nested set."""


class Payloads:
    """The files of the last inputs, by the identity of their texts (rounds of a race)."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str | int, ...], tuple[int, int, Sequence[str]]] = OrderedDict()

    def get(self, kind: str, inputs: Sequence[str]) -> int:
        """``kind``: a Program's, or ``calls`` for those of a compiled one."""
        key: tuple[str | int, ...] = (kind, *map(id, inputs))
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        parts = [_FORMS[kind](text) for text in inputs]
        if kind != "stdio":
            parts = [len(parts).to_bytes(8, "little"), *_sizes(parts), *parts]
        fd = os.memfd_create("inputs", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
        with open(fd, "wb", closefd=False) as file:
            file.writelines(parts)
        _seal(fd)
        self._kept[key] = (fd, sum(map(len, parts)), tuple(inputs))
        while len(self._kept) > 1 and (len(self._kept) > _CACHED_INPUTS or self._bytes() > _CACHED_BYTES):
            os.close(self._kept.popitem(last=False)[1][0])
        return fd

    def clear(self) -> None:
        while self._kept:
            os.close(self._kept.popitem()[1][0])

    def _bytes(self) -> int:
        return sum(size for _, size, _ in self._kept.values())


def _sizes(parts: Sequence[bytes]) -> list[bytes]:
    return [len(part).to_bytes(8, "little") for part in parts]


def _arguments(text: str) -> bytes:
    """Whether wire text asks for several calls, and the arguments of each, as what the child loads five to ten times
    as fast (measured); its interpreter is ours."""
    try:
        plain: Any = wire.decode(text)
        several = isinstance(plain, tuple)
        lists = list(plain) if several else [plain]
        if not all(isinstance(arguments, list) for arguments in lists):
            raise ValueError("no list of arguments")
        if '"!' in text and any(f'"{tag}"' in text for tag in _AS_TEXT):
            return marshal.dumps(text)
        return marshal.dumps((several, lists))
    except ValueError as error:
        raise SandboxFault(f"an input is no list of arguments in wire text: {error}") from error


_FORMS: dict[str, Callable[[str], bytes]] = {
    "function": _arguments,
    "calls": lambda text: text.encode("ascii"),
    "script": lambda text: text.encode("utf-8", "surrogatepass"),
    "stdio": lambda text: text.encode("utf-8", "surrogateescape"),
}


def _seal(fd: int) -> None:
    """No writer any more, this process included."""
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
