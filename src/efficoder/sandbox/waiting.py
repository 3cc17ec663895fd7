"""Waiting for a zygote's answer, and looking at a child's results meanwhile."""

import contextlib
import os
import select
import socket
from collections.abc import Callable, Sequence

from efficoder.sandbox.inside.zygote import GIVE_UP
from efficoder.sandbox.outcome import FRAME_BYTES, parse

_FIRST_LOOK_S, _LOOK_S = 0.05, 0.5
"""Most children have ended before the first look. Each pause is twice the last, up to half a second."""

Watch = Callable[[int, Sequence[bytes]], bool]
"""Is shown how many results it has seen of a running child, and those that came since. True: the child is ended."""


class Lost(Exception):
    """The zygote is gone or talks nonsense."""


def look_at(control: socket.socket, result: int, most: int, watch: Watch) -> None:
    """Show ``watch`` the results as they come, at most ``most``, until the child has ended or is to end."""
    pause_s, place, seen = _FIRST_LOOK_S, 0, 0
    while seen < most and not _ready(control, pause_s):
        pause_s = min(2 * pause_s, _LOOK_S)
        new = parse(contents(result, place), most - seen).results[: most - seen]
        if new and watch(seen, new):
            with contextlib.suppress(OSError):  # whoever is gone is found to be gone next
                control.send(GIVE_UP)
            return
        seen, place = seen + len(new), place + sum(FRAME_BYTES + len(each) for each in new)


def receive(control: socket.socket, timeout_s: float) -> bytes:
    if not _ready(control, timeout_s):
        raise Lost(f"no answer from the zygote for {timeout_s:.0f} s")
    try:
        return control.recv(4096)
    except OSError as error:
        raise Lost(str(error)) from error


def _ready(control: socket.socket, timeout_s: float) -> bool:
    waiting = select.poll()
    waiting.register(control, select.POLLIN)
    return bool(waiting.poll(int(timeout_s * 1000)))


def contents(fd: int, place: int = 0) -> bytes:
    """What a file holds from ``place`` on."""
    return os.pread(fd, max(0, os.fstat(fd).st_size - place), place)
