"""What in Rust code should not be run or trained on: by the crates it uses and the names it writes.

The rules are no defence; the sandbox is. Input and output of the process are never a risk, nor is ``unsafe``: it is a
legal way to be fast.
"""

from collections.abc import Iterator
from itertools import pairwise

from efficoder.languages import compiled
from efficoder.languages.braces import Code
from efficoder.languages.compiled import Import, Rule, words
from efficoder.languages.protocol import Finding
from efficoder.languages.rust.tokens import LEXER

RULES = (
    Rule(
        "files",
        "reading, writing or looking for files; not standard input and output",
        names=words(
            "std::fs fs::File fs::read_to_string fs::OpenOptions File::open File::create include_str include_bytes"
        ),
    ),
    Rule(
        "network",
        "sockets and all that is built on them",
        names=words("std::net TcpStream TcpListener UdpSocket UnixStream UnixListener"),
    ),
    Rule(
        "processes",
        "other processes and signals; threads are left alone",
        names=words("process::Command Command::new fork vfork execve ptrace kill"),
    ),
    Rule(
        "environment",
        "the machine, the user: what differs from one computer to the next",
        names=words("std::env env::var env::vars env::args available_parallelism"),
    ),
    Rule("clocks", "the time of day, timers, sleeping", names=words("SystemTime Instant::now thread::sleep")),
    Rule("dynamic", "code made or loaded while running", names=words("asm global_asm naked_asm dlopen dlsym syscall")),
    Rule("randomness", "randomness that no seed repeats", names=words("thread_rng OsRng getrandom from_entropy")),
    Rule("third_party", "crates from outside the standard library"),
)
_OWN = words("std core alloc crate self super r#crate")
_DEFINES = words("mod enum struct trait union type fn static const crate as")


def findings(code: str, own: frozenset[str] = frozenset()) -> list[Finding]:
    """Everything the rules catch, in source order, once per line and rule. Raises SyntaxError for what cannot be Rust.

    ``own``: modules that the code's project has as well.
    """

    def used(read: Code) -> Iterator[Import]:
        found = read.tokens
        # What is defined, or brought in by another line, is no crate.
        named = {each.text for before, each in pairwise(found) if before.text in _DEFINES}
        inner = {each.text for before, each in pairwise(found) if before.text in {"::", "{", ","}}
        for at, token in enumerate(found):
            if token.text == "use":
                place = at + 1 + (found[at + 1 : at + 2] != [] and found[at + 1].text == "::")
            elif token.text == "crate" and at and found[at - 1].text == "extern":
                place, named = at + 1, named - {each.text for each in found[at + 1 : at + 2]}
            else:
                continue
            if place < len(found) and found[place].kind == "name":
                name = found[place].text
                known = name in _OWN | own or (name in named | inner and token.text == "use")
                yield Import(place, name, f"crate {name}", known)

    return compiled.findings(code, LEXER, RULES, used)
