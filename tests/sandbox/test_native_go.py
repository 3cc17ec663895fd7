"""Go programs in the sandbox: how they end, what they may do, and what their text does to the compiler."""

from pathlib import Path

import msgspec
import pytest

import golang
from efficoder.errors import PrerequisiteError
from efficoder.languages.go.program import ALONE
from efficoder.sandbox import Limits, Sandbox
from efficoder.sandbox.compiling import compiler_of
from golang import body, text

pytestmark = golang.needs_compiler
SHORT = Limits(cpu_s=0.3, wall_s=10.0, memory_bytes=128 << 20, output_bytes=1 << 20)
_HELLO = body("var n int; fmt.Scan(&n); fmt.Print(n * 2)", "fmt")


def test_it_reads_standard_input_and_writes_standard_output(sandbox: Sandbox) -> None:
    assert sandbox.run(_HELLO, ["21"]).outputs == (b"42",)
    assert sandbox.run(text(""), ["anything"]).ended == "finished"


@pytest.mark.parametrize(
    ("statements", "imports", "ended", "detail"),
    [
        ("os.Exit(3)", "os", "error", "exit status 3"),
        ('fmt.Print(42); panic("why not")', "fmt", "error", "panic: why not"),
        ("var m map[int]int; m[1] = 1", "", "error", "panic: assignment to entry in nil map"),
        ("var p *int; *p = 1", "", "error", "invalid memory address"),
        ("ch := make(chan int); <-ch", "", "error", "all goroutines are asleep"),
        ("a := make([]int64, 1<<40); println(len(a), a[5])", "", "memory", "no more memory"),
        ("a := make([]byte, 300<<20); for i := range a { a[i] = 1 }; println(a[9])", "", "memory",
         "over 134217728 bytes"),
        ("for x := 0; ; x++ { }", "", "timeout", "of CPU time"),
        ("for i := 0; i < 50; i++ { go func() { for x := 0; ; x++ { } }() }; for x := 0; ; x++ { }", "",
         "timeout", "of CPU time"),
        ("go func() { for { } }(); s := [][]int{}; for i := 0; i < 1<<20; i++ { s = append(s, make([]int, 9)) }; "
         "for { }", "", "timeout", "of CPU time"),
        ('for { fmt.Print(strings.Repeat("x", 1<<16)) }', "fmt strings", "killed", "output"),
        ('for { print(strings.Repeat("x", 1<<16)) }', "strings", "killed", "output"),
        ("var f func(int) int; f = func(n int) int { return f(n+1) + n }; f(1)", "", "memory", ""),
        ("println(strings.Repeat(\"x\", 5000)); var m map[int]int; m[1] = 1", "strings", "error", "panic: assignment"),
        ("go panic(\"inner\"); time.Sleep(1e9)", "time", "error", "panic: inner"),
        ("var l sync.Mutex; l.Lock(); l.Lock()", "sync", "error", "deadlock"),
        ("defer func() { fmt.Print(recover()) }(); panic(1)", "fmt", "finished", ""),
        ("a := 1<<63 - 1; var n string; fmt.Scan(&n); fmt.Print(a + len(n))", "fmt", "finished", ""),
    ],
)  # fmt: skip
def test_how_it_ends(sandbox: Sandbox, statements: str, imports: str, ended: str, detail: str) -> None:
    limits = SHORT if ended != "memory" else Limits(cpu_s=5, wall_s=30, memory_bytes=128 << 20)
    outcome = sandbox.run(body(statements, imports), ["x"], limits)
    assert (outcome.ended, detail in outcome.detail) == (ended, True), outcome
    assert sandbox.run(_HELLO, ["4"]).outputs == (b"8",)


def test_a_sleeper_ends_at_the_wall_limit(sandbox: Sandbox) -> None:
    sleep = body("time.Sleep(1e11)", "time")
    assert sandbox.run(sleep, [""], Limits(cpu_s=0.2, wall_s=0.5)).ended == "timeout"


def test_timers_work(sandbox: Sandbox) -> None:
    waits = body(
        "c := time.After(3e6); t := time.NewTicker(1e6); <-t.C; time.Sleep(1e6); select { case <-c: fmt.Print(1) }; "
        "x, stop := context.WithTimeout(context.Background(), 1e6); <-x.Done(); stop(); fmt.Print(x.Err())",
        "context fmt time",
    )
    assert sandbox.run(waits, [""]).outputs == (b"1context deadline exceeded",)


