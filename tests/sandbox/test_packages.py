"""A folder of packages inside the walls: importable there, and nothing more is let in. Both tiers."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest

from efficoder.errors import PrerequisiteError
from efficoder.sandbox import Limits, Outcome, Program, Sandbox
from efficoder.sandbox.attacks import all_attacks
from efficoder.sandbox.conformance import attempt

NUMPY = Path(numpy.__file__).parent.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny package, with a secret beside the folder it lies in."""
    made = tmp_path_factory.mktemp("beside") / "site-packages"
    (made / "tiny").mkdir(parents=True)
    (made / "tiny" / "__init__.py").write_text("def twice(x):\n    return 2 * x\n")
    (made.parent / "secret.txt").write_text("secret")
    return made


@pytest.fixture(scope="module", params=["A", "B"])
def opened(request: pytest.FixtureRequest, folder: Path) -> Iterator[Sandbox]:
    try:
        made = Sandbox(tier=request.param, packages=str(folder))
    except PrerequisiteError as reason:
        pytest.skip(str(reason))
    with made:
        yield made


def _call(sandbox: Sandbox, body: str, imports: str = "import os, tiny") -> Outcome:
    program = Program(kind="function", code=f"{imports}\ndef f():\n    {body}\n", entry_point="f")
    return sandbox.run(program, ["[]"], Limits(cpu_s=5.0, wall_s=20.0))


def test_a_package_of_the_folder_can_be_imported(opened: Sandbox) -> None:
    assert _call(opened, "return tiny.twice(21)").outputs == (b"42",)


def test_without_the_folder_there_is_no_such_package(sandbox: Sandbox) -> None:
    outcome = _call(sandbox, "return 1")
    assert (outcome.ended, outcome.detail.partition(" (")[0]) == (
        "error",
        "ModuleNotFoundError: No module named 'tiny'",
    )


@pytest.mark.parametrize(
    "body",
    [
        "open(tiny.__file__, 'a').write('x')",
        "os.remove(tiny.__file__)",
        "os.mkdir(os.path.join(os.path.dirname(tiny.__file__), 'new'))",
        "return open(os.path.join(os.path.dirname(tiny.__file__), '..', '..', 'secret.txt')).read()",
        "return open(SECRET).read()",
    ],
)
def test_the_folder_is_read_only_and_nothing_beside_it_is_seen(opened: Sandbox, folder: Path, body: str) -> None:
    outcome = _call(opened, body.replace("SECRET", repr(str(folder.parent / "secret.txt"))))
    assert outcome.ended in ("error", "refused"), outcome
    assert "Error" in outcome.detail
    assert (folder / "tiny" / "__init__.py").read_text().startswith("def twice")


def test_every_attack_is_contained_beside_an_open_folder(opened: Sandbox) -> None:
    results = [attempt(opened, attack) for attack in all_attacks()]
    assert [(result.name, result.detail) for result in results if not result.ok] == []


def test_other_installed_packages_stay_hidden(opened: Sandbox) -> None:
    assert "No module named 'numpy'" in _call(opened, "return 1", "import numpy").detail


@pytest.mark.parametrize("tier", ["A", "B"])
def test_numpy_runs_in_there(tier: str) -> None:
    try:
        sandbox = Sandbox(tier=tier, packages=str(NUMPY))  # type: ignore[arg-type]
    except PrerequisiteError as reason:
        pytest.skip(str(reason))
    with sandbox:
        body = "return float((np.random.default_rng(0).random((50, 50)) @ np.linalg.inv(np.eye(50))).sum())"
        outcome = _call(sandbox, body, "import numpy as np")
    assert outcome.ended == "finished", outcome.detail
    assert 1000 < float(outcome.outputs[0]) < 1500


def test_a_virtual_environment_stands_for_its_packages(tmp_path: Path, folder: Path) -> None:
    venv = tmp_path / "venv"
    inner = venv / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    inner.parent.mkdir(parents=True)
    (venv / "pyvenv.cfg").write_text("home = /usr/bin\n")
    with pytest.raises(PrerequisiteError, match="another Python"):
        Sandbox(packages=str(venv))
    inner.mkdir()
    (inner / "small.py").write_text("x = 7\n")
    with Sandbox(packages=str(venv)) as sandbox:
        assert _call(sandbox, "return small.x", "import small").outputs == (b"7",)


def test_a_folder_that_is_none_or_holds_the_home_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="no folder"):
        Sandbox(packages=str(tmp_path / "missing"))
    with pytest.raises(PrerequisiteError, match="more than packages"):
        Sandbox(packages="/")
