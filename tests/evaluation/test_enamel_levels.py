"""ENAMEL's levels, for real: a quick and a slow program beside the reference, and one that is wrong on large inputs."""

from pathlib import Path

import msgspec
import pytest

from efficoder.config import CheckConfig
from efficoder.evaluation.enamel_levels import Levels, LevelTimes
from efficoder.languages.identity import candidate_id
from efficoder.sandbox import Sandbox
from efficoder.store import Store
from efficoder.types import Candidate, Record, TaskTests, Verdict
from invented import Problem, task_of

MAKER = """
SIZES = (10, 200, 400, 800)


def level_input(level, case):
    return [SIZES[level] * 1000 + case]
"""
WORK = "def f(n):\n    for _ in range({}):\n        pass\n    return n\n"
PROGRAMS = {
    "same": WORK.format("0 + n"),
    "slow": WORK.format("6 * n"),
    "right once": (
        "import math\ndef f(n):\n    math.met = getattr(math, 'met', 0) + 1\n"
        "    for _ in range(n):\n        pass\n    return n if math.met == 1 else 0\n"
    ),
    "wrong": WORK.format("n").replace("return n", "return n if n < 300000 else 0"),
}


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, LevelTimes]:
    monkeypatch.setattr("efficoder.evaluation.enamel_levels.CASES", (2, 1, 1, 1))
    rows: list[Record] = [msgspec.structs.replace(task_of(Problem(id="t", entries=[])), reference=WORK.format("n"))]
    rows += [TaskTests(task_id="t", written=w, load_programs=(MAKER,)) for w in (False, True)]
    for code in (WORK.format("n"), *PROGRAMS.values()):
        key = candidate_id("t", code, "python")
        rows += [Candidate(id=key, task_id="t", code=code)]
        rows += [Verdict(candidate_id=key, task_id="t", outcome="passed")]
    stage = Levels(CheckConfig())
    with Store(tmp_path, write=True) as store, Sandbox() as sandbox:
        store.put(rows)
        (job,) = stage.plan(store)
        made = stage.do(stage.pack(store, job), sandbox)
    by_id = {row.candidate_id: row for row in made if isinstance(row, LevelTimes)}
    return {
        name: by_id[candidate_id("t", code, "python")]
        for name, code in {"reference": WORK.format("n"), **PROGRAMS}.items()
    }


def test_levels_for_real(found: dict[str, LevelTimes]) -> None:
    reference, same, slow, wrong, once = (found[name] for name in ("reference", "same", "slow", "wrong", "right once"))
    assert [len(level) for level in reference.levels] == [2, 1, 1, 1]
    assert same.levels[3][0] is not None
    assert reference.levels[3][0] is not None
    assert 0.6 < same.levels[3][0] / reference.levels[3][0] < 1.6
    # six times the work passes the limit of twice the reference somewhere above level 0, which is no wrong answer
    assert None in slow.levels[-1]
    assert not slow.wrong
    assert wrong.wrong
    assert "another answer" in wrong.detail
    assert once.wrong  # its loops are compared as well as its first run
    assert "level 0: another answer" in once.detail
