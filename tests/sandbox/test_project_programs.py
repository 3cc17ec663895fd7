"""Programs of several files: what they can do, and what hostile ones cannot."""

import msgspec
import pytest

from efficoder.judging.judge import Terms, judge
from efficoder.languages import bundle
from efficoder.languages.python.program import program
from efficoder.sandbox import Limits, Outcome, Program, Sandbox
from efficoder.types import Candidate, Comparison, Origin, Project, Task, TestCase

_LIMITS = Limits(cpu_s=1.0, wall_s=2.5)
_TOKENS = Comparison(kind="tokens")

# A trusted main that prints what the candidate's work.double makes of the input.
MAIN = "import sys\n\nimport work\n\nsys.stdout.write(f'{work.double(int(sys.stdin.read()))}\\n')\n"
WORK = "from tools.plus import plus\n\n\ndef double(n):\n    return plus(n, n)\n"
PLUS = "def plus(a, b):\n    return a + b\n"
PROJECT = Project(writes=("work.py", "tools/plus.py"), files={"main.py": MAIN}, run=("main",))


def files(work: str = WORK, plus: str = PLUS) -> str:
    return bundle.join({"work.py": work, "tools/plus.py": plus})


def project_task(project: Project = PROJECT) -> Task:
    return Task(id="p/1", prompt="Double it.", interface=project, origin=Origin(source="test"), reference=files())


def with_build() -> Task:
    """Its build step prints a table that the candidate's `work.table` makes."""
    make = "import work\n\nprint('TABLE =', work.table())\n"
    project = msgspec.structs.replace(PROJECT, files={"main.py": MAIN, "make.py": make}, build=("make",))
    return project_task(msgspec.structs.replace(project, built="made.py"))


def run(sandbox: Sandbox, code: str, task: Task | None = None, text: str = "21") -> Outcome:
    return sandbox.run(program(task or project_task(), code), [text], _LIMITS)


def verdict(sandbox: Sandbox, code: str) -> str:
    cases = [TestCase(input=text, expected=str(2 * int(text)), comparison=_TOKENS) for text in ("21", "5")]
    return judge(
        sandbox, project_task(), Candidate(id="c", task_id="p/1", code=code), Terms(tuple(cases), _LIMITS)
    ).outcome


def test_files_import_each_other(sandbox: Sandbox) -> None:
    outcome = run(sandbox, files())
    assert (outcome.ended, outcome.outputs) == ("finished", (b"42\n",))
    assert verdict(sandbox, files()) == "passed"


def test_it_runs_as_python_does_with_m(sandbox: Sandbox) -> None:
    main = (
        "import sys\nfrom dataclasses import dataclass\nfrom . import part\n@dataclass\nclass D:\n    x: 'int' = 1\n"
        "print(__name__, __package__, sys.argv, part.__name__, D(), part.up.x, part is sys.modules['app.part'])\n"
    )
    own = (("app/__init__.py", "x = 5\n", 0), ("app/__main__.py", main, 0), ("app/part.py", "import app as up\n", 0))
    program = Program(kind="stdio", code="", files=own, run=("app", "--all"))
    outcome = sandbox.run(program, [""], _LIMITS)
    assert outcome.outputs == (b"__main__ app ['app/__main__.py', '--all'] app.part D(x=1) 5 True\n",), outcome.detail


def test_the_package_of_what_runs_runs_first_and_files_have_names(sandbox: Sandbox) -> None:
    begin = "import sys\nsys.setrecursionlimit(5000)\n"
    main = "import sys, app.part\nprint(sys.getrecursionlimit(), __file__, app.__file__, app.part.__file__)\n"
    own = (("app/__init__.py", begin, 1), ("app/main.py", main, 0), ("app/part.py", "", 0))
    program = Program(kind="stdio", code="", files=own, run=("app.main",))
    assert sandbox.run(program, [""], _LIMITS).outputs == (b"5000 app/main.py app/__init__.py app/part.py\n",)


def test_an_error_names_the_line_of_the_candidates_text(sandbox: Sandbox) -> None:
    code = files("def double(n):\n    return n / 0\n")
    line = code.split("\n").index("    return n / 0") + 1
    assert run(sandbox, code).detail == f"ZeroDivisionError: division by zero (line {line})"


def test_what_a_module_holds_open_is_written_at_the_end(sandbox: Sandbox) -> None:
    work = "out = open(1, 'w', closefd=False)\ndef double(n):\n    out.write('x' * 9)\n    return 2 * n\n"
    outcome = run(sandbox, files(work))
    assert sorted(outcome.outputs[0].split()) in ([b"42", b"xxxxxxxxx"], [b"xxxxxxxxx42"])


