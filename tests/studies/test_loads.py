"""The study of loads on invented rows: which tasks are raced, and which are counted."""

from pathlib import Path

import msgspec
import pytest

from efficoder.config import MeasureConfig
from efficoder.errors import InputError
from efficoder.metrics.ranking import rank
from efficoder.store import Store
from efficoder.studies.loads import Shipped, spans, study_loads
from efficoder.types import Candidate, Selection, ShippedRanking, Verdict
from invented import Entry, Problem, measurement, rows_of


def _ranked(task_id: str) -> Selection:
    """Two right candidates, one of them twice as fast."""
    rows = [measurement(task_id, "a", 0.1), measurement(task_id, "b", 0.2)]
    ranking = rank(rows, {name: Candidate(id=name, task_id=task_id, code=name) for name in "ab"})
    return Selection(
        task_id=task_id, chosen="a", baseline="a", gain=None, ranking=tuple(ranking), reason="tie", correct=2
    )


def test_a_task_that_nobody_solves_any_more_is_not_raced(tmp_path: Path) -> None:
    problem = Problem(id="t", entries=(Entry(model="m", et_s=0.1),), reference_s=None)
    with Store(tmp_path / "run", write=True) as store:
        store.put([*rows_of(problem), _ranked("t")])
        stage = Shipped(MeasureConfig(), 1)
        assert [job.id for job in stage.plan(store)] == ["t"]
        wrong = [msgspec.structs.replace(verdict, outcome="wrong") for verdict in store.all(Verdict)]
        store.put(wrong)
        assert list(stage.plan(store)) == []


def test_tasks_in_a_language_that_is_not_here_are_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "run", write=True) as store:
        task, *rest = rows_of(Problem(id="t", entries=(Entry(model="m", et_s=0.1),)))
        store.put([msgspec.structs.replace(task, language="cobol"), *rest, _ranked("t")])
        store.save_config("")
    with pytest.raises(InputError, match="task 't': no language 'cobol'"):
        study_loads(tmp_path, "run", 1, "text", as_json=True)


def test_both_shares_are_of_the_same_tasks(tmp_path: Path) -> None:
    with Store(tmp_path / "run", write=True) as store:
        ranked = [_ranked("t"), _ranked("u")]
        alone = ShippedRanking(task_id="u", ranking=ranked[1].ranking[:1])
        store.put([*ranked, ShippedRanking(task_id="t", ranking=ranked[0].ranking), alone])
        assert [share.tasks for share in spans(store)] == [1, 1]
