"""Replies of the kinds that public bug reports were about: marks, fences, prose, several blocks. All are run."""

# ruff: noqa: E501 - programs and replies as one line each

import contextlib
import io
from typing import Any

import pytest

from efficoder.languages.python.extract import extract
from efficoder.types import Function, Origin, Stdio, Task

ORIGIN = Origin(source="test")
ADD = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return 0\n"
TASK = Task(id="t", prompt="Add.", interface=Function(entry_point="add"), origin=ORIGIN)
PROGRAM = Task(id="p", prompt="Sum the second line.", interface=Stdio(), origin=ORIGIN)


def run_function(reply: str, task: Task = TASK) -> Any:
    found = extract(reply, task)
    assert found.code is not None, found.problem
    names: dict[str, Any] = {"__name__": "solution"}
    exec(compile(found.code, "<candidate>", "exec"), names)
    return names["add"](1, 2)


def run_program(reply: str) -> str:
    found = extract(reply, PROGRAM)
    assert found.code is not None, found.problem
    lines = iter(["3", "1 2 3"])
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(found.code, "<candidate>", "exec"), {"__name__": "__main__", "input": lambda: next(lines)})
    return out.getvalue()


MARKS = {
    "thinking mentioned before": f"No <think> block is needed.\n```python\n{ADD}```",
    "thinking mentioned below": f"```python\n{ADD}```\nI left out the </think> tag.",
    "mentioned at a line's end": f"```python\n{ADD}```\nI wrote no </think>\n",
    "mentioned in code marks": f"The tag `<think>` and `</think>` stay.\n```python\n{ADD}```",
    "in a string": "```python\ndef add(a, b):\n    tag = '<think>'\n    return a + b if tag else 0\n```",
    "end in a string, no fence": "def add(a, b):\n    tag = '</think>'\n    return a + b if tag else 0\n",
    "in a docstring": '```python\ndef add(a, b):\n    """\n    <think>\n    </think>\n    """\n    return a + b\n```',
    "in a string of its own line": "```python\nT = '''\n</think>\n'''\ndef add(a, b):\n    return a + b\n```",
    "in a comment": "```python\n# <think> about it\ndef add(a, b):  # </think>\n    return a + b\n```",
    "thinking about the mark": (
        f"<think>\nI could split at '</think>'.\n```python\n{WRONG}```\n</think>\n```python\n{ADD}```"
    ),
    "thinking, then code with the mark": (f"<think>hm</think>\n```python\nEND = '</think>'\n{ADD}```"),
    "two thoughts": f"<think>a</think>\n<think>\n{WRONG}</think>\n{ADD}",
    "a thought in the middle": f"Well.\n<think>\n```python\n{WRONG}```\n</think>\n```python\n{ADD}```",
    "a thought below": f"```python\n{ADD}```\n<think>\nOr so:\n```python\n{WRONG}```",
    "opened by the template, a draft inside": f"Try\n```python\n{WRONG}```\n</think>\n\n```python\n{ADD}```",
    "thinking by another name": f"<reasoning>\nuse\n```python\n{WRONG}```\n</reasoning>\n\n{ADD}",
    "two names": f"<analysis>a</analysis>\n<scratchpad>\n```python\n{WRONG}```\n</scratchpad>\n{ADD}",
    "another name opened by the template": f"so:\n```python\n{WRONG}```\n</thought>\n{ADD}",
    "another name that never ends": f"<analysis>\nAdd them.\n```python\n{ADD}```",
    "another name in a string": "def add(a, b):\n    tag = '<thinking>'\n    return a + b if tag else 0\n",
    "opened by the template, a draft not closed": f"Try\n```python\n{WRONG}\n</think>\n\n```python\n{ADD}```",
}
TURNS = {
    "instruction": f"```python\n{ADD}```\n\n### Instruction:\nNow zero.\n\n### Response:\n```python\n{WRONG}```",
    "user": f"```python\n{ADD}```\nUser: and zero?\nAssistant:\n```python\n{WRONG}```",
    "chatml": f"{ADD}<|im_end|>\n<|im_start|>user\nzero<|im_end|>\n<|im_start|>assistant\n{WRONG}",
    "chatml, fence open": f"```python\n{ADD}<|im_end|>\n<|im_start|>user\nzero\n```python\n{WRONG}```",
    "llama 3": f"{ADD}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nzero\n{WRONG}",
    "gemma": f"```python\n{ADD}```<end_of_turn>\n<start_of_turn>user\nzero\n```python\n{WRONG}```",
    "mistral": f"```python\n{ADD}```\n[INST] zero [/INST]\n```python\n{WRONG}```",
    "end of text, more below": f"{ADD}<|endoftext|>{WRONG}",
    "the next file": f"{ADD}<file_sep>other.py\n{WRONG}",
    "padding, more below": f"{ADD}<pad><pad>\n{WRONG}",
    "end of text on its own line": f"{ADD}<|endoftext|>\n{WRONG}",
    "bold human": f"```python\n{ADD}```\n**Human:** zero\n```python\n{WRONG}```",
    "the task said again above": f"Question: add two numbers.\nAnswer:\n```python\n{ADD}```",
    "a heading above": f"### Instruction:\nAdd.\n### Response:\n{ADD}",
}
TOKENS = {
    "cut after two characters": f"{ADD.rstrip()}<|",
    "cut in the middle": f"{ADD.rstrip()}<|endofte",
    "cut before its last": f"{ADD.rstrip()}<|im_end|",
    "cut end of sentence": f"{ADD}</",
    "whole, then cut": f"{ADD}<|im_end|><|im_st",
    "full width": f"{ADD}<｜end▁of▁sen",
    "role in front": f"<|im_start|>assistant\n{ADD}",
    "role on the line": f"<|assistant|>{ADD}",
    "role cut in front": f"im_start|>assistant\n{ADD}",
    "sentence begins": f"<s>{ADD}</s>",
    "token in a string": "def add(a, b):\n    tokens = ['<|endoftext|>', '</s>']\n    return a + b if tokens[0][0] == '<' else 0\n",
    "token in a string, prose around": (
        "Here:\n\ndef add(a, b):\n    end = '<|endoftext|>'\n    return a + b if len(end) == 13 else 0\n\nThat's it."
    ),
    "token in a comment": "Here:\n\ndef add(a, b):\n    x = a  # <|im_end|>\n    return x + b\n\nThat's it.",
    "token in a docstring": (
        "Here:\n\ndef add(a, b):\n    '''Ends\n    <|endoftext|>\n    '''\n    return a + b\n\nThat's it."
    ),
}
FENCES = {
    "in a string over lines": "```python\nM = '''\n```\nx\n```\n'''\ndef add(a, b):\n    return a + b if '```' in M else 0\n```",
    "opened and closed within quotes": (
        '```python\ndef add(a, b):\n    m = """```python\nx\n```"""\n    return a + b if m[:3] == \'```\' else 0\n```\nDone.'
    ),
    "in a short string": "```python\ndef add(a, b):\n    return a + b if '```' else 0\n```",
    "no fence around": "M = '''\n```\n'''\ndef add(a, b):\n    return a + b if '```' in M else 0\n",
    "no fence around, prose": "So:\n\ndef add(a, b):\n    '''\n    ```python\n    add(1, 2)\n    ```\n    '''\n    return a + b\n\nIt's done.",
    "a docstring never ends": f'```python\n{ADD}\ndef more():\n    """Not\n```\nDone.',
    "quotes in prose": f'Use """ for text.\n```python\n{ADD}```\nDone.',
}
PROSE = {
    "assistant": f"assistant\n\n{ADD}",
    "language": f"```\npython\n{ADD}```",
    "done": f"{ADD}\nDone",
    "annotation": f"Language: Python\n\n{ADD}",
    "annotation with a call": f"{ADD}\nComplexity: O(n)\n",
    "bullets": f"{ADD}\n- a\n- b\n",
    "comparison": f"Here is code\n{ADD}",
    "dotted": f"{ADD}\ne.g\n",
    "its own name": f"add\n{ADD}",
    "two words": f"Yes, sure\n{ADD}",
}
STOPS = {
    "exit": f"{ADD}\nexit()\n",
    "exit below print": f"{ADD}\nprint(add(1, 2))\nquit()\n",
    "sys.exit": f"import sys\n{ADD}\nsys.exit(0)\n",
    "os._exit": f"import os\n{ADD}\nos._exit(0)\n",
    "os.kill": f"import os\n{ADD}\nos.kill(os.getpid(), 9)\n",
    "raise": f"{ADD}\nraise SystemExit\n",
    "raise anything": f"{ADD}\nraise ValueError('end')\n",
    "in a condition": f"import sys\n{ADD}\nif len(sys.argv) < 99:\n    sys.exit(1)\n",
    "in main": f"import sys\n{ADD}\ndef main():\n    sys.exit(add(1, 2))\n\nmain()\n",
    "endless": f"{ADD}\nwhile True:\n    pass\n",
    "above": f"import sys\nif not sys.argv == 7:\n    sys.exit()\n\n{ADD}",
}
BLOCKS = {
    "usage imports it": f"```python\n{ADD}```\nUse:\n```python\nfrom solution import add\nprint(add(1, 2))\n```",
    "tests import it": (
        f"```python\n{ADD}```\n```python\nimport pytest\nfrom add import add\ndef test():\n    assert add(1, 2) == 3\n```"
    ),
    "usage keeps the name": f"```python\n{ADD}```\n```python\nadd = add(1, 2)\nprint(add)\n```",
    "first try": f"```python\n{WRONG}```\nBetter:\n```python\n{ADD}```\nOutput:\n```\n3\n```\nRun:\n```bash\npython a.py\n```",
}


