"""Compiled programs in the sandbox: what they may do, and what they say and cost."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import cpp
import efficoder
from cpp import body, text
from efficoder.errors import PrerequisiteError
from efficoder.sandbox import Limits, Program, Sandbox
from efficoder.sandbox.compiling import Compiled, find
from efficoder.sandbox.outcome import needs_loader

pytestmark = cpp.needs_compiler
SHORT = Limits(cpu_s=0.3, wall_s=10.0, memory_bytes=128 << 20, output_bytes=1 << 20)
_HELLO = body("long long n; std::cin >> n; std::cout << n * 2;")


def test_it_reads_standard_input_and_writes_standard_output(sandbox: Sandbox) -> None:
    assert sandbox.run(_HELLO, ["21"]).outputs == (b"42",)
    assert sandbox.run(text(""), ["anything"]).ended == "finished"


@pytest.mark.parametrize(
    ("statements", "ended", "detail"),
    [
        ("return 3;", "error", "exit status 3"),
        ("std::cout << 42 << std::flush; std::abort();", "error", "crashed by"),
        ("std::cout << 42 << std::flush; volatile int* p = nullptr; *p = 1;", "error", "crashed by SIGSEGV"),
        ("std::cout << 42; std::vector<int>().at(1);", "error", "std::out_of_range"),
        ("std::vector<long> v(1ull << 40);", "memory", "std::bad_alloc"),
        ("std::vector<char> v(300 << 20, 1); std::cout << v[5];", "memory", "over 134217728 bytes"),
        ("for (volatile long i = 0;; i = i + 1) {}", "timeout", "of CPU time"),
        ("auto turn = [] { for (volatile long i = 0;; i = i + 1) {} }; std::thread a(turn), b(turn); a.join();",
         "timeout", "of CPU time"),
        ("for (;;) std::cout << std::string(1 << 16, 'x');", "killed", "output"),
        ("for (;;) std::cerr << std::string(1 << 16, 'x');", "killed", "output"),
        ("std::function<int(int)> f = [&](int n) { return f(n + 1) + n; }; return f(1);", "error", "by SIGSEGV"),
        ("asm volatile(\"int $0x80\" :: \"a\"(20));", "refused", "forbidden system call"),
    ],
)  # fmt: skip
def test_how_it_ends(sandbox: Sandbox, statements: str, ended: str, detail: str) -> None:
    if "asm" in statements and os.uname().machine != "x86_64":
        pytest.skip("a call of another architecture")
    outcome = sandbox.run(body(statements), [""], SHORT)
    assert (outcome.ended, detail in outcome.detail) == (ended, True), outcome
    assert sandbox.run(_HELLO, ["4"]).outputs == (b"8",)


def test_a_sleeper_ends_at_the_wall_limit(sandbox: Sandbox) -> None:
    assert sandbox.run(body("sleep(60);"), [""], Limits(cpu_s=0.2, wall_s=0.5)).ended == "timeout"


def test_a_large_array_that_is_not_touched_costs_nothing(sandbox: Sandbox) -> None:
    program = text('#include <cstdio>\nstatic char a[1 << 30];\nint main() { a[5] = 1; std::puts("ok"); }')
    assert sandbox.run(program, [""]).outputs == (b"ok\n",)
    touched = text(
        "#include <cstring>\nstatic char a[1100 << 20];\nint main() { memset(a, 1, sizeof a); return a[7] - 1; }"
    )
    assert sandbox.run(touched, [""], Limits()).ended == "memory"


def test_bytes_come_and_go_as_they_are(sandbox: Sandbox) -> None:
    program = body(r"char c; while (std::cin.get(c)) std::cout.put(c); std::cout << char(0xff) << '\0' << NAN;")
    assert sandbox.run(program, ["a\r\n\udcfe"]).outputs == (b"a\r\n\xfe\xff\x00nan",)


@pytest.mark.measured
def test_threads_and_all_their_time_count(sandbox: Sandbox) -> None:
    one = "volatile long n = 0; for (long i = 0; i < 30000000; ++i) n = n + 1;"
    alone = sandbox.run(body(one), [""]).cpu_s
    both = sandbox.run(body(f"auto work = [] {{ {one} }}; std::thread a(work), b(work); a.join(); b.join();"), [""])
    assert both.ended == "finished"
    assert both.cpu_s > 1.3 * alone


@pytest.mark.measured
def test_the_peak_is_its_own_when_it_is_watched(sandbox: Sandbox) -> None:
    work = "for (volatile int i = 0; i < 20000000; i = i + 1) {} return v[1] - 1;"
    peaks = [
        sandbox.run(body(f"std::vector<char> v({size} << 20, 1); {work}"), [""], sample_memory=True).peak_bytes
        for size in (2, 22)
    ]
    assert peaks[0] < 8 << 20
    assert (19 << 20) < peaks[1] - peaks[0] < 21 << 20
    assert sandbox.run(text(""), [""], sample_memory=True).peak_bytes < 4 << 20


def test_the_hash_seed_is_no_concern_of_it(sandbox: Sandbox) -> None:
    program = body('extern char** environ; for (char** e = environ; *e; ++e) std::cout << *e << "\\n";')
    assert sandbox.run(program, [""]).outputs == sandbox.rehashed.run(program, [""]).outputs == (b"LC_ALL=C.UTF-8\n",)


def test_sigpipe_is_not_ignored_and_no_descriptor_is_left(sandbox: Sandbox) -> None:
    program = body(
        "struct sigaction was; sigaction(SIGPIPE, nullptr, &was); std::cout << (was.sa_handler == SIG_DFL);"
        "for (int fd = 3; fd < 1024; ++fd) if (dup(fd) >= 0) std::cout << ' ' << fd;"
    )
    assert sandbox.run(program, [""]).outputs == (b"1",)


_ATTACKS = {
    "fork": "fork()",
    "vfork": "syscall(58)",
    "kill everyone": "kill(-1, 9)",
    "kill the parent": "kill(getppid() ? getppid() : 1, 9)",
    "trace": "ptrace(PTRACE_TRACEME, 0, 0, 0)",
    "socket": "socket(AF_INET, SOCK_STREAM, 0)",
    "host file": 'open("/etc/passwd", O_RDONLY)',
    "process files": 'open("/proc/self/environ", O_RDONLY)',
    "cache folder": 'opendir("/root/.cache") ? 0 : -1',
    "home": 'opendir("/home") ? 0 : -1',
    "write a library": 'open("/usr/lib/attack", O_WRONLY | O_CREAT, 0600)',
    "anonymous file": 'memfd_create("x", 0)',
    "shell": '(system("true") == 0 ? 0 : -1)',
    "exec": 'execl("/bin/true", "true", nullptr)',
    "exec of a library": 'execl("/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "ld", nullptr)',
    "exec by descriptor": 'syscall(SYS_execveat, open("/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", O_RDONLY), "", '
    "words, words, 0x1000)",
    "exec of itself": 'syscall(SYS_execveat, 4, "", words, words, 0x1000)',
    "other user": "setuid(0)",
    "namespaces": "unshare(CLONE_NEWUSER)",
    "mount": 'mount("none", "/tmp", "tmpfs", 0, nullptr)',
    "own rings": "syscall(425, 1, nullptr)",
    "limits of another": "(prlimit(1, RLIMIT_CPU, nullptr, &limit))",
}
_INCLUDES = "".join(
    f"#include <{name}>\n"
    for name in (
        "bits/stdc++.h", "unistd.h", "fcntl.h", "dirent.h", "sched.h", "signal.h", "sys/mman.h", "sys/mount.h",
        "sys/ptrace.h", "sys/resource.h", "sys/socket.h", "sys/syscall.h",
    )
)  # fmt: skip


def test_no_way_out(sandbox: Sandbox) -> None:
    tries = "".join(f'  tried("{name}", [&] {{ return (long)({call}); }});\n' for name, call in _ATTACKS.items())
    program = text(
        f'{_INCLUDES}int main() {{\n  char* words[] = {{(char*)"x", nullptr}}; rlimit limit;\n'
        '  auto tried = [](const char* name, auto call) { if (call() >= 0) std::cout << name << "; "; };\n'
        f'{tries}  std::cout << "done";\n}}\n'
    )
    zygote = sandbox.zygote
    outcome = sandbox.run(program, [""], SHORT)
    assert (outcome.ended, outcome.outputs) == ("finished", (b"done",)), outcome
    assert sandbox.run(_HELLO, ["2"]).outputs == (b"4",)
    assert sandbox.zygote == zygote


def test_memory_and_thread_bombs_end(sandbox: Sandbox) -> None:
    hoard = "for (;;) { char* p = (char*)malloc(1 << 20); if (p) memset(p, 1, 1 << 20); }"
    assert sandbox.run(body(hoard), [""], SHORT).ended in {"memory", "timeout"}
    threads = (
        "std::vector<std::thread> all; for (int i = 0; i < 3000; ++i) all.emplace_back([] { sleep(9); }); sleep(9);"
    )
    assert sandbox.run(body(threads), [""], Limits(cpu_s=2, wall_s=10)).ended in {"error", "timeout", "memory"}
    assert sandbox.run(_HELLO, ["2"]).outputs == (b"4",)


def test_it_leaves_no_file_for_the_next(sandbox: Sandbox) -> None:
    look = 'std::cout << (std::fopen("/tmp/note", "r") != nullptr);'
    sandbox.run(body('if (auto* f = std::fopen("/tmp/note", "w")) std::fputs("x", f), std::fclose(f);'), [""])
    assert sandbox.run(body(look), [""]).outputs == (b"0",)


def test_as_an_unprivileged_user() -> None:
    if os.geteuid() != 0:
        pytest.skip("not root: the other tests ran unprivileged already")
    python = "/usr/bin/python3"
    version = subprocess.run([python, "-V"], capture_output=True, text=True, check=False).stdout
    if f"Python {sys.version_info.major}.{sys.version_info.minor}." not in version:
        pytest.skip(f"{python} is not the Python of these tests, and nobody may read theirs")
    home = Path("/tmp") / f"efficoder-native-{os.getpid()}"
    code = """
