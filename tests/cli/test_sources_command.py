"""``efficoder sources``: every format is listed, and what it lists can be given."""

import json

import pytest

from command_line import exit_code
from efficoder.benchmarks import BENCHMARKS
from efficoder.sources import FORMATS


def test_every_format_and_benchmark_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("sources", "--json") == 0
    lines = json.loads(capsys.readouterr().out)
    assert [line["format"] for line in lines] == list(FORMATS)
    assert {line["evaluates"] for line in lines} - {""} == set(BENCHMARKS)
    assert all(line["path"] for line in lines)


def test_the_list_says_how_a_source_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("sources") == 0
    shown = capsys.readouterr().out
    assert "humanevalplus:PATH" in shown
    assert "efficoder evaluate humanevalplus --data" in shown
