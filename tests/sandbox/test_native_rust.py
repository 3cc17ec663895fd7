"""Rust programs in the sandbox: how they end, what they may do, and what their text does to the compiler."""

import os

import pytest

import rust
from efficoder.sandbox import Limits, Sandbox
from rust import body, text

pytestmark = rust.needs_compiler
SHORT = Limits(cpu_s=0.3, wall_s=10.0, memory_bytes=128 << 20, output_bytes=1 << 20)
_HELLO = body('let s = read_to_string(stdin()).unwrap(); print!("{}", s.trim().parse::<i64>().unwrap() * 2);')
_EXTERN = """
extern "C" {
    fn syscall(number: i64, ...) -> i64;
    fn fork() -> i32; fn kill(a: i32, b: i32) -> i32; fn ptrace(a: i64, b: i64, c: i64, d: i64) -> i64;
    fn socket(a: i32, b: i32, c: i32) -> i32; fn unshare(a: i32) -> i32; fn setuid(a: u32) -> i32;
    fn dup(a: i32) -> i32;
}
"""


def test_it_reads_standard_input_and_writes_standard_output(sandbox: Sandbox) -> None:
    assert sandbox.run(_HELLO, ["21"]).outputs == (b"42",)
    assert sandbox.run(text(""), ["anything"]).ended == "finished"


@pytest.mark.parametrize(
    ("statements", "ended", "detail"),
    [
        ("std::process::exit(3);", "error", "exit status 3"),
        ('print!("42"); panic!("why not");', "error", "exit status 101: thread 'main'"),
        ('print!("42"); panic!("why not");', "error", "why not"),
        ("std::process::abort();", "error", "crashed by"),
        ("unsafe { *(8 as *mut i32) = 1 }", "error", "crashed by SIGSEGV"),
        ("opaque(vec![0i64; 1 << 40]);", "memory", "memory allocation of"),
        ("let v = vec![1u8; 300 << 20]; print!(\"{}\", v[5]);", "memory", "over 134217728 bytes"),
        ("loop { opaque(1); }", "timeout", "of CPU time"),
        ("for _ in 0..2 { std::thread::spawn(|| loop { opaque(1); }); } "
         "loop { opaque(1); }", "timeout", "of CPU time"),
        ("loop { print!(\"{}\", \"x\".repeat(1 << 16)) }", "killed", "output"),
        ("loop { eprint!(\"{}\", \"x\".repeat(1 << 16)) }", "killed", "output"),
        ("fn deep(n: u64) -> u64 { let a = opaque([n; 64]); let b = deep(n + 1); b + opaque(a)[3] } "
         "std::process::exit(deep(1) as i32)", "error", "crashed by SIGSEGV"),
        ("unsafe { std::arch::asm!(\"int 0x80\", in(\"eax\") 20) }", "refused", "forbidden system call"),
        ("let (a, b) = (i64::MAX, read_to_string(stdin()).unwrap().len() as i64); print!(\"{}\", a + b);",
         "finished", ""),
    ],
)  # fmt: skip
def test_how_it_ends(sandbox: Sandbox, statements: str, ended: str, detail: str) -> None:
    if "asm" in statements and os.uname().machine != "x86_64":
        pytest.skip("a call of another architecture")
    outcome = sandbox.run(body(statements), ["x"], SHORT)
    assert (outcome.ended, detail in outcome.detail) == (ended, True), outcome
    assert sandbox.run(_HELLO, ["4"]).outputs == (b"8",)


def test_a_sleeper_ends_at_the_wall_limit(sandbox: Sandbox) -> None:
    sleep = body("std::thread::sleep(std::time::Duration::from_secs(60));")
    assert sandbox.run(sleep, [""], Limits(cpu_s=0.2, wall_s=0.5)).ended == "timeout"