from efficoder.sandbox import Sandbox
from cpp_programs import text, body
for tier in "AB":
    with Sandbox(tier=tier) as sandbox:
        outcome = sandbox.run(body("std::cout << 42 << fork();"), [""])
        print(tier, outcome.outputs, sandbox.run(text("int main( {"), [""]).ended)
"""
    try:
        for package in (efficoder, msgspec):
            folder = Path(str(package.__file__)).parent
            shutil.copytree(folder, home / folder.name)
        (home / "cpp_programs.py").write_text(
            "from efficoder.sandbox import Program\nfrom efficoder.languages.cpp.program import ALONE\n"
            'def text(code):\n    return Program(kind="stdio", code=code, native=ALONE)\n'
            'def body(code):\n    return text(f"#include <iostream>\\n#include <unistd.h>\\nint main() {{ {code} }}")\n'
        )
        home.chmod(0o755)
        done = subprocess.run(
            [python, "-B", "-c", code], user=65534, group=65534, extra_groups=[], cwd="/", capture_output=True,
            text=True, env={"PYTHONPATH": str(home), "XDG_CACHE_HOME": "/nowhere"}, check=False,
        )  # fmt: skip
    finally:
        shutil.rmtree(home)
    assert done.stdout == "A (b'42-1',) compile_error\nB (b'42-1',) compile_error\n", done.stderr


# ------------------------------------------------------------ compiling


def _reason(sandbox: Sandbox, code: str) -> str:
    outcome = sandbox.run(text(code), [""])
    assert outcome.ended == "compile_error", outcome
    return outcome.detail


@pytest.mark.parametrize(
    "code",
    [
        '#include "/etc/passwd"\nint main() {}',
        '#include "/proc/self/environ"\nint main() {}',
        '#include "/dev/zero"\nint main() {}',
        'asm(".incbin \\"/etc/shadow\\"");\nint main() {}',
        'asm(".fill 0xffffffff");\nint main() {}',
        "char a[3ull << 30] = {1};\nint main(int n, char**) { return a[n]; }",
        "template <int n> struct F { using T = typename F<n + 1>::T; };\nF<0>::T x;\nint main() {}",
        "template <class T> struct P { P<P<T>>* p = p->p; };\nint main() { P<int> p; }\n#include __FILE__",
        "#define A(x) x x x x x x x x x x\n#define B(x) A(A(A(A(x))))\nint main() { B(B(int)) }",
    ],
)
def test_compile_attacks_are_compile_errors(sandbox: Sandbox, code: str) -> None:
    assert _reason(sandbox, code)
    assert "root" not in _reason(sandbox, code)
    assert sandbox.run(text("int main() { return 0; } // after it"), [""]).ended == "finished"


def test_the_reason_is_the_compilers(sandbox: Sandbox) -> None:
    assert "solution.cpp:2" in _reason(sandbox, "int main() {\n  return undefined;\n}")
    assert "undefined reference" in _reason(sandbox, "int f(); int main() { return f(); }")


def test_what_compiled_is_kept_and_what_was_damaged_is_made_again(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    program, asked = text("int main() { return 0; } // kept"), []

    def run(job: Program, limits: Limits) -> object:
        asked.append(job)
        return sandbox._compile(job, limits)

    for _ in range(2):
        compiled = Compiled()
        assert isinstance(compiled.get(program, run), int)  # type: ignore[arg-type]
        compiled.clear()
    assert len(asked) == 1
    (entry,) = [path for path in tmp_path.glob("efficoder/compiled/??/*") if path.is_file()]
    entry.write_bytes(entry.read_bytes()[:1000])
    compiled = Compiled()
    compiled.get(program, run)  # type: ignore[arg-type]
    compiled.clear()
    assert len(asked) == 2


def test_a_missing_compiler_is_named_with_the_command_that_installs_it() -> None:
    with pytest.raises(PrerequisiteError, match=r"Cobol programs need cobc-9, .*`apt-get install gnucobol`"):
        find("Cobol", "cobc-9", "apt-get install gnucobol")


def test_a_program_that_needs_a_library_to_start_is_told() -> None:
    assert needs_loader(Path(os.path.realpath("/bin/true")).read_bytes())
    assert not needs_loader(b"\x7fELF\x02 cut")
    assert not needs_loader(b"")
