"""What honest programs can do in the sandbox, and what comes back."""

import pytest

from efficoder import wire
from efficoder.sandbox import Limits, Outcome, Program, Sandbox, digest

_LIMITS = Limits(cpu_s=5.0, wall_s=60.0)


def call(sandbox: Sandbox, code: str, *arguments: list[object], entry_point: str = "f") -> Outcome:
    program = Program(kind="function", code=code, entry_point=entry_point)
    return sandbox.run(program, [wire.encode(each) for each in arguments], _LIMITS)


def stdio(sandbox: Sandbox, code: str, text: str = "") -> Outcome:
    return sandbox.run(Program(kind="stdio", code=code), [text], _LIMITS)


# ---------------------------------------------------------------- functions


def test_each_call_gives_one_output(sandbox: Sandbox) -> None:
    outcome = call(sandbox, "def f(a, b):\n    return {a: (b, None)}", [1, "x"], [2.5, [True]])
    assert outcome.ended == "finished"
    assert [wire.decode(text) for text in outcome.outputs] == [{1: ("x", None)}, {2.5: ([True], None)}]


def test_outputs_before_an_error_are_kept(sandbox: Sandbox) -> None:
    outcome = call(sandbox, "def f(a):\n    return 1 / a", [1], [0], [2])
    assert (outcome.ended, outcome.outputs) == ("error", (b"1.0",))
    assert outcome.detail == "ZeroDivisionError: division by zero (line 2)"


def test_outputs_before_a_timeout_are_kept(sandbox: Sandbox) -> None:
    program = Program(kind="function", code="def f(a):\n    while a:\n        pass\n    return a", entry_point="f")
    outcome = sandbox.run(program, ["[0]", "[1]"], Limits(cpu_s=0.1))
    assert (outcome.ended, outcome.outputs) == ("timeout", (b"0",))
    assert 0.1 <= outcome.cpu_s < 0.2


def test_a_method_gets_a_fresh_object_each_call(sandbox: Sandbox) -> None:
    code = (
        "class Solution:\n    def __init__(self):\n        self.n = 0\n"
        "    def f(self):\n        self.n += 1\n        return self.n"
    )
    assert call(sandbox, code, [], [], entry_point="Solution().f").outputs == (b"1", b"1")


def test_arguments_are_not_shared_between_calls(sandbox: Sandbox) -> None:
    program = Program(kind="function", code="def f(a):\n    a.append(len(a))\n    return a", entry_point="f")
    same = "[[]]"
    assert sandbox.run(program, [same, same], _LIMITS).outputs == (b"[0]", b"[0]")


def test_a_tuple_of_arguments_is_several_calls_with_one_list_of_results(sandbox: Sandbox) -> None:
    program = Program(kind="function", code="def f(a, b):\n    return (a, b) if a else None", entry_point="f")
    batch = wire.batch(["[1,2]", "[0,0]"])
    outcome = sandbox.run(program, [batch, "[3,4]"], _LIMITS)
    assert [wire.decode(text) for text in outcome.outputs] == [[(1, 2), None], (3, 4)]
    assert wire.calls(batch) == ["[1,2]", "[0,0]"]
    assert wire.calls("[3,4]") == ["[3,4]"]


def test_one_result_of_a_batch_that_is_no_data_refuses_it(sandbox: Sandbox) -> None:
    program = Program(kind="function", code="def f(a):\n    return a or object()", entry_point="f")
    assert sandbox.run(program, [wire.batch(["[1]", "[0]"])], _LIMITS).ended == "refused"


def test_a_changed_hashlib_does_not_change_the_digest_of_a_loop(sandbox: Sandbox) -> None:
    code = (
        "import builtins, hashlib\n"
        "first = not hasattr(builtins, 'met')\n"
        "builtins.met = True\n"
        "class Frozen:\n    update = lambda *_: None\n    digest = copy = lambda *_: b'x' * 32\n"
        "hashlib.sha256 = Frozen\n"
        "def f(a):\n    return a if first else 0"
    )
    program = Program(kind="function", code=code, entry_point="f")
    outcome = sandbox.run(program, ["[5]"], _LIMITS, loops=2, keep_outputs=False)
    assert outcome.outputs == (digest([b"5"]), digest([b"0"]))


