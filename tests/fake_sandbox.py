"""A sandbox that runs nothing: CPU times come from a model of a shared machine, on its own clock.

The machine's speed wanders between 1.0x and 1.7x of its best with the autocorrelation measured on a busy two-core
virtual machine (0.8 after 80 ms, 0.5 after 0.4 s, 0.4 after 0.8 s, 0.06 after 4 s); now and then a run is far off.
A candidate's code says what it costs: ``cost 0.010``, ``cost 0.010 fails 3`` (from its third run on),
``cost 0.010 bytes 5000000``, ``cost 0.010 wavers`` (answers differently each time), ``cost 0.010 dozes`` (answers
nothing in its third, fifth, seventh run and so on), ``cost 0.010 compiles 2`` (takes two seconds before it begins).
"""

import itertools
import math
import random
from collections.abc import Sequence
from statistics import NormalDist

from efficoder.sandbox import Limits, Outcome, Program, Watch, digest

FLOOR_S = 0.0022
FLOOR_SPREAD_S = 0.0003
EMPTY_BYTES = 20_000_000


class FakeSandbox:
    tier = "A"

    def __init__(self, seed: int = 0, noisy: bool = True) -> None:
        self.random = random.Random(seed)
        self.noisy = noisy
        self.zygote = "zygote 0"
        self.restarts = 0
        self.clock_s = 0.0
        self.spent_s = 0.0
        self.runs: list[tuple[str, float, int]] = []
        """(code, CPU seconds, loops) of every run so far."""
        self._slow = [(weight, tau, self.random.gauss(0, 1)) for weight, tau in ((0.33, 0.15), (0.65, 1.7))]

    def run(
        self,
        program: Program,
        inputs: Sequence[str],
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        *,
        loops: int = 1,
        sample_memory: bool = False,
        keep_outputs: bool = True,
        watch: Watch | None = None,
    ) -> Outcome:
        words = program.code.split()
        said = dict(zip(words, [*words[1:], ""], strict=False))
        body_s = float(said.get("cost", 0.0)) * loops
        if program.kind == "stdio":
            body_s /= 2
        cpu_s = body_s * self._slowness() + max(0.0, self.random.gauss(FLOOR_S, FLOOR_SPREAD_S * self.noisy))
        before = sum(code == program.code for code, _, _ in self.runs)
        ended = "finished"
        if cpu_s > limits.cpu_s:
            ended, cpu_s = "timeout", limits.cpu_s
        elif "fails" in said and before + 1 >= int(said["fails"]):
            ended = "error"
        dozing = "dozes" in said and before > 1 and before % 2 == 0
        self.clock_s += cpu_s + 0.0005
        prepare_s = 0.001 + float(said.get("compiles", 0.0))
        self.spent_s += cpu_s + prepare_s
        self.runs.append((program.code, cpu_s, loops))
        peak_bytes = EMPTY_BYTES + int(said.get("bytes", 0))
        integral = EMPTY_BYTES * cpu_s + int(said.get("bytes", 0)) * body_s if sample_memory else None
        answer = str(self.random.random()).encode() if "wavers" in said else b"0"
        answers = (b"" if dozing else answer,) * len(inputs)
        asked = bool(program.code) and ended == "finished"
        return Outcome(
            ended=ended,  # type: ignore[arg-type]
            outputs=(answers * loops if keep_outputs or program.kind == "stdio" else (digest(answers),) * loops)
            if asked
            else (),
            detail="",
            cpu_s=cpu_s,
            wall_s=1.5 * cpu_s,
            peak_bytes=peak_bytes,
            byte_seconds=integral,
            wall_byte_seconds=None if integral is None else 1.5 * integral,
            prepare_s=prepare_s,
        )

    def restart(self) -> None:
        self.restarts += 1
        self.zygote = f"zygote {self.restarts}"

    def close(self) -> None:
        pass

    def _slowness(self) -> float:
        if not self.noisy:
            return 1.0
        elapsed_s, self.clock_s = self.clock_s, 0.0
        level = math.sqrt(0.02) * self.random.gauss(0, 1)
        moved = []
        for weight, tau, state in self._slow:
            keep = math.exp(-elapsed_s / tau)
            state = keep * state + math.sqrt(1 - keep * keep) * self.random.gauss(0, 1)
            moved.append((weight, tau, state))
            level += math.sqrt(weight) * state
        self._slow = moved
        share = NormalDist().cdf(level)
        # Measured: a fifth of the runs within 5 % of the best, two fifths at 1.3-1.7x.
        knots = ((0.0, 1.0), (0.2, 1.05), (0.6, 1.3), (1.0, 1.7))
        for (x0, y0), (x1, y1) in itertools.pairwise(knots):
            if share <= x1:
                slowness = y0 + (y1 - y0) * (share - x0) / (x1 - x0)
                break
        return slowness * (self.random.uniform(1.3, 2.5) if self.random.random() < 0.01 else 1.0)
