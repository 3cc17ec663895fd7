"""What an arm's file must hold, and the errors when it does not."""

from pathlib import Path

import pytest

import tiny
from efficoder.errors import InputError
from efficoder.training import rows


def test_each_method_reads_its_columns(tmp_path: Path) -> None:
    sft = rows.read(tiny.write(tmp_path / "s.jsonl", tiny.sft_rows(2)), "sft")
    pair = rows.read(tiny.write(tmp_path / "p.jsonl", tiny.pair_rows(2)), "orpo")
    prompt = rows.read(tiny.write(tmp_path / "g.jsonl", tiny.prompt_rows(2)), "grpo")
    assert [row.chosen for row in sft] == [tiny.FAST, tiny.FAST]
    assert (pair[0].chosen, pair[0].rejected) == (tiny.FAST, tiny.SLOW)
    assert prompt[1].tests == '{"n": 1}'
    assert sft[1].prompt == pair[1].prompt == prompt[1].prompt


def test_rows_of_the_export_are_read(tmp_path: Path) -> None:
    import msgspec

    from efficoder.exports.shapes import ExportedMessage, PairRow, PromptRow, SftRow

    ask, fast, slow = ExportedMessage("user", "q"), ExportedMessage("assistant", "a"), ExportedMessage("assistant", "b")
    for method, row in (
        ("sft", SftRow([ask, fast])),
        ("dpo", PairRow([ask], [fast], [slow])),
        ("grpo", PromptRow([ask], "{}")),
    ):
        path = tmp_path / f"{method}.jsonl"
        path.write_bytes(msgspec.json.encode(row) + b"\n")
        assert rows.read(path, method)[0].prompt == (rows.ChatMessage("user", "q"),)  # type: ignore[arg-type]


def test_an_empty_arm_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the arm is empty"):
        rows.read(tiny.write(tmp_path / "a.jsonl", []), "sft")


def test_a_missing_arm_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such arm"):
        rows.read(tmp_path / "a.jsonl", "sft")


def test_a_pair_with_equal_sides_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "p.jsonl", tiny.pair_rows(2) + tiny.pair_rows(1, rejected=tiny.FAST))
    with pytest.raises(InputError, match=r"p\.jsonl:3: .*equal"):
        rows.read(path, "dpo")


@pytest.mark.parametrize(
    ("method", "row"),
    [
        ("sft", {"text": "no messages"}),
        ("sft", {"messages": [{"role": "user", "content": "q"}]}),
        ("sft", {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": " "}]}),
        ("dpo", tiny.sft_rows(1)[0]),
        ("grpo", {"prompt": [{"role": "user", "content": "q"}]}),
    ],
)
def test_a_row_of_another_shape_is_an_error_that_names_the_line(tmp_path: Path, method: str, row: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(InputError, match=r"a\.jsonl:1: "):
        rows.read(tiny.write(tmp_path / "a.jsonl", [row]), method)  # type: ignore[arg-type]


def test_the_fingerprint_changes_with_any_row_and_their_order() -> None:
    one, two = rows.TrainingRow((), "a"), rows.TrainingRow((), "b")
    assert len({rows.fingerprint(r) for r in ([one, two], [two, one], [one], [one, rows.TrainingRow((), "c")])}) == 4


def test_an_arm_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "arm.jsonl", tiny.sft_rows(2))
    before = rows.read(path, "sft")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert rows.read(path, "sft") == before
