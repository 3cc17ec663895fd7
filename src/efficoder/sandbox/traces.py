"""Pairs of programs of which the first tries to leave the second one bit, in every way that a child can reach.

They are attacks like any other (attacks.py). A trace that tier B cannot wipe is tried in tier A alone; docs/trust.md
names it.
"""

from typing import Literal, NamedTuple

from efficoder.sandbox.api import Limits
from efficoder.sandbox.attacks import Attack


class _Trace(NamedTuple):
    name: str
    leave: str
    """Statements of the first program."""
    look: str
    """An expression of the second one: true where the bit is there."""
    tiers: str = "AB"


# A trace must be left whole, on a slow and busy machine too: one starts 1,200 threads.
_ENOUGH = Limits(cpu_s=5, wall_s=30, memory_bytes=128 << 20, output_bytes=1 << 20)
_SETUP = "import fcntl, glob, resource, socket, struct, threading\n"
_WRITABLE = "('/tmp', '/var/tmp', '/dev/shm', '/dev/mqueue', '/run', '/run/lock', '/', '.', '/packages')"
_LIBRARY = "os.path.dirname(os.__file__)"
# glibc has these as functions; -1 means refused.
_SHARED_MEMORY, _MESSAGES, _SEMAPHORES = "_libc.shmget(77, 4096, {})", "_libc.msgget(77, {})", "_libc.semget(77, 1, {})"
_MAKE, _FIND = 0o1666, 0


def _ipc(name: str, call: str) -> _Trace:
    return _Trace(name, call.format(_MAKE), f"{call.format(_FIND)} != -1")


_TRACES = (
    _Trace(
        "flags of the standard streams",
        "[fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK) for fd in range(3)]",
        "any(fcntl.fcntl(fd, fcntl.F_GETFL) & (os.O_APPEND | os.O_NONBLOCK) for fd in range(3))",
    ),
    _Trace(
        "places in the standard streams",
        "[os.lseek(fd, 7, 0) for fd in range(3)]",
        "any(os.lseek(fd, 0, 1) for fd in range(3))",
    ),
    _Trace(
        "locks of the standard streams",
        "[fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB) for fd in range(3)]",
        "tried(*(lambda fd=fd: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB) for fd in range(3))) == 'denied'",
    ),
    _Trace(
        "numbers of files in /tmp",
        "[(open('/tmp/x', 'w').close(), os.unlink('/tmp/x')) for _ in range(50)]",
        "os.fstat(os.open('/tmp/y', os.O_CREAT | os.O_RDWR)).st_ino > 10",
    ),
    _Trace(
        "numbers of files without a name",
        "[os.close(os.open('/tmp', os.O_TMPFILE | os.O_RDWR)) for _ in range(50)]",
        "os.fstat(os.open('/tmp/y', os.O_CREAT | os.O_RDWR)).st_ino > 10",
    ),
    _Trace(
        "when /tmp was listed",
        "os.listdir('/tmp')",
        "not os.path.exists('/proc') and os.stat('/tmp').st_atime > os.stat('/tmp').st_mtime",
    ),
    _Trace("room in /tmp", "open('/tmp/x', 'wb').write(bytes(1 << 20))", "os.statvfs('/tmp').f_bfree < 4000", "A"),
    _Trace(
        "a file",
        f"[tried(lambda p=p: open(p + '/left-here', 'w').close()) for p in {_WRITABLE}]",
        f"any(os.path.exists(p + '/left-here') for p in {_WRITABLE})",
    ),
    _Trace(
        "a folder, a link, a pipe with a name",
        f"[tried(lambda p=p: os.mkdir(p + '/left-1'), lambda p=p: os.symlink('x', p + '/left-2'), "
        f"lambda p=p: os.mkfifo(p + '/left-3')) for p in {_WRITABLE}]",
        f"any(os.path.lexists(p + f'/left-{{n}}') for p in {_WRITABLE} for n in (1, 2, 3))",
    ),
    _Trace(
        "when a file was read",
        f"open({_LIBRARY} + '/antigravity.py').read()",
        f"time.time() - os.stat({_LIBRARY} + '/antigravity.py').st_atime < 5",
        "A",
    ),
    _Trace(
        "numbers of pipes",
        "numbers = iter(lambda: os.fstat(os.pipe()[1]).st_ino, None)\n"
        "        [(os.closerange(4, 60), n) for _, n in zip(range(99999), numbers) if n % 4096 < 2]",
        "os.fstat(os.pipe()[0]).st_ino % 4096 < 200",
    ),
    _Trace(
        "numbers of sockets",
        "[socket.socketpair()[0].close() for _ in range(1000)]",
        "len({os.fstat(socket.socketpair()[0].fileno()).st_ino for _ in range(8)}) > 2",
    ),
    _Trace("a name that no file has", "socket.socket(socket.AF_UNIX).bind('\\0left')", "_connects('\\0left')"),
    _ipc("shared memory with a key", _SHARED_MEMORY),
    _ipc("a message queue with a key", _MESSAGES),
    _ipc("a semaphore with a key", _SEMAPHORES),
    _Trace("a message queue with a name", "_queue(0o102)", "_queue(0) != -1"),
    _Trace("a semaphore with a name", "_libc.sem_open(b'/left', 0o100, 0o666, 1)", "_libc.sem_open(b'/left', 0)"),
    _Trace("a key ring", "_key(True)", "_key(False) != -1"),
    _Trace(
        "limits",
        "resource.setrlimit(resource.RLIMIT_NPROC, (99, 99))",
        "resource.getrlimit(resource.RLIMIT_NPROC)[0] == 99",
    ),
    _Trace("the mask of new files", "os.umask(0o123)", "os.umask(0) == 0o123"),
    _Trace("a timer", "__import__('signal').setitimer(0, 0.2)", "__import__('signal').getitimer(0)[0] > 0"),
    _Trace("the folder it is in", "os.chdir('/usr')", "os.getcwd() == '/usr'"),
    _Trace("the interpreter", "sys.left = os.left = 1", "hasattr(sys, 'left') or hasattr(os, 'left')"),
    _Trace("its name", "_libc.prctl(15, b'left', 0, 0, 0)", "_name() == b'left'"),
    _Trace(
        "numbers of processes",
        "threads = iter(lambda: _thread_id(), None)\n        any(n % 1024 == 0 for _, n in zip(range(1200), threads))",
        "os.getpid() > 1 and os.getpid() % 1024 < 60",
        "A",
    ),
    _Trace("clocks of other processes", "pass", "any(_ticks(pid) for pid in (os.getppid(), os.getpid() - 1))"),
    _Trace("how busy the machine is", "pass", "_libc.sysinfo(ctypes.create_string_buffer(256)) == 0"),
    _Trace("what of a file is in memory", "pass", "_residency() or _dropped()"),
)

