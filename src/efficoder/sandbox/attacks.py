"""Programs that try to get out, cheat or do harm, each with what must become of it. Data for conformance.py.

They run nowhere but in a sandbox, and each is bounded: by a count where it multiplies, and by small limits.
An attack's ``f`` says "denied" when the sandbox stopped it. Inspired by the fault lists of harnesses that were fooled.
"""

import platform
from typing import Literal, NamedTuple

from efficoder.sandbox.api import Limits

# Trusted helpers. tried(): "denied" when every attempt raised OSError, else which one did not.
_HELPERS = """
import ctypes, os, sys, time
_libc = ctypes.CDLL(None, use_errno=True)

def syscall(number, *arguments):
    if _libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "syscall")

def tried(*attempts):
    for index, attempt in enumerate(attempts):
        try:
            attempt()
        except OSError:
            continue
        return f"attempt {index} was allowed"
    return "denied"

def forge(letter, payload):
    os.write(3, letter + len(payload).to_bytes(4, "little") + payload)
"""


class Attack(NamedTuple):
    name: str
    code: str
    ends: str = "finished"
    """Ends that are right, separated by spaces."""
    outputs: tuple[bytes, ...] | None = (b'"denied"',)
    """What must have come out; None when it does not matter."""
    kind: Literal["function", "stdio"] = "function"
    before: str = ""
    """A program run first, in a child of its own."""
    least_cpu_s: float = 0.0
    """The kernel must have charged at least this."""
    limits: Limits = Limits(cpu_s=0.15, wall_s=10.0, memory_bytes=128 << 20, output_bytes=1 << 20)

    @property
    def header(self) -> str:
        return _HELPERS if self.kind == "function" else ""


def _denied(name: str, *attempts: str, setup: str = "") -> Attack:
    lambdas = ", ".join(f"lambda: {attempt}" for attempt in attempts)
    return Attack(name, f"{setup}\ndef f():\n    return tried({lambdas})\n")


def _ends(name: str, ends: str, code: str, outputs: tuple[bytes, ...] | None = ()) -> Attack:
    return Attack(name, code, ends, outputs)


def all_attacks() -> tuple[Attack, ...]:
    return (*PROCESSES, *system_calls(), *FILES, *RESOURCES, *VERDICTS, *CLOCKS)


PROCESSES = (
    _denied("fork", "os.fork()", "os.forkpty()"),
    _denied("fork bomb", "[os.fork() for _ in range(50)]"),
    _denied("daemonize", "os.fork() or os.setsid() or os.fork()", "os.setsid()"),
    _denied(
        "run another program",
        'os.execv("/bin/true", ["true"])',
        'os.posix_spawn("/bin/true", ["true"], {})',
        'subprocess.run(["/bin/true"])',
        setup="import subprocess",
    ),
    _ends(
        "300 MB in a child process",
        "refused",
        """
import multiprocessing
def f():
    child = multiprocessing.get_context("fork").Process(target=bytearray, args=(300 << 20,))
    child.start()
    child.join()
    return "allowed"
""",
    ),
    _ends(
        "thread bomb",
        "error memory timeout",
        """
import threading
def f():
    for _ in range(2000):
        threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
    return "allowed"
""",
    ),
    _denied("kill the parent and everyone", "os.kill(os.getppid(), 9)", "os.kill(-1, 9)", "os.kill(1, 9)"),
    _denied("stop itself", "os.kill(os.getpid(), 19)", "os.killpg(0, 19)"),
    _denied(
        "aim signals by fcntl",
        "fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())",
        "fcntl.fcntl(0, 10, 9)",
        setup="import fcntl",
    ),
    _denied("limits of another process", "resource.prlimit(os.getppid() or 1, 0)", setup="import resource"),
    _denied("affinity and priority", "os.sched_setaffinity(0, {0})", "os.setpriority(0, 0, -5)", "os.nice(-5)"),
    Attack(
        "raise its own limits",
        """
import resource
def f():
    for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_AS):
        try:
            resource.setrlimit(which, (resource.getrlimit(which)[1] + 1,) * 2)
            return which
        except (ValueError, OSError):
            pass
    return "denied"
""",
    ),
)

