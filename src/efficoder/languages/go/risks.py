"""What in Go code should not be run or trained on: by the packages it imports and the names it uses.

The rules are no defence; the sandbox is. Input and output of the process are never a risk, nor is ``unsafe``: it is a
legal way to be fast.
"""

from collections.abc import Iterator

from efficoder.languages import compiled
from efficoder.languages.braces import Code
from efficoder.languages.compiled import Import, Rule, words
from efficoder.languages.go.imports import imported
from efficoder.languages.go.tokens import LEXER
from efficoder.languages.protocol import Finding

RULES = (
    Rule(
        "files",
        "reading, writing or looking for files; not standard input and output",
        words("path/filepath io/fs embed"),
        words("os.Open os.OpenFile os.Create os.ReadFile os.WriteFile os.ReadDir os.Remove os.Mkdir ioutil.ReadFile")
        | words("ioutil.WriteFile ioutil.ReadDir"),
    ),
    Rule(
        "network",
        "sockets and all that is built on them",
        words("net net/http net/rpc net/smtp net/netip net/url crypto/tls"),
    ),
    Rule(
        "processes",
        "other processes and signals; goroutines are left alone",
        words("os/exec os/signal syscall"),
        words("os.StartProcess os.FindProcess"),
    ),
    Rule(
        "environment",
        "the machine, the user: what differs from one computer to the next",
        words("os/user"),
        words("os.Getenv os.Environ os.Setenv os.Hostname os.Args runtime.NumCPU runtime.GOMAXPROCS"),
    ),
    Rule(
        "clocks",
        "the time of day, timers, sleeping",
        names=words("time.Now time.Since time.Sleep time.After time.Tick"),
    ),
    Rule("dynamic", "code made or loaded while running", words("plugin C")),
    Rule("randomness", "randomness that no seed repeats", words("crypto/rand")),
    Rule("third_party", "packages from outside the standard library"),
)


def findings(code: str, own: frozenset[str] = frozenset()) -> list[Finding]:
    """Everything the rules catch, in source order, once per line and rule. Raises SyntaxError for what cannot be Go.

    ``own``: packages that the code's project has as well.
    """

    def used(read: Code) -> Iterator[Import]:
        for place, _, path in imported(read):
            yield Import(place, path, f"import of {path}", "." not in path.partition("/")[0] or path in own)

    return compiled.findings(code, LEXER, RULES, used)
