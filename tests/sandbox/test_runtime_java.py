"""Java programs in the sandbox, in both tiers: what they may do, what they say and cost, and what the compiler does."""

import pytest

import java
from efficoder.sandbox import Limits, Sandbox
from java import body, text

pytestmark = java.needs_java
SHORT = Limits(cpu_s=2.0, wall_s=30.0, memory_bytes=256 << 20, output_bytes=1 << 20)
_HELLO = body("System.out.println(2 * new Scanner(System.in).nextInt());")


@pytest.mark.parametrize(
    "statements",
    [
        "Scanner in = new Scanner(System.in); int n = 0; while (in.hasNext()) n += in.next().length() + 1; "
        "System.out.print(n);",
        "BufferedReader in = new BufferedReader(new InputStreamReader(System.in)); int n = 0;"
        "for (String s; (s = in.readLine()) != null;) n += s.length() + 1; System.out.print(n);",
        "System.out.print(System.in.readAllBytes().length);",
        "StreamTokenizer in = new StreamTokenizer(System.in); int n = 1; while (in.nextToken() != "
        "StreamTokenizer.TT_EOF) n += 3;"
        "System.out.print(n);",
        "java.nio.ByteBuffer all = java.nio.ByteBuffer.allocate(99);"
        "System.out.print(new FileInputStream(FileDescriptor.in).getChannel().read(all));",
    ],
)
def test_the_ways_to_read_standard_input(sandbox: Sandbox, statements: str) -> None:
    outcome = sandbox.run(body(statements), ["12\n345\n"])
    assert (outcome.ended, outcome.outputs) == ("finished", (b"7",)), outcome


def test_text_comes_and_goes_as_utf_8_and_output_is_whole(sandbox: Sandbox) -> None:
    copied = body("System.out.print(new Scanner(System.in).useDelimiter(\"\\\\A\").next() + 'é');")
    assert sandbox.run(copied, ["a\r\n😀"]).outputs == ("a\r\n😀é".encode(),)
    assert (
        len(sandbox.run(body('System.out.print("x".repeat(5000000)); System.exit(0);'), [""]).outputs[0]) == 5_000_000
    )
    assert sandbox.run(text(""), ["anything"]).ended == "finished"


@pytest.mark.parametrize(
    "code",
    [
        "public class Anything { public static void main(String[] a) { System.out.print(1); } }",
        "class Main { public static void main(String... a) { System.out.print(1); } }",
        "class A { public static void main(String[] a) { System.out.print(2); } }"
        "class Main { public static void main(String[] a) { System.out.print(1); } }",
        "package some.where;\npublic class Main { public static void main(String[] a) { System.out.print(1); } }",
        "interface I { static void main(String[] a) { System.out.print(1); } }",
        "class Main { static int n = 1; public static void main(String[] a) throws Exception {"
        "Thread t = new Thread(() -> System.out.print(n)); t.start(); } }",
    ],
)
def test_the_class_that_a_program_begins_in(sandbox: Sandbox, code: str) -> None:
    outcome = sandbox.run(text(code), [""])
    assert (outcome.ended, outcome.outputs) == ("finished", (b"1",)), outcome


@pytest.mark.parametrize(
    ("statements", "ended", "detail"),
    [
        ("System.exit(3);", "error", "exit status 3"),
        (
            'System.out.print(42); throw new IllegalStateException("no");',
            "error",
            "java.lang.IllegalStateException: no",
        ),
        ("int[] a = {}; a[0] = 1;", "error", "java.lang.ArrayIndexOutOfBoundsException"),
        ("main(words);", "error", "java.lang.StackOverflowError"),
        ("for (;;);", "timeout", "of CPU time"),
        ("new Thread(() -> { for (;;); }).start();", "timeout", "of CPU time"),
        ("Runtime.getRuntime().addShutdownHook(new Thread(() -> { for (;;); }));", "timeout", "of CPU time"),
        ("List<int[]> a = new ArrayList<>(); for (;;) a.add(new int[1 << 16]);", "memory", "memory"),
        ('for (;;) System.out.print("x".repeat(1 << 16));', "killed", "output"),
        ('for (;;) System.err.print("x".repeat(1 << 16));', "killed", "output"),
    ],
)
def test_how_it_ends(sandbox: Sandbox, statements: str, ended: str, detail: str) -> None:
    limits = Limits() if "main(" in statements else SHORT  # a deep stack takes memory
    outcome = sandbox.run(body(statements), [""], limits)
    assert (outcome.ended, detail in outcome.detail) == (ended, True), outcome
    assert sandbox.run(_HELLO, ["4"]).outputs == (b"8\n",)


def test_sleepers_end_at_the_wall_limit(sandbox: Sandbox) -> None:
    assert sandbox.run(body("Thread.sleep(60000);"), [""], Limits(cpu_s=2.0, wall_s=2.0)).ended == "timeout"


