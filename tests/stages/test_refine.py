"""What became of the rewrites."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from efficoder.config import MeasureConfig
from efficoder.stages.refine import outcomes
from efficoder.store import Store
from efficoder.types import Measurement, Sample
from invented import Entry, Problem, run_of


@pytest.mark.parametrize(
    ("rewrite", "became"),
    [
        (Entry(model="m", index=1, et_s=0.05), "faster"),
        (Entry(model="m", index=1, et_s=0.1), "as fast"),
        (Entry(model="m", index=1, et_s=0.2), "slower"),
        (Entry(model="m", index=1, et_s=None), "not timed"),
        (Entry(model="m", index=1, et_s=0.05, outcome="wrong"), "not right"),
        (Entry(model="m", index=1, code=None), "not right"),
    ],
)
def test_a_rewrite_is_compared_with_what_it_rewrote(rewrite: Entry, became: str, tmp_path: Path) -> None:
    run_of(tmp_path, [Problem(id="p", entries=[Entry(model="m", index=0, et_s=0.1), rewrite])])
    assert _outcomes_of_second(tmp_path) == {became: 1}


def test_the_same_code_again_is_unchanged(tmp_path: Path) -> None:
    code = "def f(n):\n    return n + 0\n"
    entries = [Entry(model="m", index=index, code=code, et_s=0.1) for index in range(2)]
    run_of(tmp_path, [Problem(id="p", entries=entries)])
    assert _outcomes_of_second(tmp_path) == {"unchanged": 1}


def _outcomes_of_second(folder: Path) -> Counter[str]:
    """With sample 1 told to rewrite sample 0's code."""
    with Store(folder, write=True) as store:
        old, new = (next(s for s in store.all(Sample) if s.model == "m" and s.index == index) for index in range(2))
        store.put([msgspec.structs.replace(new, parent_id=old.candidate_id)])
        return outcomes(store, MeasureConfig())


def test_a_rewrite_that_failed_while_it_was_timed_is_not_timed(tmp_path: Path) -> None:
    run_of(tmp_path, [Problem(id="p", entries=[Entry(model="m", index=index, et_s=0.1) for index in range(2)])])
    with Store(tmp_path, write=True) as store:
        rows = [m for m in store.all(Measurement) if m.candidate_id == "p m 1"]
        assert rows
        store.put([msgspec.structs.replace(row, rounds=()) for row in rows])
    assert _outcomes_of_second(tmp_path) == {"not timed": 1}
