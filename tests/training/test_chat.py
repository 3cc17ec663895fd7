"""Which tokens are learned, and which rows fit."""

import pytest

import tiny
from efficoder.errors import InputError
from efficoder.training.chat import IGNORED, Chat, encode, fit, open_chat, render
from efficoder.training.rows import ChatMessage, TrainingRow

pytestmark = pytest.mark.filterwarnings("ignore")

ASK = (ChatMessage("user", tiny.QUESTION),)


@pytest.fixture(scope="module")
def chat() -> Chat:
    return open_chat(tiny.tokenizer(), "tiny")


def test_only_the_answer_and_its_end_token_are_learned(chat: Chat) -> None:
    encoded = encode(chat, TrainingRow(ASK, tiny.FAST))
    learned = [label for label in encoded.labels() if label != IGNORED]
    assert chat.tokenizer.decode(learned) == tiny.FAST + "<|im_end|>"
    assert learned[-1] == chat.end_id
    assert len(encoded.labels()) == len(encoded.prompt + encoded.chosen)


def test_prompt_and_answer_are_what_the_model_reads_and_writes(chat: Chat) -> None:
    encoded = encode(chat, TrainingRow(ASK, tiny.FAST))
    assert chat.tokenizer.decode(encoded.prompt) == render(chat.tokenizer, ASK)
    whole = render(chat.tokenizer, ASK, tiny.FAST)
    assert chat.tokenizer.decode(encoded.prompt + encoded.chosen) == whole.removesuffix("\n")


def test_the_end_of_turn_is_the_templates_even_if_the_tokenizer_names_another(chat: Chat) -> None:
    assert chat.tokenizer.eos_token == "<|endoftext|>"
    assert chat.end_token == "<|im_end|>"


def test_a_template_that_ends_no_turn_is_refused() -> None:
    with pytest.raises(InputError, match="never stops"):
        open_chat(tiny.tokenizer(tiny.ENDLESS), "tiny")


def test_a_tokenizer_without_a_template_is_refused() -> None:
    with pytest.raises(InputError, match="no chat template"):
        open_chat(tiny.tokenizer(None), "tiny")


def test_a_template_that_rewrites_an_answered_prompt_is_refused() -> None:
    with pytest.raises(InputError, match="differently"):
        open_chat(tiny.tokenizer("{{ messages | length }}<|im_end|>"), "tiny")


def test_rows_that_do_not_fit_are_dropped_by_reason_and_none_is_cut(chat: Chat) -> None:
    rows = [
        TrainingRow(ASK, tiny.FAST),
        TrainingRow((ChatMessage("user", "x " * 500),), "y"),
        TrainingRow(ASK, "y " * 500),
    ]
    encoded = [encode(chat, row) for row in rows]
    kept = fit(rows, encoded, max_tokens=encoded[0].tokens)
    assert kept.rows == rows[:1]
    assert kept.encoded == encoded[:1]
    assert kept.dropped == {"cut_by_template": 0, "prompt_too_long": 1, "answer_too_long": 1}


KEEPS_THE_END = tiny.CHATML.replace("m['content']", "m['content'].split('</think>')[-1]")
TRIMS = tiny.CHATML.replace("m['content']", "(m['content'] | trim)")
CUT = {
    "only what follows the mark": (KEEPS_THE_END, "```python\ndef f(t):\n    return t.split('</think>')[-1]\n```"),
    "indentation trimmed": (TRIMS, "    return x\n"),
    "the end of the turn in the answer": (tiny.CHATML, "```python\nmarks = ['<|im_end|>', 'x']\n```"),
}


@pytest.mark.parametrize("name", CUT)
def test_a_row_whose_answer_the_template_cuts_is_dropped_and_counted(name: str) -> None:
    template, answer = CUT[name]
    chat = open_chat(tiny.tokenizer(template), "tiny")
    rows = [TrainingRow(ASK, answer), TrainingRow(ASK, tiny.FAST)]
    encoded = [encode(chat, row) for row in rows]
    kept = fit(rows, encoded, 10_000)
    assert kept.rows == rows[1:]
    assert kept.dropped["cut_by_template"] == 1
    pair = encode(chat, TrainingRow(ASK, tiny.FAST, answer))
    assert not pair.whole
    with pytest.raises(InputError, match="leaves out"):
        fit(rows[:1], encoded[:1], 10_000)


def test_a_template_that_trims_blank_lines_at_the_end_cuts_nothing() -> None:
    chat = open_chat(tiny.tokenizer(TRIMS), "tiny")
    assert encode(chat, TrainingRow(ASK, tiny.FAST + "\n")).whole


def test_a_prompt_must_leave_room_for_what_the_model_writes(chat: Chat) -> None:
    row = TrainingRow(ASK, tests="{}")
    encoded = encode(chat, row)
    assert fit([row], [encoded], encoded.tokens + 16, room=16).rows == [row]
    with pytest.raises(InputError, match="longer than"):
        fit([row], [encoded], encoded.tokens + 15, room=16)


def test_the_longer_side_of_a_pair_decides(chat: Chat) -> None:
    row = TrainingRow(ASK, "short", tiny.SLOW)
    encoded = encode(chat, row)
    assert encoded.tokens == len(encoded.prompt) + len(encoded.rejected)
