"""Replies as models write them, and as nobody should. What runs is checked by running it."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from efficoder.languages.identity import candidate_id, sample_id
from efficoder.languages.python import names, syntax
from efficoder.languages.python.extract import extract
from efficoder.languages.python.normalise import normalise
from efficoder.languages.replies import MAX_REPLY
from efficoder.types import Function, Origin, Parameter, Script, Stdio, Task

ORIGIN = Origin(source="test")
DOUBLE = "def double(x):\n    return 2 * x\n"


def function_task(name: str = "double", prompt: str = "Double it.", starter: str = "", *parameters: str) -> Task:
    interface = Function(entry_point=name, parameters=tuple(Parameter(name=p) for p in parameters))
    return Task(id="t", prompt=prompt, interface=interface, origin=ORIGIN, starter=starter)


STDIO = Task(id="t", prompt="Sum the numbers.", interface=Stdio(), origin=ORIGIN)
METHOD = function_task("Solution().double")


def code_of(reply: str, task: Task | None = None) -> str:
    found = extract(reply, task or function_task())
    assert found.problem is None, found.problem
    assert found.code is not None
    return found.code


def problem_of(reply: str, task: Task | None = None) -> str:
    found = extract(reply, task or function_task())
    assert found.code is None, found.code
    assert found.problem is not None
    return found.problem


def call(code: str, entry: str, *arguments: object) -> Any:
    namespace: dict[str, Any] = {"__name__": "candidate"}
    exec(compile(code, "<candidate>", "exec"), namespace)
    return eval(entry, namespace)(*arguments)


CHAT = {
    "bare": DOUBLE,
    "fenced": f"Here you are:\n\n```python\n{DOUBLE}```\nIt doubles.",
    "py": f"```py\n{DOUBLE}```",
    "capitals": f"```Python\n{DOUBLE}```",
    "no label": f"```\n{DOUBLE}```",
    "braces": f"```{{python}}\n{DOUBLE}```",
    "title": f"```python title=a.py\n{DOUBLE}```",
    "tildes": f"~~~python\n{DOUBLE}~~~",
    "longer fence": f"````python\n{DOUBLE}````",
    "unterminated": f"Sure:\n```python\n{DOUBLE}",
    "closing fence alone": f"{DOUBLE}```\n### Explanation\n- **Doubling**: it's `2 * x`.\n",
    "fences on lines of code": "The answer: ```python\ndef double(x):\n    return 2 * x```\nThat's it.",
    "in a list": "1. Do this:\n   ```python\n   def double(x):\n       return 2 * x\n   ```\n2. Done.",
    "windows lines": DOUBLE.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + DOUBLE,
    "tabs": "def double(x):\n\treturn 2 * x\n",
    "end token": DOUBLE.rstrip() + "<|im_end|>",
    "two end tokens": DOUBLE + "</s>\n<|endoftext|>\n",
    "lone surrogate": DOUBLE + "# \ud800\n",
    "thinking": f"<think>\n```python\ndef double(x):\n    return x\n```\nNo.</think>\n```python\n{DOUBLE}```",
    "thinking opened by the template": f"Hm, def double(x)?\n</think>\n{DOUBLE}",
    "prose around, no fence": f"This is how it's done.\n\n{DOUBLE}\nIt's O(1), isn't it?\nDon't worry.",
    "all indented": "\n  def double(x):\n      return 2 * x\n  \n ",
    "indented, then prose": "    def double(x):\n        return 2 * x\n\nThat's it.",
    "several blocks": f"Slow:\n```python\ndef double(x):\n    return x\n```\nBetter:\n```python\n{DOUBLE}```",
    "usage block": f"```python\n{DOUBLE}```\nUse it:\n```python\nprint(double(2))\n```\nOutput:\n```\n4\n```",
    "other languages": f"```bash\npip install x\n```\n```python\n{DOUBLE}```\n```json\n{{}}\n```",
    "stub below": f"{DOUBLE}\n\ndef double(x):\n    '''Double.'''\n    pass\n",
    "cut off below": f'{DOUBLE}\n\ndef triple(x):\n    """Triple\n    >>> tri',
    "cut off in another function": f"{DOUBLE}\n\ndef triple(x):\n    if x:\n        return 3 *",
    "indented prose below": DOUBLE + "    Explanation: it's easy.\n",
    "decorated": "import functools\n\n\n@functools.cache\ndef double(x):\n    return 2 * x\n",
    "lambda": "double = lambda x: 2 * x\n",
    "wrapped later": "def double(x):\n    return 2 * x\n\n\ndouble = (lambda f: f)(double)\n",
    "under a condition": "if True:\n    def double(x):\n        return 2 * x\n",
    "multi-line return": "def double(x):\n    return (\n        x\n        + x\n    )\n\nprint(double(3))\n",
    "fence in a docstring": (
        '```python\ndef double(x):\n    """\n    ```python\n    double(2)\n    ```\n    """\n    return 2 * x\n```'
    ),
    "shallow fence in a docstring": '```python\ndef double(x):\n  """\n  ```\n  2\n  ```\n  """\n  return 2 * x\n```',
    "helper above": "def twice(x):\n    return x + x\n\ndef double(x):\n    return twice(x)\n",
    "helper below": "def double(x):\n    return twice(x)\n\ndef twice(x):\n    return x + x\n",
    "helper in another block": (
        "```python\ndef twice(x):\n    return x + x\n```\nThen\n```python\ndef double(x):\n    return twice(x)\n```"
    ),
    "helper after prose": (
        "Helper:\ndef twice(x):\n    return x + x\n\nNow it's easy:\ndef double(x):\n    return twice(x)\n"
    ),
    "constant": "TWO = 2\n\ndef double(x):\n    return TWO * x\n",
    "constant below": "def double(x):\n    return TWO * x\n\nTWO = 2\n",
    "table filled by a loop": "T = []\nfor i in range(50):\n    T.append(2 * i)\n\ndef double(x):\n    return T[x]\n",
    "table filled by a call below": (
        "T = {}\ndef fill():\n    for i in range(50):\n        T[i] = 2 * i\n\ndef double(x):\n"
        "    return T[x]\n\nfill()\n"
    ),
    "global set by a function": (
        "def setup():\n    global TWO\n    TWO = 2\n\nsetup()\n\ndef double(x):\n    return TWO * x\n"
    ),
    "recursion limit": "import sys\nsys.setrecursionlimit(10000)\n\ndef double(x):\n    return 2 * x\n",
    "looked up by name": "def double(x):\n    return globals()['twice'](x)\n\ndef twice(x):\n    return 2 * x\n",
    "semicolons": "import sys; TWO = 2\ndef double(x): return TWO * x\n",
    "print in a helper that prepares": (
        "T = []\ndef fill():\n    print('filling')\n    T.extend([0, 2, 4, 6])\n\nfill()\n\n"
        "def double(x):\n    return T[x]\n"
    ),
}