# Calls a candidate has no business with: x86_64 number, aarch64 number, arguments.
_CALLS: dict[str, tuple[int, int, tuple[object, ...]]] = {
    "ptrace": (101, 117, (0, 0, 0, 0)),
    "mount": (165, 40, (b"none", b"/tmp", b"tmpfs", 0, None)),
    "unshare": (272, 97, (0x10000000,)),
    "setns": (308, 268, (0, 0)),
    "bpf": (321, 280, (0, None, 0)),
    "perf_event_open": (298, 241, (None, 0, -1, -1, 0)),
    "keyctl": (250, 219, (0, -3, 0)),
    "io_uring_setup": (425, 425, (1, None)),
    "process_vm_readv": (310, 270, (1, None, 0, None, 0, 0)),
    "userfaultfd": (323, 282, (0,)),
    "seccomp": (317, 277, (0, 0, None)),
    "prctl(PR_SET_DUMPABLE)": (157, 167, (4, 1, 0, 0, 0)),
    "pidfd_open": (434, 434, (1, 0)),
    "memfd_create": (319, 279, (b"x", 0)),
    "shmget": (29, 194, (0, 4096, 0o1600)),
    "personality": (135, 92, (0xFFFFFFFF,)),
    "setuid": (105, 146, (0,)),
}


def system_calls() -> tuple[Attack, ...]:
    x86 = platform.machine() == "x86_64"
    attacks = [
        _denied(f"system call {name}", f"syscall(*{(numbers[0] if x86 else numbers[1], *numbers[2])!r})")
        for name, numbers in _CALLS.items()
    ]
    if x86:
        attacks += [
            _ends("x32 system call", "refused", "def f():\n    return syscall(0x40000000 + 39)"),
            _ends(
                "i386 system call",
                "refused",
                """
import mmap
def f():
    page = mmap.mmap(-1, 4096, prot=7)
    page.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20 (getpid); int 0x80; ret
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
    return "allowed"
""",
            ),
        ]
    return tuple(attacks)


FILES = (
    _denied(
        "read the host's files",
        'open("/etc/passwd").read()',
        'open("/proc/self/environ").read()',
        'open("/proc/1/cmdline").read()',
        'open("/dev/mem").read()',
        'os.listdir("/home")',
        'os.listdir("/etc")',
    ),
    _denied(
        "write outside /tmp",
        'open("/usr/lib/attack", "w")',
        'open(os.__file__, "a")',
        'open("/dev/attack", "w")',
        'open("/attack", "w")',
        'os.mkdir("/attack")',
        'os.rename(os.__file__, os.__file__ + ".old")',
        "os.unlink(os.__file__)",
        "os.truncate(os.__file__, 0)",
    ),
    _denied(
        "links, modes, devices",
        'os.symlink("/etc/passwd", "/tmp/link")',
        'os.link(os.__file__, "/tmp/link")',
        'os.chmod("/tmp", 0o4777)',
        'os.chown("/tmp", 0, 0)',
        'os.mknod("/tmp/node", 0o60666, 0x101)',
        'os.chroot("/tmp")',
    ),
    _denied("fill /tmp", '[open(f"/tmp/{i}", "wb").write(bytes(1 << 20)) for i in range(64)]'),
    _denied(
        "memory that is not its own",
        "mmap.mmap(-1, 1 << 20)",
        "mmap.mmap(-1, 1 << 20, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ)",
        setup="import mmap",
    ),
    _denied(
        "out-of-band data", "pair[0].send(b'x', socket.MSG_OOB)", setup="import socket\npair = socket.socketpair()"
    ),
    _denied("inode bomb", '[open(f"/tmp/{i}", "wb").close() for i in range(5000)]'),
    Attack(
        "leave files for the next",
        'def f():\n    return "allowed" if os.path.exists("/tmp/note") else "denied"',
        before='def f():\n    return tried(lambda: open("/tmp/note", "w").write("x"))',
    ),
    _denied(
        "sockets",
        "socket.socket()",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_UNIX)",
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
        setup="import socket",
    ),
    _denied("descriptors of the harness", *(f"os.fstat({fd})" for fd in (*range(4, 60), 64, 1000))),
    Attack(
        "objects of the harness",
        """
import gc
def f():
    names = {"_Server", "ChildGuards", "Kernel", "ZygoteSettings"}
    found = sorted(names & {type(item).__name__ for item in gc.get_objects()})
    return found or [name for name in sys.modules if "efficoder" in name] or "denied"
""",
    ),
    Attack(
        "import the harness or installed packages",
        """
def f():
    for name in ("efficoder", "msgspec", "numpy", "pip"):
        try:
            __import__(name)
            return name
        except ImportError:
            pass
    return "denied"
""",
    ),
)

