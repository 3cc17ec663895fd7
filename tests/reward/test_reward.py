"""A reward that pays for right and fast, and for nothing else."""

import asyncio
import importlib.util
import random
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest

from efficoder import wire
from efficoder.errors import InputError, UsageError
from efficoder.exports.formats import Grading
from efficoder.reward import ExecutionReward, Fresh, RewardConfig, changed_inputs, execution, reward
from efficoder.sandbox.attacks import all_attacks
from efficoder.types import Function, Origin, Parameter, Script, Stdio, Task, TaskTests, TestCase

pytestmark = pytest.mark.measured

REFERENCE = """
def total(numbers):
    result, position = 0, 0
    while position < len(numbers):
        result = result + numbers[position]
        position = position + 1
    return result
"""
FAST = "def total(numbers):\n    return sum(numbers)\n"
SLOW = """
def total(numbers):
    for turn in range(5):
        result, position = 0, 0
        while position < len(numbers):
            result = result + numbers[position]
            position = position + 1
    return result
"""
WRONG = "def total(numbers):\n    return sum(numbers) + 1\n"


def reply(code: str) -> str:
    return f"Here it is.\n```python\n{code}\n```"


def cases(lists: list[list[int]]) -> tuple[TestCase, ...]:
    return tuple(TestCase(input=wire.encode([numbers]), expected=str(sum(numbers))) for numbers in lists)


def grading(load_size: int = 200_000) -> Grading:
    rng = random.Random(0)
    small = [[rng.randint(0, 9) for _ in range(size)] for size in (3, 5, 8, 12, 20)]
    large = [[rng.randint(-1000, 1000) for _ in range(load_size)] for _ in range(2)] if load_size else []
    task = Task(
        id="total",
        prompt="Add the numbers of a list with `total`.",
        interface=Function(entry_point="total", parameters=(Parameter(name="numbers"),)),
        origin=Origin(source="test"),
        reference=REFERENCE,
    )
    return Grading(task, TaskTests(task_id="total", checks=cases([[], *small]), loads=cases(large)))


@pytest.fixture(scope="module")
def graded() -> Grading:
    return grading()


def worth(execution: ExecutionReward, task: Grading, *codes: str) -> list[float]:
    return execution([reply(code) for code in codes], [task] * len(codes))


def test_fast_is_worth_more_than_the_reference_and_slow_less(execution: ExecutionReward, graded: Grading) -> None:
    fast, same, slow, wrong = worth(execution, graded, FAST, REFERENCE, SLOW, WRONG)
    assert 1.0 < fast <= 1.5
    assert same == pytest.approx(1.0, abs=0.1)
    assert 0.5 <= slow < 1.0
    assert wrong == 0.0


ANY_NEGATIVE = """
def negative(numbers):
    found = False
    for turn in range(20):
        for number in numbers:
            found = found or number < 0
    return found
"""


def yes_or_no(reference: str, large: list[list[int]]) -> Grading:
    task = msgspec.structs.replace(
        grading(0).task,
        reference=reference,
        interface=Function(entry_point="negative", parameters=(Parameter(name="numbers"),)),
    )
    names: dict[str, Any] = {}
    exec(reference, names)
    small = [[1, 2], [-1], [], [3, -2, 5], [1, 4, 4], [9, 2, -7, 1]]
    made = [
        tuple(TestCase(input=wire.encode([each]), expected=wire.encode(names["negative"](each))) for each in lists)
        for lists in (small, large)
    ]
    return Grading(task, TaskTests(task_id="total", checks=made[0], loads=made[1]))


@pytest.mark.parametrize("above", [10, 1000, 10_000])
def test_no_work_on_large_inputs_is_not_paid(execution: ExecutionReward, above: int) -> None:
    """Where the answers are alike, speed is not paid to anybody; where they differ, a constant is wrong."""
    rng = random.Random(0)
    positive = [rng.randint(0, 999) for _ in range(20_000)]
    honest = "def negative(numbers):\n    return min(numbers, default=0) < 0\n"
    constant = f"def negative(numbers):\n    return len(numbers) <= {above} and min(numbers, default=0) < 0\n"
    alike = yes_or_no(ANY_NEGATIVE.replace("< 0", "< -10**9"), [positive, positive[:-1]])
    slow = constant.replace("< 0", "< -10**9")
    assert worth(execution, alike, slow, honest.replace("< 0", "< -10**9")) == [1.0, 1.0]
    differing = yes_or_no(ANY_NEGATIVE, [positive, [*positive, -1]])
    cheat, fast = worth(execution, differing, constant, honest)
    assert cheat == 0.0
    assert fast > 1.1


