"""Bad programs and programs that cheat, in every language but Python: each has a stated end, none passes, and the
sandbox serves the next."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

import cpp
from efficoder.errors import PrerequisiteError
from efficoder.judging.compare import compare
from efficoder.languages import language
from efficoder.languages.cpp.program import ALONE
from efficoder.sandbox import Limits, Outcome, Program, Sandbox
from efficoder.sandbox.compiling import Compiled
from efficoder.types import Comparison
from toolchains import task, with_toolchain

LIMITS = Limits(cpu_s=1.0, wall_s=8.0, memory_bytes=256 << 20)
HONEST = {
    "cpp": "long long f(long long x) { return x + 1; }\n",
    "rust": "fn f(x: i64) -> i64 { x + 1 }\n",
    "go": "package main\nfunc f(x int64) int64 { return x + 1 }\n",
    "javascript": "function f(x) { return x + 1; }\n",
    "java": "class Solution { static long f(long x) { return x + 1; } }\n",
}
NAN = {
    "cpp": "#include <cmath>\nstd::vector<double> f(double x) { return {NAN, INFINITY, -x / 0.0}; }\n",
    "rust": "fn f(x: f64) -> Vec<f64> { vec![f64::NAN, f64::INFINITY, -x / 0.0] }\n",
    "go": 'package main\nimport "math"\n'
    "func f(x float64) []float64 { return []float64{math.NaN(), math.Inf(1), x * math.Inf(-1)} }\n",
    "javascript": "function f(x) { return [NaN, Infinity, -x / 0]; }\n",
    "java": "class Solution { static double[] f(double x) { return new double[] {Double.NaN, 1 / 0.0, -x / 0.0}; } }\n",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def entry(name: str) -> str:
    return "Solution.f" if name == "java" else "f"


def call(sandbox: Sandbox, name: str, code: str, *inputs: str, limits: Limits = LIMITS) -> Outcome:
    """Of a candidate for the task of HONEST, which then is served as before."""
    given = task(name, HONEST[name], entry(name))
    outcome = sandbox.run(language(name).program(given, code), inputs or ["[3]"], limits)
    assert sandbox.run(language(name).program(given, HONEST[name]), ["[3]"], Limits()).outputs == (b"4",)
    return outcome


def program(sandbox: Sandbox, name: str, code: str) -> Outcome:
    given = task(name, code)
    return sandbox.run(language(name).program(given, code), [""], LIMITS)


# ------------------------------------------------------------ what is no program


@with_toolchain
@pytest.mark.parametrize("text", ["this is no code (", "", "\udcff", "\ud800 x", "f(\x00)"], ids=ascii)
def test_what_is_no_program_is_a_compile_error_with_its_reason(sandbox: Sandbox, name: str, text: str) -> None:
    outcome = call(sandbox, name, f"{text}\n")
    if name == "javascript" and not text:  # an empty text is code there, and defines no f
        assert (outcome.ended, "defines no such function" in outcome.detail) == ("error", True), outcome
        return
    assert outcome.ended == "compile_error", outcome
    assert outcome.detail
    assert "/root" not in outcome.detail


@with_toolchain
def test_bytes_in_a_comment_that_are_no_utf8(sandbox: Sandbox, name: str) -> None:
    outcome = call(sandbox, name, f"{HONEST[name]}// \udcff\n")
    assert outcome.ended == ("compile_error" if name in {"rust", "go"} else "finished"), outcome


@with_toolchain
def test_a_text_that_is_nested_without_end_harms_nobody(sandbox: Sandbox, name: str) -> None:
    nested = "(" * 20_000 + "x" + ")" * 20_000
    outcome = call(sandbox, name, HONEST[name].replace("x + 1", nested))
    assert outcome.ended in {"compile_error", "finished", "error"}, outcome
    assert outcome.outputs in {(), (b"3",)}


GIGABYTE = {
    "cpp": "static char a[1 << 30] = {1};\nlong long f(long long x) { return a[x]; }\n",
    "rust": "static A: [u8; 1 << 30] = [1; 1 << 30];\nfn f(x: i64) -> i64 { A[x as usize] as i64 }\n",
    "go": "package main\nvar a = [1 << 30]byte{1: 1, 1<<30 - 1: 1}\nfunc f(x int64) int64 { return int64(a[x]) }\n",
    "javascript": "const a = new Uint8Array(1 << 30).fill(1);\nfunction f(x) { return a[x]; }\n",
    "java": "class Solution { static byte[] a = new byte[1 << 30]; static long f(long x) { return a[(int) x]; } }\n",
}


@with_toolchain
def test_a_gigabyte_that_is_there_at_the_start(sandbox: Sandbox, name: str) -> None:
    outcome = call(sandbox, name, GIGABYTE[name])
    assert outcome.ended == ("memory" if name in {"javascript", "java"} else "compile_error"), outcome


# ------------------------------------------------------------ no compiler


@with_toolchain
def test_a_compiler_that_is_not_there_is_named_with_the_command_that_installs_it(sandbox: Sandbox, name: str) -> None:
    known = language(name).toolchain
    assert known is not None
    lacking = Program(kind="stdio", code="x", native=msgspec.structs.replace(known, compiler="no-such-compiler"))
    with pytest.raises(
        PrerequisiteError, match=f"{re.escape(known.title)}.*no-such-compiler.*{re.escape(known.package)}"
    ):
        sandbox.run(lacking, [""])


@with_toolchain
def test_a_compiler_that_makes_nothing_of_any_program_is_no_candidates_fault(sandbox: Sandbox, name: str) -> None:
    known = language(name).toolchain
    assert known is not None
    (*others, last) = known.commands
    old = msgspec.structs.replace(known, commands=(*others, (last[0], "--no-such-option", *last[1:])))
    given = task(name, HONEST[name], entry(name))
    part = language(name).program(given, HONEST[name]).native
    assert part is not None
    assert part.alone == known
    with (
        Sandbox() as fresh,
        pytest.raises(PrerequisiteError, match=f"does not compile an empty program: .*{known.package}"),
    ):
        fresh.run(Program(kind="stdio", code=HONEST[name], native=old), [""])


@cpp.needs_compiler
def test_only_a_text_that_does_not_compile_makes_the_compiler_prove_itself() -> None:
    ran: list[str] = []

    def run(program: Program, _: Limits) -> Outcome:
        ran.append(program.code)
        ended: Any = "compile_error" if program.code else "finished"
        return Outcome(ended, (b"made",), "no", 0.0, 0.0, 0)

    compiled, native = Compiled(), msgspec.structs.replace(ALONE, source=f"{uuid.uuid4().hex}.cpp")
    for code in ("bad", "worse", "bad"):
        found = compiled.get(Program(kind="stdio", code=code, native=native), run)
        assert isinstance(found, Outcome)
    assert ran == ["bad", "", "worse"]


# ------------------------------------------------------------ answers


@with_toolchain
def test_what_is_no_number_leaves_as_such(sandbox: Sandbox, name: str) -> None:
    given = task(name, NAN[name], entry(name))
    (answer,) = sandbox.run(language(name).program(given, NAN[name]), ["[1.0]"]).outputs
    wanted = '[{"!float":"nan"},{"!float":"inf"},{"!float":"-inf"}]'
    assert answer.decode() == wanted
    close = Comparison(kind="float", absolute=1e-6, relative=1e-6)
    assert not compare("[1.0,1e308,-1e308]", answer, close)


@with_toolchain
def test_a_number_past_the_type_is_a_misfit_and_a_sum_past_it_is_the_programs_own(sandbox: Sandbox, name: str) -> None:
    given = task(name, HONEST[name], entry(name))
    assert language(name).misfit(given, f"[{2**63}]")
    assert not language(name).misfit(given, f"[{2**53 - 1}]")
    if name != "javascript":
        wraps = HONEST[name].replace("x + 1", "(long long)(x + 1ULL)" if name == "cpp" else "x + 1")
        assert call(sandbox, name, wraps, f"[{2**63 - 1}]").outputs == (str(-(2**63)).encode(),)


EXITS = {
    "cpp": "long long f(long long x) { std::exit(0); }\n",
    "rust": "fn f(x: i64) -> i64 { std::process::exit(0) }\n",
    "go": 'package main\nimport "os"\nfunc f(x int64) int64 { os.Exit(0); return x }\n',
    "javascript": "function f(x) { process.exit(0); }\n",
    "java": "class Solution { static long f(long x) { System.exit(0); return x; } }\n",
}
EXITS_EARLY = {
    "cpp": "static int a = (std::exit(0), 1);\nlong long f(long long x) { return a; }\n",
    "rust": '#[used]\n#[link_section = ".init_array"]\nstatic A: extern "C" fn() = early;\n'
    'extern "C" fn early() { std::process::exit(0) }\nfn f(x: i64) -> i64 { x }\n',
    "go": 'package main\nimport "os"\nfunc init() { os.Exit(0) }\nfunc f(x int64) int64 { return x }\n',
    "javascript": "process.exit(0);\nfunction f(x) { return x; }\n",
    "java": "class Solution { static { Runtime.getRuntime().halt(0); } static long f(long x) { return x; } }\n",
}
CALLS_NOTHING = {
    "cpp": "#define true false\nlong long f(long long x) { return x; }\n",
    "javascript": "return null;\nfunction f(x) { return x; }\n",
    "java": "class efficoder { static class Call { public boolean calls() { return false; } } }\n" + HONEST["java"],
}


@with_toolchain
@pytest.mark.parametrize("codes", [EXITS, EXITS_EARLY, CALLS_NOTHING], ids=["in the call", "at start", "no call"])
def test_an_exit_before_the_answer_passes_nothing(sandbox: Sandbox, name: str, codes: dict[str, str]) -> None:
    outcome = call(sandbox, name, codes.get(name, EXITS[name]))
    assert (outcome.ended, outcome.outputs) == ("error", ()), outcome


FORGED = {
    "cpp": '#include <unistd.h>\nstatic int a = (write(3, "R\\1\\0\\0\\0" "9" "E\\0\\0\\0\\0", 11), _exit(0), 1);\n'
    "long long f(long long x) { return a; }\n",
    "rust": 'extern "C" { fn write(at: i32, text: *const u8, size: usize) -> isize; fn _exit(code: i32) -> !; }\n'
    'fn f(x: i64) -> i64 { unsafe { write(3, b"R\\x01\\0\\0\\09E\\0\\0\\0\\0".as_ptr(), 11); _exit(0) } }\n',
    "go": 'package main\nimport (\n\t"os"\n\t"syscall"\n)\nfunc f(x int64) int64 { return x }\n'
    'func init() { syscall.Write(3, []byte("R\\x01\\x00\\x00\\x009E\\x00\\x00\\x00\\x00")); os.Exit(0) }\n',
    "javascript": "require('fs').writeSync(3, Buffer.from('R\\x01\\0\\0\\x009E\\0\\0\\0\\0', 'latin1'));\n"
    "process.reallyExit(0);\nfunction f(x) { return x; }\n",
    "java": "class Solution { static long f(long x) throws Exception {\n"
    'var m = Class.forName("efficoder.Driver").getDeclaredMethod("descriptor", int.class);\nm.setAccessible(true);\n'
    "new java.io.FileOutputStream((java.io.FileDescriptor) m.invoke(null, 3)).write("
    "new byte[] {'R', 1, 0, 0, 0, '9', 'E', 0, 0, 0, 0});\nRuntime.getRuntime().halt(0); return x; } }\n",
}


@with_toolchain
def test_a_forged_frame_is_an_answer_like_any_other(sandbox: Sandbox, name: str) -> None:
    assert call(sandbox, name, FORGED[name]).outputs == (b"9",)
    two = call(sandbox, name, FORGED[name], "[3]", "[4]")
    assert (two.ended, len(two.outputs)) == ("error", 1), two  # one answer for two inputs is no pass


PATCHED = {
    "cpp": "struct Any { bool operator==(const auto&) const { return true; } };\n"
    "std::ostream& operator<<(std::ostream& to, Any) { return to << 4; }\nAny f(long long x) { return {}; }\n",
    "rust": "struct Any;\nimpl PartialEq<i64> for Any { fn eq(&self, _: &i64) -> bool { true } }\n"
    "impl std::fmt::Display for Any { fn fmt(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result "
    '{ to.write_str("4") } }\nfn f(x: i64) -> Any { Any }\n',
    "go": 'package main\ntype Any struct{}\nfunc (Any) String() string { return "4" }\n'
    'func (Any) MarshalJSON() ([]byte, error) { return []byte("4"), nil }\nfunc f(x int64) Any { return Any{} }\n',
    "javascript": "JSON.stringify = () => '4'; Array.isArray = () => true; Object.prototype.toJSON = () => 4;\n"
    "Object.prototype.__proto__ = null; Number.isSafeInteger = () => true; Symbol.toPrimitive = 4;\n"
    "class Any { toString() { return '4'; } valueOf() { return 4; } toJSON() { return 4; } }\n"
    "function f(x) { return new Any(); }\n",
    "java": "class Solution { static class Any extends Number { public boolean equals(Object o) { return true; }\n"
    'public int hashCode() { return 4; } public String toString() { return "4"; }\n'
    "public long longValue() { return 4; } public int intValue() { return 4; }\n"
    "public double doubleValue() { return 4; } public float floatValue() { return 4; } }\n"
    "static Object f(long x) { return new Any(); } }\n",
}


@with_toolchain
def test_an_object_that_prints_as_the_answer_is_none(sandbox: Sandbox, name: str) -> None:
    outcome = call(sandbox, name, PATCHED[name])
    ended = "compile_error" if name in {"cpp", "rust"} else "refused"
    assert (outcome.ended, outcome.outputs) == (ended, ()), outcome


LEAVES = {
    "cpp": "long long f(long long x) {\n"
    "  std::thread([] { for (volatile long i = 0;; i = i + 1) {} }).detach(); return 4; }\n",
    "rust": "fn f(x: i64) -> i64 { std::thread::spawn(|| loop { std::hint::spin_loop() }); 4 }\n",
    "go": "package main\nfunc f(x int64) int64 { go func() { for { } }(); return 4 }\n",
    "javascript": "function f(x) { setInterval(() => {}, 1); return 4; }\n",
    "java": "class Solution { static long f(long x) { new Thread(() -> { for (;;) ; }).start(); return 4; } }\n",
}


@with_toolchain
def test_a_functions_threads_end_with_the_last_answer(sandbox: Sandbox, name: str) -> None:
    outcome = call(sandbox, name, LEAVES[name])
    assert (outcome.ended, outcome.outputs) == ("finished", (b"4",)), outcome


DEEP = {
    "cpp": "long long f(long long x) { volatile char a[512]; a[0] = 1; return x == 3 ? f(3) + a[0] : 1; }\n",
    "rust": "fn f(x: i64) -> i64 { let a = [x; 64]; if std::hint::black_box(&a)[3] == 3 { f(3) + a[1] } else { 1 } }\n",
    "go": "package main\nfunc f(x int64) int64 { if x == 3 { return f(3) + 1 }; return 1 }\n",
    "javascript": "function f(x) { return x === 3 ? f(3) + 1 : 1; }\n",
    "java": "class Solution { static long f(long x) { return x == 3 ? f(3) + 1 : 1; } }\n",
}
STACK = {
    "cpp": ("error", "SIGSEGV"),
    "rust": ("error", "SIGSEGV"),
    "go": ("error", "stack overflow"),
    "javascript": ("error", "RangeError: Maximum call stack"),
    "java": ("error", "StackOverflowError"),
}


@with_toolchain
def test_recursion_without_end(sandbox: Sandbox, name: str) -> None:
    outcome = call(sandbox, name, DEEP[name], limits=Limits(cpu_s=8.0))
    assert (outcome.ended, STACK[name][1] in outcome.detail) == (STACK[name][0], True), outcome


# ------------------------------------------------------------ programs on text

FAILS_AFTER = {
    "cpp": 'int main() { std::puts("42"); return 1; }\n',
    "rust": 'fn main() { println!("42"); std::process::exit(1) }\n',
    "go": 'package main\nimport "os"\nfunc main() { os.Stdout.WriteString("42\\n"); os.Exit(1) }\n',
    "javascript": "console.log(42); process.exitCode = 1;\n",
    "java": "class Main { public static void main(String[] a) { System.out.println(42); System.exit(1); } }\n",
}
CRASHES_AFTER = {
    "cpp": 'int main() { std::puts("42"); std::fflush(stdout); __builtin_trap(); }\n',
    "rust": 'fn main() { println!("42"); panic!("no") }\n',
    "go": 'package main\nimport "fmt"\nfunc main() { fmt.Println(42); panic(1) }\n',
    "javascript": "console.log(42); throw 1;\n",
    "java": "class Main { public static void main(String[] a) { System.out.println(42); throw new Error(); } }\n",
}
HEAD = {"cpp": "#include <cstdio>\n#include <cstdlib>\n#include <thread>\n"}


@with_toolchain
@pytest.mark.parametrize("codes", [FAILS_AFTER, CRASHES_AFTER], ids=["a status", "a crash"])
def test_a_right_answer_before_a_failure_passes_nothing(sandbox: Sandbox, name: str, codes: dict[str, str]) -> None:
    assert program(sandbox, name, HEAD.get(name, "") + codes[name]).ended == "error"


MORE = {
    "cpp": 'int main() { std::atexit([] { std::puts("7"); }); std::puts("42"); }\n',
    "rust": 'struct A; impl Drop for A { fn drop(&mut self) { println!("7") } }\n'
    'fn main() { let _a = A; println!("42"); }\n',
    "go": 'package main\nimport "fmt"\nfunc main() { defer fmt.Println(7); fmt.Println(42) }\n',
    "javascript": "process.on('exit', () => console.log(7)); console.log(42);\n",
    "java": "class Main { public static void main(String[] a) { System.out.println(42); Runtime.getRuntime()"
    ".addShutdownHook(new Thread(() -> System.out.println(7))); } }\n",
}


@with_toolchain
def test_what_is_written_after_the_answer_is_part_of_it(sandbox: Sandbox, name: str) -> None:
    assert program(sandbox, name, HEAD.get(name, "") + MORE[name]).outputs == (b"42\n7\n",)


THREAD = {
    "cpp": 'int main() { std::puts("42"); std::thread([] { for (volatile long i = 0;; i = i + 1) {} }).detach(); }\n',
    "rust": 'fn main() { println!("42"); std::thread::spawn(|| loop { std::hint::spin_loop() }); }\n',
    "go": 'package main\nimport "fmt"\nfunc main() { fmt.Println(42); go func() { for { } }() }\n',
    "javascript": "console.log(42); setInterval(() => { for (let i = 0; i < 1e7; i++); }, 0);\n",
    "java": "class Main { public static void main(String[] a) { System.out.println(42);"
    " new Thread(() -> { for (;;) ; }).start(); } }\n",
}


@with_toolchain
def test_a_thread_that_is_left_ends_with_the_program_or_at_the_limit(sandbox: Sandbox, name: str) -> None:
    outcome = program(sandbox, name, HEAD.get(name, "") + THREAD[name])
    assert outcome.ended == ("timeout" if name in {"javascript", "java"} else "finished"), outcome


BYTES = {
    "cpp": 'int main() { std::fputs("\\xff\\n", stdout); }\n',
    "rust": "use std::io::Write;\nfn main() { std::io::stdout().write_all(&[255, 10]).unwrap(); }\n",
    "go": 'package main\nimport "os"\nfunc main() { os.Stdout.Write([]byte{255, 10}) }\n',
    "javascript": "process.stdout.write(Buffer.from([255, 10]));\n",
    "java": "class Main { public static void main(String[] a) { System.out.write(255); System.out.write(10);"
    " System.out.flush(); } }\n",
}


@with_toolchain
def test_output_that_is_no_utf8_fits_nothing(sandbox: Sandbox, name: str) -> None:
    (output,) = program(sandbox, name, HEAD.get(name, "") + BYTES[name]).outputs
    assert output == b"\xff\n"
    for expected in ("\ufffd\n", "\ufffd", "\udcff\n".encode("utf-8", "replace").decode()):
        assert not compare(expected, output, Comparison(kind="tokens"))