def test_a_large_heap_is_kept_and_collected(sandbox: Sandbox) -> None:
    """The runtime gives memory back by a timer."""
    kept = body(
        "all := [][]int{}; for i := 0; i < 200; i++ { v := make([]int, 1<<17); for j := range v { v[j] = 1 }; "
        "all = append(all, v) }; s := 0; for i, v := range all { s += v[i] }; all = nil; "
        "for i := 0; i < 400; i++ { v := make([]byte, 1<<20); v[i] = 1; s += len(v) >> 20 }; runtime.GC(); "
        "debug.FreeOSMemory(); time.Sleep(1e7); fmt.Print(s)",
        "fmt runtime runtime/debug time",
    )
    outcome = sandbox.run(kept, [""], Limits(memory_bytes=512 << 20), sample_memory=True)
    assert outcome.outputs == (b"600",), outcome
    assert outcome.peak_bytes > 200 << 20


def test_goroutines_and_collected_memory_work(sandbox: Sandbox) -> None:
    program = body(
        "done := make(chan int); for i := 0; i < 1000; i++ { go func(i int) { s := 0; for j := 0; j < 300; j++ "
        "{ s += len(make([]byte, 9000)) }; done <- s }(i) }; t := 0; "
        "for i := 0; i < 1000; i++ { t += <-done }; fmt.Print(t)",
        "fmt",
    )
    outcome = sandbox.run(program, [""], Limits(memory_bytes=128 << 20))
    assert outcome.outputs == (b"2700000000",), outcome


def test_bytes_come_and_go_as_they_are(sandbox: Sandbox) -> None:
    program = body(
        "io.Copy(os.Stdout, os.Stdin); os.Stdout.Write([]byte{255, 0}); fmt.Print(math.NaN())", "io os fmt math"
    )
    assert sandbox.run(program, ["a\r\n\udcfe"]).outputs == (b"a\r\n\xfe\xff\x00NaN",)


def test_no_way_out(sandbox: Sandbox) -> None:
    calls = {
        "fork": "57, 0, 0, 0",
        "clone": "56, 17, 0, 0",
        "kill everyone": "62, ^uintptr(0), 9, 0",
        "trace": "101, 0, 0, 0",
        "socket": "41, 2, 1, 0",
        "namespaces": "272, 0x10000000, 0, 0",
        "other user": "105, 0, 0, 0",
        "own rings": "425, 1, 0, 0",
        "anonymous file": '319, uintptr(unsafe.Pointer(&[]byte("x\\x00")[0])), 0, 0',
        "exec of a file": '59, uintptr(unsafe.Pointer(&[]byte("/bin/true\\x00")[0])), 0, 0',
    }
    tries = "".join(
        f'if r, _, e := syscall.RawSyscall({call}); e == 0 && int(r) >= 0 {{ fmt.Print("{name}; ") }}\n'
        for name, call in calls.items()
    )
    tries += """
        for fd := uintptr(63); int(fd) >= 0; fd-- {
            if _, _, e := syscall.RawSyscall(32, fd, 0, 0); e == 0 && fd > 2 { fmt.Print("descriptor; ") }
            path := uintptr(unsafe.Pointer(&[]byte("\\x00")[0]))
            if _, _, e := syscall.RawSyscall6(322, fd, path, 0, 0, 0x1000, 0); e == 0 { fmt.Print("exec; ") }
        }
        if p, e := syscall.Mmap(-1, 0, 4096, 3, 0x21); e == nil { fmt.Print("shared memory; ", len(p)) }
    """
    others = {
        "host file": 'os.ReadFile("/etc/passwd")',
        "process files": 'os.ReadFile("/proc/self/environ")',
        "home": 'os.ReadDir("/home")',
        "cache folder": 'os.ReadDir("/root/.cache")',
        "write a library": 'os.Create("/usr/lib/attack")',
        "shell": 'syscall.ForkExec("/bin/sh", []string{"sh"}, nil)',
        "a process": 'os.StartProcess("/bin/true", []string{"x"}, &os.ProcAttr{})',
    }
    tries += "".join(f'if _, e := {call}; e == nil {{ fmt.Print("{name}; ") }}\n' for name, call in others.items())
    program = body(f'{tries}fmt.Print("done")', "fmt os syscall unsafe")
    zygote = sandbox.zygote
    outcome = sandbox.run(program, [""], Limits(cpu_s=2, wall_s=20))
    assert (outcome.ended, outcome.outputs) == ("finished", (b"done",)), outcome
    assert sandbox.run(_HELLO, ["2"]).outputs == (b"4",)
    assert sandbox.zygote == zygote