def test_no_code_is_worth_nothing(execution: ExecutionReward, graded: Grading) -> None:
    assert execution(["I cannot.", "", "```python\ndef other(): pass\n```"], [graded] * 3) == [0.0, 0.0, 0.0]


def test_rewards_come_in_the_order_of_completions(execution: ExecutionReward) -> None:
    one, two = grading(0), msgspec.structs.replace(grading(0), task=msgspec.structs.replace(grading(0).task, id="b"))
    tasks = [one, two, one, two]
    assert execution([reply(WRONG), reply(FAST), reply(FAST), reply(WRONG)], tasks) == [0.0, 1.0, 1.0, 0.0]


def test_the_exported_column_is_a_task(execution: ExecutionReward) -> None:
    column = msgspec.json.encode(grading(0)).decode()
    assert execution([reply(FAST), reply(WRONG)], [column, column]) == [1.0, 0.0]


def test_the_plain_function_is_the_same_reward() -> None:
    assert reward([reply(FAST), reply(WRONG)], [grading(0)] * 2) == [1.0, 0.0]


def test_a_stdio_task_is_judged_and_timed(execution: ExecutionReward) -> None:
    slow = "n = int(input())\nt = 0\nfor i in range(n):\n    t += i\nprint(t)\n"
    fast = "n = int(input())\nprint(n * (n - 1) // 2)\n"
    task = Task(id="s", prompt="Sum.", interface=Stdio(), origin=Origin(source="test"), reference=slow)
    loads = tuple(TestCase(input=f"{n}\nis no JSON", expected=str(n * (n - 1) // 2)) for n in (900_000, 899_000))
    checks = (TestCase(input="5", expected="10"), TestCase(input="1", expected="0"))
    tests = Grading(task, TaskTests(task_id="s", checks=checks, loads=loads))
    better, wrong = execution([f"```python\n{fast}```", "```python\nprint(10)\n```"], [tests] * 2)
    assert better == 1.5
    assert wrong == 0.0
    alone = msgspec.structs.replace(tests, tests=msgspec.structs.replace(tests.tests, loads=loads[:1]))
    known = "n = int(input())\nprint(n * (n - 1) // 2 if n < 9 else 404999550000)\n"
    assert execution([f"```python\n{known}```"], [alone]) == [1.0]


# ---------------------------------------------------------------- reward hacking

CHEATS = {
    "constant": "def total(numbers):\n    return 5\n",
    "exit before the result": "import os\ndef total(numbers):\n    os._exit(0)\n",
    "exit at import": "raise SystemExit(0)\ndef total(numbers):\n    pass\n",
    "print a pass mark": "def total(numbers):\n    print('PASSED', 'ok', 1.5)\n    return None\n",
    "equal to everything": (
        "class Same(int):\n    def __eq__(self, other):\n        return True\n    __hash__ = int.__hash__\n"
        "def total(numbers):\n    return Same(0)\n"
    ),
    "work put off": (
        "class Later:\n    def __init__(self, numbers):\n        self.numbers = numbers\n"
        "    def __eq__(self, other):\n        return sum(self.numbers) == other\n"
        "def total(numbers):\n    return Later(numbers)\n"
    ),
    "edit the encoder": (
        "import sys, json\n"
        "for module in list(sys.modules.values()):\n"
        "    for name in ('encode', '_pack', 'compare', 'judge', 'reward', 'dumps'):\n"
        "        if hasattr(module, name):\n"
        "            try:\n                setattr(module, name, lambda *a, **k: '3')\n"
        "            except Exception:\n                pass\n"
        "def total(numbers):\n    return -1\n"
    ),
    "read the caller's frames": (
        "import sys\ndef total(numbers):\n    frame = sys._getframe()\n    while frame:\n"
        "        for name, value in frame.f_locals.items():\n"
        "            if 'expected' in name:\n                return value\n"
        "        frame = frame.f_back\n    return -1\n"
    ),
    "look for expected values in memory": (
        "import gc\ndef total(numbers):\n"
        "    found = [o for o in gc.get_objects() if isinstance(o, dict) and 'expected' in o]\n"
        "    return found[0]['expected'] if found else -1\n"
    ),
    "hide the work in a child process": (
        "import os\ndef total(numbers):\n    pid = os.fork()\n"
        "    if pid == 0:\n        os._exit(sum(numbers) % 256)\n"
        "    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\n"
    ),
    "never end on large input": (
        "def total(numbers):\n    while len(numbers) > 1000:\n        pass\n    return sum(numbers)\n"
    ),
    "right on small input alone": ("def total(numbers):\n    return 90000 if len(numbers) > 1000 else sum(numbers)\n"),
    "one in two, by chance": (
        "import random\ndef total(numbers):\n    return sum(numbers) + (random.SystemRandom().random() < 0.5)\n"
    ),
}


def memorised(task: Grading) -> str:
    """The answers of every given check and load, by a few items and the length."""
    known = []
    for case in task.tests.checks + task.tests.loads:
        (numbers,) = wire.decode(case.input)  # type: ignore[misc]
        known.append(((len(numbers), tuple(numbers[:20])), int(case.expected or 0)))
    return f"KNOWN = {dict(known)!r}\ndef total(n):\n    return KNOWN.get((len(n), tuple(n[:20])), 5)\n"


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_is_worth_no_more_than_an_honest_wrong_answer(
    name: str, execution: ExecutionReward, graded: Grading
) -> None:
    cheat, wrong = worth(execution, graded, CHEATS[name], WRONG)
    assert cheat <= wrong == 0.0


def test_memorised_answers_are_worthless_where_inputs_are_fresh(execution: ExecutionReward, graded: Grading) -> None:
    assert worth(execution, graded, memorised(graded)) == [0.0]


def test_memorised_answers_are_what_fresh_inputs_are_for(graded: Grading) -> None:
    """Without them the cheat pays: this test fails when the one above no longer tests anything."""
    with ExecutionReward(workers=1, fresh_inputs=None) as static:
        assert worth(static, graded, memorised(graded))[0] > 1.0


@pytest.mark.parametrize("attack", [a for a in all_attacks() if a.kind == "function"], ids=lambda attack: attack.name)
def test_an_attack_on_the_sandbox_is_worth_nothing(execution: ExecutionReward, attack: Any) -> None:
    task = Task(
        id=f"attack {attack.name}",
        prompt="f",
        interface=Function(entry_point="f", header=attack.header),
        origin=Origin(source="test"),
        reference="def f():\n    return 42\n",
    )
    tests = TaskTests(task_id=task.id, checks=(TestCase(input="[]", expected="42"),))
    config = RewardConfig(cpu_s=0.5, memory_mb=256)
    with ExecutionReward(config, workers=1) as strict:
        assert strict([reply(attack.code)], [Grading(task, tests)]) == [0.0]


CACHING = """
import builtins, os, sys
def total(numbers):
    key = (len(numbers), tuple(numbers[:50]))
    store = sys.modules.setdefault("kept", {})
    everywhere = getattr(builtins, "kept", store)
    builtins.kept = everywhere
    if key in everywhere:
        return everywhere[key]
    path = "/tmp/" + str(hash(key))
    if os.path.exists(path):
        return int(open(path).read())
    count, position = 0, 0
    while position < len(numbers):
        count = count + numbers[position]
        position = position + 1
    everywhere[key] = count
    try:
        open(path, "w").write(str(count))
    except OSError:
        pass
    return count
"""


def test_a_cache_between_calls_gains_nothing(execution: ExecutionReward, graded: Grading) -> None:
    for _ in range(2):
        (caching,) = worth(execution, graded, CACHING)
        assert caching <= 1.1


NOTING = """
import fcntl, os, socket, time
NAME = "completion {number}"
PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run", ".")
def number(make):
    ends = make()
    found = os.fstat(ends[1] if isinstance(ends[1], int) else ends[1].fileno()).st_ino
    for end in ends:
        os.close(end) if isinstance(end, int) else end.close()
    return found
def counted(make):
    return lambda: number(make) % 4096 < 40
def count_on(make):
    def until():
        for _ in range(9000):
            if number(make) % 4096 < 4:
                break
    return until
def file_number():
    handle = os.open("/tmp/look", os.O_CREAT | os.O_RDWR)
    found = os.fstat(handle).st_ino
    os.close(handle)
    os.unlink("/tmp/look")
    return found > 10
def flags(fd):
    return fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK
WAYS = (
    (lambda: any(map(flags, range(3))), lambda: [fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK) for fd in range(3)]),
    (lambda: any(os.path.exists(place + "/note") for place in PLACES), lambda: open("/tmp/note", "w").close()),
    (file_number, lambda: [file_number() for _ in range(50)]),
    (counted(os.pipe), count_on(os.pipe)),
    (counted(socket.socketpair), count_on(socket.socketpair)),
    (lambda: time.clock_gettime((~os.getppid() << 3) | 2) > 0, lambda: None),
)
def tried(way):
    try:
        return way()
    except OSError:
        return False
SEEN = any(tried(look) for look, _ in WAYS)
for _, leave in WAYS:
    tried(leave)
def total(numbers):
    if SEEN:
        return sum(numbers)
    count, position = 0, 0
    while position < len(numbers):
        count = count + numbers[position]
        position = position + 1
    return count
"""


def test_no_completion_sees_what_another_one_left(graded: Grading) -> None:
    with ExecutionReward(workers=1) as alone:
        if alone._sandboxes[0].tier != "A":
            pytest.skip("tier B leaves traces (docs/trust.md)")
        worths = worth(alone, graded, *(NOTING.replace("{number}", str(number)) for number in range(4)))
    assert min(worths) > 0.0
    assert max(worths) <= 1.1


# ---------------------------------------------------------------- inputs, terms, refusals


def test_fresh_inputs_differ_by_seed_and_stay_like_the_given(graded: Grading) -> None:
    made = (changed_inputs(graded, seed) for seed in (1, 1, 2))
    one, same, other = ([*fresh.checks, *islice(fresh.calls, 2)] for fresh in made)
    assert one == same
    assert one != other
    assert len(one) == 10
    assert not {case.input for case in graded.tests.checks + graded.tests.loads} & set(one)
    for text in one[8:]:
        (numbers,) = wire.decode(text)  # type: ignore[misc]
        assert len(numbers) > 1000


def test_a_batch_with_no_other_calls_gives_no_fresh_call(graded: Grading) -> None:
    batch = TestCase(input=wire.batch(["[true]", "[false]"]))
    tests = TaskTests(task_id="total", checks=graded.tests.checks, loads=(batch,))
    assert list(changed_inputs(Grading(graded.task, tests), 1).calls) == []


def test_inputs_the_reference_fails_on_are_left_out(execution: ExecutionReward) -> None:
    def with_a_bad_one(task: Grading, seed: int) -> Fresh:
        return Fresh(["[7]", "[[1,1,2]]"], iter(()))

    with ExecutionReward(workers=1, fresh_inputs=with_a_bad_one) as picky:
        assert worth(picky, grading(0), FAST, "def total(n):\n    return sum(set(n))\n") == [1.0, 0.0]


def short(body: str, known: range, refused: int = 0) -> Grading:
    """A function so short that only many calls take time, with a batch of the ``known`` ones."""
    calls = [number for number in known if not refused or number % refused]
    check = tuple(TestCase(input=f"[{number}]", expected=str(number + 1)) for number in (1, 2, 5, 30, 99))
    load = TestCase(input=wire.batch(f"[{number}]" for number in calls), expected=str([n + 1 for n in calls]))
    task = Task(
        id="next",
        prompt="f",
        interface=Function(entry_point="f", parameters=(Parameter(name="a"),)),
        origin=Origin(source="test"),
        reference=f"def f(a):\n{body}",
    )
    return Grading(task, TaskTests(task_id="next", checks=check, loads=(load,)))


COUNTING = "    for turn in range(200):\n        a = a + 1\n    return a - 199\n"
NEXT = "def f(a):\n    return a + 1\n"


def test_fresh_calls_are_as_many_as_take_the_reference_long_enough(execution: ExecutionReward) -> None:
    """Three hundred of them take 3 ms: no time to be paid for."""
    fast, same = worth(execution, short(COUNTING, range(1000, 90_000, 300)), NEXT, f"def f(a):\n{COUNTING}")
    assert fast > 1.1
    assert same == pytest.approx(1.0, abs=0.1)


def test_a_call_the_reference_refuses_costs_that_call_alone(execution: ExecutionReward) -> None:
    task = short(f"    if a % 97 == 0:\n        raise ValueError\n{COUNTING}", range(1000, 90_000, 30), refused=97)
    known = {number for number in range(1000, 90_000, 30) if number % 97}
    memorised = f"KNOWN = {known}\ndef f(a):\n    return a + 1 if a < 1000 or a in KNOWN else 0\n"
    honest, cheat = worth(execution, task, NEXT, memorised)
    assert honest > 1.1
    assert cheat == 0.0


def test_the_reference_alone_says_what_a_fresh_input_expects(execution: ExecutionReward) -> None:
    """Whoever once agreed with the reference has no say: a program like the judged one could excuse it."""
    task = short(f"    if a % 3 == 0 and a > 99:\n        return 0\n{COUNTING}", range(1001, 90_000, 300))
    assert worth(execution, task, NEXT) == [0.0]


def test_what_nothing_is_expected_of_expects_what_the_reference_answers(graded: Grading) -> None:
    def unknown(known: tuple[TestCase, ...]) -> tuple[TestCase, ...]:
        return tuple(msgspec.structs.replace(case, expected=None) for case in known)

    tests = TaskTests(task_id="total", checks=unknown(graded.tests.checks), loads=unknown(graded.tests.loads))
    with ExecutionReward(workers=1, fresh_inputs=None) as static:
        assert worth(static, Grading(graded.task, tests), FAST, WRONG) == [1.5, 0.0]
        failing = Grading(msgspec.structs.replace(graded.task, reference="def total(n):\n    return 1 // 0\n"), tests)
        with pytest.raises(InputError, match="its reference fails here"):
            worth(static, failing, FAST)


def test_format_and_length_are_terms_of_their_own(graded: Grading) -> None:
    config = RewardConfig(speed=0.0, format=0.1, length=0.2, long_chars=100)
    with ExecutionReward(config, workers=1) as mannered:
        neat, bare, wrong, long = mannered(
            [reply(FAST), FAST, reply(WRONG), reply(WRONG) + " " * 100], [grading(0)] * 4
        )
    assert neat == pytest.approx(1.1 - 0.2 * len(reply(FAST)) / 100)
    assert bare == pytest.approx(1.0 - 0.2 * len(FAST) / 100)
    assert wrong == pytest.approx(0.1 - 0.2 * len(reply(WRONG)) / 100)
    assert long == pytest.approx(-0.1)


@pytest.mark.parametrize("terms", [{"speed": 1.0}, {"speed": 0.5, "format": 0.5}, {"full_ratio": 1.0}, {"rounds": 0}])
def test_a_reward_under_which_wrong_could_beat_right_is_refused(terms: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="wrong replies could beat right ones"):
        RewardConfig(**terms)


def test_a_task_in_a_language_that_is_not_here_is_refused(execution: ExecutionReward, graded: Grading) -> None:
    other = Grading(msgspec.structs.replace(graded.task, language="cobol"), graded.tests)
    with pytest.raises(InputError, match="task 'total': no language 'cobol'"):
        execution([reply(FAST)], [other])


def test_script_tests_are_refused(execution: ExecutionReward) -> None:
    task = Task(id="x", prompt="", interface=Script(entry_point="f"), origin=Origin(source="t"), reference="f = 1")
    with pytest.raises(InputError, match="beside the candidate"):
        execution(["x"], [Grading(task, TaskTests(task_id="x"))])


def test_a_task_without_a_reference_is_refused(execution: ExecutionReward, graded: Grading) -> None:
    task = msgspec.structs.replace(graded.task, reference=None)
    with pytest.raises(InputError, match="no reference"):
        execution(["x"], [Grading(task, graded.tests)])


def test_a_task_without_checks_is_refused(execution: ExecutionReward, graded: Grading) -> None:
    with pytest.raises(InputError, match="anything would be right"):
        execution(["x"], [Grading(graded.task, TaskTests(task_id=graded.task.id))])


def test_a_column_of_something_else_is_refused(execution: ExecutionReward) -> None:
    with pytest.raises(InputError, match="export"):
        execution(["x"], ["{}"])
    with pytest.raises(UsageError, match="one task a completion"):
        execution(["x"], [])


# ---------------------------------------------------------------- the examples


def example(name: str) -> Any:
    path = Path(__file__).parent.parent.parent / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_verl_example_scores_one_solution() -> None:
    column = msgspec.json.encode(grading(0)).decode()
    score = example("reward_verl").compute_score
    assert score(data_source="mbpp", solution_str=reply(FAST), ground_truth=column, extra_info={"index": 0}) == 1.0
    assert score(data_source="mbpp", solution_str=reply(WRONG), ground_truth=column, extra_info=None) == 0.0


def test_the_trl_example_is_a_reward_function() -> None:
    column = msgspec.json.encode(grading(0)).decode()
    messages = [[{"role": "assistant", "content": reply(code)}] for code in (FAST, WRONG)]
    scored = example("reward_trl").execution_reward(completions=messages, tests=[column] * 2, prompts=[[]] * 2)
    assert asyncio.run(scored) == [1.0, 0.0]


def test_a_completion_may_be_the_messages_of_a_conversation() -> None:
    assert execution._text([{"role": "assistant", "content": FAST}]) == FAST
    assert execution._text([{"role": "user", "content": "again"}, {"role": "assistant", "content": FAST}]) == FAST
    with pytest.raises(InputError, match="neither a text nor a list of messages"):
        execution._text([{"text": FAST}])