RESOURCES = (
    _ends("memory bomb", "memory", "def f():\n    return len([bytes(1 << 20) for _ in range(4000)])"),
    _ends(
        "memory bomb that swallows MemoryError",
        "memory timeout",
        """
def f():
    hoard = []
    while True:
        try:
            hoard.append(bytearray(1 << 20))
        except MemoryError:
            pass
""",
    ),
    _ends("deep recursion", "error", "def f(n=0):\n    return f(n + 1)"),
    _ends(
        "recursion past the C stack",
        "error memory timeout",
        """
sys.setrecursionlimit(10**9)
class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x")
def f():
    return Deep().x
""",
    ),
    _ends("200 MB result", "memory refused timeout", 'def f():\n    return "x" * (200 << 20)'),
    _ends("result over the output limit", "refused", 'def f():\n    return "x" * (2 << 20)'),
    _ends("flood the result file", "killed", 'def f():\n    while True:\n        os.write(3, b"x" * 65536)'),
    Attack("flood standard output", 'while True:\n    print("x" * 65536)', "killed", None, "stdio"),
    _ends(
        "print for ever where nobody reads",
        "timeout",
        'def f():\n    while True:\n        print("x" * 999, flush=True)',
    ),
    _ends("infinite loop", "timeout", "def f():\n    while True:\n        pass"),
    _ends("infinite loop at import", "timeout", "while True:\n    pass"),
    _ends(
        "ignore every signal",
        "timeout",
        """
import signal
def f():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
""",
    ),
    Attack(
        "sleep for ever",
        "def f():\n    time.sleep(1e6)",
        "timeout",
        (),
        limits=Limits(cpu_s=0.2, wall_s=0.2, memory_bytes=128 << 20),
    ),
    Attack("wait for input", "def f():\n    return sys.stdin.read()", outputs=(b'""',)),
)

VERDICTS = (
    Attack("print the pass marker", 'def f():\n    print("PASSED\\nOK")\n    return 0', outputs=(b"0",)),
    _ends("exit before the end", "error", "def f():\n    os._exit(0)"),
    _ends("exit politely before the end", "error", "def f():\n    sys.exit(0)"),
    _ends("exit at import", "error", "import os\nos._exit(0)"),
    _ends("exit politely at import", "error", "raise SystemExit"),
    _ends("exit with status 3", "error", "def f():\n    os._exit(3)"),
    Attack(
        "exit with status 3 after the answer", "import os\nprint(1, flush=True)\nos._exit(3)", "error", None, "stdio"
    ),
    Attack(
        "forge a result, then exit",
        'def f():\n    forge(b"R", b"999")\n    forge(b"E", b"")\n    os._exit(0)',
        outputs=(b"999",),  # data like any other: it is compared outside, and unequal
    ),
    _ends("forge a result and go on", "refused", 'def f():\n    forge(b"R", b"999")\n    return 1'),
    _ends("forge an end and go on", "error", 'def f():\n    forge(b"E", b"")\n    return 1', None),
    _ends("forge a broken frame", "error", 'def f():\n    os.write(3, b"R\\xff\\xff\\xff\\xffx")\n    os._exit(0)'),
    _ends(
        "overwrite the result file",
        "error refused",
        'def f():\n    os.ftruncate(3, 0)\n    os.pwrite(3, b"junk", 0)\n    os._exit(0)',
    ),
    _ends(
        "object equal to everything",
        "refused",
        "class Any:\n    def __eq__(self, other):\n        return True\ndef f():\n    return Any()",
    ),
    _ends(
        "subclass of int",
        "refused",
        "class Any(int):\n    def __eq__(self, other):\n        return True\ndef f():\n    return [Any(1)]",
    ),
    _ends(
        "lazy result",
        "refused",
        "class Lazy:\n    def __iter__(self):\n        return iter([1])\ndef f():\n    return Lazy()",
    ),
    _ends(
        "error whose text never ends",
        "timeout",
        """
class Endless(Exception):
    def __str__(self):
        while True:
            pass
def f():
    raise Endless
""",
    ),
    Attack(
        "silence standard error",
        "def f():\n    os.close(2)\n    sys.stderr = None\n    return 'denied'",
    ),
    Attack("chatter on standard error", 'def f():\n    sys.stderr.write("x" * 100000)\n    return "denied"'),
)

CLOCKS = (
    Attack(
        "monkeypatch the clocks",
        """
import json
spin = time.thread_time
start = spin()
for name in ("time", "monotonic_ns", "thread_time_ns", "thread_time", "perf_counter", "process_time"):
    setattr(time, name, lambda: 0)
json.dumps = lambda *a, **k: '"patched"'
def f():
    while spin() - start < 0.05:
        pass
    return 1
""",
        outputs=None,
        least_cpu_s=0.045,
    ),
    Attack(
        "work in a thread that outlives the answer",
        """
import threading
def spin():
    while True:
        pass
def f():
    threading.Thread(target=spin, daemon=True).start()
    start = time.process_time()
    while time.process_time() - start < 0.03:
        time.sleep(0.005)
    return "denied"
""",
        least_cpu_s=0.02,
    ),
    Attack(
        "work at exit",
        """
import atexit
atexit.register(lambda: forge(b"R", b"1"))
def f():
    return "denied"
""",
    ),
    _ends(
        "coarse clock by its own CPU limit",
        "timeout",
        """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
def f():
    while True:
        pass
""",
    ),
)
