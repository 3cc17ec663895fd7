"""Functions in C++: arguments read by the declared types, answers as wire text, how they end. All is run."""

from collections.abc import Iterator

import msgspec
import pytest

import cpp as cpp_tests
from cpp import task
from efficoder import wire
from efficoder.judging.compare import compare
from efficoder.judging.trial import empty_program
from efficoder.languages.cpp import language as cpp
from efficoder.sandbox import Limits, Outcome, Sandbox, digest
from efficoder.types import Comparison

pytestmark = cpp_tests.needs_compiler


_INF = float("inf")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def call(sandbox: Sandbox, code: str, *calls: list[object], entry_point: str = "f") -> Outcome:
    return sandbox.run(cpp.program(task(code, entry_point), code), [wire.encode(each) for each in calls])


def test_every_type_comes_back_as_it_went(sandbox: Sandbox) -> None:
    values: dict[str, object] = {
        "bool": True,
        "unsigned char": 200,
        "long long": -(2**63),
        "size_t": 2**64 - 1,
        "double": -0.1,
        "float": 0.5,
        "char": "\\",
        "string": 'a"\\\n\t\x01\x7f/',
        "vector<vector<int>>": [[1], [], [-2, 3]],
        "vector<bool>": [True, False],
        "list<string>": ["", "x"],
        "deque<int>": [1],
        "set<int>": {3, 1},
        "map<string, vector<int>>": {"a": [1], "": []},
        "unordered_map<int, int>": {7: 8},
        "pair<string, int>": ["a", 1],
        "tuple<int, double, bool>": [1, 2.5, False],
        "array<int, 2>": [4, 5],
        "optional<int>": None,
        "ListNode*": [1, 2, 3],
        "TreeNode*": [1, None, 2, 3],
    }
    names = [f"a{i}" for i in range(len(values))]
    parameters = ", ".join(f"{kind} {name}" for kind, name in zip(values, names, strict=True))
    returns = f"tuple<{', '.join(values)}>"
    header = "#include <bits/stdc++.h>\nusing namespace std;\n"
    code = f"{returns} f({parameters}) {{ return {{{', '.join(names)}}}; }}"
    asked = task(code, "f", header=header)
    text = wire.encode([*values.values()])
    assert cpp.unsupported(asked) is None
    assert cpp.misfit(asked, text) == ""
    outcome = sandbox.run(cpp.program(asked, code), [text], loops=2)
    assert outcome.ended == "finished", outcome.detail
    assert [wire.decode(each) for each in outcome.outputs] == [[*values.values()]] * 2


def test_floats_and_text_leave_as_python_reads_them(sandbox: Sandbox) -> None:
    code = (
        "#include <bits/stdc++.h>\nstd::vector<double> f(double x) "
        "{ return {x, NAN, INFINITY, -INFINITY, 1e100, 3, 5e-324, 0.1f}; }"
    )
    found = wire.decode(call(sandbox, code, [float("-inf")]).outputs[0])
    assert isinstance(found, list)
    assert compare(
        wire.encode([-_INF, float("nan"), _INF, -_INF, 1e100, 3.0, 5e-324, 0.10000000149011612]),
        wire.encode(found).encode(),
        Comparison(kind="float"),
    )
    bytes_ = 'std::string f() { return "\\xff\\xc3\\xa9\\xf0\\x9f\\x98\\x80\\xe2\\x82"; }'
    assert wire.decode(call(sandbox, f"#include <string>\n{bytes_}", []).outputs[0]) == "\udcffé😀\udce2\udc82"


@pytest.mark.parametrize(
    ("body", "ended", "detail"),
    [
        ("std::vector<int>().at(x); return 1;", "error", "std::out_of_range"),
        ("throw 5; return 1;", "error", "no std::exception"),
        ("std::vector<long> v(1ull << 50); return 1;", "memory", "bad_alloc"),
        ("volatile int* p = nullptr; return *p;", "error", "crashed by SIGSEGV"),
        ("_exit(0); return 1;", "error", "ended early"),
        ('write(3, "R\\1\\0\\0\\0" "1", 6); write(3, "E\\0\\0\\0\\0", 5); _exit(0); return 1;', "finished", ""),
        ('write(3, "R\\1\\0\\0\\0" "1", 6); return 1;', "refused", "more results"),
        ("for (volatile long i = 0;; i = i + 1) {} return 1;", "timeout", "CPU time"),
    ],
)
def test_how_a_call_ends(sandbox: Sandbox, body: str, ended: str, detail: str) -> None:
    code = f"#include <bits/stdc++.h>\n#include <unistd.h>\nint f(int x) {{ {body} }}"
    outcome = sandbox.run(cpp.program(task(code, "f"), code), ["[3]"], Limits(cpu_s=0.3, wall_s=10))
    assert (outcome.ended, detail in outcome.detail) == (ended, True), outcome


def test_results_before_a_failure_are_kept(sandbox: Sandbox) -> None:
    code = '#include <stdexcept>\nint f(int x) { if (x == 2) throw std::runtime_error("two"); return x; }'
    outcome = call(sandbox, code, [0], [1], [2], [3])
    assert (outcome.ended, outcome.outputs, outcome.detail) == ("error", (b"0", b"1"), "std::runtime_error: two")


