"""What in JavaScript code should not be run or trained on: by the modules it imports and the names it uses.

The rules are no defence; the sandbox is. Input and output of the process are never a risk.
"""

from collections.abc import Iterator

from efficoder.languages import compiled
from efficoder.languages.braces import Code
from efficoder.languages.compiled import Import, Rule, words
from efficoder.languages.javascript.tokens import LEXER
from efficoder.languages.protocol import Finding

_STANDARD = words("""
    assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events
    fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream
    string_decoder sys test timers tls trace_events tty url util v8 vm wasi worker_threads zlib
""")
RULES = (
    Rule(
        "files",
        "reading, writing or looking for files; not standard input and output",
        names=words("""
            writeFileSync writeFile appendFileSync appendFile createWriteStream readdirSync readdir mkdirSync rmSync
            unlinkSync renameSync fs.promises existsSync
        """),
    ),
    Rule("network", "sockets and all that is built on them",
         words("net http http2 https dgram dns tls inspector"), words("fetch XMLHttpRequest WebSocket")),
    Rule("processes", "other processes and signals; threads are left alone",
         words("child_process cluster"), words("process.kill process.abort process.exitCode process.dlopen")),
    Rule("environment", "the machine, the user, the screen: what differs from one computer to the next",
         words("os tty"), words("process.env process.platform process.memoryUsage process.cwd alert window document")),
    Rule("clocks", "the time of day, timers, sleeping",
         words("perf_hooks timers"), words("Date.now performance.now process.hrtime setInterval")),
    Rule("dynamic", "code made or loaded while running",
         words("vm module v8 wasi"), words("eval new.Function WebAssembly process.binding")),
    Rule("randomness", "randomness that no seed repeats",
         names=words("Math.random crypto.randomBytes crypto.randomInt randomUUID getRandomValues")),
    Rule("third_party", "modules that do not come with node"),
)  # fmt: skip


def findings(code: str, own: frozenset[str] = frozenset()) -> list[Finding]:
    """Everything the rules catch, in source order, once per line and rule. Raises SyntaxError for what cannot be code.

    ``own``: modules that the code's project has as well."""

    def imports(read: Code) -> Iterator[Import]:
        for at, token in enumerate(read.tokens):
            before = [each.text for each in read.tokens[max(0, at - 2) : at]]
            if token.kind != "literal" or token.text[:1] not in {"'", '"'}:
                continue
            if before[-2:] in (["require", "("], ["import", "("]) or before[-1:] in (["from"], ["import"]):
                name = token.text[1:-1].removeprefix("node:").partition("/")[0]
                yield Import(at, name, f"import of {name}", name in _STANDARD | own)

    return compiled.findings(code, LEXER, RULES, imports)