@pytest.mark.parametrize("reply", CHAT.values(), ids=CHAT)
def test_chat_replies_give_code_that_works(reply: str) -> None:
    assert call(code_of(reply), "double", 3) == 6


EXAMPLES = {
    "asserts": "assert double(2) == 4\n",
    "wrong asserts": "assert double(2) == 5\n",
    "prints": "print(double(2))\n",
    "input at module level": "n = int(input())\nprint(double(n))\n",
    "a name the function uses inside": "x = int(input())\nresult = double(x)\n",
    "main guard": "if __name__ == '__main__':\n    import doctest\n    doctest.testmod()\n",
    "main function": "def main():\n    print(double(int(input())))\n\nmain()\n",
    "loop": "for x in [1, 2]:\n    print(double(x))\n",
    "try": "try:\n    double('a')\nexcept TypeError as error:\n    print(error)\n",
    "tests": (
        "import unittest\n\nclass T(unittest.TestCase):\n    def test(self):\n"
        "        self.assertEqual(double(1), 2)\n\nunittest.main()\n"
    ),
    "import nobody needs": "import pytest_of_nobody\n",
    "call of the entry point": "double(5)\n",
    "data": "cases = [1, 2, 3]\nwant = [double(c) for c in cases]\n",
    "second example function": "def triple(x):\n    return undefined(x)\n\nassert triple(1) == 3\n",
}


