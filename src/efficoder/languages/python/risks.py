"""What in Python code should not be run or trained on: one small rule per concern, by syntax tree.

The rules are no defence; the sandbox is. They keep out tasks that need a file, a network or a clock, and programs that
look at their own process, which have no place among examples of efficient code. Standard input and output are never a
risk; neither is the ``random`` module: a randomised algorithm still has one answer.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from efficoder.languages import bundle
from efficoder.languages.protocol import Finding
from efficoder.languages.python.references import Reference, references

Hits = Iterator[tuple[int, str]]
_HIDDEN = {f"__{name}__" for name in ("subclasses", "globals", "builtins", "code", "closure", "mro", "bases", "loader")}


@dataclass(frozen=True, slots=True)
class Rule:
    """``find`` takes what the code refers to and yields line and what was found there."""

    name: str
    catches: str
    find: Callable[[list[Reference]], Hits]


def findings(code: str, own: frozenset[str] = frozenset()) -> list[Finding]:
    """Everything the rules catch, in source order, once per line and rule. Raises SyntaxError when it does not parse.

    ``own``: modules of the code's own project, which it may import. Each of several files is read by itself.
    """
    files = bundle.split(code)
    if not files:
        return _in_one(references(code))
    own |= bundle.modules([file.path for file in files]) | {""}  # "": a relative import
    found: list[Finding] = []
    for file in files:
        refers = [r for r in references(file.text) if not (r.imports and r.path.partition(".")[0] in own)]
        found += [Finding(one.rule, one.line, f"{one.what} in {file.path}") for one in _in_one(refers)]
    return found


def _in_one(refers: list[Reference]) -> list[Finding]:
    found = {(line, rule.name): Finding(rule.name, line, what) for rule in RULES for line, what in rule.find(refers)}
    return [found[key] for key in sorted(found)]


def _any_of(*paths: str) -> Callable[[list[Reference]], Hits]:
    """Catches these dotted names and everything inside them."""

    def find(refers: list[Reference]) -> Hits:
        return ((r.line, str(r)) for r in refers if any(r.path == p or r.path.startswith(p + ".") for p in paths))

    return find


def _of(module: str, names: str) -> list[str]:
    return [f"{module}.{name}" for name in names.split()]


def _files(refers: list[Reference]) -> Hits:
    yield from _any_of(
        *_of("io", "open open_code FileIO"),
        *_of("os", "access chmod chown fdopen link listdir lstat makedirs mkdir mkfifo mknod open readlink remove"),
        *_of("os", "removedirs rename renames replace rmdir scandir stat symlink truncate unlink utime walk"),
        *_of("os.path", "exists getatime getctime getmtime getsize isdir isfile islink ismount lexists realpath"),
        *("pathlib", "shutil", "tempfile", "glob", "zipfile", "tarfile", "sqlite3", "dbm", "shelve", "mmap", "fcntl"),
    )(refers)
    for reference in refers:
        if reference.path == "open" and reference.argument not in (0, 1, 2):  # open(0) is standard input
            yield reference.line, str(reference)


def _dynamic(refers: list[Reference]) -> Hits:
    yield from _any_of(
        *("exec", "eval", "compile", "__import__", "importlib", "runpy", "code", "codeop", "pkgutil", "zipimport"),
        *_of("pickle", "load loads Unpickler"),
        *_of("marshal", "load loads"),
    )(refers)
    yield from ((r.line, str(r)) for r in refers if r.path.startswith("getattr("))


def _introspection(refers: list[Reference]) -> Hits:
    yield from _any_of(
        *("gc", "inspect", "ctypes", "dis", "tracemalloc", "builtins", "faulthandler", "__builtins__", "bdb", "pdb"),
        *_of("sys", "_getframe _current_frames settrace setprofile modules meta_path getrefcount addaudithook"),
    )(refers)
    yield from ((r.line, str(r)) for r in refers if r.path.rpartition(".")[2] in _HIDDEN)


def _third_party(refers: list[Reference]) -> Hits:
    for reference in refers:
        root = reference.path.partition(".")[0]
        if reference.imports and root not in sys.stdlib_module_names and root != "__future__":
            yield reference.line, f"import of {root or 'a relative module'}"


RULES: tuple[Rule, ...] = (
    Rule("files", "reading, writing or looking for files; not standard input and output", _files),
    Rule(
        "network",
        "sockets and all that is built on them",
        _any_of(
            *(
                "socket",
                "socketserver",
                "ssl",
                "http",
                "ftplib",
                "smtplib",
                "poplib",
                "imaplib",
                "nntplib",
                "telnetlib",
            ),
            *("urllib.request", "urllib.robotparser", "xmlrpc", "wsgiref", "webbrowser", "cgi", "select", "selectors"),
            *_of("asyncio", "open_connection start_server open_unix_connection start_unix_server"),
        ),
    ),
    Rule(
        "processes",
        "other processes and signals; threads are left alone",
        _any_of(
            *("subprocess", "multiprocessing", "signal", "pty", "concurrent.futures.ProcessPoolExecutor"),
            *_of("os", "abort execl execle execlp execlpe execv execve execvp execvpe fork forkpty kill killpg nice"),
            *_of(
                "os", "pipe popen posix_spawn posix_spawnp spawnl spawnle spawnv spawnve startfile system wait waitpid"
            ),
            *_of("os", "_exit setsid sched_setaffinity"),
            *_of("asyncio", "create_subprocess_exec create_subprocess_shell"),
        ),
    ),
    Rule(
        "environment",
        "the machine, the user, the screen: what differs from one computer to the next",
        _any_of(
            *_of("os", "chdir cpu_count environ environb getcwd getenv getlogin getpid putenv uname"),
            *("platform", "getpass", "pwd", "grp", "resource", "sys.argv", "tkinter", "turtle", "curses", "readline"),
            *("antigravity", "winreg", "msvcrt", "sysconfig", "site"),
        ),
    ),
    Rule(
        "clocks",
        "the time of day, timers, sleeping",
        _any_of(
            *_of("time", "time time_ns perf_counter perf_counter_ns monotonic monotonic_ns process_time thread_time"),
            *_of("time", "process_time_ns thread_time_ns sleep localtime gmtime ctime clock_gettime"),
            *_of("datetime.datetime", "now utcnow today"),
            *("datetime.date.today", "timeit", "sched", "cProfile", "profile", "asyncio.sleep"),
        ),
    ),
    Rule("dynamic", "code made or loaded while running, attributes of modules by computed name", _dynamic),
    Rule("introspection", "a program that looks at its own process, frames or heap", _introspection),
    Rule(
        "randomness",
        "randomness that no seed repeats",
        _any_of("secrets", "uuid.uuid1", "uuid.uuid4", "os.urandom", "random.SystemRandom"),
    ),
    Rule("third_party", "imports from outside the standard library", _third_party),
)
"""In the order the curation funnel shows them."""
