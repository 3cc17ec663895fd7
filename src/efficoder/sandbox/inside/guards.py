"""The kernel's walls around a candidate, by ctypes: namespaces and a root of its own (tier A), Landlock (tier B),
and for every child rlimits, no capabilities, another user where there is one, and the seccomp filter.

Standard library alone; every failure raises GuardError, which names the step.
"""

import ctypes
import os
import platform
import resource
from ctypes import c_int, c_long, c_void_p
from pathlib import Path
from struct import pack
from typing import NamedTuple

from efficoder.sandbox.inside import pairs, syscalls

CLONE_NEWPID = 0x20000000
_CLONE_PIDFD = 0x00001000
# CLONE_NEWUSER, NEWNS, NEWNET, NEWIPC, NEWUTS, NEWCGROUP; NEWPID comes with each child.
_NAMESPACES = 0x10000000 | 0x00020000 | 0x40000000 | 0x08000000 | 0x04000000 | 0x02000000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_SET_CHILD_SUBREAPER = 1, 4, 38, 36
_ADDR_NO_RANDOMIZE = 0x0040000

_MS_REC_PRIVATE = 0x4000 | 0x40000
_MS_NOSUID_NODEV_NOEXEC = 2 | 4 | 8
_MNT_DETACH = 2
_OPEN_TREE = 0x1 | 0x8000 | 0o2000000  # clone, recursive, close on exec
_AT_EMPTY_PATH, _AT_RECURSIVE, _AT_FDCWD = 0x1000, 0x8000, -100
_MOVE_EMPTY_PATH = 4
_ATTR_READ_ONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
_MS_PRIVATE = 0x40000

NOBODY = 65534
_FREE_USERS = 2_000_000_000  # a range that systemd gives to nobody (systemd.io/UIDS-GIDS)
PACKAGES = "/packages"
"""Where packages, or a compiler's own header, lie in a root of one's own: their real place may be under /tmp, and is
nobody's business."""
TMP_BYTES = 16 << 20
_TMP_INODES = 1000
_UNTOUCHED_BYTES = 64 << 30
"""Address space that a runtime may reserve. It is bounded for the kernel's tables of pages that are only read: no other
limit counts them."""
COMPILER_TMP_BYTES = 256 << 20
"""A compiler's own files: of one program, each within the output limit."""


class GuardError(Exception):
    """A wall that could not be built; the message names the step and the kernel's reason."""


class Kernel:
    """Raw system calls. Holds the interpreter lock over each, so that a fresh child needs no lock of its parent."""

    def __init__(self) -> None:
        self.machine = platform.machine()
        if self.machine not in syscalls.MACHINES:
            raise GuardError(f"no table of system calls for {self.machine}")
        self.numbers = syscalls.numbers(syscalls.CALLED, self.machine)
        self._libc = ctypes.PyDLL(None, use_errno=True)
        self._syscall = self._libc.syscall
        self._syscall.restype = c_long
        self._pidfd = c_int(-1)
        self._capabilities = (ctypes.create_string_buffer(pack("Ii", 0x20080522, 0)), ctypes.create_string_buffer(24))

    def call(self, name: str, *arguments: object) -> int:
        result = int(self._syscall(self.numbers[name], *map(_word, arguments)))
        if result < 0:
            code = ctypes.get_errno()
            raise GuardError(f"{name}: {os.strerror(code)}")
        return result

    def prctl(self, option: int, value: int) -> None:
        if self._libc.prctl(c_int(option), c_long(value), c_long(0), c_long(0), c_long(0)):
            raise GuardError(f"prctl {option}: {os.strerror(ctypes.get_errno())}")

    def fork(self, flags: int) -> tuple[int, int]:
        """A child with a pidfd, by the old clone call, which container profiles allow where clone3 is hidden.

        Returns (0, -1) in the child.
        """
        pid = self.call("clone", flags | _CLONE_PIDFD | 17, None, ctypes.byref(self._pidfd), None, None)
        return (pid, self._pidfd.value) if pid else (0, -1)

    def drop_capabilities(self) -> None:
        self.call("capset", *self._capabilities)