_ATTACKS = {
    "process": 'new ProcessBuilder("/bin/true").start()',
    "shell": 'Runtime.getRuntime().exec("true")',
    "itself": 'new ProcessBuilder(System.getProperty("java.home") + "/bin/java").start()',
    "host file": 'new FileInputStream("/etc/passwd").read()',
    "process files": 'new FileInputStream("/proc/self/environ").read()',
    "home": 'Objects.requireNonNull(new File("/home").list())',
    "cache": 'Objects.requireNonNull(new File("/root/.cache").list())',
    "socket": 'new java.net.Socket("127.0.0.1", 80)',
    "server": "new java.net.ServerSocket(0)",
    "write a library": 'new FileOutputStream("/usr/lib/attack")',
    "write the root": 'new FileOutputStream("/attack")',
    "link": 'java.nio.file.Files.createSymbolicLink(java.nio.file.Path.of("/tmp/l"), '
    'java.nio.file.Path.of("/etc/passwd"))',
    "load a library": '{ System.load("/tmp/attack.so"); return 1; }',
    "the kit": 'new FileOutputStream(System.getProperty("java.class.path") + "/efficoder/Call.class")',
    "kill": "ProcessHandle.current().parent().get().destroyForcibly()",
}


def test_no_way_out(sandbox: Sandbox) -> None:
    tries = "".join(f'tried("{name}", () -> {call});\n' for name, call in _ATTACKS.items())
    program = text(
        "import java.io.*; import java.util.*; import java.util.concurrent.Callable;\nclass Main {\n"
        "static void tried(String name, Callable<?> call) {"
        "try { call.call(); System.out.println(name); } catch (Throwable denied) {} }\n"
        f'public static void main(String[] words) {{\n{tries}System.out.print("done");\n}} }}\n'
    )
    zygote = sandbox.zygote
    outcome = sandbox.run(program, [""], SHORT.within(8.0))
    assert (outcome.ended, outcome.outputs) == ("finished", (b"done",)), outcome
    assert sandbox.zygote == zygote


def test_thread_bombs_end(sandbox: Sandbox) -> None:
    sleeper = "new Thread(() -> { try { Thread.sleep(9000); } catch (Exception e) {} }).start();"
    bomb = body(f"for (int i = 0; i < 5000; ++i) {sleeper}")
    assert sandbox.run(bomb, [""], SHORT.within(4.0)).ended in {"error", "timeout", "memory"}
    assert sandbox.run(_HELLO, ["2"]).outputs == (b"4\n",)


def test_it_leaves_no_file_for_the_next(sandbox: Sandbox) -> None:
    sandbox.run(body('try { new FileOutputStream("/tmp/note").write(1); } catch (IOException e) {}'), [""])
    assert sandbox.run(body('System.out.print(new File("/tmp/note").exists());'), [""]).outputs == (b"false",)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("class Main {}", "no class has a method public static void main"),
        ("class Main { void main( }", "solution.java:1: error"),
        ("import java.nio.file.*; class A extends B {}", "cannot find symbol"),
        ("class Main { int x = " + "(" * 20_000 + "1" + ")" * 20_000 + "; }", ""),
        ("class Main { static final String a = \"" + "x" * 1000 + "\", "
         + ", ".join(f"{chr(98 + i)} = {' + '.join([chr(97 + i)] * 30)}" for i in range(8))
         + "; public static void main(String[] w) { System.out.print(i); } }", ""),
        ("class Main { static int[] a = {" + "1," * 200_000 + "}; public static void main(String[] w) {} "
                                                              "}", "too large"),
        ("class A<T> extends B<A<A<T>>> {} class B<T> extends A<B<B<T>>> {}", "cyclic inheritance"),
        ("\ud800", "error"),
        ("\0" * 100, "error"),
    ],
)  # fmt: skip
def test_compile_attacks_are_compile_errors(sandbox: Sandbox, code: str, reason: str) -> None:
    outcome = sandbox.run(text(code), [""])
    assert (outcome.ended, reason in outcome.detail) == ("compile_error", True), outcome
    assert sandbox.run(_HELLO, ["2"]).outputs == (b"4\n",)


def test_no_processor_of_annotations_is_run(sandbox: Sandbox) -> None:
    code = (
        "import javax.annotation.processing.*; import java.util.*; import javax.lang.model.element.*;\n"
        '@SupportedAnnotationTypes("*") public class Main extends AbstractProcessor {\n'
        'static { if (System.getProperty("java.class.path").length() > 0) System.out.print("ran;"); }\n'
        "public boolean process(Set<? extends TypeElement> a, RoundEnvironment r) { throw new Error(); }\n"
        'public static void main(String[] w) { System.out.print("main"); } }\n'
    )
    assert sandbox.run(text(code), [""]).outputs == (b"ran;main",)


@pytest.mark.measured
def test_the_peak_grows_with_what_it_holds(sandbox: Sandbox) -> None:
    peaks = [
        sandbox.run(body(f"byte[] b = new byte[{size} << 20]; Arrays.fill(b, (byte) 1); long n = 0;"
                         "for (int i = 0; i < 50000000; ++i) n += i; System.out.print(n + b[5]);"), [""],
                    sample_memory=True).peak_bytes
        for size in (2, 62)
    ]  # fmt: skip
    assert (50 << 20) < peaks[1] - peaks[0] < (75 << 20)
