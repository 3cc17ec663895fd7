"""``efficoder time``: the faster one is named, and a program without a time is said to have none."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from efficoder.cli import time_answer
from efficoder.cli.entrants import On, read
from efficoder.cli.time import compare_programs
from efficoder.errors import CheckFailed, InputError, UsageError
from efficoder.metrics.faster_or_tie import WORDS
from efficoder.testgen.writer import WrittenTests, write_tests
from efficoder.types import Measurement, Run

pytestmark = pytest.mark.measured

LOOP = "def total(n):\n    s = 0\n    for i in range(n + 1):\n        s += i\n    return s\n"
TWICE = LOOP.replace("s += i", "s += i\n        s += 0\n        s += 0")
TESTS = {"id": "t/1", "prompt": "Sum.", "entry_point": "total"}


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    path = tmp_path / "t.jsonl"
    cases = [{"input": [n], "expected": n * (n + 1) // 2} for n in (0, 3, 9000)]
    path.write_text(json.dumps(TESTS | {"tests": cases}) + "\n")
    return path


def programs(folder: Path, *codes: str) -> list[str]:
    paths = [folder / f"{name}.py" for name in "ab"[: len(codes)]]
    for path, code in zip(paths, codes, strict=True):
        path.write_text(code)
    return list(map(str, paths))


def test_the_faster_of_two_comes_first(tests: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare_programs(programs(tmp_path, TWICE, LOOP), On(tests=tests), as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert [Path(line["program"]).name for line in found["lines"]] == ["b.py", "a.py"]
    assert found["gain"]["low"] > 1.05


def test_a_program_that_fails_in_the_race_is_named(
    tests: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("efficoder.judging.race.race", lambda *_, **__: [])
    with pytest.raises(CheckFailed, match=r"a\.py: unmeasured"):
        compare_programs(programs(tmp_path, LOOP, TWICE), On(tests=tests), as_json=False)


def test_a_task_in_a_language_that_is_not_here_is_refused_with_file_and_line(tmp_path: Path) -> None:
    """Its programs would be run as Python: two that say the same in both languages would even get a time."""
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps(TESTS | {"language": "cobol", "tests": [{"input": [1], "expected": 1}]}) + "\n")
    with pytest.raises(InputError, match=r"t\.jsonl:1: task 't/1': no language 'cobol', there is python"):
        compare_programs(programs(tmp_path, LOOP, TWICE), On(tests=path), as_json=False)


def test_wrong_and_equal_programs_are_refused(tests: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match=r"b\.py: wrong on case 1"):
        compare_programs(programs(tmp_path, LOOP, "def total(n):\n    return n\n"), On(tests=tests), as_json=False)
    with pytest.raises(InputError, match="the same code as"):
        compare_programs(programs(tmp_path, LOOP, LOOP + "\n# twin\n"), On(tests=tests), as_json=False)
    with pytest.raises(CheckFailed, match=r"a\.py: wrong on case 1"):
        compare_programs(programs(tmp_path, "def total(n):\n    return n\n", LOOP), On(tests=tests), as_json=False)


READ = "words = open(0).read().split()\nx = words[1:int(words[0]) + 1]\n"
LINEAR = READ + "from collections import Counter\nprint(sum(v * (v - 1) // 2 for v in Counter(x).values()))\n"
QUADRATIC = READ + "print(sum(a == b for i, a in enumerate(x) for b in x[:i]))\n"


@pytest.mark.parametrize("codes", [(LINEAR, QUADRATIC), (QUADRATIC, LINEAR)])
def test_the_load_that_tells_two_programs_apart_is_kept_whichever_is_named_first(
    codes: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first served as reference, and a load that took it over half a second was dropped: the quadratic program,
    named first, came out faster."""
    path, n = tmp_path / "t.jsonl", 5000
    small = [{"stdin": "4\n1 1 2 1\n", "stdout": "3"}, {"stdin": "3\n5 6 7\n", "stdout": "0"}]
    load = {"stdin": f"{n}\n{' '.join(str(i % 1000) for i in range(n))}\n", "size": n}
    path.write_text(
        json.dumps({"id": "t/2", "prompt": "Pairs.", "stdio": True, "tests": small, "loads": [load]}) + "\n"
    )
    compare_programs(programs(tmp_path, *codes), On(tests=path), as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert Path(found["lines"][0]["program"]).read_text() == LINEAR
    assert found["outcome"] == "faster"
    assert found["gain"]["low"] > 10


def test_what_takes_no_time_is_no_tie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("efficoder.judging.race.MAX_LOOPS", 10)  # a loop of a program is a child
    path = tmp_path / "t.jsonl"
    hello = {"id": "t/3", "prompt": "Greet.", "stdio": True, "tests": [{"stdin": "", "stdout": "hello"}]}
    path.write_text(json.dumps(hello) + "\n")
    compare_programs(programs(tmp_path, "print('hello')\n", "print('hel' + 'lo')\n"), On(tests=path), as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["outcome"] == "no_signal"
    assert WORDS["no_signal"] in found["words"]


def test_a_tie_is_of_programs_that_take_time(tests: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare_programs(programs(tmp_path, LOOP, LOOP.replace("s +=", "s = s +")), On(tests=tests), as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["outcome"] in {"tie", "not_confirmed"}  # the second where noise looked like a gain once
    assert found["words"].endswith("is not claimed.") == (found["outcome"] == "tie")


def test_from_a_constant_answer_no_gain_is_claimed(
    tests: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def constant(*given: Any, **options: Any) -> WrittenTests:
        written = write_tests(*given, **options)
        return WrittenTests(msgspec.structs.replace(written.tests, constant="False answers all loads"), written.facts)

    monkeypatch.setattr("efficoder.testgen.writer.write_tests", constant)
    compare_programs(programs(tmp_path, LOOP, TWICE), On(tests=tests), as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["outcome"] == "constant_answer"
    assert [Path(line["program"]).name for line in found["lines"]] == ["a.py", "b.py"]
    assert WORDS["constant_answer"] in found["words"]
    assert "Measured all the same: False answers all loads; give inputs" in found["words"]


BUBBLE = (
    "def f(xs):\n    xs = list(xs)\n    for i in range(len(xs)):\n        for j in range(len(xs) - 1 - i):\n"
    "            if xs[j] > xs[j + 1]:\n                xs[j], xs[j + 1] = xs[j + 1], xs[j]\n    return xs\n"
)
SORTED = "def g(xs):\n    return sorted(xs)\n"
CALL = "f([3, 1, 2])"


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return dict(json.loads(capsys.readouterr().out))


def test_a_call_is_all_that_is_needed_for_two_functions_of_one_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = programs(tmp_path, BUBBLE + SORTED)[0]
    compare_programs([f"{path}:f", f"{path}:g"], On(call=CALL), as_json=True)
    found = answer(capsys)
    assert found["outcome"] == "faster"
    assert found["lines"][0]["program"] == f"{path}:g"
    assert {load["origin"] for load in found["loads"]} == {"made"}
    assert all(load["size"] > 20 and load["bytes"] > 60 for load in found["loads"])
    assert found["timed_on"].startswith("Timed on")
    assert "grows like" in found["growth"]
    assert found["lines"][0]["loops"] > found["lines"][1]["loops"] >= 1  # made for the slow one, looped for the other


def test_a_program_that_takes_a_hundred_times_as_long_as_the_other_is_slow_not_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The faster one serves as reference, and the other had 20 times its time, or one second."""
    monkeypatch.setattr("efficoder.judging.right_or_wrong.LIMIT_LEAST_S", 0.02)
    text = tmp_path / "in.txt"
    text.write_text(f"2000\n{' '.join(str(i % 1000) for i in range(2000))}\n")
    compare_programs(programs(tmp_path, QUADRATIC, LINEAR), On(stdin=text), as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (Path(found["lines"][0]["program"]).read_text(), found["outcome"]) == (LINEAR, "faster")


def test_a_text_on_standard_input_is_all_that_is_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "in.txt"
    text.write_text("4\n1 1 2 1\n")
    compare_programs(programs(tmp_path, QUADRATIC, LINEAR), On(stdin=text), as_json=True)
    found = answer(capsys)
    assert found["outcome"] == "faster"
    assert Path(found["lines"][0]["program"]).name == "b.py"


def test_programs_that_differ_are_told_apart_by_the_call_itself_also_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same = "def f(xs):\n    return xs\n"
    words = r"\.py and .*\.py differ on case 0, \[\[3,1,2\]\]: .*expected is what"
    with pytest.raises(CheckFailed, match=words):
        compare_programs(programs(tmp_path, BUBBLE, same), On(call=CALL), as_json=True)
    found = answer(capsys)
    assert found["outcome"] == "failed"
    assert "differ on case 0" in found["words"]


def test_a_program_that_raises_on_the_call_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match=r"b\.py: error on case 0"):
        compare_programs(programs(tmp_path, BUBBLE, "def f(xs):\n    return xs[7]\n"), On(call=CALL), as_json=False)


def test_a_program_beside_itself_is_a_tie_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = programs(tmp_path, BUBBLE)
    with pytest.raises(InputError, match="--same"):
        compare_programs([path, path], On(call=CALL), as_json=False)
    compare_programs([path, path], On(call=CALL), same=True, as_json=True)
    found = answer(capsys)
    assert found["outcome"] in {"tie", "not_confirmed"}
    assert {line["program"] for line in found["lines"]} == {path, f"{path} (2)"}


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        ("f(3, 1, 2)", InputError, "3 arguments given, f takes 1; if it is one list, wrap it"),
        ("f()", InputError, "0 arguments given, f takes 1"),
        ("h(1)", InputError, r"defines no function h; it has f, g: write .*a\.py:g"),
        ("f(y=1)", InputError, "cannot be given 'y' by name"),
        ("f(open(0))", UsageError, "no plain data"),
        ("f", UsageError, "write one call"),
        ("f(", UsageError, "not a call"),
    ],
)
def test_a_call_that_does_not_fit_is_refused_with_what_would(
    tmp_path: Path, call: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        compare_programs(programs(tmp_path, BUBBLE + SORTED, SORTED + BUBBLE), On(call=call), as_json=False)


def test_arguments_may_have_names_and_defaults(tmp_path: Path) -> None:
    codes = ("def plus(a, b=0, *more):\n    return a + b\n", "def plus(a, b=0):\n    return b + a\n")
    found = read(programs(tmp_path, *codes), On(call="plus(3, b=-1)"))
    assert [case.input for case in found.tests.checks] == ["[3,-1]"]
    assert [case.input for case in read(programs(tmp_path, *codes), On(call="plus(3)")).tests.checks] == ["[3]"]


@pytest.mark.parametrize(("idle_s", "said"), [(0.05, True), (0.001, False)])
def test_a_program_that_waits_is_said_to_wait(idle_s: float, said: bool) -> None:
    def row(name: str, waiting_s: float) -> Measurement:
        run = Run(round=0, cpu_s=0.1, wall_s=0.1 + waiting_s)
        return Measurement(
            candidate_id=name, task_id="t", session=0, rounds=(run,), floor=(run,), loops=1, loads=1, limit_s=1.0
        )

    words = time_answer.waits([row("a", idle_s), row("b", 0.0)], {"a": "a.py", "b": "b.py"})
    assert words == ("a.py waits 0.05 s a pass: only CPU time is compared." if said else "")


@pytest.mark.parametrize(("cpu_s", "wall_s", "said"), [(0.2, 0.4, False), (0.01, 0.08, True)])
def test_a_busy_machine_is_no_waiting_of_the_programs(cpu_s: float, wall_s: float, said: bool) -> None:
    """All wait for a core as long again as they compute; the second also sleeps."""

    def row(name: str, run: Run, loops: int) -> Measurement:
        return Measurement(
            candidate_id=name, task_id="t", session=0, rounds=(run,), floor=(run,), loops=loops, loads=1, limit_s=1.0
        )

    rows = [row("a", Run(round=0, cpu_s=cpu_s, wall_s=wall_s), 1), row("b", Run(round=0, cpu_s=0.06, wall_s=0.12), 100)]
    assert bool(time_answer.waits(rows, {"a": "a.py", "b": "b.py"})) == said


def test_one_way_of_saying_what_to_run_on_is_needed(tests: Path, tmp_path: Path) -> None:
    for on in (On(), On(call=CALL, tests=tests)):
        with pytest.raises(UsageError, match=r"--call .*--stdin .*--tests"):
            compare_programs(programs(tmp_path, LOOP, TWICE), on, as_json=False)


def test_tests_that_give_a_list_unwrapped_are_named(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    case = {"input": [3, 1, 2], "expected": [1, 2, 3]}
    path.write_text(json.dumps({"id": "t", "prompt": "Sort.", "entry_point": "f", "tests": [case]}) + "\n")
    with pytest.raises(InputError, match=r"t\.jsonl: 3 arguments given, f takes 1; .*wrap it"):
        compare_programs(programs(tmp_path, BUBBLE, BUBBLE + "\nx = 1\n"), On(tests=path), as_json=False)


def test_what_is_being_done_is_said_at_once(tests: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CheckFailed):
        compare_programs(programs(tmp_path, LOOP, "def total(n):\n    return n\n"), On(tests=tests), as_json=False)
    assert capsys.readouterr().err.startswith("checking 2 programs ...")


def test_the_user_says_how_large_the_inputs_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = programs(tmp_path, BUBBLE + SORTED)[0]
    compare_programs([f"{path}:f", f"{path}:g"], On(call=CALL, size=300), as_json=True)
    found = answer(capsys)
    assert found["outcome"] == "faster"
    assert {(load["origin"], load["size"]) for load in found["loads"]} == {("made", 300)}


DISTINCT = "import sys\nseen = []\nfor x in sys.stdin.read().split():\n    if x not in seen:\n        seen.append(x)\n"
AT_ONCE = "import sys\nprint(*dict.fromkeys(sys.stdin.read().split()), sep='\\n')\n"


def test_inputs_of_a_size_are_those_that_take_any_of_the_programs_long(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On few different words repeated the slow one is as quick as the other."""
    text = tmp_path / "in.txt"
    text.write_text("6\n3 1 2 3 5 9\n")
    both = programs(tmp_path, DISTINCT + "print(*seen, sep='\\n')\n", AT_ONCE)
    compare_programs(both, On(stdin=text, size=4000), as_json=True)
    found = answer(capsys)
    assert found["outcome"] == "faster"
    assert Path(found["lines"][0]["program"]).name == "b.py"
    assert {load["size"] for load in found["loads"]} == {4000}


def test_a_load_is_timed_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = programs(tmp_path, BUBBLE + SORTED)[0]
    load = "f(list(range(200, 0, -1)))"
    compare_programs([f"{path}:f", f"{path}:g"], On(call=CALL, load=load), as_json=True)
    found = answer(capsys)
    assert found["outcome"] == "faster"
    assert [(each["origin"], each["bytes"]) for each in found["loads"]] == [
        ("given", len(json.dumps([list(range(200, 0, -1))]).replace(" ", "")))
    ]


def test_a_load_on_which_nothing_shows_is_not_made_larger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = programs(tmp_path, BUBBLE + SORTED)[0]
    for on in (On(call=CALL, size=3), On(call=CALL, load="f([2, 1])")):
        compare_programs([f"{path}:f", f"{path}:g"], on, as_json=True)
        assert answer(capsys)["outcome"] == "no_signal"


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (On(call=CALL, size=10**9), "the largest n is"),
        (On(call=CALL, size=9, load=CALL), "leave --size out"),
        (On(call=CALL, load="g([1])"), "--load calls g, --call f"),
        (On(call="f(None)", size=9), "the given input cannot be grown"),
    ],
)
def test_a_size_that_cannot_be_is_refused_with_the_reason(tmp_path: Path, on: On, said: str) -> None:
    path = programs(tmp_path, "def f(xs):\n    return 0\n\n\ndef g(xs):\n    return 0 * 1\n")[0]
    other = Path(path).with_name("c.py")
    other.write_text("def f(xs):\n    return 0 * 2\n\n\ndef g(xs):\n    return 0\n")
    with pytest.raises(UsageError, match=said):
        compare_programs([path, str(other)], on, as_json=False)