def test_a_result_in_a_batch_is_what_it_was_when_returned(sandbox: Sandbox) -> None:
    code = "same = []\ndef f(a):\n    same[:] = [a, {a: [a]}]\n    return same"
    program = Program(kind="function", code=code, entry_point="f")
    alone = sandbox.run(program, ["[1]", "[2]"], _LIMITS).outputs
    (together,) = sandbox.run(program, [wire.batch(["[1]", "[2]"])], _LIMITS).outputs
    assert wire.decode(together) == [wire.decode(text) for text in alone] == [[1, {1: [1]}], [2, {2: [2]}]]


def test_main_guard_does_not_run(sandbox: Sandbox) -> None:
    code = "def f():\n    return __name__\nif __name__ == '__main__':\n    raise SystemExit(1)"
    assert call(sandbox, code, []).outputs == (b'"solution"',)


def test_dataclasses_with_string_annotations(sandbox: Sandbox) -> None:
    code = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom typing import ClassVar\n"
        "@dataclass\nclass P:\n    x: ClassVar[int] = 1\n    y: int = 2\ndef f():\n    return P(5).y"
    )
    assert call(sandbox, code, []).outputs == (b"5",)


def test_header_comes_first_in_the_same_namespace(sandbox: Sandbox) -> None:
    program = Program(
        kind="function",
        code="def f(a: List[int]):\n    return sum(a)",
        entry_point="f",
        header="from typing import List",
    )
    assert sandbox.run(program, ["[[1,2]]"], _LIMITS).outputs == (b"3",)


@pytest.mark.parametrize(
    ("code", "ended", "detail"),
    [
        ("def f(:", "error", "SyntaxError"),
        ("def g():\n    pass", "error", "NameError: name 'f' is not defined"),
        (
            "def f():\n    return {1: object()}",
            "refused",
            "NotPlain: a value of type builtins.object is not plain data",
        ),
        ("def f():\n    a = []\n    a.append(a)\n    return a", "error", "RecursionError"),
        ("raise ValueError('\\x1b[31m' + 'x' * 9999)", "error", "ValueError: \\u001b[31mxxx"),
        ("def f():\n    return len([0] * 10**12)", "memory", "MemoryError"),
    ],
)
def test_endings(sandbox: Sandbox, code: str, ended: str, detail: str) -> None:
    outcome = call(sandbox, code, [])
    assert outcome.ended == ended
    assert outcome.detail.startswith(detail)
    assert len(outcome.detail) <= 2100


def test_linked_lists(sandbox: Sandbox) -> None:
    code = (
        "class Solution:\n    def f(self, head: Optional[ListNode], n):\n        last = None\n        while head:\n"
        "            head.next, last, head = last, head, head.next\n        return last"
    )
    program = Program(
        kind="function",
        code=code,
        entry_point="Solution().f",
        header="from typing import *",
        codecs=("ListNode", "plain"),
        returns_codec="ListNode",
    )
    outcome = sandbox.run(program, ["[[1,2,3],0]", "[[],0]", "[null,0]"], _LIMITS)
    assert outcome.outputs == (b"[3,2,1]", b"[]", b"[]")


def test_lists_of_linked_lists(sandbox: Sandbox) -> None:
    program = Program("function", "def f(a):\n    return a[::-1]", "f", codecs=("ListNode",), returns_codec="ListNode")
    assert sandbox.run(program, ["[[[1,4],[2]]]"], _LIMITS).outputs == (b"[[2],[1,4]]",)


def test_trees_of_the_candidates_own_class(sandbox: Sandbox) -> None:
    code = (
        "class TreeNode:\n    __slots__ = ('val', 'left', 'right')\n    def __init__(self, x):\n"
        "        self.val, self.left, self.right = x, None, None\n"
        "def f(root):\n    if root:\n        assert type(root) is TreeNode\n"
        "        root.left, root.right = f(root.right), f(root.left)\n    return root"
    )
    program = Program(kind="function", code=code, entry_point="f", codecs=("TreeNode",), returns_codec="TreeNode")
    outcome = sandbox.run(program, ["[[1,2,3,null,4]]", "[[]]", "[[1,null,2]]"], _LIMITS)
    assert outcome.outputs == (b"[1,3,2,null,null,4]", b"[]", b"[1,2]")


def test_cyclic_nodes_are_refused(sandbox: Sandbox) -> None:
    program = Program(
        kind="function",
        code="def f(a):\n    a.next = a\n    return a",
        entry_point="f",
        codecs=("ListNode",),
        returns_codec="ListNode",
    )
    assert sandbox.run(program, ["[[1]]"], _LIMITS).ended == "refused"