def test_importing_its_files_is_charged_to_the_candidate(sandbox: Sandbox) -> None:
    spin = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end:\n    pass\n"
    assert run(sandbox, files(plus=spin + "def plus(a, b):\n    return a + b\n")).cpu_s > 0.15


def test_the_empty_program_of_a_project_finishes(sandbox: Sandbox) -> None:
    assert run(sandbox, "").ended == "finished"


# ---------------------------------------------------------------- the build step


def test_what_the_build_step_prints_can_be_imported(sandbox: Sandbox) -> None:
    work = "def table():\n    return {21: 'built'}\n\n\ndef double(n):\n    import made\n    return made.TABLE[n]\n"
    assert run(sandbox, files(work), with_build()).outputs == (b"built\n",)


def test_the_build_step_is_charged_to_nobody_and_done_once(sandbox: Sandbox) -> None:
    spin = "    import time\n    end = time.process_time() + 0.3\n    while time.process_time() < end:\n        pass\n"
    once = "    import os\n    return [os.urandom(8)]\n\n\ndef double(n):\n    import made\n    return made.TABLE\n"
    first, second = (run(sandbox, files(f"def table():\n{spin}{once}"), with_build()) for _ in range(2))
    assert first.cpu_s < 0.1
    assert first.outputs == second.outputs


@pytest.mark.parametrize(
    ("table", "ended", "detail"),
    [
        ("1 / 0", "error", "in the build step: ZeroDivisionError"),
        ("exit(3)", "error", "in the build step: exit status 3"),
        ("open('/etc/passwd').read()", None, "in the build step: "),
        ("(print('not python ('), 1)[1]", "error", "SyntaxError"),
        ("__import__('sys').stdin.read() or None", "finished", ""),
    ],
)
def test_a_bad_build_step_is_the_candidates_failure(
    sandbox: Sandbox, table: str, ended: str | None, detail: str
) -> None:
    outcome = run(sandbox, files(f"def table():\n    return {table}\n{WORK}"), with_build())
    assert outcome.ended == ended or (ended is None and outcome.ended in {"error", "refused"})
    assert outcome.detail.startswith(detail)


# ---------------------------------------------------------------- hostile ones


@pytest.mark.parametrize(
    ("work", "outcome"),
    [
        ("import os\nos._exit(0)\n", "wrong"),
        ("raise SystemExit\n", "wrong"),
        ("import sys\nsys.exit(3)\n", "error"),
        # An answer for one input is no answer for the next, whoever prints it.
        ("print(42)\nimport os\nos._exit(0)\n", "wrong"),
        ("import os\nos.write(1, b'42\\n')\nos._exit(0)\n", "wrong"),
        ("import os\nos.write(3, b'E' + bytes(4))\nos._exit(0)\n", "wrong"),
        ("while True:\n    pass\n", "timeout"),
        ("import time\ntime.sleep(99)\n", "timeout"),
        ("import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()\n" + WORK, "timeout"),
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n" + WORK,
            "passed",
        ),
        ("import sys\nsys.modules['__main__'].__dict__.clear()\n" + WORK, "error"),
        ("import sys\nsys.meta_path.clear()\nimport nothing\n", "error"),
        ("import sys\nsys.modules['work'] = None\n", "error"),
        ("import os\nos.fork()\n" + WORK, "refused"),
        ("open('/tmp/../etc/passwd')\n" + WORK, "error refused"),
        ("x = bytearray(2 << 30)\n" + WORK, "memory"),
        ("import main\n", "error"),
    ],
)
def test_hostile_projects_pass_nothing(sandbox: Sandbox, work: str, outcome: str) -> None:
    assert verdict(sandbox, files(work)) in outcome.split()
    assert run(sandbox, files()).outputs == (b"42\n",)


@pytest.mark.parametrize("path", ["../main.py", "/main.py", "main.py", "json.py", "efficoder/sandbox/probe_driver.py"])
def test_a_file_with_a_name_of_its_own_choosing_is_not_there(sandbox: Sandbox, path: str) -> None:
    code = f"{files()}# file: {path}\nprint('mine')\nraise SystemExit\n"
    assert run(sandbox, code).outputs == (b"42\n",)


def test_one_run_leaves_no_module_for_the_next(sandbox: Sandbox) -> None:
    run(sandbox, files("import sys\nsys.modules['left'] = sys\n" + WORK))
    outcome = run(sandbox, files("import left\n" + WORK))
    assert outcome.detail.startswith("ModuleNotFoundError")
