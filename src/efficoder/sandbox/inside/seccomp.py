"""The system call filter of a child, assembled here as classic BPF: an allowlist in a binary search tree.

What is not listed fails with EPERM; another architecture's calls (i386, x32) kill the process with SIGSYS.
A tree, not a list, because the kernel walks the program once for every call number when it is installed.
"""

import errno
from struct import pack
from typing import Literal

from efficoder.sandbox.inside import syscalls

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

# struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6] (little endian: low word first).
_NR, _ARCH, _ARGS = 0, 4, 16
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _MASK, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06

_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant

_CLONE_THREAD = 0x00010000
# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, PIDFD, PARENT, PTRACE
_CLONE_FORBIDDEN = 0x7E020000 | 0x00001000 | 0x00008000 | 0x00002000
# F_DUPFD, GETFD, SETFD, GETFL, SETFL, GETLK, SETLK, SETLKW, F_DUPFD_CLOEXEC.
# Never F_SETOWN or F_SETSIG: they aim signals at other processes.
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 1030)
# TCGETS (isatty), FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
_IOCTL = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)
# PR_SET_NAME, PR_SET_VMA: glibc and Python name threads and arenas.
_PRCTL = (15, 0x53564D41)
_CLOCKS = 16  # numbers from here on name CPU clocks of processes and threads, others' among them
_NAMELESS = 0o20000000  # O_TMPFILE: would move the numbers of files in /tmp and leave no other trace
_WRITING = 0o1 | 0o2 | 0o100 | 0o1000 | _NAMELESS  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC
_CUTTING, _OPEN_FOR_WRITING = 0o1000, 0o1 | 0o2  # O_TRUNC; O_WRONLY, O_RDWR
_MAP_SHARED, _MAP_SHARED_ANONYMOUS, _PROT_WRITE, _MSG_OOB = 0x1, 0x21, 0x2, 0x1
_AT_EMPTY_PATH, _AF_UNIX = 0x1000, 1
_CHANGING = "creat ftruncate mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2"


Use = Literal["python", "native", "runtime", "compiler"]
"""What a child is: Python code, a compiled program or a runtime that it becomes, or a compiler with its parts."""
_GROUPS = {
    "python": (),
    "native": (syscalls.NATIVE,),
    "runtime": (syscalls.NATIVE, syscalls.RUNTIME),
    "compiler": (syscalls.NATIVE, syscalls.RUNTIME, syscalls.COMPILER),
}


def allowlist(machine: str, *, read_only: bool, use: Use = "python") -> bytes:
    """The filter for ``machine`` as an array of ``struct sock_filter``.

    ``read_only`` refuses every way to open a file for writing: for machines without namespaces and without Landlock.
    """
    leaves = _leaves(machine, read_only) | _more(machine, use)
    code: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NR),
        *_tree(_intervals(leaves)),
    ]
    return b"".join(pack("HBBI", *instruction) for instruction in code)


Leaf = tuple[Instruction, ...]
_PASS: Leaf = ((_RETURN, 0, 0, _ALLOW),)
_DENY: Leaf = ((_RETURN, 0, 0, _ERRNO | errno.EPERM),)


