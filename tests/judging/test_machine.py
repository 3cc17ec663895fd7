"""Facts, floor and noise of the machine the tests run on, in a real sandbox; no number of seconds is expected."""

import os
from collections.abc import Iterator

import pytest

from efficoder.judging import machine
from efficoder.sandbox import Sandbox
from fake_sandbox import FLOOR_S, FakeSandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def test_facts_are_stable_and_named() -> None:
    facts = machine.facts()
    assert facts == machine.facts()
    assert 1 <= facts.cores <= (os.cpu_count() or 1)
    assert facts.memory_bytes > 1 << 28
    assert facts.cpu
    assert facts.kernel
    assert len(facts.id) == 12


def test_the_id_follows_what_a_time_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    before = machine.facts()
    monkeypatch.setattr(machine, "memory_bytes", lambda: 1 << 50)
    assert machine.facts().id != before.id


def test_the_floor_of_a_real_sandbox_is_small_and_steady(sandbox: Sandbox) -> None:
    floor = machine.floor(sandbox, runs=8)
    assert 0 < floor.cpu_s < floor.wall_s
    assert floor.spread_s < floor.cpu_s
    assert floor.peak_bytes > 1 << 20
    assert floor.runs == 8


def test_noise_is_over_one_and_bounded(sandbox: Sandbox) -> None:
    noise = machine.noise(sandbox, runs=6)
    assert 0 <= noise.relative_spread < 1
    assert noise.worst >= 1
    assert noise.wall_over_cpu > 0.9


def test_a_simulated_floor_is_found() -> None:
    assert machine.floor(FakeSandbox()).cpu_s == pytest.approx(FLOOR_S, rel=0.2)  # type: ignore[arg-type]
