"""The bank: tests that one run has written, and that every other run takes where all that makes them is the same.
Beside them lies what the reference needs to be right on tests, frozen ones too.

An entry is a file in the user's cache folder: JSON under gzip, named by hashes of what it was made from. Nothing that
happens to the folder fails a run: an entry that cannot be read is written anew, and one that cannot be written is done
without. Tests on which candidates have a say, and tasks that were left out, are not kept.
"""

import dataclasses
import functools
import gzip
import hashlib
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

import efficoder
from efficoder.config import RunConfig, WriteTestsConfig
from efficoder.console import Console
from efficoder.errors import PrerequisiteError
from efficoder.judging import machine
from efficoder.judging.judge import Effort, reference_limits, tests_hash
from efficoder.languages import language
from efficoder.paths import cache_folder, write_whole
from efficoder.sandbox import Limits
from efficoder.sandbox.compiling import compiler_of
from efficoder.store import Store
from efficoder.types import Origin, Record, Task, TaskTests, TestFacts

_MAKERS = ("testgen", "judging", "languages", "sandbox", "metrics", "wire.py", "types.py", "parse.py")
"""The part of the package that tests depend on. Its text is part of an address, so that a changed line is noticed
between two releases too."""
_DIFFERS = {
    "task": "the task has another text or signature",
    "reference": "the reference is another one",
    "given": "the source gives other tests",
    "settings": "settings, or a tester's replies, are others",
    "code": "EffiCoder, Python or the machine is another one",
}
DAMAGED = (gzip.BadGzipFile, EOFError, zlib.error, msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading a damaged file raises."""


class Address(NamedTuple):
    """What tests are made from, as hashes."""

    task: str
    reference: str
    given: str
    settings: str
    code: str

    @property
    def name(self) -> str:
        return "-".join(self)


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    address: str
    tests: TaskTests
    facts: TestFacts


def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def identity(task: Task, given: TaskTests) -> tuple[str, str, str]:
    """Hashes of the task without its origin and its reference, of the reference, and of what the source gives."""
    bare = msgspec.structs.replace(task, origin=Origin(source=""), reference=None)
    tests = {name: value for name, value in msgspec.to_builtins(given).items() if name != "twin" or value}
    return digest(msgspec.json.encode(bare)), digest(task.reference), digest(msgspec.json.encode(tests))


def address(
    task: Task, given: TaskTests, config: WriteTestsConfig, seed: int, replies: Sequence[str], ground: Sequence[str]
) -> Address:
    """``replies``: what the tester answered. ``ground``: the facts of the machine and the sandbox that tests depend
    on."""
    settings = digest(dataclasses.asdict(config), seed, list(replies))
    return Address(*identity(task, given), settings, digest(*_made_by(task.language, ground)))


def _made_by(spoken: str, ground: Sequence[str]) -> tuple[object, ...]:
    """All of the tests' making that is no task's: the code, what compiles the language, the ground."""
    return efficoder.__version__, code_digest(), _compiler(spoken), list(ground)


def _compiler(spoken: str) -> str:
    """What compiles or runs the language, and its version; empty for Python, and where it is missing."""
    toolchain = language(spoken).toolchain
    try:
        return repr(compiler_of(toolchain)[:3]) if toolchain is not None else ""
    except PrerequisiteError:
        return ""


def opened(store: Store, settings: RunConfig) -> "Bank | None":
    """The user's bank. What is in a folder of packages may change under the same name, so with one there is no bank."""
    if settings.packages is not None:
        return None
    try:
        folder = cache_folder() / "tests"
    except RuntimeError:  # the user has no home folder
        return None
    here = machine.facts()
    return Bank(folder, (here.id, here.python, store.meta().get("tier", ""), str(settings.unsafe)))


@functools.cache
def code_digest() -> str:
    """Of the source text that makes tests."""
    root = Path(efficoder.__file__).parent
    places = [place for name in _MAKERS for place in (root.joinpath(name), *root.joinpath(name).rglob("*"))]
    files = sorted(place for place in places if place.is_file() and "__pycache__" not in place.parts)
    return digest([(str(path.relative_to(root)), path.read_bytes()) for path in files])


@dataclasses.dataclass
class Bank:
    folder: Path
    ground: tuple[str, ...] = ()
    """Facts of the machine and the sandbox that tests and times depend on."""
    problem: str = ""
    """What the folder refused; nothing is written to it after that."""

    def find(self, task_id: str, wanted: Address) -> tuple[TaskTests, TestFacts] | str:
        """The tests, or why there are none."""
        path = self._path(task_id, wanted)
        try:
            entry = msgspec.json.decode(gzip.decompress(path.read_bytes()), type=_Entry)
        except FileNotFoundError:
            return self._why_not(path.parent, wanted)
        except DAMAGED:
            return "the bank's entry is damaged"
        except OSError as error:
            return f"the bank cannot be read: {error.strerror}"
        if entry.address != wanted.name or entry.tests.task_id != task_id or entry.facts.task_id != task_id:
            return "the bank's entry is of another task"
        return entry.tests, entry.facts

    def keep(self, task_id: str, made_from: Address, rows: Sequence[Record]) -> None:
        """Keep the tests among ``rows``; those of a task that is left out are not."""
        match rows:
            case [TaskTests() as tests, TestFacts() as facts] if not self.problem:
                entry = msgspec.json.encode(_Entry(made_from.name, tests, facts))
                self._write(self._path(task_id, made_from), gzip.compress(entry, 1, mtime=0))

    def find_effort(self, task: Task, tests: TaskTests, most: Limits) -> Effort | None:
        """The reference's on what these tests judge by, where it is vouched for; ``most`` is a candidate's limit."""
        if not task.vouched:
            return None
        try:
            return msgspec.json.decode(self._effort_path(task, tests, most).read_bytes(), type=Effort)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def keep_effort(self, task: Task, tests: TaskTests, most: Limits, effort: Effort) -> None:
        """Not where checks ask for an answer that nothing here tells."""
        if (
            not self.problem
            and task.vouched
            and all(case.expected is not None or case.answer_hash for case in tests.judged)
        ):
            self._write(self._effort_path(task, tests, most), msgspec.json.encode(effort))

    def warn(self, console: Console) -> None:
        """Say what its folder refused."""
        if self.problem:
            console.warn(f"the bank keeps nothing: {self.problem}; nothing else is lost")

    def _effort_path(self, task: Task, tests: TaskTests, most: Limits) -> Path:
        what = task.reference, task.interface, task.language, tests_hash(tests.judged), reference_limits(most)
        name = digest(*what, *_made_by(task.language, self.ground))
        return self.folder / digest(task.id) / f"effort-{name}.json"

    def _write(self, path: Path, data: bytes) -> None:
        """Of two writers the last one's stays."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        except OSError as error:
            self.problem = f"{self.folder}: {error.strerror}"

    def _path(self, task_id: str, wanted: Address) -> Path:
        return self.folder / digest(task_id) / f"{wanted.name}.json.gz"

    def _why_not(self, folder: Path, wanted: Address) -> str:
        """By the entry that was made from what is most alike."""
        try:
            names = [path.name.removesuffix(".json.gz").split("-") for path in sorted(folder.iterdir())]
        except OSError:
            names = []
        others = [Address(*parts) for parts in names if len(parts) == len(Address._fields)]
        if not others:
            return "the bank has none of this task"
        kinds = [[kind for kind, a, b in zip(_DIFFERS, other, wanted, strict=True) if a != b] for other in others]
        return "the bank's are not these: " + ", ".join(_DIFFERS[kind] for kind in min(kinds, key=len))


def without_effort(
    bank: Bank | None, task: Task, tests: TaskTests, most: Limits, rows: Sequence[Record]
) -> list[Record]:
    """The rows without the reference's effort on these tests, which goes into the bank."""
    for effort in rows:
        if bank is not None and isinstance(effort, Effort):
            bank.keep_effort(task, tests, most, effort)
    return [row for row in rows if not isinstance(row, Effort)]
