import pytest

from efficoder.prompting import VARIANTS, chat_prompt, code_reply
from efficoder.types import Function, Interface, Origin, Script, Stdio, Task


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