def test_memory_that_is_only_mapped_is_bounded(sandbox: Sandbox) -> None:
    """Its tables are the kernel's memory, which no other limit sees."""
    program = body(
        "total := 0; for total < 1<<40 { b, e := syscall.Mmap(-1, 0, 1<<30, 1, 0x22); if e != nil { break }; "
        "total += len(b) }; fmt.Print(total < 80<<30)",
        "fmt syscall",
    )
    assert sandbox.run(program, [""]).outputs == (b"true",)


def test_thread_bombs_end(sandbox: Sandbox) -> None:
    threads = "for i := 0; i < 3000; i++ { go func() { runtime.LockOSThread(); time.Sleep(1e10) }() }; time.Sleep(1e10)"
    ended = sandbox.run(body(threads, "runtime time"), [""], Limits(cpu_s=2, wall_s=10)).ended
    assert ended in {"error", "timeout", "memory"}
    assert sandbox.run(_HELLO, ["2"]).outputs == (b"4",)


def test_what_runs_before_main_is_the_programs_own(sandbox: Sandbox) -> None:
    early = 'package main\nimport "os"\nfunc init() { os.Stdout.WriteString("42"); os.Exit(0) }\nfunc main() {}\n'
    outcome = sandbox.run(text(early), ["21"])
    assert (outcome.ended, outcome.outputs) == ("finished", (b"42",))


# ------------------------------------------------------------ compiling


def _reason(sandbox: Sandbox, code: str) -> str:
    outcome = sandbox.run(text(code), [""])
    assert outcome.ended == "compile_error", outcome
    return outcome.detail


@pytest.mark.parametrize(
    "code",
    [
        'package main\nimport _ "embed"\n//go:embed /etc/passwd\nvar s string\nfunc main() { print(s) }',
        'package main\n// #include "/etc/passwd"\nimport "C"\nfunc main() { C.puts(nil) }',
        "package main\n//go:cgo_ldflag \"-lx\"\nfunc main() {}\nfunc f()",
        'package main\nimport "/etc/passwd"\nfunc main() { passwd.F() }',
        'package main\nimport "../../etc/passwd"\nfunc main() { passwd.F() }',
        "package main\nvar a = [1 << 40]byte{1}\nfunc main() { print(a[3]) }",
        "package main\nvar a = [3 << 30]byte{1, 3<<30 - 1: 1}\nfunc main() { print(a[3]) }",
        "package main\nconst a = 1 << 1000000\nfunc main() { println(a) }",
        "package main\ntype T [2]T\nfunc main() { var t T; println(len(t)) }",
        "package main\ntype A[T any] struct { x *A[A[T]] }\nfunc main() { var a A[int]; println(&a) }",
        "package main\nfunc f[T any](n int, t T) { if n > 0 { f[[2]T](n-1, [2]T{}) } }\nfunc main() { f(9, 1) }",
        "package main\nfunc main() { println(" + "-" * 2_000_000 + "1) }",
        "package main\nfunc main() { \udcff }",
        "package other\nfunc main() {}",
    ],
)  # fmt: skip
def test_compile_attacks_are_compile_errors(sandbox: Sandbox, code: str) -> None:
    reason = _reason(sandbox, code)
    assert reason
    assert "root:" not in reason
    assert sandbox.run(text("package main\nfunc main() {} // after it"), [""]).ended == "finished"


def test_the_reason_is_the_compilers(sandbox: Sandbox) -> None:
    assert _reason(sandbox, "package main\nfunc main() {\n\t_ = nothing\n}").startswith("solution.go:3:6: undefined")
    assert "main" in _reason(sandbox, "package main\nfunc other() {}")


def test_one_without_its_compiled_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, script in (
        ("bin/go", f"[ $1 = version ] && echo go version go1.99 || echo {tmp_path}"),
        (ALONE.commands[0][0], "echo could not import bytes; exit 2"),
    ):
        Path(tmp_path, path).parent.mkdir(parents=True, exist_ok=True)
        Path(tmp_path, path).write_text(f"#!/bin/sh\n{script}\n")
        Path(tmp_path, path).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    with pytest.raises(PrerequisiteError, match=r"Go, a later one: .*could not import bytes"):
        compiler_of(msgspec.structs.replace(ALONE, title="Go, a later one"))
