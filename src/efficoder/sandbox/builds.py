"""What a program's build step printed, as one more file of it; kept, since a race runs a program many times."""

from collections import OrderedDict
from collections.abc import Callable

import msgspec

from efficoder.sandbox.api import Limits, Outcome, Program

_LIMITS = Limits(output_bytes=4 << 20)
"""Of every build, whatever the run after it may take: it must not fail for having raced a fast one."""
_KEPT = 16


class Builds:
    def __init__(self) -> None:
        self._kept: OrderedDict[Program, str] = OrderedDict()
        """What the steps printed, as programs of their own."""

    def get(self, program: Program, run: Callable[[Program, Limits], Outcome]) -> Program | Outcome:
        """The program without its build step and with the file that made, or how the step failed.

        ``run`` runs a program in a guarded child: a build step is the candidate's code as much as the rest. The header
        is not run there: what a profiler or another seed adds to the program is no part of what it builds.
        """
        step = msgspec.structs.replace(program, header="", run=program.build, build=(), built="")
        if step not in self._kept:
            outcome = run(step, _LIMITS)
            if outcome.ended != "finished":
                return msgspec.structs.replace(outcome, outputs=(), detail=f"in the build step: {outcome.detail}")
            self._kept[step] = outcome.outputs[0].decode("utf-8", "replace")
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(step)
        files = (*program.files, (program.built, self._kept[step], 0))
        return msgspec.structs.replace(program, files=files, build=())
