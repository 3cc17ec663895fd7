"""A program does what ``python FILE`` does with it: the same output, and the same kind of end."""

# ruff: noqa: E501 - programs and replies as one line each

import subprocess
import sys
from pathlib import Path

import pytest

from efficoder.sandbox import Limits, Program, Sandbox

_TEXT = "3\n1 2 3\nlast"
_LIMITS = Limits(cpu_s=5.0, wall_s=60.0)

_FAST_IO = """\
import os, sys
from io import BytesIO, IOBase
class Fast(IOBase):
    def __init__(self, file):
        self.fd, self.kept = file.fileno(), BytesIO()
        self.write = self.kept.write
    def flush(self):
        os.write(self.fd, self.kept.getvalue())
        self.kept.truncate(0); self.kept.seek(0)
class Text(IOBase):
    def __init__(self, file):
        self.buffer = Fast(file)
        self.flush = self.buffer.flush
        self.write = lambda text: self.buffer.write(text.encode())
sys.stdout = Text(sys.stdout)
print(sum(map(int, input().split())))
"""

PROGRAMS = {
    "own stdout, flushed at the end": _FAST_IO,
    "stdout replaced by a text nobody reads": "import io, sys\nprint(1)\nsys.stdout = io.StringIO()\nprint(2)",
    "stdout in another encoding": (
        "import io, sys\nprint(1, flush=True)\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-16-le')\n"
        "print('é')"
    ),
    "stdout without flush": "import sys\nclass Out:\n    def write(self, text): pass\nsys.stdout = Out()\nprint(1)",
    "stdout whose flush fails": (
        "import sys\nclass Out:\n    def write(self, text): pass\n    def flush(self): 1 / 0\nsys.stdout = Out()"
    ),
    "print to closed stdout": "import sys\nprint(1, flush=True)\nsys.stdout.close()\nprint(2)",
    "stdout closed below": "import os\nprint(1, flush=True)\nos.close(1)\nprint(2)",
    "stdout is None": "import sys\nprint(1, flush=True)\nsys.stdout = None\nprint(2)",
    "buffer and print mixed": "import sys\nsys.stdout.buffer.write(b'a\\n')\nprint('b')\nsys.stdout.buffer.write(b'c\\n')",
    "os._exit loses what is buffered": "import os\nprint(1, flush=True)\nprint(2)\nos._exit(0)",
    "exit handlers, last first": (
        "import atexit\natexit.register(print, 'a')\natexit.register(print, 'b')\nprint('c')"
    ),
    "an exit handler fails": "import atexit\natexit.register(lambda: 1 / 0)\natexit.register(print, 'a')",
    "an exit handler exits": "import atexit, sys\natexit.register(sys.exit, 3)\nprint(1)",
    "exit handlers after an error": "import atexit\natexit.register(print, 'a')\n1 / 0",
    "an exit handler reads globals": "import atexit\nx = [1]\natexit.register(lambda: print(x))\nx.append(2)",
    "threads end before exit handlers": (
        "import atexit, threading\natexit.register(print, 'exit')\nsaid = threading.Event()\n"
        "def work():\n    said.wait()\n    print('work')\nthreading.Thread(target=work).start()\nprint('main')\nsaid.set()"
    ),
    "a thread fails": "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()\nprint(1)",
    "a daemon is not waited for": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\nprint(1)"
    ),
    "a thread exits": "import sys, threading\nthreading.Thread(target=sys.exit, args=(3,)).start()\nprint(1)",
    "finalizers use globals": (
        "def say(text):\n    print(text)\nTEXT = 'bye'\nclass A:\n    def __del__(self):\n        say('bye')\na = A()\nb = [A()]"
    ),
    "finalizers of a circle": "class A:\n    def __del__(self):\n        print('bye')\na = A()\na.me = a\ndel a",
    "weakref.finalize": "import weakref\nclass A: pass\na = A()\nweakref.finalize(a, print, 'bye')\nprint(1)",
    "an open file is written": "out = open(1, 'w', closefd=False)\nout.write('x')",
    "a generator is closed": "def g():\n    try:\n        yield 1\n    finally:\n        print('end')\nx = g()\nnext(x)",
    "exit True": "exit(True)",
    "exit 256": "import sys\nprint(1)\nsys.exit(256)",
    "exit text": "print(1)\nexit('no')",
    "exit None": "print(1)\nraise SystemExit",
    "exit in try": "import sys\ntry:\n    sys.exit(0)\nfinally:\n    print('f')",
    "exit caught": "try:\n    exit()\nexcept SystemExit:\n    print('caught')",
    "keyboard interrupt": "print(1)\nraise KeyboardInterrupt",
    "input at the end": "while True:\n    print(input())",
    "input at the end caught": "try:\n    while True:\n        print(input())\nexcept EOFError:\n    print('end')",
    "input with a prompt": "n = int(input('n? '))\nprint(n)",
    "lines of stdin": "import sys\nfor line in sys.stdin:\n    print(repr(line))",
    "readline at the end": "import sys\nwhile line := sys.stdin.readline():\n    print(repr(line))\nprint(repr(sys.stdin.readline()))",
    "read twice": "import sys\nprint(len(sys.stdin.read()), len(sys.stdin.read()))",
    "seek back": "import sys\na = sys.stdin.read()\nsys.stdin.seek(0)\nprint(a == sys.stdin.read())",
    "open(0) after input": "print(input())\nprint(len(open(0).read()))",
    "next of stdin": "import sys\nprint(next(sys.stdin), end='')\nprint(sys.stdin.read())",
    "bytes of stdin": "import sys\nprint(sys.stdin.buffer.read().split())",
    "input rebound": "import sys\ninput = iter(sys.stdin.read().splitlines()).__next__\nprint(input(), input())",
    "/dev/stdin": "print(sum(map(int, open('/dev/stdin').read().split()[1:4])))",
    "/dev/stdin twice": "print(len(open('/dev/stdin').read()), len(open('/dev/stdin').read()))",
    "/dev/fd/0 by os": "import os\nfd = os.open('/dev/fd/0', os.O_RDONLY)\nprint(os.read(fd, 99))",
    "/dev/stdin by pathlib": "from pathlib import Path\nprint(Path('/dev/stdin').read_text())",
    "/dev/stdin by io": "import io\nwith io.open('/dev/stdin', 'rb') as f:\n    print(f.readline())\nprint(f.closed)",
    "/dev/stdin by fileinput": "import fileinput\nfor line in fileinput.input('/dev/stdin'):\n    print(line.strip())",
    "a path put together": "import os\nprint(open(os.path.join(os.sep, 'dev', 'stdin')).readline())",
    "/dev/stdout": "with open('/dev/stdout', 'w') as out:\n    print(1, file=out)",
    "/dev/stderr": "print(1, file=open('/dev/stderr', 'w'))\nprint(2)",
    "stdin from its path": "import sys\nsys.stdin = open('/dev/stdin')\nprint(input())",
    "a file that is not there": "try:\n    open('/dev/nothing-here')\nexcept FileNotFoundError as e:\n    print(e.filename)",
    "__file__": "import os\nprint(os.path.isabs(__file__), __file__.endswith('.py'))\nprint(os.path.exists(__file__ + '.in'))",
    "names of the module": "print(__name__, __doc__, __package__, __spec__, __cached__, __annotations__)",
    "docstring": "'''What it does.'''\nprint(__doc__)",
    "annotations": "x: int = 1\nprint(__annotations__)",
    "__main__": "import __main__, sys\ny = 2\nprint(__main__.y, sys.modules['__main__'].y)",
    "argv": "import sys\nprint(len(sys.argv))",
    "recursion limit": "import sys\nsys.setrecursionlimit(5000)\ndef f(n):\n    return n and f(n - 1) + 1\nprint(f(4000))",
    "recursion just below the limit": "def f(n):\n    return n and f(n - 1) + 1\nprint(f(985))",
    "recursion above the limit": "def f(n):\n    return n and f(n - 1) + 1\nprint(f(1100))",
    "recursion error caught": "def f(n):\n    return f(n + 1)\ntry:\n    f(0)\nexcept RecursionError:\n    print('deep')",
    "syntax error": "print(1)\nprint(",
    "tabs and spaces": "if True:\n\tprint(1)\n        print(2)",
    "null byte": "print(1)\x00",
    "byte order mark": "\ufeffprint(1)",
    "coding line": "# -*- coding: utf-8 -*-\nprint('é')",
    "future import": "from __future__ import annotations\nx: y = 1\nprint(x)",
    "pickle of an own class": "import pickle\nclass P: pass\np = P(); p.x = 1\nprint(pickle.loads(pickle.dumps(p)).x)",
    "dataclass with string annotations": (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nprint(P(1))"
    ),
    "assertion": "assert False",
    "debug": "print(__debug__)",
    "int of many digits": "try:\n    int('1' * 5000)\nexcept ValueError:\n    print('long')",
    "print many lines": "for i in range(20000):\n    print(i)",
    "signal": "import signal\nprint(signal.getsignal(signal.SIGINT) is signal.default_int_handler)",
}


def _python(folder: Path, code: str) -> tuple[bytes, bool]:
    file, given = folder / "solution.py", folder / "given"
    file.write_bytes(code.encode())
    given.write_text(_TEXT)
    with given.open("rb") as stdin:
        # Nothing of this process's environment: a variable may turn buffering off.
        command, env = [sys.executable, str(file)], {"PYTHONUTF8": "1"}
        ran = subprocess.run(command, stdin=stdin, capture_output=True, cwd=folder, env=env, timeout=60)
    return ran.stdout, ran.returncode == 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_ends_as_under_python(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    code = PROGRAMS[name]
    outcome = sandbox.run(Program(kind="stdio", code=code), [_TEXT], _LIMITS)
    assert (outcome.outputs[0], outcome.ended == "finished") == _python(tmp_path, code), outcome.detail
