"""Executables of compiled programs: made once in a sandbox of their own, kept in the user's cache folder.

An entry is named by the hash of the whole text, the commands and the compiler, compressed, and checked when it is read.
Nothing that happens to the folder fails a run. What does not compile is kept for this process alone.
"""

import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from efficoder.errors import PrerequisiteError
from efficoder.paths import cache_folder, write_whole
from efficoder.sandbox.api import Limits, Native, Outcome, Program
from efficoder.sandbox.inside.compiler import CPU_S, MADE

LIMITS = Limits(cpu_s=CPU_S, wall_s=20 * CPU_S, memory_bytes=2 << 30, output_bytes=64 << 20)
"""The wall limit is far: a text can make a compiler work, never wait, and a machine may be busy."""
_KEPT_BYTES = 256 << 20
"""Of executables in memory."""
_KEPT_FAILURES = 1000
_CACHED_BYTES = 2 << 30
"""Of the cache folder; beyond it the entries used longest ago go, down to three quarters."""
_FOLDER = "compiled"


class Compiler(NamedTuple):
    """A compiler that is there."""

    path: str
    home: str
    """Where its programs are looked for."""
    version: str
    folders: tuple[str, ...]
    """Directories that hold it and its parts."""
    readable: tuple[str, ...]
    """Other directories that it reads."""
    header: str = ""
    """The directory with the header that is compiled already; empty for none."""

    def command(self, words: Sequence[str], header: str) -> list[str]:
        """``header``: where that directory is seen."""
        return [f"{self.home}/{words[0]}", *(("-I", header) if self.header else ()), *words[1:]]

    def recipe(self, program: Program, header: str) -> dict[str, object]:
        """What inside/compiler.py does for ``program``."""
        native = program.native
        assert native is not None
        return {
            "files": {**dict(native.files), native.source: program.text},
            "commands": [self.command(words, header) for words in native.commands],
        }

    def for_others(self) -> "Compiler":
        """As another user may run it: the header may lie in a folder closed to others."""
        closed = self.header and not all(place.stat().st_mode & 0o001 for place in Path(self.header, "x").parents)
        return self._replace(header="") if closed else self


def compiler_of(native: Native) -> Compiler:
    """The compiler that a program needs. Raises PrerequisiteError where it is not installed."""
    compiler = find(native.title, native.compiler, native.package, native.home)
    return _with_header(compiler, native.header, native.header_command) if native.header else compiler


@functools.cache
def find(title: str, command: str, package: str, home: Sequence[str] = ()) -> Compiler:
    """The compiler called ``command``. Raises PrerequisiteError where it is not installed."""
    found = shutil.which(command)
    if found is None:
        raise PrerequisiteError(f"{title} programs need {command}, which is not here; `{package}` installs it")
    try:
        said = [
            # Elsewhere a file of the user's could choose another compiler.
            subprocess.run([found, *words], capture_output=True, text=True, timeout=30, check=True, cwd="/").stdout
            for words in ([["--version"], home] if home else [["--version"]])
        ]
    except (OSError, subprocess.SubprocessError) as error:
        raise PrerequisiteError(f"{title} programs need {command}, and {found} does not work: {error}") from error
    # What is found may be a stand-in, or /bin, which may be a link: only /usr/bin is mounted.
    folder = Path(said[1].strip() if home else Path(found).parent).resolve()
    bases, parts = {folder if home else folder.parent, Path("/usr")}, ("bin", "lib", "lib64", "libexec", "pkg")
    places = [Path(base, name) for base in bases for name in parts]
    headers = [Path(base, "include") for base in bases]
    folders, readable = (tuple(outermost(map(str, group))) for group in (places, headers))
    path = Path(folder, "bin" if home else "", Path(found).name)
    return Compiler(str(path), str(folder), said[0].partition("\n")[0], folders, readable)


