"""What a program's build step printed, as one more file of it; kept, since a race runs a program many times."""

from collections import OrderedDict
from collections.abc import Callable

import msgspec

from efficoder.sandbox.api import Limits, Outcome, Program

_LIMITS = Limits(cpu_s=10.0, wall_s=40.0, output_bytes=4 << 20)
"""Of every build, whatever the run after it may take: it must not fail for having raced a fast one."""
_KEPT = 16


class Builds:
    def __init__(self) -> None:
        self._kept: OrderedDict[Program, Program] = OrderedDict()

    def get(self, program: Program, run: Callable[[Program, Limits], Outcome]) -> Program | Outcome:
        """The program without its build step and with the file that made, or how the step failed.

        ``run`` runs a program in a guarded child: a build step is the candidate's code as much as the rest.
        """
        if program in self._kept:
            self._kept.move_to_end(program)
            return self._kept[program]
        outcome = run(msgspec.structs.replace(program, run=program.build, build=()), _LIMITS)
        if outcome.ended != "finished":
            return msgspec.structs.replace(outcome, outputs=(), detail=f"in the build step: {outcome.detail}")
        text = outcome.outputs[0].decode("utf-8", "replace")
        files = (*program.files, (program.built, text, 0))
        built = msgspec.structs.replace(program, files=files, build=())
        self._kept[program] = built
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return built
