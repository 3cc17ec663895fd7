"""The filter itself, interpreted: the only way to see aarch64's on another machine."""

import errno
import platform
from struct import iter_unpack

import pytest

from efficoder.sandbox.inside import syscalls
from efficoder.sandbox.inside.seccomp import allowlist

ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS


def verdict(program: bytes, number: int, arch: int, *arguments: int) -> int:
    """What the kernel would do: classic BPF over struct seccomp_data."""
    words = [number, arch, 0, 0]
    for argument in (*arguments, *[0] * (6 - len(arguments))):
        words += [argument & 0xFFFFFFFF, argument >> 32 & 0xFFFFFFFF]
    instructions = list(iter_unpack("HBBI", program))
    place = accumulator = 0
    while True:
        code, if_true, if_false, constant = instructions[place]
        place += 1
        if code == 0x06:
            return constant
        if code == 0x20:
            accumulator = words[constant // 4]
        elif code == 0x54:
            accumulator &= constant
        else:
            holds = {0x15: accumulator == constant, 0x35: accumulator >= constant, 0x45: accumulator & constant}[code]
            place += if_true if holds else if_false


@pytest.fixture(params=syscalls.MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ask(machine: str, number: int, *arguments: int, read_only: bool = False) -> int:
    return verdict(allowlist(machine, read_only=read_only), number, ARCH[machine], *arguments)


def test_exactly_the_listed_calls_are_allowed(machine: str) -> None:
    listed = {
        number
        for group in (syscalls.FILES, syscalls.MEMORY, syscalls.PAIRS)
        for number in syscalls.numbers(group, machine).values()
    }
    checked = set(syscalls.numbers(syscalls.CHECKED, machine).values())
    for number in set(range(600)) - checked:
        assert ask(machine, number) == (ALLOW if number in listed else EPERM), number


def test_other_architectures_are_killed(machine: str) -> None:
    program = allowlist(machine, read_only=False)
    assert verdict(program, 1, 0x40000003) == KILL
    assert verdict(program, 0x40000000 | 39, ARCH[machine]) == KILL
    assert verdict(program, 0xFFFFFFFF, ARCH[machine]) == KILL


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("clone", (0x3D0F00,), ALLOW),  # pthread_create
        ("clone", (17,), EPERM),  # fork
        ("clone", (0x3D0F00 | 0x10000000,), EPERM),  # a thread in a new user namespace
        ("clone3", (0,), ENOSYS),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5412), EPERM),  # TIOCSTI
        ("fcntl", (0, 3), ALLOW),
        ("fcntl", (0, 8), EPERM),  # F_SETOWN
        ("prctl", (15,), ALLOW),
        ("prctl", (22,), EPERM),  # PR_SET_SECCOMP
        ("prlimit64", (0,), ALLOW),
        ("prlimit64", (1,), EPERM),
        ("clock_gettime", (2,), ALLOW),
        ("clock_gettime", ((1 << 64) - 6,), EPERM),  # the CPU clock of a process
        ("clock_nanosleep", ((1 << 64) - 6,), EPERM),
    ],
)
def test_calls_allowed_for_some_arguments(machine: str, name: str, arguments: tuple[int, ...], expected: int) -> None:
    assert ask(machine, syscalls.numbers(syscalls.CHECKED, machine)[name], *arguments) == expected


def test_read_only_refuses_every_way_to_write(machine: str) -> None:
    files = syscalls.numbers(syscalls.FILES, machine)
    at_cwd = (1 << 64) - 100
    for flags, expected in ((0, ALLOW), (0o2000000, ALLOW), (1, EPERM), (2, EPERM), (0o100, EPERM), (0o1000, EPERM)):
        assert ask(machine, files["openat"], at_cwd, 0, flags, read_only=True) == expected
        if "open" in files:
            assert ask(machine, files["open"], 0, flags, read_only=True) == expected
    for name in ("mkdirat", "unlinkat", "renameat2", "ftruncate"):
        assert ask(machine, files[name], read_only=True) == EPERM
    assert ask(machine, files["read"], read_only=True) == ALLOW


def test_no_table_for_other_machines() -> None:
    with pytest.raises(ValueError, match=r"tuple\.index"):
        syscalls.numbers(syscalls.FILES, "riscv64")
    assert platform.machine() in syscalls.MACHINES


@pytest.mark.parametrize("machine", syscalls.MACHINES)
def test_no_filter_lets_a_file_be_made_without_a_name(machine: str) -> None:
    files = syscalls.numbers(syscalls.FILES, machine)
    assert ask(machine, files["openat"], 0, 0, 0o102) == ALLOW  # O_CREAT | O_RDWR
    assert ask(machine, files["openat"], 0, 0, 0o20200002) == EPERM