def test_a_large_array_that_is_not_touched_costs_nothing(sandbox: Sandbox) -> None:
    array = "static mut A: [u8; 64 << 20] = [0; 64 << 20];"
    program = text(f'{array}\nfn main() {{ unsafe {{ A[5] = 1 }}; print!("ok") }}')
    assert sandbox.run(program, [""], Limits(memory_bytes=32 << 20)).outputs == (b"ok",)


def test_bytes_come_and_go_as_they_are(sandbox: Sandbox) -> None:
    program = body(
        "let mut b = vec![]; stdin().read_to_end(&mut b).unwrap(); stdout().write_all(&b).unwrap(); "
        'stdout().write_all(&[255, 0]).unwrap(); print!("{}", f64::NAN);'
    )
    assert sandbox.run(program, ["a\r\n\udcfe"]).outputs == (b"a\r\n\xfe\xff\x00NaN",)


def test_no_way_out(sandbox: Sandbox) -> None:
    attacks = {
        "fork": "fork()",
        "kill everyone": "kill(-1, 9)",
        "trace": "ptrace(0, 0, 0, 0)",
        "socket": "socket(2, 1, 0)",
        "namespaces": "unshare(0x10000000)",
        "other user": "setuid(0)",
        "anonymous file": 'syscall(319, b"x\\0".as_ptr(), 0)',
        "own rings": "syscall(425, 1, 0)",
        "exec of itself": 'syscall(322, 4, b"\\0".as_ptr(), 0, 0, 0x1000)',
        "host file": 'done(std::fs::read("/etc/passwd"))',
        "process files": 'done(std::fs::read("/proc/self/environ"))',
        "cache folder": 'done(std::fs::read_dir("/root/.cache"))',
        "toolchain": 'done(std::fs::read_dir("/root/.rustup"))',
        "home": 'done(std::fs::read_dir("/home"))',
        "write a library": 'done(std::fs::write("/usr/lib/attack", "x"))',
        "shell": 'done(std::process::Command::new("/bin/sh").arg("-c").arg("true").status())',
        "a connection": 'done(std::net::TcpStream::connect("127.0.0.1:80"))',
        "a descriptor": "(3..1024).map(|fd| dup(fd) as i64).max().unwrap()",
    }
    tries = "".join(f'    if ({call}) as i64 >= 0 {{ print!("{name}; ") }}\n' for name, call in attacks.items())
    done = "fn done<T, E>(what: Result<T, E>) -> i64 { if what.is_ok() { 0 } else { -1 } }"
    program = text(f'{_EXTERN}{done}\nfn main() {{ unsafe {{\n{tries}    print!("done");\n}} }}')
    zygote = sandbox.zygote
    outcome = sandbox.run(program, [""], SHORT)
    assert (outcome.ended, outcome.outputs) == ("finished", (b"done",)), outcome
    assert sandbox.run(_HELLO, ["2"]).outputs == (b"4",)
    assert sandbox.zygote == zygote


def test_memory_and_thread_bombs_end(sandbox: Sandbox) -> None:
    hoard = "let mut v = vec![]; loop { v.push(vec![1u8; 1 << 20]) }"
    assert sandbox.run(body(hoard), [""], SHORT).ended in {"memory", "timeout"}
    threads = (
        "let all: Vec<_> = (0..3000).map(|_| std::thread::spawn(|| std::thread::sleep("
        "std::time::Duration::from_secs(9)))).collect(); for one in all { one.join().unwrap() }"
    )
    assert sandbox.run(body(threads), [""], Limits(cpu_s=2, wall_s=10)).ended in {"error", "timeout", "memory"}
    assert sandbox.run(_HELLO, ["2"]).outputs == (b"4",)


