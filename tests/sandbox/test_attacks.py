"""Every attack, in both tiers, as the user that runs the tests and, as root, as an unprivileged one too."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

import msgspec
import pytest

import efficoder
from efficoder.sandbox import Sandbox
from efficoder.sandbox.attacks import Attack
from efficoder.sandbox.conformance import attempt, run_conformance, suite
from efficoder.sandbox.traces import traces

_NOBODY = 65534
_SYSTEM_PYTHON = "/usr/bin/python3"
_SUITE = """
import sys
from efficoder.sandbox.conformance import run_conformance
results = run_conformance(sys.argv[1])
print(len(results), [(r.name, r.detail) for r in results if not r.ok])
"""


@pytest.mark.parametrize("attack", suite("A"), ids=lambda attack: attack.name)
def test_attack_is_contained_and_the_zygote_still_serves(sandbox: Sandbox, attack: Attack) -> None:
    if sandbox.tier == "B" and attack not in suite("B"):
        pytest.skip("tier B does not wipe this trace (docs/trust.md)")
    result = attempt(sandbox, attack)
    assert result.ok, result.detail


def test_attacks_have_distinct_names() -> None:
    names = [attack.name for attack in suite("A")]
    assert len(names) == len(set(names))


def test_an_attack_that_succeeds_is_reported(sandbox: Sandbox) -> None:
    harmless = Attack("harmless", "def f():\n    return 1")
    assert not attempt(sandbox, harmless).ok
    assert "gave (b'1',)" in attempt(sandbox, harmless).detail
    assert not attempt(sandbox, harmless._replace(ends="timeout")).ok
    assert not attempt(sandbox, harmless._replace(outputs=None, least_cpu_s=5.0)).ok


@pytest.mark.parametrize("tier", ["A", "B"])
def test_attacks_as_an_unprivileged_user(tier: Literal["A", "B"]) -> None:
    if os.geteuid() != 0:
        pytest.skip("not root: the other tests ran unprivileged already")
    version = subprocess.run([_SYSTEM_PYTHON, "-V"], capture_output=True, text=True, check=False).stdout
    if f"Python {sys.version_info.major}.{sys.version_info.minor}." not in version:
        pytest.skip(f"{_SYSTEM_PYTHON} is not the Python of these tests, and nobody may read theirs")
    # pytest's folders are closed to others.
    home = Path("/tmp") / f"efficoder-{os.getpid()}-{tier}"
    try:
        for package in (efficoder, msgspec):
            source = Path(package.__file__ or "").parent
            shutil.copytree(source, home / source.name, ignore=shutil.ignore_patterns("__pycache__"))
        done = subprocess.run(
            [_SYSTEM_PYTHON, "-B", "-c", _SUITE, tier],
            user=_NOBODY,
            group=_NOBODY,
            extra_groups=[],
            env={"PYTHONPATH": str(home)},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if "PrerequisiteError" in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{len(suite(tier))} []"


def test_suite_needs_a_tier() -> None:
    with pytest.raises(Exception, match="unsafe"):
        run_conformance("unsafe")  # type: ignore[arg-type]


@pytest.mark.parametrize("trace", traces("A"), ids=lambda trace: trace.name)
def test_whoever_leaves_a_trace_gets_to_the_end(sandbox: Sandbox, trace: Attack) -> None:
    """Otherwise the next child has nothing to find."""
    assert attempt(sandbox, trace._replace(code=trace.before, outputs=(b"null",), before="")).detail == ""


@pytest.mark.parametrize("tier", ["A", "B"])
def test_every_trace_that_tier_b_wipes_tier_a_wipes_too(tier: Literal["A", "B"]) -> None:
    assert {attack.name for attack in suite(tier)} <= {attack.name for attack in suite("A")}