@pytest.mark.parametrize("machine", syscalls.MACHINES)
def test_no_filter_lets_a_file_be_cut_that_is_open_for_reading(machine: str) -> None:
    files = syscalls.numbers(syscalls.FILES, machine)
    assert ask(machine, files["openat"], 0, 0, 0o1101) == ALLOW  # open("/dev/null", "w")
    assert ask(machine, files["openat"], 0, 0, 0o1000) == EPERM
    assert ask(machine, files["openat"], 0, 0, 0o1100) == EPERM


@pytest.mark.parametrize("machine", syscalls.MACHINES)
def test_no_filter_lets_a_file_be_cut_by_its_name(machine: str) -> None:
    """Landlock before Linux 6.2 does not govern truncate."""
    number = {"x86_64": 76, "aarch64": 45}[machine]
    assert ask(machine, number) == ask(machine, number, read_only=True) == EPERM


@pytest.mark.parametrize("machine", syscalls.MACHINES)
def test_shared_memory_and_out_of_band_data_are_refused(machine: str) -> None:
    checked = syscalls.numbers(syscalls.CHECKED, machine)
    private, shared, anonymous, read, write = 2, 1, 0x20, 1, 3
    for protection, flags, expected in (
        (write, private | anonymous, ALLOW),
        (write, private, ALLOW),
        (read, shared, ALLOW),
        (write, shared, EPERM),
        (write, shared | anonymous, EPERM),
        (read, shared | anonymous, EPERM),
        (write, 3, EPERM),
    ):
        assert ask(machine, checked["mmap"], 0, 4096, protection, flags) == expected
    for name in ("sendto", "recvfrom"):
        assert ask(machine, checked[name], 5, 0, 1, 0) == ALLOW
        assert ask(machine, checked[name], 5, 0, 1, 1) == EPERM


def test_a_compiled_program_may_become_one_nameless_file_and_start_no_other(machine: str) -> None:
    native = allowlist(machine, read_only=False, use="native")
    number = syscalls.numbers(syscalls.CHECKED + syscalls.COMPILER, machine)
    assert verdict(native, number["execveat"], ARCH[machine], 4, 0, 0, 0, 0x1000) == ALLOW
    assert verdict(native, number["execveat"], ARCH[machine], 4, 0, 0, 0, 0) == EPERM
    assert verdict(native, number["execve"], ARCH[machine]) == EPERM
    assert verdict(native, number["clone"], ARCH[machine], 17) == EPERM
    assert ask(machine, number["execveat"], 4, 0, 0, 0, 0x1000) == EPERM


def test_a_compiler_may_start_its_parts_and_nothing_else_more(machine: str) -> None:
    compiler = allowlist(machine, read_only=False, use="compiler")
    number = syscalls.numbers(syscalls.CHECKED + syscalls.COMPILER, machine)
    assert verdict(compiler, number["clone"], ARCH[machine], 17) == ALLOW
    assert verdict(compiler, number["clone"], ARCH[machine], 17 | 0x10000000) == EPERM
    assert verdict(compiler, number["socketpair"], ARCH[machine], 1) == ALLOW
    assert verdict(compiler, number["socketpair"], ARCH[machine], 2) == EPERM
    assert ask(machine, number["socketpair"], 1) == EPERM
    assert verdict(compiler, number["mmap"], ARCH[machine], 0, 4096, 3, 1) == ALLOW
    assert verdict(compiler, number["mmap"], ARCH[machine], 0, 4096, 3, 0x21) == EPERM
    more = {*syscalls.numbers(syscalls.COMPILER + syscalls.RUNTIME + syscalls.NATIVE, machine).values()}
    checked = {*syscalls.numbers(syscalls.CHECKED, machine).values()}
    for other in set(range(600)) - checked:
        assert verdict(compiler, other, ARCH[machine]) == (ALLOW if other in more else ask(machine, other)), other


def test_a_runtime_may_have_a_pipe_beside_what_a_compiled_program_may(machine: str) -> None:
    runtime, native = (allowlist(machine, read_only=False, use=use) for use in ("runtime", "native"))
    more = {*syscalls.numbers(syscalls.RUNTIME, machine).values()}
    checked = {*syscalls.numbers(syscalls.CHECKED, machine).values()}
    for other in set(range(600)) - checked:
        there = verdict(native, other, ARCH[machine])
        assert verdict(runtime, other, ARCH[machine]) == (ALLOW if other in more else there), other