def _leaves(machine: str, read_only: bool) -> dict[int, Leaf]:
    leaves: dict[int, Leaf] = {}
    for group in (syscalls.FILES, syscalls.MEMORY, syscalls.PAIRS):
        for name, number in syscalls.numbers(group, machine).items():
            leaves[number] = _DENY if read_only and name in _CHANGING.split() else _PASS
    checked = syscalls.numbers(syscalls.CHECKED, machine)
    leaves[checked["clone3"]] = ((_RETURN, 0, 0, _ERRNO | errno.ENOSYS),)  # glibc then falls back to clone
    leaves[checked["clone"]] = (
        _argument(0),
        (_ANY_BIT, 1, 0, _CLONE_FORBIDDEN),
        (_ANY_BIT, 1, 0, _CLONE_THREAD),
        *_DENY,
        *_PASS,
    )
    leaves[checked["mmap"]] = (
        _argument(3),
        (_ANY_BIT, 1, 0, _MAP_SHARED),
        *_PASS,
        # Shared memory is not the process's own: its size escapes the limit, and MADV_DONTNEED hides it from the peak.
        (_MASK, 0, 0, _MAP_SHARED_ANONYMOUS),
        (_EQUAL, 0, 1, _MAP_SHARED_ANONYMOUS),
        *_DENY,
        _argument(2),
        (_ANY_BIT, 0, 1, _PROT_WRITE),
        *_DENY,
        *_PASS,
    )
    for name in ("sendto", "recvfrom"):  # out-of-band data: kernel code that nobody needs
        leaves[checked[name]] = (_argument(3), (_ANY_BIT, 0, 1, _MSG_OOB), *_DENY, *_PASS)
    leaves[checked["ioctl"]] = _one_of(1, _IOCTL)
    leaves[checked["fcntl"]] = _one_of(1, _FCNTL)
    leaves[checked["prctl"]] = _one_of(0, _PRCTL)
    leaves[checked["prlimit64"]] = _one_of(0, (0,))  # pid 0: itself
    for name in ("clock_gettime", "clock_getres", "clock_nanosleep"):
        leaves[checked[name]] = (_argument(0), (_AT_LEAST, 0, 1, _CLOCKS), *_DENY, *_PASS)
    numbers = syscalls.numbers(syscalls.FILES, machine)
    refused = _WRITING if read_only else _NAMELESS
    for name, index in (("open", 1), ("openat", 2)):
        if name in numbers:
            leaves[numbers[name]] = (
                _argument(index),
                (_ANY_BIT, 0, 1, refused),
                *_DENY,
                # To cut a file it need not be open for writing, and Landlock before Linux 6.2 looks at that alone.
                (_ANY_BIT, 0, 2, _CUTTING),
                (_ANY_BIT, 1, 0, _OPEN_FOR_WRITING),
                *_DENY,
                *_PASS,
            )
    return leaves


def _more(machine: str, use: Use) -> dict[int, Leaf]:
    """What compiled programs and compilers may do beyond Python."""
    leaves: dict[int, Leaf] = {}
    for group in _GROUPS[use]:
        leaves |= dict.fromkeys(syscalls.numbers(group, machine).values(), _PASS)
    checked = syscalls.numbers(syscalls.CHECKED, machine)
    if use in {"native", "runtime"}:  # only of an open file that has no name: the program itself
        leaves[checked["execveat"]] = (_argument(4), (_EQUAL, 1, 0, _AT_EMPTY_PATH), *_DENY, *_PASS)
    if use in {"runtime", "compiler"}:
        leaves[checked["socketpair"]] = _one_of(0, (_AF_UNIX,))
    if use == "compiler":
        leaves[checked["clone"]] = (_argument(0), (_ANY_BIT, 0, 1, _CLONE_FORBIDDEN), *_DENY, *_PASS)
        leaves[checked["mmap"]] = (  # Go's linker writes its file so, which has a limit of its own
            _argument(3),
            (_MASK, 0, 0, _MAP_SHARED_ANONYMOUS),
            (_EQUAL, 0, 1, _MAP_SHARED_ANONYMOUS),
            *_DENY,
            *_PASS,
        )
    return leaves


def _argument(index: int) -> Instruction:
    return (_LOAD, 0, 0, _ARGS + 8 * index)


def _one_of(index: int, constants: tuple[int, ...]) -> Leaf:
    tests = [(_EQUAL, len(constants) - i, 0, constant) for i, constant in enumerate(constants)]
    return (_argument(index), *tests, *_DENY, *_PASS)


def _intervals(leaves: dict[int, Leaf]) -> list[tuple[int, Leaf]]:
    """Where each stretch of call numbers with the same leaf begins; the first begins at 0."""
    stretches: list[tuple[int, Leaf]] = [(0, leaves.get(0, _DENY))]
    for number in range(max(leaves) + 2):
        leaf = leaves.get(number, _DENY)
        if leaf is not stretches[-1][1]:
            stretches.append((number, leaf))
    stretches.append((_X32_BIT, ((_RETURN, 0, 0, _KILL),)))
    return stretches


def _tree(stretches: list[tuple[int, Leaf]]) -> list[Instruction]:
    if len(stretches) == 1:
        return list(stretches[0][1])
    middle = len(stretches) // 2
    below, above = _tree(stretches[:middle]), _tree(stretches[middle:])
    return [(_AT_LEAST, len(below), 0, stretches[middle][0]), *below, *above]