def test_a_generator_is_run_to_its_end_within_the_limits(sandbox: Sandbox) -> None:
    assert call(sandbox, "def f(n):\n    yield from range(n)", [3]).outputs == (b'{"!iterator":[0,1,2]}',)
    program = Program(kind="function", code="def f():\n    while True:\n        yield 1", entry_point="f")
    assert sandbox.run(program, ["[]"], Limits(cpu_s=0.2)).ended in {"timeout", "memory"}


# ---------------------------------------------------------------- loops and digests


def test_each_loop_has_its_own_namespace_and_inputs(sandbox: Sandbox) -> None:
    code = "import random\nseen = []\ndef f(a):\n    seen.append(a.pop())\n    return [len(seen), random.random()]"
    program = Program(kind="function", code=code, entry_point="f")
    outputs = sandbox.run(program, ["[[1]]", "[[2]]"], _LIMITS, loops=3).outputs
    assert len(outputs) == 6
    assert outputs[:2] == outputs[2:4] == outputs[4:]
    assert outputs[0].startswith(b"[1,")


def test_digests_stand_for_outputs_not_kept(sandbox: Sandbox) -> None:
    program = Program(kind="function", code="def f(a):\n    return a + 1", entry_point="f")
    kept = sandbox.run(program, ["[1]", "[2]"], _LIMITS).outputs
    outcome = sandbox.run(program, ["[1]", "[2]"], _LIMITS, loops=2, keep_outputs=False)
    assert outcome.ended == "finished"
    assert outcome.outputs == (digest(kept),) * 2
    assert digest([b"ab", b"c"]) != digest([b"a", b"bc"])


def test_results_not_kept_are_still_encoded(sandbox: Sandbox) -> None:
    program = Program(kind="function", code="def f():\n    return object()", entry_point="f")
    assert sandbox.run(program, ["[]"], _LIMITS, keep_outputs=False).ended == "refused"


@pytest.mark.parametrize("kind", ["function", "script", "stdio"])
def test_the_empty_program_finishes(sandbox: Sandbox, kind: str) -> None:
    outcome = sandbox.run(Program(kind=kind, code=""), ["[1]"], _LIMITS)  # type: ignore[arg-type]
    assert outcome.ended == "finished"
    assert outcome.cpu_s < 0.1


# ---------------------------------------------------------------- standard input and output

_READERS = [
    "print(input(), input())",
    "import sys\nprint(*sys.stdin.read().split())",
    "import sys\nsys.stdout.buffer.write(b' '.join(sys.stdin.buffer.read().split()) + b'\\n')",
    "import sys\nprint(*(line.strip() for line in sys.stdin))",
    "print(*open(0).read().split())",
    "import os\nos.write(1, b' '.join(os.read(0, 99).split()) + b'\\n')",
    "import sys\ninput = sys.stdin.readline\nprint(input().strip(), input().strip())",
    "import io, os\ni = io.BytesIO(os.read(0, os.fstat(0).st_size)).readline\n"
    "print(i().decode().strip(), i().decode().strip())",
    "import mmap\nm = mmap.mmap(0, 0, prot=mmap.PROT_READ)\nprint(*m.read().decode().split())",
    "out = open(1, 'w')\nout.write(' '.join(open(0)).replace('\\n ', ' '))",
    "import sys\nsys.stdout = open(1, 'w', buffering=1 << 16)\nprint(input(), input())",
    "import atexit\na, b = input(), input()\natexit.register(lambda: print(a, b))",
]


@pytest.mark.parametrize("code", _READERS, ids=range(len(_READERS)))
def test_ways_to_read_and_write(sandbox: Sandbox, code: str) -> None:
    for _ in range(2):  # the same input file serves twice
        outcome = stdio(sandbox, code, "é1\n2\n")
        assert (outcome.ended, outcome.outputs) == ("finished", ("é1 2\n".encode(),)), outcome.detail


