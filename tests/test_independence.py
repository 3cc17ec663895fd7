"""The verdict of a sample does not depend on which other samples are in the run: a property, over random companies.

Where it does not hold, candidates have a say in their own judgement. Once a program evaluated alone removed exactly the
checks that caught it (docs/decisions/0010). Tests are written once, without any sample: no sample makes them change.
"""

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from efficoder.config import CheckConfig, GenerateConfig, RunConfig, WriteTestsConfig
from efficoder.console import Console
from efficoder.languages.identity import candidate_id
from efficoder.pipeline.run_stage import run_stage
from efficoder.stages.check import Check
from efficoder.stages.collect import reference_rows
from efficoder.stages.write_tests import WriteTests
from efficoder.store import Store
from efficoder.types import (
    Candidate,
    Comparison,
    Function,
    Origin,
    Parameter,
    Sample,
    Stdio,
    Task,
    TaskTests,
    TestCase,
    Verdict,
)

REFERENCE = "def largest(items):\n    return max(items)\n"
PROGRAMS = {
    "right": "def largest(items):\n    return sorted(items)[-1]\n",
    "wrong on one shipped input": "def largest(items):\n    return max(items) if len(items) != 4 else 0\n",
    "wrong on the same": "def largest(items):\n    return sorted(items)[-1] if len(items) != 4 else 0\n",
    "refuses that one": (
        "def largest(items):\n    if len(items) == 4:\n        raise ValueError('four')\n    return max(items)\n"
    ),
    "wrong beyond what is shipped": "def largest(items):\n    return max(items) if len(items) < 30 else items[0]\n",
    "refuses what is beyond": "def largest(items):\n    assert len(items) < 30\n    return max(items)\n",
    "never ends on large ones": (
        "def largest(items):\n    while len(items) > 300:\n        pass\n    return max(items)\n"
    ),
    "wrong throughout": "def largest(items):\n    return 0\n",
}
SHIPPED = [[3], [1, 2], [5, 2, 8], [4, 4, 9, 1], [7, 7, 7, 7, 7], list(range(12))]
FUNCTION = Task(
    id="t/1",
    prompt="The largest of items; 1 <= items.length <= 3000",
    interface=Function(entry_point="largest", parameters=(Parameter(name="items"),)),
    origin=Origin(source="own"),
    reference=REFERENCE,
)
CALLED = "\nimport sys\nprint(largest(list(map(int, sys.stdin.read().split()))))\n"
PROGRAM = Task(id=FUNCTION.id, prompt="", interface=Stdio(), origin=Origin(source="own"), reference=REFERENCE + CALLED)
TASKS = {
    "a function with unknown answers": (FUNCTION, [TestCase(input=f"[{items}]") for items in SHIPPED]),
    "a function without a reference": (
        msgspec.structs.replace(FUNCTION, reference=None),
        [TestCase(input=f"[{items}]", expected=str(max(items))) for items in SHIPPED],
    ),
    "a program": (
        PROGRAM,
        [TestCase(input=" ".join(map(str, items)), comparison=Comparison(kind="tokens")) for items in SHIPPED],
    ),
}
CONFIG = WriteTestsConfig(target_s=0.002, mutants=2, loads=1, grow=20)


def write_tests(store: Store, folder: Path) -> TaskTests:
    run_stage(WriteTests(CONFIG, 0, GenerateConfig()), store, RunConfig(workers=1), Console(folder / "log.txt"))
    return store.tests(FUNCTION.id)


def verdicts(folder: Path, empty: Path, task: Task, company: list[str]) -> dict[str, tuple[Any, ...]]:
    """What becomes of ``company`` in a copy of ``empty``, a run whose tests were written without any sample."""
    shutil.copytree(empty, folder, dirs_exist_ok=True)
    suffix = CALLED if isinstance(task.interface, Stdio) else ""
    codes = {name: PROGRAMS[name] + suffix for name in company}
    ids = {name: candidate_id(task.id, code, "python") for name, code in codes.items()}
    with Store(folder, write=True) as store:
        tests = store.tests(task.id)
        for index, name in enumerate(company):
            sample = Sample(id=name, task_id=task.id, model=name, index=index, reply="", candidate_id=ids[name])
            store.put([Candidate(id=ids[name], task_id=task.id, code=codes[name]), sample])
        assert write_tests(store, folder) == tests
        run_stage(Check(CheckConfig()), store, RunConfig(workers=1), Console(folder / "log.txt"))
        found = {verdict.candidate_id: verdict for verdict in store.all(Verdict)}
    return {name: (found[ids[name]].outcome, found[ids[name]].first_failure) for name in company}


@pytest.fixture(scope="module", params=TASKS)
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A task, its run without any sample, and each program's verdict as the only sample."""
    task, checks = TASKS[request.param]
    empty = tmp_path_factory.mktemp("empty")
    with Store(empty, write=True) as store:
        store.put([task, TaskTests(task_id=task.id, checks=tuple(checks))])
        store.put(list(reference_rows(task, task.reference)) if task.reference else [])
        write_tests(store, empty)
    found: dict[str, tuple[Any, ...]] = {}
    for name in PROGRAMS:
        found |= verdicts(tmp_path_factory.mktemp("alone"), empty, task, [name])
    return task, empty, found


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(company=st.lists(st.sampled_from(sorted(PROGRAMS)), unique=True, min_size=2))
def test_the_verdict_of_a_sample_is_the_same_in_any_company(
    alone: Any, tmp_path_factory: pytest.TempPathFactory, company: list[str]
) -> None:
    task, empty, expected = alone
    found = verdicts(tmp_path_factory.mktemp("company"), empty, task, company)
    assert found == {name: expected[name] for name in company}


def test_alone_a_program_wrong_on_one_shipped_input_is_wrong(alone: Any) -> None:
    _, _, found = alone
    assert found["right"] == ("passed", None)
    for name in ("wrong on one shipped input", "wrong on the same", "wrong throughout"):
        assert found[name][0] == "wrong"
    assert found["refuses that one"][0] == "error"
