"""A child that runs a compiler on one program's text, and hands back the file it made.

The text is a candidate's: the compiler may read what is mounted and no more, and all its processes together have a
limit of CPU time.
"""

import json
import math
import os
import resource
import shutil
import signal
from pathlib import Path

from efficoder.sandbox.inside.driver import RunRequest, read_all

CPU_S = 30.0
_NEARLY = 0.8
"""The kernel's limit goes by ticks: on a busy machine it ends a process that used 28 of 30 s (measured)."""
TIMED_OUT = 71
"""Exit status where the processes used up CPU_S."""
MADE = "program"
"""The file that the last command makes."""


def run_compiler(request: RunRequest) -> int:
    """Exit status 0 with the file in the result; else what the compiler said is on standard output."""
    recipe = json.loads(read_all(request.program))
    for number in (request.program, request.inputs, request.result, request.stdout):
        os.set_inheritable(number, False)
    os.chdir(recipe["scratch"] or "/tmp")
    for old in Path().iterdir():  # a compiler that was ended may leave folders
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()
    for name, text in recipe["files"].items():
        Path(name).write_bytes(_bytes(text))
    environment = {"PATH": "/usr/bin", "LC_ALL": "C.UTF-8", "TMPDIR": str(Path.cwd()), **recipe["environment"]}
    for there in (1, 2):
        os.dup2(request.stdout, there)
    for command in recipe["commands"]:
        left_s = CPU_S - _used_s()
        if left_s <= 0:
            return TIMED_OUT
        # Its own time counts too, and is little.
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(left_s), math.ceil(left_s) + 1))
        pid = os.posix_spawn(command[0], command, environment)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status:
            os.write(1, f"\n{Path(command[0]).name} ended with status {status}\n".encode())
            return TIMED_OUT if status == -signal.SIGXCPU or _used_s() >= _NEARLY * CPU_S else 1
    made = os.open(MADE, os.O_RDONLY)
    size, done = os.fstat(made).st_size, 0
    while done < size:
        done += os.sendfile(request.result, made, done, size - done)
    return 0


def _bytes(text: str) -> bytes:
    """Surrogates that stand for bytes are those bytes; with any other, all become what no compiler reads as text."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _used_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