@pytest.mark.parametrize(
    "reply",
    [reply for kind in (MARKS, TURNS, TOKENS, FENCES, PROSE, STOPS, BLOCKS) for reply in kind.values()],
    ids=[name for kind in (MARKS, TURNS, TOKENS, FENCES, PROSE, STOPS, BLOCKS) for name in kind],
)
def test_the_answer_is_found_and_works(reply: str) -> None:
    assert run_function(reply) == 3


def test_an_import_is_the_answer_where_nothing_else_is() -> None:
    assert run_function("```python\nfrom operator import add\n```") == 3


@pytest.mark.parametrize("reply", [f"<think>\n```python\n{ADD}```\n", "<think>so</think>\n", "<think>a '</think>' b"])
def test_a_draft_in_thinking_is_no_answer(reply: str) -> None:
    assert extract(reply, TASK).code is None


SUM = "n = int(input())\nprint(sum(map(int, input().split())))\n"
LONG = "n = int(input())\nvalues = list(map(int, input().split()))\ntotal = 0\nfor v in values:\n    total -= v\nprint(total)\n"
SOLVE = "def solve():\n    n = int(input())\n    print(sum(map(int, input().split())))\n"
PROGRAMS = {
    "longer first try": f"A try:\n```python\n{LONG}```\nThe right one:\n```python\n{SUM}```",
    "tester by subprocess": (
        f"```python\n{SUM}```\nTest:\n```python\nimport subprocess\nfor t in ['1\\n2\\n']:\n"
        "    out = subprocess.run(['python', 's.py'], input=t, capture_output=True, text=True)\n    print(out.stdout)\n"
        "    print('ok')\n```"
    ),
    "tester by StringIO": (
        f"```python\n{SOLVE}\nsolve()\n```\n```python\nimport io, sys\nsys.stdin = io.StringIO('1\\n5\\n')\nsolve()\n```"
    ),
    "tester by a fake input": (
        f"```python\n{SOLVE}\nsolve()\n```\n```python\nlines = iter(['1', '5'])\ninput = lambda: next(lines)\nsolve()\n"
        "print('ok')\n```"
    ),
    "unit tests": f"```python\n{SUM}```\n```python\nimport unittest\nunittest.main()\nprint(input())\n```",
    "definition and call apart": f"```python\n{SOLVE}```\nand call it:\n```python\nsolve()\n```",
    "definition and guard apart": f"```python\n{SOLVE}```\n```python\nif __name__ == '__main__':\n    solve()\n```",
    "a line explained": f"```python\n{SUM}```\nThe first line reads n:\n```python\nn = int(input())\n```",
    "a loop explained": f"```python\n{SUM}```\nThe sum:\n```python\nprint(sum(map(int, line.split())), input())\n```",
    "usage of its function": (
        "```python\ndef total(text):\n    return sum(map(int, text.split()))\n\ninput()\nprint(total(input()))\n```\n"
        "For example:\n```python\nprint(total('1 2 3'))\nprint(total('4'))\n```"
    ),
    "output and shell": f"```python\n{SUM}```\n```\n6\n```\n```sh\npython s.py < in\n```\n```python\n>>> 6\n```",
    "a word above and below": f"Program\n\n{SUM}\nDone",
    "a word in the block": f"```\npython\n{SUM}```",
    "stdin rebound honestly": (
        "```python\nimport sys, io\nn = 0\nprint(n)\n```\nBetter:\n```python\nread = input\nread()\n"
        "print(sum(map(int, input().split())))\n```"
    ),
    "invented turn": f"```python\n{SUM}```\nUser: negative?\n```python\n{LONG}```",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_is_found_and_works(name: str) -> None:
    assert run_program(PROGRAMS[name]) == "6\n"


def test_code_of_a_program_that_prose_could_be_is_kept() -> None:
    code = "from x import *\nLanguage\nn: int\nprint(1)\n"
    assert extract(code, PROGRAM).code == code
    code = "import sys\nx = 1\nx\nsys.stdin\ny: int\nprint(x)\n"
    assert extract(code, PROGRAM).code == code
