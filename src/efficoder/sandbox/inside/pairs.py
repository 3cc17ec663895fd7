"""Socket pairs for a child whose filter refuses to make any. The kernel numbers new sockets and pipes on and on,
whoever makes them: the numbers would tell a child what those before it did. asyncio needs a pair a loop.

The pairs are opened before the filter is on; what a program gets are copies of them, in turn.
"""

import errno
import itertools
import os
from _socket import AF_UNIX, SOCK_STREAM, socket, socketpair

PLACES = (60, 62)
"""Descriptors of the first end of each pair; the second end follows it. None lies above."""
_KINDS = 0xF
_turns = itertools.cycle(PLACES)


def open_pairs() -> None:
    for place in PLACES:
        for number, end in enumerate(socketpair(), place):
            os.dup2(end.fileno(), number, inheritable=False)
            end.close()


def copied_pair(family: int = AF_UNIX, kind: int = SOCK_STREAM, proto: int = 0) -> tuple[socket, socket]:
    """Stands for ``_socket.socketpair``."""
    if family != AF_UNIX or kind & _KINDS != SOCK_STREAM:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
    place = next(_turns)
    return socket(family, kind, proto, os.dup(place)), socket(family, kind, proto, os.dup(place + 1))