@pytest.mark.parametrize(
    ("code", "ended", "output"),
    [
        ("print(1)\nexit()", "finished", b"1\n"),
        ("print(1)\nquit(0)", "finished", b"1\n"),
        ("import sys\nprint(1)\nsys.exit(0)", "finished", b"1\n"),
        ("import os\nprint(1, flush=True)\nos._exit(0)", "finished", b"1\n"),
        ("import sys\nprint(1)\nsys.exit(2)", "error", b"1\n"),
        ("import sys\nprint(1)\nsys.exit('no')", "error", b"1\n"),
        ("print(1)\n1 / 0", "error", b"1\n"),
        ("import sys\nsys.stdout.write('1')\nsys.stdout.close()", "finished", b"1"),
        ("import sys\nprint(1)\nsys.stderr.close()\nsys.stderr = open('/dev/null', 'w')", "finished", b"1\n"),
        ("import sys\nprint(1)\nprint('x' * 10**6, file=sys.stderr)", "finished", b"1\n"),
        (
            "def helper():\n    return 1\ndef main():\n    print(helper())\nif __name__ == '__main__':\n    main()",
            "finished",
            b"1\n",
        ),
        ("import __main__\nx = 1\nprint(__main__.x)", "finished", b"1\n"),
        ("print(input())", "error", b""),
        ("import subprocess\nsubprocess.run(['true'])", "refused", b""),
    ],
)
def test_exits(sandbox: Sandbox, code: str, ended: str, output: bytes) -> None:
    outcome = stdio(sandbox, code)
    assert (outcome.ended, outcome.outputs) == (ended, (output,)), outcome.detail


def test_deep_recursion_in_a_thread_with_a_large_stack(sandbox: Sandbox) -> None:
    code = (
        "import sys, threading\nsys.setrecursionlimit(1 << 25)\nthreading.stack_size(256 << 20)\n"
        "def depth(n):\n    return n and 1 + max(map(depth, [n - 1]))\n"
        "def main():\n    print(depth(int(input())))\nthreading.Thread(target=main).start()"
    )
    assert stdio(sandbox, code, "50000").outputs == (b"50000\n",)


def test_deep_recursion_on_the_main_stack(sandbox: Sandbox) -> None:
    code = (
        "import resource, sys\nfrom functools import lru_cache\nsys.setrecursionlimit(1 << 20)\n"
        "resource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "@lru_cache(None)\ndef f(n):\n    return n and f(n - 1) + 1\nprint(f(50000))"
    )
    assert stdio(sandbox, code).outputs == (b"50000\n",)


def test_threads_and_asyncio(sandbox: Sandbox) -> None:
    code = (
        "import asyncio\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(8) as pool:\n    print(sum(pool.map(abs, range(9))))\n"
        "async def main():\n    await asyncio.sleep(0.001)\n    print(await asyncio.to_thread(abs, -1))\n"
        "asyncio.run(main())"
    )
    assert stdio(sandbox, code).outputs == (b"36\n1\n",)


def test_hashes_and_random_numbers_are_the_same_each_run(sandbox: Sandbox) -> None:
    code = "import random\nprint(hash('x'), random.random(), id(object()))"
    assert stdio(sandbox, code).outputs == stdio(sandbox, code).outputs


def test_surrogates_in_the_input_arrive_as_bytes(sandbox: Sandbox) -> None:
    text = b"\xff\xfe".decode("utf-8", "surrogateescape")
    assert stdio(sandbox, "import sys\nprint(len(sys.stdin.buffer.read()))", text).outputs == (b"2\n",)


def test_output_is_cut_at_the_limit(sandbox: Sandbox) -> None:
    program = Program(kind="stdio", code="while True:\n    print('x' * 999)")
    outcome = sandbox.run(program, [""], Limits(cpu_s=5, output_bytes=5000))
    assert (outcome.ended, len(outcome.outputs[0])) == ("killed", 5000)


# ---------------------------------------------------------------- scripts


def test_scripts_run_in_the_candidates_namespace(sandbox: Sandbox) -> None:
    program = Program(kind="script", code="def f(a):\n    return a", header="import math")
    outcome = sandbox.run(program, ["x = f(math.pi)", "assert x > 3", "assert x > 4", "y = 1"], _LIMITS)
    assert (outcome.ended, outcome.outputs, outcome.detail) == ("error", (b"", b""), "AssertionError")
    assert sandbox.run(program, ["assert f(1) == 1"] * 3, _LIMITS, loops=2).outputs == (b"",) * 6


def test_a_script_that_exits_early_has_not_passed(sandbox: Sandbox) -> None:
    program = Program(kind="script", code="import sys\ndef f():\n    sys.exit(0)")
    assert sandbox.run(program, ["f()", "assert False"], _LIMITS).ended == "error"
