"""Does the sandbox hold? The attacks, run for real in one tier, by ``efficoder doctor`` and by the tests alike."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from efficoder.errors import SandboxFault
from efficoder.sandbox.api import Limits, Outcome, Program
from efficoder.sandbox.attacks import Attack, all_attacks
from efficoder.sandbox.traces import traces
from efficoder.sandbox.worker import Sandbox

_HELLO = Program(kind="function", code="def f(a, b):\n    return pow(a, b, 7)", entry_point="f")


class Result(msgspec.Struct, frozen=True):
    name: str
    ok: bool
    detail: str
    """What happened instead; empty when it held."""


def suite(tier: Literal["A", "B"]) -> tuple[Attack, ...]:
    """All that ``tier`` must hold against."""
    return (*all_attacks(), *traces(tier))


def run_conformance(tier: Literal["A", "B"]) -> list[Result]:
    """All attacks in one zygote of ``tier``; about 10 s. Raises PrerequisiteError where the tier is not offered."""
    with Sandbox(tier=tier) as sandbox:
        return [attempt(sandbox, attack) for attack in suite(tier)]


def attempt(sandbox: Sandbox, attack: Attack) -> Result:
    """Run one attack, then see whether the same zygote still serves."""
    zygote = sandbox.zygote
    try:
        if attack.before:
            _run(sandbox, attack, attack.before)
        outcome = _run(sandbox, attack, attack.code)
        faults = [*_wrong(attack, outcome), *_faults(sandbox, zygote)]
    except SandboxFault as fault:
        faults = [str(fault)]
    return Result(attack.name, not faults, "; ".join(faults))


def _run(sandbox: Sandbox, attack: Attack, code: str) -> Outcome:
    function = attack.kind == "function"
    program = Program(attack.kind, code, entry_point="f" if function else "", header=attack.header)
    return sandbox.run(program, ["[]" if function else ""], attack.limits)


def _wrong(attack: Attack, outcome: Outcome) -> Iterator[str]:
    if outcome.ended not in attack.ends.split():
        yield f"ended in {outcome.ended} ({outcome.detail}), not in {attack.ends}"
    elif attack.outputs is not None and outcome.outputs != attack.outputs:
        yield f"gave {outcome.outputs!r:.200}, not {attack.outputs!r}"
    if outcome.cpu_s < attack.least_cpu_s:
        yield f"was charged {outcome.cpu_s:.3f} s of CPU time, not {attack.least_cpu_s:.3f} or more"
    if len(b"".join(outcome.outputs)) > attack.limits.output_bytes:
        yield "wrote more than the output limit"


def _faults(sandbox: Sandbox, zygote: str) -> Iterator[str]:
    after = sandbox.run(_HELLO, ["[3,4]"], Limits(cpu_s=2, wall_s=20))
    if after.outputs != (b"4",):
        yield f"the next run ended in {after.ended}: {after.detail}"
    if sandbox.zygote != zygote:
        yield "the zygote did not survive"
