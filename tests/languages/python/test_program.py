"""The program for each interface, and the risk rules: what they catch through aliases, and what they leave alone."""

import pytest

from efficoder.languages.python.program import maker, program, seeded
from efficoder.languages.python.risks import RULES, findings
from efficoder.types import Function, Origin, Parameter, Script, Stdio, Task


def task(interface: Function | Stdio | Script) -> Task:
    return Task(id="t", prompt="p", interface=interface, origin=Origin(source="test"))


def test_a_function_program_carries_entry_point_header_and_codecs() -> None:
    parameters = (Parameter(name="head", codec="ListNode"), Parameter(name="k"))
    interface = Function(
        entry_point="Solution().f", parameters=parameters, returns_codec="ListNode", header="import math"
    )
    made = program(task(interface), "code")
    assert (made.kind, made.code, made.entry_point) == ("function", "code", "Solution().f")
    assert (made.header, made.codecs, made.returns_codec) == ("import math", ("ListNode", "plain"), "ListNode")


def test_programs_and_scripts() -> None:
    assert program(task(Stdio()), "code").kind == "stdio"
    script = program(task(Script(entry_point="f", header="import os")), "code")
    snippet = program(task(Script(answer_name="solution")), "    return 'x'")
    assert snippet.code == "solution = \"    return 'x'\"\n"
    assert (script.kind, script.entry_point, script.header) == ("script", "f", "import os")


def test_a_seed_comes_before_the_work_of_a_program_and_before_the_calls_of_a_function() -> None:
    seeding = "\n__import__('random').seed(7)\n"
    function = seeded(program(task(Function(entry_point="f", header="import math")), "code"), 7)
    assert (function.header, function.code) == ("import math", "code" + seeding)
    stdio = seeded(program(task(Stdio()), "code"), 7)
    assert (stdio.header, stdio.code) == (seeding, "code")


def test_a_load_program_that_is_a_module_is_left_as_it_is() -> None:
    text = "def make_input(n, seed):\n    return [n]\n"
    assert (maker(text, "make_input").code, maker(text, "make_input").entry_point) == (text, "make_input")
    assert "def make_input(n, seed):\n    return [n, seed]\n" in maker(" [n, seed]\n", "make_input").code
    with pytest.raises(SyntaxError):
        maker("no code", "make_input")


CAUGHT = {
    "open('a.txt')": "files",
    "f = open\nf('a')": "files",
    "list(map(open, names))": "files",
    "from pathlib import Path": "files",
    "import os\nos.path.exists('a')": "files",
    "import os as o\no.remove('a')": "files",
    "from os import listdir as ls": "files",
    "import io\nio.open('a')": "files",
    "import socket": "network",
    "import urllib.request": "network",
    "from http import client": "network",
    "import os\nos.system('ls')": "processes",
    "import os as o\no.popen('ls')": "processes",
    "from os import system as s\ns('ls')": "processes",
    "from os import *\nsystem('ls')": "processes",
    "import os\ng = os\ng.system('ls')": "processes",
    "import os\ngetattr(os, 'sys' + 'tem')('ls')": "processes",
    "def f():\n    import subprocess as sp\n    return sp.run(['ls'])": "processes",
    "import signal": "processes",
    "import os\nos.environ['A']": "environment",
    "import sys\nprint(sys.argv)": "environment",
    "import time\nt = time.time()": "clocks",
    "from time import perf_counter as now\nnow()": "clocks",
    "from datetime import datetime\ndatetime.now()": "clocks",
    "import datetime as dt\ndt.datetime.utcnow()": "clocks",
    "from datetime import date\ndate.today()": "clocks",
    "eval('1')": "dynamic",
    "exec(code)": "dynamic",
    "compile('1', '', 'eval')": "dynamic",
    "__import__('os')": "dynamic",
    "from importlib import import_module": "dynamic",
    "import os\ngetattr(os, name)": "dynamic",
    "import pickle\npickle.loads(b)": "dynamic",
    "import gc": "introspection",
    "import sys\nsys._getframe()": "introspection",
    "import ctypes": "introspection",
    "().__class__.__bases__[0].__subclasses__()": "introspection",
    "f.__globals__": "introspection",
    "import secrets": "randomness",
    "import os\nos.urandom(4)": "randomness",
    "import numpy as np": "third_party",
    "from sortedcontainers import SortedList": "third_party",
    "from . import helper": "third_party",
}


@pytest.mark.parametrize(("code", "rule"), CAUGHT.items())
def test_risks_are_caught_through_aliases(code: str, rule: str) -> None:
    assert {finding.rule for finding in findings(code)} == {rule}


HARMLESS = [
    "open_list = [1]\nopen_list.append(2)",
    "class Door:\n    def open(self):\n        return 1\nDoor().open()",
    "def f(open):\n    return open(1)",
    "def solve(compile, eval):\n    exec = compile + eval\n    return exec",
    "g = lambda open: open(3)\ng(abs)",
    "n = int(input())\nprint(n)",
    "import sys\ndata = sys.stdin.read()\nsys.stdout.write(data)\nsys.setrecursionlimit(10**6)",
    "data = open(0).read()",
    "import os, io\nio.BytesIO(os.read(0, os.fstat(0).st_size))",
    "import re\npattern = re.compile('a')",
    "import random\nrandom.seed(1)\nrandom.shuffle(x)",
    "import threading\nthreading.Thread(target=main).start()",
    "from datetime import datetime\ndatetime.strptime('2020', '%Y')",
    "import time\ntime.strptime('2020', '%Y')",
    "import os.path\nos.path.join('a', 'b')",
    "from __future__ import annotations\nimport collections, heapq, math",
    "point.time = 3\npoint.system()",
    "getattr(node, name)",
    "time = 5\ntime + 1",
    "system = {}\nsystem['a'] = 1",
]


@pytest.mark.parametrize("code", HARMLESS)
def test_ordinary_code_is_left_alone(code: str) -> None:
    assert findings(code) == []


def test_findings_name_line_and_thing_once_and_in_order() -> None:
    code = "import os\n\ndef f():\n    eval(open('a').read() + open('b').read())\n    return os.system('ls')\n"
    assert [str(finding) for finding in findings(code)] == ["line 4: eval()", "line 4: open()", "line 5: os.system()"]


def test_files_of_a_project_import_each_other_and_are_looked_at_one_by_one() -> None:
    code = "# file: a.py\nimport b\nimport made\nfrom . import c\nopen = b.f\n# file: b.py\nimport numpy\nopen('x')\n"
    found = [(each.rule, str(each)) for each in findings(code, frozenset({"made"}))]
    assert found == [("third_party", "line 1: import of numpy in b.py"), ("files", "line 2: open() in b.py")]
    assert next(each.what for each in findings(code)) == "import of made in a.py"


def test_code_that_does_not_parse_raises() -> None:
    for code in ("def", "x = " + "-" * 200_000 + "1", "\0"):
        with pytest.raises(SyntaxError):
            findings(code)


def test_every_rule_is_tried_here() -> None:
    assert {rule.name for rule in RULES} == set(CAUGHT.values())