@pytest.mark.parametrize("below", EXAMPLES.values(), ids=EXAMPLES)
def test_examples_below_the_answer_are_left_out(below: str) -> None:
    assert code_of(f"{DOUBLE}\n# Example usage:\n{below}") == DOUBLE


def test_code_with_nothing_to_leave_out_stays_as_written() -> None:
    code = 'import math\n\nTEXT = """\n    \n  kept   \n"""\n\n\ndef double(x):  # why\n    # note\n    return 2 * x\n'
    assert code_of(code) == code


def test_names_local_to_the_function_keep_no_example_code() -> None:
    code = code_of("def double(n):\n    total = n + n\n    return total\n\nn = int(input())\ntotal = double(n)\n")
    assert "input" not in code


# ---------------------------------------------------------------- continuations

PROMPT = '''from typing import List
import math


def poly(xs: list, x: float):
    """Value of a polynomial."""
    return sum(c * math.pow(x, i) for i, c in enumerate(xs))


def double(xs: List[int]) -> List[int]:
    """ Double them.
    >>> double([1])
    [2]
    """
'''
BODIES = {
    "as asked": "    return [2 * x for x in xs]\n",
    "blank line first": "\n    return [2 * x for x in xs]\n",
    "first line moved": "out = []\n    for x in xs:\n        out.append(2 * x)\n    return out\n",
    "all moved": "out = []\nfor x in xs:\n    out.append(2 * x)\nreturn out\n",
    "two spaces": "  out = [2 * x for x in xs]\n  return out\n",
    "fenced body": "```python\n    return [2 * x for x in xs]\n```\nDone.",
    "then a fence": "    return [2 * x for x in xs]\n```\nThe function doubles.",
    "then a helper": "    return [twice(x) for x in xs]\n\n\ndef twice(x):\n    return 2 * x\n",
    "then an example": "    return [2 * x for x in xs]\n\nprint(double([1]))\nassert double([1]) == [3]\n",
    "then the next task": '    return [2 * x for x in xs]\n\n\ndef triple(x):\n    """ Triple\n    >>> tr',
    "then itself again": "    return [2 * x for x in xs]\n\n\ndef double(xs):\n    return xs\n",
    "prose above": "The body is:\n\n    out = [2 * x for x in xs]\n    return out\n",
    "whole function": "def double(xs: List[int]) -> List[int]:\n    return [2 * x for x in xs]\n",
    "whole prompt again": PROMPT + "    return [2 * x for x in xs]\n",
    "one line": "return [2 * x for x in xs]",
}


@pytest.mark.parametrize("reply", BODIES.values(), ids=BODIES)
def test_continuations_give_code_that_works(reply: str) -> None:
    code = code_of(reply, function_task(prompt=PROMPT, starter=PROMPT))
    assert call(code, "double", [1, 2]) == [2, 4]


def test_what_the_prompt_defines_is_there_when_the_reply_lacks_it() -> None:
    task = function_task(prompt=PROMPT, starter=PROMPT)
    code = code_of("def double(xs: List[int]):\n    return [int(poly([0, 2], x)) for x in xs]\n", task)
    assert call(code, "double", [1, 2]) == [2, 4]
    assert code.startswith("from typing import List\nimport math\n")


def test_what_the_reply_defines_itself_is_not_taken_from_the_prompt() -> None:
    task = function_task(prompt=PROMPT, starter=PROMPT)
    code = code_of("def poly(xs, x):\n    return 7\n\ndef double(xs):\n    return poly(xs, 1)\n", task)
    assert call(code, "double", [1]) == 7
    assert "import math" not in code


def test_future_imports_stay_first() -> None:
    task = function_task(prompt=PROMPT, starter=PROMPT)
    code = code_of(
        "from __future__ import annotations\n\ndef double(xs: List[int]):\n    return math.floor(1.5)\n", task
    )
    assert call(code, "double", []) == 1