def test_a_batch_has_one_answer_and_loops_one_digest_each(sandbox: Sandbox) -> None:
    code = "#include <vector>\nint f(std::vector<int>& v) { v.push_back(1); return v.size(); }"
    inputs = [wire.batch(["[[]]", "[[5,6]]"]), "[[1]]", wire.encode([list(range(100))])]
    program = cpp.program(task(code, "f"), code)
    kept = sandbox.run(program, inputs, loops=3)
    assert kept.outputs == (b"[1,3]", b"2", b"101") * 3
    digests = sandbox.run(program, inputs, loops=3, keep_outputs=False)
    assert digests.outputs == (digest(kept.outputs[:3]),) * 3
    long = "#include <string>\nstd::string f(int n) { return std::string(n, 'x'); }"
    for size in (0, 53, 54, 55, 56, 60, 61, 62, 63, 64, 1000):
        ran = sandbox.run(cpp.program(task(long, "f"), long), [f"[{size}]"], keep_outputs=False)
        assert ran.outputs == (digest([wire.encode("x" * size).encode()]),)


def test_the_empty_program_reads_the_same_and_calls_nothing(sandbox: Sandbox) -> None:
    code = "#include <vector>\nint f(std::vector<int> v) { return 1; }"
    empty = empty_program(cpp.program(task(code, "f"), code))
    assert (sandbox.run(empty, ["[[1,2]]"]).ended, sandbox.run(empty, ["[[1,2]]"]).outputs) == ("finished", ())


def test_an_input_that_does_not_fit_fails_alone(sandbox: Sandbox) -> None:
    code = "#include <vector>\nint f(std::vector<int> v) { return v.size(); }"
    outcome = call(sandbox, code, [[1]], ["text"], [[]])
    assert (outcome.ended, outcome.outputs) == ("error", (b"1",))
    assert outcome.detail == "the input does not fit the signature"


@pytest.mark.parametrize(
    "code",
    [
        "#include <vector>\nint main() { return 7; }\nint f(const std::vector<int>& v) { return v.size(); }",
        "#define int long long\n#include <vector>\nusing namespace std;\nint f(vector<signed> v) { return v.size(); }",
        "#include <bits/stdc++.h>\nusing namespace std;\nauto f(vector<int>&& v) { return v.size(); }",
        "#include <vector>\n#define call 1\n#define calls 2\n#define called 3\n#define each 4\n#define arguments 5\n"
        "#define out 6\n#define Text 7\n#define Arguments 8\nint f(std::vector<int> v) { return v.size(); }",
        "#include <vector>\ntemplate <class C> long f(C& v) { return v.size(); }",
        "#include <vector>\nint f(int) { return 0; }\nint f(std::vector<int> v) { return v.size(); }",
        "#include <vector>\nstatic inline unsigned f(std::vector<int> v, int more = 0) { return v.size() + more; }",
    ],
)
def test_candidates_may_write_it_their_way(sandbox: Sandbox, code: str) -> None:
    asked = task("#include <vector>\nint f(std::vector<int> v) { return 0; }", "f")
    outcome = sandbox.run(cpp.program(asked, code), ["[[1,2,3]]"])
    assert outcome.outputs == (b"3",), outcome


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("int g(int x) { return 1; }", "'::f' has not been declared"),
        ("int f(int x, int y) { return 1; }", "no match"),
        ("struct S {};\nS f(int x) { return {}; }", "Codec"),
        ("int f(int x) {\n  return y;\n}", "solution.cpp:2"),
        (
            "int f(int x) { return 1; }\nvoid efficoder::efficoder_call(efficoder_arguments&, efficoder_text&) {}",
            "redefinition",
        ),
    ],
)
def test_what_does_not_fit_the_signature_does_not_compile(sandbox: Sandbox, code: str, reason: str) -> None:
    outcome = sandbox.run(cpp.program(task("int f(int x) { return 0; }", "f"), code), ["[3]"])
    assert outcome.ended == "compile_error"
    assert reason in outcome.detail.replace("‘", "'").replace("’", "'")


def test_methods_begin_afresh_and_names_of_the_library_are_the_candidates(sandbox: Sandbox) -> None:
    code = "class Solution { int n = 0; public: int f(int x) { n += x; return n; } };"
    assert call(sandbox, code, [1], [2], entry_point="Solution().f").outputs == (b"1", b"2")
    own = "#include <bits/stdc++.h>\nusing namespace std;\nint max_element(vector<int> v) { return v[0]; }"
    assert call(sandbox, own, [[5, 9]], entry_point="max_element").outputs == (b"5",)


def test_the_header_of_a_task_is_above_its_candidates(sandbox: Sandbox) -> None:
    asked = task("int f(int x) { return 0; }", "f", header="using Number = int;\nint helper(int x) { return x + 1; }\n")
    assert sandbox.run(cpp.program(asked, "Number f(Number x) { return helper(x); }"), ["[3]"]).outputs == (b"4",)


def test_echo_and_seeds() -> None:
    assert cpp.seeded(cpp.echo, 3) == cpp.echo
    assert msgspec.structs.replace(cpp.echo, code="").native == cpp.echo.native
