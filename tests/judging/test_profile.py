from collections.abc import Iterator

import pytest

from efficoder import wire
from efficoder.judging.profile import hot_lines
from efficoder.languages import bundle
from efficoder.sandbox import Limits, Sandbox
from efficoder.types import Function, Interface, Origin, Project, Script, Stdio, Task

pytestmark = pytest.mark.measured

SLOW = """def helper(n):
    total = 0
    for i in range(n):
        total += i * i
    return total

def work(n):
    ready = True
    return helper(n) + helper(1)
"""
METHOD = """class Solution:
    def work(self, n):
        total = 0
        for i in range(n):
            total += i * i
        return total
"""
LIMITS = Limits(cpu_s=5.0, wall_s=20.0)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


def task(interface: Interface) -> Task:
    return Task(id="t", prompt="work", interface=interface, origin=Origin(source="test"))


def test_the_loop_is_the_hot_part(sandbox: Sandbox) -> None:
    lines = hot_lines(sandbox, task(Function(entry_point="work")), SLOW, [wire.encode([30_000])], LIMITS)
    assert {line.text.strip() for line in lines} == {"for i in range(n):", "total += i * i"}
    assert sum(line.share for line in lines) > 0.9


def test_time_in_a_callee_of_c_counts_for_the_calling_line(sandbox: Sandbox) -> None:
    code = "def work(n):\n    a = 1\n    return sum(range(n))\n"
    (line,) = hot_lines(sandbox, task(Function(entry_point="work")), code, [wire.encode([2_000_000])], LIMITS)
    assert line.text == "    return sum(range(n))"


def test_a_batch_of_calls_is_profiled_like_its_calls(sandbox: Sandbox) -> None:
    batch = wire.batch([wire.encode([20_000]), wire.encode([10_000])])
    assert len(hot_lines(sandbox, task(Function(entry_point="work")), SLOW, [batch], LIMITS)) == 2


def test_methods_and_programs_are_profiled(sandbox: Sandbox) -> None:
    entry = task(Function(entry_point="Solution().work"))
    assert len(hot_lines(sandbox, entry, METHOD, [wire.encode([20_000])], LIMITS)) == 2
    program = SLOW + "print(work(int(input())))\n"
    assert len(hot_lines(sandbox, task(Stdio()), program, ["20000"], LIMITS)) == 2


def test_a_project_is_profiled_by_the_lines_of_its_one_text(sandbox: Sandbox) -> None:
    main = "import slow\nfor _ in range(9000):\n    pass\nprint(slow.work(int(input())))\n"
    kept = {"main.py": "import made\n" + main, "make.py": "import slow\nprint('X = 1')\n"}
    project = Project(writes=("other.py", "slow.py"), files=kept, run=("main",), build=("make",), built="made.py")
    code = bundle.join({"other.py": "x = 1\n", "slow.py": SLOW})
    lines = hot_lines(sandbox, task(project), code, ["30000"], LIMITS)
    assert {line.text.strip() for line in lines} == {"for i in range(n):", "total += i * i"}


@pytest.mark.parametrize(
    "code", ["def work(n):\n    raise ValueError", "def work(n):\n    while True: pass", "syntax error("]
)
def test_no_profile_of_what_does_not_finish(sandbox: Sandbox, code: str) -> None:
    limits = Limits(cpu_s=0.3, wall_s=5.0)
    assert hot_lines(sandbox, task(Function(entry_point="work")), code, [wire.encode([1])], limits) == ()


def test_script_tasks_have_none(sandbox: Sandbox) -> None:
    assert hot_lines(sandbox, task(Script()), SLOW, ["work(1)"], LIMITS) == ()