def _word(value: object) -> object:
    if isinstance(value, int):
        return c_long(value)
    return c_void_p(None) if value is None else value


def fix_layout() -> bool:
    """Make the next exec lay memory out alike each time; False when it is so already or may not be changed.

    Address randomisation off; 8 MB for stacks, which sets the default of threads and where mappings begin.
    """
    try:
        kernel = Kernel()
        before = kernel.call("personality", 0xFFFFFFFF)
        if before & _ADDR_NO_RANDOMIZE:
            return False
        kernel.call("personality", before | _ADDR_NO_RANDOMIZE)
    except GuardError:
        return False
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    if hard == resource.RLIM_INFINITY or hard > 8 << 20:
        resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, hard))
    return True


def leave_namespaces(kernel: Kernel) -> None:
    """New namespaces for this process. Its parent must then map the ids."""
    kernel.call("unshare", _NAMESPACES)


def enter_own_root(
    kernel: Kernel, readable: list[str], hidden: list[str], packages: str, tmp_bytes: int, itself: str = ""
) -> None:
    """A root that holds ``readable`` (read-only), /tmp and two devices; ``hidden`` directories in it are empty.
    The directory ``packages``, if any, is seen at PACKAGES, read-only too. There is no /proc, but for the link by which
    a compiler finds ``itself``."""
    kernel.call("mount", b"none", b"/", None, _MS_REC_PRIVATE, None)
    devices = ["/dev/null", "/dev/urandom"]
    trees = [(path, _detached(kernel, path, _ATTR_READ_ONLY | _ATTR_NODEV)) for path in readable]
    trees += [(path, _detached(kernel, path, 0)) for path in devices]
    trees += [(PACKAGES, _detached(kernel, packages, _ATTR_READ_ONLY | _ATTR_NODEV))] if packages else []
    kernel.call("mount", b"tmpfs", b"/tmp", b"tmpfs", _MS_NOSUID_NODEV_NOEXEC, b"size=1m,nr_inodes=2k,mode=755")
    os.chdir("/tmp")
    for path, tree in trees:
        place = Path("." + path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path in devices:
            place.touch()
        else:
            place.mkdir()
        kernel.call("move_mount", tree, b"", _AT_FDCWD, os.fsencode(place), _MOVE_EMPTY_PATH)
        os.close(tree)
    for path in hidden:
        kernel.call("mount", b"tmpfs", os.fsencode("." + path), b"tmpfs", _MS_NOSUID_NODEV_NOEXEC | 1, b"size=4k")
    for name in ("lib", "lib32", "lib64"):
        link = Path("/", name)
        if link.is_symlink():
            Path(name).symlink_to(link.readlink())
    if itself:
        Path("proc/self").mkdir(parents=True)
        Path("proc/self/exe").symlink_to(itself)
    Path("tmp").mkdir()
    kernel.call("pivot_root", b".", b".")
    kernel.call("umount2", b".", _MNT_DETACH)
    os.chdir("/")
    _restrict(kernel, _AT_FDCWD, b"/", _ATTR_READ_ONLY, 0)
    mount_tmp(kernel, tmp_bytes)


def _detached(kernel: Kernel, path: str, attributes: int) -> int:
    tree = kernel.call("open_tree", _AT_FDCWD, os.fsencode(path), _OPEN_TREE)
    _restrict(kernel, tree, b"", attributes | _ATTR_NOSUID, _AT_EMPTY_PATH | _AT_RECURSIVE)
    return tree


def _restrict(kernel: Kernel, at: int, path: bytes, attributes: int, flags: int) -> None:
    kernel.call("mount_setattr", at, path, flags, pack("QQQQ", attributes, 0, _MS_PRIVATE, 0), 32)


def mount_tmp(kernel: Kernel, tmp_bytes: int) -> None:
    options = f"size={tmp_bytes},nr_inodes={_TMP_INODES},mode=1777"
    kernel.call("mount", b"tmpfs", b"/tmp", b"tmpfs", _MS_NOSUID_NODEV_NOEXEC, options.encode())
    os.utime("/tmp", (0, 0))


def tmp_was_used() -> bool:
    """Whether a child listed /tmp or made a name there: nothing else is possible in an empty folder (the filter refuses
    files without a name), and both move a time that was set to 0. To mount it anew after each run costs two workers a
    third of their runs (measured: 2026-11-28)."""
    facts = Path("/tmp").stat()
    return bool(facts.st_atime_ns or facts.st_mtime_ns)


def unmount_tmp(kernel: Kernel) -> None:
    kernel.call("umount2", b"/tmp", _MNT_DETACH)


_LL_EXECUTE, _LL_WRITE_FILE, _LL_READ_FILE, _LL_READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_LL_NET_TCP = 0b11
_LL_SCOPES = 0b11  # abstract UNIX sockets, signals


def landlock_abi(kernel: Kernel) -> int:
    """The version of Landlock, 0 where there is none."""
    try:
        return kernel.call("landlock_create_ruleset", None, 0, 1)
    except GuardError:
        return 0


def one_execution(kernel: Kernel, executable: list[str]) -> int:
    """Landlock rules by which no file is executed but these and one without a name, as a descriptor."""
    attributes = pack("Q", _LL_EXECUTE)
    rules = kernel.call("landlock_create_ruleset", attributes, len(attributes), 0)
    for path in executable:
        _add_rule(kernel, rules, path, _LL_EXECUTE)
    return rules


class Files(NamedTuple):
    """What Landlock leaves open, as directories."""

    readable: list[str]
    hidden: list[str]
    packages: str
    executable: list[str]
    """What holds a compiler, or the files of a runtime."""
    scratch: str
    """Where it writes; empty for nowhere."""


def restrict_files(kernel: Kernel, allowed: Files) -> None:
    """Landlock for this process and its children: ``readable`` without ``hidden``, and ``packages``, are read-only, the
    rest is closed."""
    readable, hidden, packages, executable, scratch = allowed
    abi = landlock_abi(kernel)
    files = (1 << 13) - 1
    files |= (1 << 13 if abi >= 2 else 0) | (1 << 14 if abi >= 3 else 0) | (1 << 15 if abi >= 5 else 0)
    attributes = pack("Q", files)
    attributes += pack("Q", _LL_NET_TCP) if abi >= 4 else b""
    attributes += pack("Q", _LL_SCOPES) if abi >= 6 else b""
    rules = kernel.call("landlock_create_ruleset", attributes, len(attributes), 0)
    for path in readable:
        _grant(kernel, rules, path, hidden)
    if packages:
        _grant(kernel, rules, packages, [])
    for path in executable:
        _add_rule(kernel, rules, path, _LL_READ_FILE | (_LL_READ_DIR if Path(path).is_dir() else 0) | _LL_EXECUTE)
    if scratch:
        _add_rule(kernel, rules, scratch, files & ~_LL_EXECUTE)
    for path, access in (("/dev/null", _LL_READ_FILE | _LL_WRITE_FILE), ("/dev/urandom", _LL_READ_FILE)):
        _add_rule(kernel, rules, path, access)
    kernel.call("landlock_restrict_self", rules, 0)
    os.close(rules)


def _grant(kernel: Kernel, rules: int, path: str, hidden: list[str]) -> None:
    # A rule holds for all that lies beneath, so a hidden directory means one rule for each of its siblings.
    if path in hidden:
        return
    if not any(place.startswith(path + "/") for place in hidden):
        _add_rule(kernel, rules, path, _LL_READ_FILE | (_LL_READ_DIR if Path(path).is_dir() else 0))
        return
    _add_rule(kernel, rules, path, _LL_READ_DIR)
    for child in os.scandir(path):
        _grant(kernel, rules, child.path, hidden)


def _add_rule(kernel: Kernel, rules: int, path: str, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:  # a dangling link
        return
    kernel.call("landlock_add_rule", rules, 1, pack("=Qi", access, place), 0)
    os.close(place)


class Users(NamedTuple):
    """Whom a child runs as."""

    counted: int
    """Whose threads its own are: the real user id."""
    acting: int
    """Whose files it may read: the effective user id, also the group."""


class ChildGuards:
    """What every child puts on before it looks at candidate code. Built once, used after each fork."""

    def __init__(
        self,
        kernel: Kernel,
        *,
        base_bytes: int,
        users: Users | None,
        own_root: bool,
        allowed: bytes,
        native: bytes = b"",
        executions: int | None = None,
        writable: bool = False,
    ) -> None:
        """``base_bytes`` of address space come on top of the limit; ``allowed`` is the filter, empty for none, and
        ``native`` that of a child which becomes another program, as is the ruleset ``executions``. ``writable``: what
        runs reserves address space that it never touches, so memory that it may write is limited in its place."""
        self._kernel = kernel
        self._users = users
        self._own_root = own_root
        self._base_bytes = base_bytes
        self._executions = executions
        self._writable = writable
        self._filters = [ctypes.create_string_buffer(each, len(each)) for each in (allowed, native)]

    def put_on(self, address_bytes: int, file_bytes: int, *, native: bool = False, execs: bool = False) -> None:
        """``native``: the child becomes another program. ``execs``: it, or what it starts, is another file."""
        kernel = self._kernel
        limit = self._base_bytes + address_bytes
        which = resource.RLIMIT_AS
        if self._writable:
            most = _at_most(limit + _UNTOUCHED_BYTES, resource.getrlimit(which)[1])
            resource.setrlimit(which, (most, most))
            which = resource.RLIMIT_DATA
        # 16 MB above the soft limit are for the driver, which has to report a MemoryError.
        resource.setrlimit(which, (limit, limit + (16 << 20)))
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        # Open files of its own: flags and locks of an inherited one would outlive this child and be seen by the next.
        for number in range(3):
            os.close(number)
            os.open("/dev/null", os.O_RDWR)  # takes the lowest number that is free
        pairs.open_pairs()
        if self._own_root:
            os.chdir("/tmp")
        if self._users is not None:
            counted, acting = self._users
            if execs:  # what it becomes reads nothing of the interpreter; two users would make it a set-user-ID program
                acting = counted
            os.setresgid(acting, acting, acting)
            os.setresuid(counted, acting, acting)
        kernel.drop_capabilities()
        kernel.prctl(_PR_SET_PDEATHSIG, 9)  # after the change of user, which clears it
        if native and self._executions is not None:
            kernel.call("landlock_restrict_self", self._executions, 0)
        allowed = self._filters[native]
        if len(allowed):
            kernel.call("seccomp", 1, 0, pack("HxxxxxxQ", len(allowed) // 8, ctypes.addressof(allowed)))


def own_user() -> int:
    """A user id that nobody else has, and so a count of threads of one's own; NOBODY where it means nothing here."""
    user = _FREE_USERS + os.getpid()
    ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return user if any(first <= user < first + count for first, _, count in ranges) else NOBODY


def address_space_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def tasks_of(user: int) -> int:
    """Threads of all processes of a user, as /proc shows them."""
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid == user:
                count += sum(1 for _ in (process / "task").iterdir())
        except OSError:  # it ended, or is hidden
            continue
    return count


def harden_zygote(kernel: Kernel, *, threads: int | None) -> None:
    """What the zygote gives up for good and every child inherits. ``threads`` bounds the tasks of the children's
    user."""
    for name, limit in (("CORE", 0), ("MEMLOCK", 0), ("MSGQUEUE", 0), ("NOFILE", 64)):
        which = getattr(resource, f"RLIMIT_{name}")
        resource.setrlimit(which, (limit, limit))
    if threads is not None:
        resource.setrlimit(resource.RLIMIT_NPROC, (threads, threads))
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(_PR_SET_DUMPABLE, 0)
    kernel.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def allow_deep_stacks() -> None:
    """Main thread stacks up to 120 MB: the kernel leaves a gap of 128 MB above which mappings begin."""
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    resource.setrlimit(resource.RLIMIT_STACK, (_at_most(120 << 20, hard), hard))


def _at_most(limit: int, hard: int) -> int:
    return limit if hard == resource.RLIM_INFINITY else min(limit, hard)
