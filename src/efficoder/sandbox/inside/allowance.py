"""The time that a child is allowed: in all, and from one result to the next.

Nothing here is told by the child but how long its file of results is, which may only give it what it is allowed in all.
"""

STARVED = 10.0
_STANDING = 0.01
"""A child that gets less than this share of a core for ``wall_s`` sleeps; one that gets more may take STARVED times
``wall_s`` (measured: at 20 runnable programs on 2 cores, right programs hit a plain wall limit of 4 CPU limits)."""


class Allowance:
    """CPU and wall time from ``restart`` on. ``letters``: how a child ends that used up the one or the other."""

    def __init__(self, cpu_s: float, wall_s: float, letters: bytes) -> None:
        self.cpu_s, self.wall_s, self.letters = cpu_s, wall_s, letters
        self.began_s = self.seen_s = self.deadline = self.last = 0.0

    def restart(self, used_s: float, now: float) -> None:
        self.began_s = self.seen_s = used_s
        self.deadline, self.last = now + self.wall_s, now + STARVED * self.wall_s

    def left_s(self, used_s: float, prepared_s: float, now: float, cores: int) -> float:
        """How long it lasts at least. A child with threads uses CPU time on every core at once."""
        return min((max(self.began_s, prepared_s) + self.cpu_s - used_s) / cores, self.deadline - now)

    def over(self, used_s: float, prepared_s: float, now: float) -> bytes:
        """The letter, or nothing. ``prepared_s``: CPU time before the program's own began."""
        if used_s >= max(self.began_s, prepared_s) + self.cpu_s:
            return self.letters[:1]
        if now >= self.deadline:
            # A sleeper stands still; what is starved by other programs moves on, and that is not its fault.
            if used_s - self.seen_s < _STANDING * self.wall_s or now >= self.last:
                return self.letters[1:]
            self.seen_s, self.deadline = used_s, now + self.wall_s
        return b""
