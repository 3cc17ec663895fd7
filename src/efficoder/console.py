"""The only file that prints. Data goes to stdout, talk to stderr; a run's talk is kept in its log.txt too.

Whatever is printed goes through ``printable``: candidates, models and sources wrote much of it.
"""

import shlex
import sys
import time
import unicodedata
from pathlib import Path
from types import TracebackType

import msgspec

LINE_EVERY_S = 60.0
"""Off a terminal, one progress line per minute: a log file stays readable over hours."""


_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that a terminal or a reader acts upon: controls, formats (bidi among them), lone surrogates,
separators of lines."""


def printable(text: str) -> str:
    """The text with everything escaped that steers a terminal or turns the reading direction; line breaks and tabs
    stay. The escapes are JSON's, so that JSON text keeps its meaning."""
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in _STEERING:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))


def one_line(text: str) -> str:
    """The text as a cell of a table: a line break or a tab in it cannot begin another."""
    return text.replace("\n", "\\n").replace("\t", "\\t")


def data(text: str) -> None:
    """What the user asked for: to stdout, and nothing else goes there."""
    print(printable(text), flush=True)


class Console:
    """Talk to the person: stderr, and the run's log when it has one."""

    def __init__(self, log: Path | None = None, *, quiet: bool = False) -> None:
        self._log = log
        self._quiet = quiet
        self._warned: set[str] = set()
        self.live = sys.stderr.isatty() and not quiet

    def say(self, text: str) -> None:
        self.note(text)
        if not self._quiet:
            print(printable(text), file=sys.stderr, flush=True)

    def warn(self, text: str) -> None:
        """Say it, once a command."""
        if text not in self._warned:
            self._warned.add(text)
            self.say(text)

    def note(self, text: str) -> None:
        """Into the log alone."""
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as handle:
                print(time.strftime("%Y-%m-%d %H:%M:%S"), printable(text), file=handle)

    def progress(self, name: str, total: int | None) -> "Progress":
        return Progress(self, name, total)

    def draw(self, line: str) -> None:
        """Overwrite the present terminal line."""
        print(f"\r\x1b[K{printable(line)}", end="", file=sys.stderr, flush=True)


class Activity:
    """What is being done now, said as it begins: one line that is overwritten, or off a terminal one line each."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, words: str) -> None:
        (self._console.draw if self._console.live else self._console.say)(f"{words} ...")

    def __enter__(self) -> "Activity":
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.live:
            self._console.draw("")


class Progress:
    """One line for one stage: done, failed, rate, time left."""

    def __init__(self, console: Console, name: str, total: int | None) -> None:
        self._console = console
        self._name = name
        self._total = total
        self._start = self._last = time.monotonic()
        self.done = 0
        self.failed = 0
        self.extra = ""
        if console.live:
            console.draw(self._line(self._start))

    def advance(self, *, failed: bool = False) -> None:
        self.done += not failed
        self.failed += failed
        now = time.monotonic()
        if self._console.live and now - self._last > 0.1:
            self._console.draw(self._line(now))
            self._last = now
        elif not self._console.live and now - self._last > LINE_EVERY_S:
            self._console.say(self._line(now))
            self._last = now

    def _line(self, now: float) -> str:
        seconds = max(now - self._start, 1e-9)
        seen = self.done + self.failed
        of = f"/{self._total}" if self._total is not None else ""
        failed = f", {self.failed} failed" if self.failed else ""
        left = f", {clock((self._total - seen) / (seen / seconds))} left" if self._total and seen else ""
        return f"{self._name:<12} {self.done}{of}{failed}, {seen / seconds:.1f}/s{left}{self.extra}"

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        now = time.monotonic()
        if self._console.live:
            self._console.draw("")
        failed = f", {self.failed} failed" if self.failed else ""
        stopped = " (stopped)" if kind is not None else ""
        self._console.say(
            f"{self._name:<12} {self.done} done{failed} in {clock(now - self._start)}{stopped}{self.extra}"
        )


def command(*words: object) -> str:
    """The command as it is pasted.

    >>> command("status", "my run")
    "`efficoder status 'my run'`"
    """
    return f"`{shlex.join(['efficoder', *map(str, words)])}`"


def counted(number: int, noun: str, plural: str = "") -> str:
    """
    >>> counted(1, "task"), counted(1200, "task"), counted(0, "reply", "replies")
    ('1 task', '1,200 tasks', '0 replies')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def clock(seconds: float) -> str:
    """Seconds as a person says them: 12 s, 3 min 05 s, 2 h 10 min."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A plain aligned table; numbers are right-aligned."""
    cells = [[one_line(printable(cell)) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    numeric = [all(_is_number(row[column]) for row in cells[1:]) for column in range(len(header))]

    def line(row: list[str]) -> str:
        parts = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        return "  ".join(parts).rstrip()

    return "\n".join([line(cells[0]), line(["-" * width for width in widths]), *map(line, cells[1:])])


def _is_number(cell: str) -> bool:
    return not cell or cell[0] in "+-.0123456789" or cell in {"inf", "nan", "n/a"}


def to_json(value: object) -> None:
    data(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