def test_a_signature_from_parameters_takes_a_body() -> None:
    assert call(code_of("\n    return 2 * x\n", function_task("double", "Double.", "", "x")), "double", 4) == 8


def test_a_starter_that_is_already_done_takes_no_body() -> None:
    assert problem_of("return 3", function_task("double", "Fix it.", DOUBLE)).startswith("no code found")


def test_a_differently_named_function_is_not_made_the_body() -> None:
    task = function_task(prompt=PROMPT, starter=PROMPT)
    assert problem_of("def twice(xs):\n    return xs\n\nprint(twice([1]))\n", task) == (
        "entry point double missing; the reply defines twice"
    )


# ---------------------------------------------------------------- methods

METHODS = {
    "class": "class Solution:\n    def double(self, x: int) -> int:\n        return 2 * x\n",
    "class and example": (
        "class Solution:\n    def double(self, x):\n        return 2 * x\n\ns = Solution()\nprint(s.double(2))\n"
    ),
    "bare method": "def double(self, x):\n    return 2 * x\n",
    "bare method, deep body": (
        "def double(self, x):\n        y = x\n        return y + x\n```\n\n### Explanation\nIt's fine."
    ),
    "bare methods": "def double(self, x):\n    return self.twice(x)\n\ndef twice(self, x):\n    return 2 * x\n",
    "first line moved, two methods": (
        "def double(self, x):\n        return self.twice(x)\n\n    def twice(self, x):\n        return 2 * x\n"
    ),
    "method and function": "def twice(x):\n    return 2 * x\n\ndef double(self, x):\n    return twice(x)\n",
    "method and class": (
        "class Box:\n    def __init__(self, x):\n        self.x = x\n\ndef double(self, x):\n    return 2 * Box(x).x\n"
    ),
    "decorated method": (
        "from functools import lru_cache\n\n@lru_cache(None)\ndef double(self, x):\n    return 2 * x\n"
    ),
    "text inside": 'def double(self, x):\n    text = """\na\n"""\n    return x + len(text)\n',
    "without self": "def double(x: int) -> int:\n    if x > 3:\n        return double(x - 1) + 2\n    return 2 * x\n",
    "inherited": "class Base:\n    def double(self, x):\n        return 2 * x\n\nclass Solution(Base):\n    pass\n",
    "body": "        return 2 * x\n",
    "bare body": "return 2 * x",
}


@pytest.mark.parametrize("reply", METHODS.values(), ids=METHODS)
def test_methods_end_up_in_their_class(reply: str) -> None:
    starter = "class Solution:\n    def double(self, x: int) -> int:\n        "
    code = code_of(reply, function_task("Solution().double", "Double it.", starter))
    assert call(code, "Solution().double", 3) == 6


def test_a_method_of_another_name_is_missing() -> None:
    reply = "class Solution:\n    def twice(self, x):\n        return 2 * x\n"
    assert problem_of(reply, METHOD) == "entry point double missing; the reply defines Solution"


# ---------------------------------------------------------------- programs

