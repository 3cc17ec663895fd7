"""Executables of compiled programs: made once in a sandbox of their own, kept in the user's cache folder.

An entry is named by the hash of the whole text, the commands and the compiler, compressed, and checked when it is read.
Nothing that happens to the folder fails a run. What does not compile is kept for this process alone.
"""

import atexit
import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from efficoder.errors import PrerequisiteError
from efficoder.paths import cache_folder, write_whole
from efficoder.sandbox.api import Kit, Limits, Native, Outcome, Program
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
    kit: str = ""
    """The directory of what is made already (api.Kit); empty for none."""
    runs: bool = False
    """Whether it is the runtime of its programs as well. Those reserve address space that they never touch."""

    def command(self, words: Sequence[str], kit: str) -> list[str]:
        """``kit``: where that directory is seen. Without one, what names it is left out."""
        named = (each.replace("{home}", self.home) for each in words[1:])
        rest = (each.replace("{kit}", kit) for each in named if self.kit or "{kit}" not in each)
        return [f"{self.home}/{words[0]}", *rest]

    def for_others(self) -> "Compiler":
        """As another user may run it: the kit may lie in a folder closed to others."""
        closed = self.kit and not all(place.stat().st_mode & 0o001 for place in Path(self.kit, "x").parents)
        if not closed:
            return self
        return self._replace(kit=_copied(self.kit) if self.runs else "")


def compiler_of(native: Native) -> Compiler:
    """The compiler that a program needs. Raises PrerequisiteError where it is not installed."""
    found = find(native.title, native.compiler, native.package, native.home, native.version)
    if native.runtime is not None:
        found = found._replace(readable=(*found.readable, *there(native.runtime.reads)), runs=True)
    return found if native.kit is None else _with_kit(found, native.kit, native.title)


@functools.cache
def find(
    title: str, command: str, package: str, home: Sequence[str] = (), version: Sequence[str] = ("--version",)
) -> Compiler:
    """The compiler called ``command``. Raises PrerequisiteError where it is not installed."""
    found = shutil.which(command)
    if found is None:
        raise PrerequisiteError(f"{title} programs need {command}, which is not here; `{package}` installs it")
    try:
        said = [
            # Elsewhere a file of the user's could choose another compiler.
            subprocess.run([found, *words], capture_output=True, text=True, timeout=30, check=True, cwd="/").stdout
            for words in ([version, home] if home else [version])
        ]
    except (OSError, subprocess.SubprocessError) as error:
        raise PrerequisiteError(f"{title} programs need {command}, and {found} does not work: {error}") from error
    if home:  # what is found may be a stand-in
        prefix = folder = Path(said[1].strip()).resolve()
        path = folder / "bin" / Path(found).name
    else:
        path = Path(found).resolve()
        if path.name != Path(found).name:  # another command under this name
            path = Path(found).parent.resolve() / Path(found).name  # /bin may be a link: only /usr/bin is mounted
        folder, prefix = path.parent, path.parent.parent
    bases, parts = {prefix, Path("/usr")}, ("bin", "lib", "lib64", "libexec", "pkg")
    places = [Path(base, name) for base in bases for name in parts]
    headers = [Path(base, name) for base in bases for name in ("include", "conf")]
    folders, readable = (tuple(outermost(map(str, group))) for group in (places, headers))
    return Compiler(str(path), str(folder), said[0].partition("\n")[0], folders, readable)


@functools.cache
def _with_kit(compiler: Compiler, kit: Kit, title: str) -> Compiler:
    """The kit is trusted, and made outside the sandbox. Raises PrerequisiteError where one that is needed cannot be
    made; without another, compiling takes longer and does the same (measured: a header takes 3 s once, a program then
    a quarter)."""
    key = hashlib.sha256(repr((compiler, kit)).encode()).hexdigest()[:16]
    try:
        return compiler._replace(kit=_made(compiler, kit, cache_folder() / _FOLDER / f"kit-{key}"))
    except (OSError, subprocess.SubprocessError):
        if not kit.needed:
            return compiler
    try:
        return compiler._replace(kit=_made(compiler, kit, _temporary() / "kit"))
    except (OSError, subprocess.SubprocessError) as error:
        said = b"".join(getattr(error, name, None) or b"" for name in ("stdout", "stderr"))
        reason = f"{error} {said.decode('utf-8', 'replace')[:500]}"
        raise PrerequisiteError(f"{title}: {compiler.path} does not make its driver: {reason}") from error


def _made(compiler: Compiler, kit: Kit, folder: Path) -> str:
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "done"
    with Path(folder, "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one process makes it, the others wait
        if not done.exists():
            for path, text in kit.files:
                Path(folder, path).parent.mkdir(parents=True, exist_ok=True)
                Path(folder, path).write_text(text)
            subprocess.run(compiler.command(kit.command, ""), cwd=folder, capture_output=True, timeout=300, check=True)
            done.touch()
    return str(folder)


def _copied(kit: str) -> str:
    target = _temporary() / "kit"
    shutil.copytree(kit, target)
    for place in (target, *target.rglob("*")):
        place.chmod(0o755 if place.is_dir() else 0o644)
    return str(target)


def _temporary() -> Path:
    """A folder that others may read, until this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="efficoder-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def there(patterns: Iterable[str]) -> list[str]:
    """What patterns of absolute paths find."""
    return sorted(str(path) for pattern in patterns for path in Path("/").glob(pattern.lstrip("/")))


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
        self._works: set[str] = set()
        """Compilers that made a program here."""

    def get(self, program: Program, run: Callable[[Program, Limits], Outcome]) -> int | Outcome:
        """The executable's descriptor, which stays this object's, or how compiling failed. ``run`` runs a compiler.
        Raises PrerequisiteError where the compiler makes nothing of any program: then it is no candidate's fault."""
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
                    self._must_work(program.native, run)
                    return self._fail(name, made)
                content = made.outputs[0]
                self._works.add(program.native.compiler)
                _write(path, content)
            self._keep(name, content)
        self._kept.move_to_end(name)
        return self._kept[name][0]

    def clear(self) -> None:
        while self._kept:
            os.close(self._kept.popitem()[1][0])

    def _must_work(self, native: Native, run: Callable[[Program, Limits], Outcome]) -> None:
        if native.compiler in self._works:
            return
        made = run(Program(kind="compile", code="", native=native.alone or native), LIMITS)
        if made.ended != "finished":
            here = compiler_of(native)
            raise PrerequisiteError(
                f"{native.title}: {here.path} ({here.version}) does not compile an empty program: {made.detail}; "
                f"`{native.package}` installs one that does"
            )
        self._works.add(native.compiler)

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
    made_of = program.text, native.source, native.files, native.commands, native.kit
    parts = (*made_of, MADE, compiler.path, compiler.version, os.uname().machine)
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
