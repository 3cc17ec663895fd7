import msgspec
import pytest

from efficoder.languages import LANGUAGES
from efficoder.models.prompts import VARIANTS, chat_prompt, code_reply, prompt_for_tests, refine_prompt
from efficoder.types import Facts, Function, Interface, Origin, Parameter, Script, Stdio, Task


def task(interface: Interface, prompt: str = "Add.", starter: str = "") -> Task:
    return Task(id="t", prompt=prompt, interface=interface, origin=Origin(source="s"), starter=starter)


@pytest.mark.parametrize(
    ("interface", "words"),
    [
        (Function(entry_point="add"), "defines `add`."),
        (Function(entry_point="Solution().add"), "defines `add` in class `Solution`."),
        (Stdio(), "reads standard input"),
        (Script(), "solves this"),
        (Script(answer_name="solution"), "in the place of the solution"),
    ],
)
def test_every_interface_says_what_is_wanted(interface: Interface, words: str) -> None:
    assert words in chat_prompt(task(interface))


HEADERS = {"python": "import math", "cpp": "#include <cmath>", "java": "import java.util.*;", "go": 'import "math"'}


@pytest.mark.parametrize("spoken", sorted(LANGUAGES))
@pytest.mark.parametrize("starter", ["", "  \n"])
def test_a_task_with_a_header_and_no_starter_is_asked_in_its_own_words(spoken: str, starter: str) -> None:
    """The header once stood between all letters of the prompt."""
    header = HEADERS.get(spoken, "const K = 7;")
    asked = task(Function(entry_point="work", header=header), "Work out\nwhat is asked.", starter)
    asked = msgspec.structs.replace(asked, language=spoken)
    texts = [chat_prompt(asked, variant) for variant in VARIANTS]
    texts.append(refine_prompt(asked, "done", Facts(et_s=1.0)))
    assert all(text.count("Work out\nwhat is asked.") == 1 for text in texts)
    assert all(text.count(header) <= 1 for text in texts)


def test_starter_is_shown_unless_the_prompt_has_it() -> None:
    assert "Start from:" in chat_prompt(task(Stdio(), starter="def f():\n"))
    assert "Start from:" not in chat_prompt(task(Stdio(), "def f():\n    '''Doc.'''\n", starter="def f():"))


def test_variants_differ_and_plain_says_nothing_of_speed() -> None:
    texts = {variant: chat_prompt(task(Stdio()), variant) for variant in VARIANTS}
    assert len(set(texts.values())) == len(VARIANTS)
    assert "fast" not in texts["plain"]
    assert all(text.startswith(texts["plain"]) for text in texts.values())


def test_a_reply_survives_code_with_fences() -> None:
    code = 'DOC = """\n```\n"""\n'
    reply = code_reply(task(Stdio()), code)
    assert reply == f"````python\n{code.strip()}\n````"


def test_a_tester_is_told_what_to_call_and_how_a_generator_ends() -> None:
    parameters = (Parameter(name="items", codec="ListNode"), Parameter(name="k"))
    linked = task(Function(entry_point="Solution().f", parameters=parameters))
    checks, load = (prompt_for_tests(linked, kind) for kind in ("checks", "load"))
    assert "\nassert Solution().f(ARGUMENTS) == RESULT\n" in checks[0]
    assert "`return [items, k]`" in load[0]
    assert all("list of its values" in text for text, _ in (checks, load))
    assert checks[1] != load[1]
    assert "linked list" not in prompt_for_tests(task(Function(entry_point="f")), "checks")[0]


def test_a_tester_of_programs_is_asked_for_text() -> None:
    assert '"input"' in prompt_for_tests(task(Stdio()), "checks")[0]
    assert "text for standard input" in prompt_for_tests(task(Stdio()), "load")[0]


@pytest.mark.parametrize("prompt", ["Add.", "Add:\n{starter}\nGo."])
def test_the_starter_shown_brings_what_it_needs_of_the_header(prompt: str) -> None:
    starter = "class Solution:\n    def f(self, head: ListNode, nums: List[int]) -> int:"
    header = "from typing import *\n\n\nclass ListNode:\n    pass\n"
    shape = Function(entry_point="Solution().f", header=header)
    shown = chat_prompt(task(shape, prompt.format(starter=starter), starter))
    whole = f"from typing import List\n\n\nclass ListNode:\n    pass\n\n\n{starter}\n"
    assert shown.count(whole) == shown.count("class Solution") == 1