def test_what_runs_before_main_is_the_programs_own(sandbox: Sandbox) -> None:
    """A constructor may answer and end: it is judged by what it says, and its time counts."""
    early = (
        'extern "C" { fn _exit(n: i32) -> !; fn write(fd: i32, text: *const u8, n: usize) -> isize; }\n'
        '#[used]\n#[link_section = ".init_array"]\nstatic EARLY: extern "C" fn() = early;\n'
        'extern "C" fn early() { for i in 0..50_000_000u64 { opaque(i); } '
        'unsafe { write(1, b"42".as_ptr(), 2); _exit(0) } }\nfn main() {}' + rust.OPAQUE
    )
    outcome = sandbox.run(text(early), ["21"])
    assert (outcome.ended, outcome.outputs) == ("finished", (b"42",))
    assert outcome.cpu_s > 3 * sandbox.run(text(""), [""]).cpu_s


# ------------------------------------------------------------ compiling


def _reason(sandbox: Sandbox, code: str) -> str:
    outcome = sandbox.run(text(code), [""])
    assert outcome.ended == "compile_error", outcome
    return outcome.detail


@pytest.mark.parametrize(
    "code",
    [
        'fn main() { print!("{}", include_str!("/etc/passwd")) }',
        'fn main() { print!("{}", include_bytes!("/etc/shadow").len()) }',
        'static A: &[u8] = include_bytes!("/dev/urandom");\nfn main() { print!("{}", A.len()) }',
        'static A: &[u8] = include_bytes!("/proc/self/environ");\nfn main() { print!("{}", A.len()) }',
        'include!("/etc/hosts");\nfn main() {}',
        '#[path = "/etc/passwd"]\nmod root;\nfn main() {}',
        'fn main() { print!("{}", env!("HOME")) }',
        "const fn spin(n: u64) -> u64 { let mut i = n; while i > 0 { i += 1; if i == 3 { i = 4 } } i }\n"
        "#[allow(long_running_const_eval)]\nconst N: u64 = spin(5);\nfn main() { print!(\"{}\", N) }",
        "static A: [u8; 1 << 62] = [1; 1 << 62];\nfn main() { print!(\"{}\", A[3]) }",
        "static A: [u8; 3 << 30] = [1; 3 << 30];\nfn main() { print!(\"{}\", A[std::env::args().count()]) }",
        "macro_rules! m { ($($t:tt)*) => { m!($($t)* $($t)*) } }\nfn main() { m!(x x) }",
        "trait T { fn f(&self); }\nimpl<A> T for Vec<A> where Vec<Vec<A>>: T { fn f(&self) {} }\n"
        "fn main() { Vec::<u8>::new().f() }",
        "fn g<A>(n: u32, a: A) { if n > 0 { g(n - 1, (a,)) } }\nfn main() { g(9, ()) }",
        "use std::arch::global_asm;\nglobal_asm!(\".incbin \\\"/etc/shadow\\\"\");\nfn main() {}",
        "use std::arch::global_asm;\nglobal_asm!(\".fill 0x8000000\");\nfn main() {}",
        "#[link(name = \"/etc/passwd\")]\nextern \"C\" { fn nothing(); }\nfn main() { unsafe { nothing() } }",
        "extern crate proc_macro;\nuse proc_macro::TokenStream;\n#[proc_macro]\n"
        "pub fn m(t: TokenStream) -> TokenStream { t }\nfn main() { m!() }",
        "#![feature(core_intrinsics)]\nfn main() {}",
        "fn main() { " + "(" * 100_000 + "1" + ")" * 100_000 + "; }",
        "fn main() { \udcff }",
    ],
)  # fmt: skip
def test_compile_attacks_are_compile_errors(sandbox: Sandbox, code: str) -> None:
    reason = _reason(sandbox, code)
    assert reason
    assert "root:" not in reason
    assert sandbox.run(text("fn main() {} // after it"), [""]).ended == "finished"


def test_the_reason_is_the_compilers(sandbox: Sandbox) -> None:
    assert _reason(sandbox, "fn main() {\n    let x: i32 = nothing;\n}").startswith("solution.rs:2:18: error[E0425]")
    assert "main" in _reason(sandbox, "fn other() {}")
    assert "linking" in _reason(sandbox, 'extern "C" { fn nowhere(); }\nfn main() { unsafe { nowhere() } }')