_TOOLS = """
def _connects(name):
    socket.socket(socket.AF_UNIX).connect(name)
    return True

def _queue(flags):
    return _libc.mq_open(b"/left", flags, 0o666, None)

def _key(add):
    number = 248 if os.uname().machine == "x86_64" else 217
    if add:
        return [_libc.syscall(number, b"user", b"left", b"1", 1, ring) for ring in (-3, -4, -5)]
    return _libc.syscall(number + 1, b"user", b"left", None, 0)

def _name():
    name = ctypes.create_string_buffer(16)
    _libc.prctl(16, name, 0, 0, 0)
    return name.value

def _thread_id():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    return thread.native_id

def _ticks(pid):
    try:
        return time.clock_gettime((~pid << 3) | 2) > 0
    except OSError:
        return False

def _residency():
    import mmap
    with open(os.__file__, "rb") as file:
        page = mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return _libc.mincore(ctypes.c_void_p(start), ctypes.c_size_t(4096), ctypes.create_string_buffer(1)) == 0

def _dropped():
    with open(os.__file__, "rb") as file:
        return _libc.posix_fadvise(file.fileno(), ctypes.c_long(0), ctypes.c_long(0), os.POSIX_FADV_DONTNEED) == 0
"""


def traces(tier: Literal["A", "B"]) -> tuple[Attack, ...]:
    return tuple(_attack(trace) for trace in _TRACES if tier in trace.tiers)


def _attack(trace: _Trace) -> Attack:
    setup = _SETUP + _TOOLS
    before = f"{setup}\ndef f():\n    try:\n        {trace.leave}\n    except (OSError, ValueError):\n        pass\n"
    code = f"{setup}\ndef f():\n    try:\n        seen = {trace.look}\n    except OSError:\n        seen = False\n"
    code += "    return 'seen' if seen else 'denied'\n"
    return Attack(f"leave for the next child: {trace.name}", code, before=before, limits=_ENOUGH)