@functools.cache
def _with_header(compiler: Compiler, header: str, arguments: tuple[str, ...]) -> Compiler:
    """The header is trusted, and compiled outside the sandbox (measured: 3 s once; a program then takes a quarter). A
    compiler without it takes longer and does the same."""
    key = hashlib.sha256(repr((compiler, header, arguments, 3)).encode()).hexdigest()[:16]
    folder = (cache_folder() / _FOLDER / f"header-{key}").resolve()
    target = folder / f"{header}.gch"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with Path(folder, "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one process makes it, the others wait
            if not target.exists():
                draft, source = target.with_suffix(".draft"), folder / "header"
                source.write_text(f"#include <{header}>\n")
                # Where macros stand above an include, the compiled one does not serve.
                Path(folder, header).write_text(f"#include_next <{header}>\n")
                command = [*compiler.command(arguments, ""), str(source), "-o", str(draft)]
                subprocess.run(command, capture_output=True, timeout=300, check=True)
                draft.replace(target)
    except (OSError, subprocess.SubprocessError):
        return compiler
    return compiler._replace(header=str(folder))


def outermost(places: Iterable[str]) -> list[str]:
    """Those that are directories, no links, and lie in no other one."""
    kept: list[str] = []
    for place in sorted(set(places)):
        covered = any(place.startswith(other + "/") for other in kept)
        if Path(place).is_dir() and not Path(place).is_symlink() and not covered:
            kept.append(place)
    return kept


class Compiled:
    """Executables as descriptors that a child can become, and why others are none."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._failed: OrderedDict[str, Outcome] = OrderedDict()

    def get(self, program: Program, run: Callable[[Program, Limits], Outcome]) -> int | Outcome:
        """The executable's descriptor, which stays this object's, or how compiling failed. ``run`` runs a compiler."""
        assert program.native is not None
        name = _name(program, compiler_of(program.native))
        if name in self._failed:
            return self._failed[name]
        if name not in self._kept:
            path = cache_folder() / _FOLDER / name[:2] / name
            content = _read(path)
            if content is None:
                made = run(msgspec.structs.replace(program, kind="compile"), LIMITS)
                if made.ended != "finished":
                    return self._fail(name, made)
                content = made.outputs[0]
                _write(path, content)
            self._keep(name, content)
        self._kept.move_to_end(name)
        return self._kept[name][0]

    def clear(self) -> None:
        while self._kept:
            os.close(self._kept.popitem()[1][0])

    def _fail(self, name: str, made: Outcome) -> Outcome:
        self._failed[name] = made
        if len(self._failed) > _KEPT_FAILURES:
            self._failed.popitem(last=False)
        return made

    def _keep(self, name: str, content: bytes) -> None:
        while self._kept and sum(size for _, size in self._kept.values()) + len(content) > _KEPT_BYTES:
            os.close(self._kept.popitem(last=False)[1][0])
        self._kept[name] = (_executable(content), len(content))


@functools.lru_cache(maxsize=64)
def _name(program: Program, compiler: Compiler) -> str:
    native = program.native
    assert native is not None
    made_of = program.text, native.source, native.files, native.commands
    parts = (*made_of, MADE, compiler.home, compiler.version, os.uname().machine)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _executable(content: bytes) -> int:
    """A file without a name, opened for reading alone: what is open for writing is not executed."""
    try:
        draft = os.memfd_create("program", os.MFD_CLOEXEC | 0x10)  # MFD_EXEC, which Linux 6.3 wants
    except OSError:
        draft = os.memfd_create("program", os.MFD_CLOEXEC)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(draft, view) :]
        os.fchmod(draft, 0o555)
        return os.open(f"/proc/self/fd/{draft}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(draft)


def _read(path: Path) -> bytes | None:
    try:
        content = zlib.decompress(path.read_bytes())
    except (OSError, zlib.error):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return content


def _write(path: Path, content: bytes) -> None:
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, zlib.compress(content, 1))
        _trim(path.parent.parent)


def _trim(folder: Path) -> None:
    """Keep the folder within bounds."""
    entries = [(path.stat(), path) for path in folder.glob("[0-9a-f][0-9a-f]/*")]
    total = sum(facts.st_size for facts, _ in entries)
    if total <= _CACHED_BYTES:
        return
    for facts, path in sorted(entries, key=lambda entry: entry[0].st_mtime):
        path.unlink(missing_ok=True)
        total -= facts.st_size
        if total <= 0.75 * _CACHED_BYTES:
            return
