"""A candidate's words are parsed as data, whatever they are."""

from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from efficoder.sandbox.outcome import ChildReport, parse


def frame(letter: bytes, payload: bytes = b"") -> bytes:
    return pack("<cI", letter, len(payload)) + payload


def test_results_and_an_end() -> None:
    assert parse(frame(b"R", b"1") + frame(b"R", b"22") + frame(b"E"), 2) == ChildReport((b"1", b"22"), b"", True)


def test_the_first_failure_counts() -> None:
    assert parse(frame(b"R", b"1") + frame(b"X", b"eA") + frame(b"X", b"mB"), 9) == ChildReport((b"1",), b"eA", False)


def test_bytes_after_the_end_make_it_no_end() -> None:
    assert not parse(frame(b"E") + b"x", 0).complete
    assert not parse(frame(b"E") + frame(b"E"), 0).complete


def test_a_frame_that_promises_more_than_there_is_ends_the_parse() -> None:
    assert parse(frame(b"R", b"1") + pack("<cI", b"R", 99) + b"x", 9) == ChildReport((b"1",), b"", False)


def test_a_flood_is_read_to_one_past_the_expected() -> None:
    assert len(parse(frame(b"R") * 1000, 3).results) == 4


@given(st.binary(max_size=200), st.integers(0, 5))
def test_any_bytes_parse(data: bytes, most: int) -> None:
    said = parse(data, most)
    assert len(said.results) <= most + 1
    assert sum(map(len, said.results)) <= len(data)