PROGRAMS = {
    "guard": "def main():\n    print(sum(map(int, input().split())))\n\n\nif __name__ == '__main__':\n    main()\n",
    "top level": "n = int(input())\nfor _ in range(n):\n    print(input())\n",
    "only a call": "print(sum(map(int, open(0).read().split())))\n",
    "asserts stay": "x = 1\nassert x == 1\nprint(x)\n",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize(
    "frame", ["{}", "```python\n{}```\nInput:\n```\n3\n1 2 3\n```\n", "So:\n\n{}\nThat's all, it's easy.\n"]
)
def test_programs_stay_whole(program: str, frame: str) -> None:
    assert code_of(frame.format(program), STDIO) == program


def test_of_several_programs_the_longest_counts() -> None:
    reply = "```python\nn = int(input())\nprint(n)\n```\nThe first line reads n:\n```python\nn = int(input())\n```"
    assert code_of(reply, STDIO) == "n = int(input())\nprint(n)\n"


def test_script_tasks_without_entry_point_keep_the_whole_reply() -> None:
    task = Task(id="t", prompt="p", interface=Script(), origin=ORIGIN)
    assert code_of(f"```python\n{DOUBLE}\ndouble(1)\n```", task) == f"{DOUBLE}\ndouble(1)\n"


# ---------------------------------------------------------------- no code

NOTHING = {
    "": "the reply is empty",
    " \n\t": "the reply is empty",
    "<think>so long": "the reply holds nothing but thinking",
    "I cannot help with that.": "no code found",
    "def double(x):\n    return (x +": "entry point double does not parse: line 2: '(' was never closed",
    "def double(x):\n    for i in x:\n        y = i *": "entry point double does not parse: line 3: invalid syntax",
    "def double(x):\n    '''Double.'''\n": "entry point double has no body",
    "def double(x):\n    raise NotImplementedError('later')\n": "entry point double has no body",
    "def Double(x):\n    return x\n": "entry point double missing; the reply defines Double",
    "class Solution:\n    def double(self, x):\n        return x\n": (
        "entry point double missing; the reply defines Solution"
    ),
    "print(double(3))": "no code found",
    "import math": "no code found",
}


@pytest.mark.parametrize("prose", ["I cannot do that.", "Sorry, (no.\n\nIt isn't possible: ask again!"])
def test_of_prose_nobody_is_told_where_it_fails_to_parse(prose: str) -> None:
    assert problem_of(prose, function_task("double", "Fix it.", DOUBLE)) == "no code found"


@pytest.mark.parametrize(("reply", "problem"), NOTHING.items())
def test_a_reply_without_answer_says_why(reply: str, problem: str) -> None:
    assert problem_of(reply).startswith(problem)


def test_a_reply_too_large_is_refused_unread() -> None:
    assert problem_of("x" * (50 << 20)) == f"reply too large: {50 << 20} characters, at most {MAX_REPLY} are read"


HOSTILE = {
    "deep": "x = " + "(" * 5000 + ")" * 5000,
    "long sum": "+".join(["1"] * 100_000),
    "minus": "-" * 300_000 + "1",
    "calls": "f" + "(x)" * 50_000,
    "quotes": "it's\n" * 100_000,
    "starts": "def f(:\n" * 50_000,
    "fences": "```python\nx\n```\n" * 4_000,
    "open fences": "```\n" * 100_000,
    "end tokens": "<|a|>" * 50_000,
    "brackets": "a[" * 200_000,
    "commas": "a," * 60_000,
    "statements": "x = f(x)\n" * 8_000 + DOUBLE,
    "classes": "class A: pass\n" * 8_000,
    "marks that are sorted": "x\na" + "\u0301\u0327" * 100_000 + " = 1",
    "marks in a text": "x = 'a" + "\u0301\u0327" * 100_000 + "'",
    "thinking": "<think>" * 100_000,
    "indents": "".join(" " * (i % 90) + "if x:\n" for i in range(10_000)),
    "null": "def double(x):\0\n    return x",
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.measured
@pytest.mark.parametrize("task", [function_task(prompt=PROMPT, starter=PROMPT), STDIO], ids=["function", "program"])
def test_hostile_replies_take_bounded_work(reply: str, task: Task) -> None:
    begun = time.process_time()
    extract(reply, task)
    assert time.process_time() - begun < 60  # a guard against quadratic work, which takes hours; seconds are usual


def test_letters_with_marks_are_read_as_ever() -> None:
    code = "def double(x):\n    e\u0301te\u0301 = 'Z" + "\u0301" * 30 + "'\n    return 2 * x"
    assert extract(code, function_task()).code == code + "\n"


PIECES = [
    "def double(x):",
    "    return 2 * x",
    "```",
    "```python",
    "class Solution:",
    "'''",
    "(",
    "it's",
    "<think>",
    "</think>",
    "@",
    "\n",
    "\t",
    "print(1)",
    "if x:",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=14), st.sampled_from(["\n", " ", ""]))
def test_whatever_the_reply_the_code_parses_and_defines_the_entry_point(pieces: list[str], glue: str) -> None:
    for task in (function_task(prompt=PROMPT, starter=PROMPT), METHOD, STDIO):
        found = extract(glue.join(pieces), task)
        assert (found.code is None) != (found.problem is None)
        if found.code is not None:
            tree = syntax.parse(found.code)
            if isinstance(task.interface, Function):
                assert task.interface.entry_point.split("(")[0] in syntax.bindings(tree.body)


SNIPPETS = {
    "bare": "    y = x + 1\n    return y\n",
    "in fences": "Sure:\n```python\n    y = x + 1\n    return y\n```\nDone.",
    "in tags": "BEGIN SOLUTION\n<code>\n    y = x + 1\n    return y\n</code>\nDone.",
    "up to the tag the prompt opened": "    y = x + 1\n    return y\n</code>\nEND SOLUTION\n<code>\nprint(f(1))",
    "fences and tags": "<code>\n```python\n    y = x + 1\n    return y\n```\n</code>",
    "up to the older mark": "    y = x + 1\n    return y\n# SOLUTION END\nplt.show()",
}


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_taken_as_it_stands(name: str) -> None:
    task = Task(id="t", prompt="P", interface=Script(answer_name="solution"), origin=Origin(source="test"))
    assert extract(SNIPPETS[name], task).code == "    y = x + 1\n    return y"
    assert extract("</code>", task).problem == "no code found"


# ---------------------------------------------------------------- one spelling, hashes


def test_normalise_ignores_comments_docstrings_and_format() -> None:
    spelled = 'def f( x ):\n    """Doc."""\n    # why\n    return (x+1)\n'
    assert normalise(spelled) == normalise("def f(x):\n  return x + 1")
    assert normalise("def f(x):\n    '''only a docstring'''\n") == "def f(x):\n    pass"
    assert normalise("x = 'a'") != normalise("x = 'b'")


def test_normalise_leaves_text_that_does_not_parse_its_indentation() -> None:
    assert normalise("\n  not python ! \n") == "  not python !"
    assert candidate_id("t", "    x = 1\n    return x", "python") != candidate_id("t", "x = 1\n    return x", "python")
    huge = f"x = {hex(16**5000)}\n"
    assert normalise(huge) == huge.strip()


def test_ids_tell_tasks_codes_and_samples_apart() -> None:
    same = candidate_id("t", "def f(x):\n    return x\n", "python")
    assert same == candidate_id("t", "def f(x): return x  # same", "python")
    assert (
        len(
            {same, candidate_id("u", "def f(x): return x", "python"), candidate_id("t", "def f(y): return y", "python")}
        )
        == 3
    )
    ids = [
        sample_id("t", "m", 0),
        sample_id("t", "m", 1),
        sample_id("t", "n", 0),
        sample_id("t", "m", 0, "v2"),
        sample_id("tm", "", 0),
    ]
    assert len(set(ids)) == 5
    assert all(len(i) == 16 for i in ids)
    assert candidate_id("t", "x = '\ud800'", "python")


# ---------------------------------------------------------------- syntax


def test_names_are_told_by_scope() -> None:
    function = "def f(a, b=q):\n    global g\n    g = 1\n    local = h(a)\n    return [y for y in local]\n"
    source = "from os import path as p\n" + function + "class C(B):\n    z = k\n    z2 = z2\n"
    parts = names.chunks(source.split("\n"), syntax.parse(source))
    assert [chunk.binds for chunk in parts] == [{"p"}, {"f", "g"}, {"C"}]
    assert parts[1].runs == {"q"}
    assert parts[1].uses == {"q", "g", "h"}
    assert parts[2].runs == {"B", "k", "z2"}


def test_longest_part_leaves_out_an_unfinished_statement() -> None:
    lines = ["a = 1", "def f():", "    x = 2", "    y = ("]
    part = syntax.longest_part(lines, syntax.Budget(10_000))
    assert part.source == "a = 1"
    assert part.cut
    assert part.error == "line 4: '(' was never closed"
