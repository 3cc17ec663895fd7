"""What in Java code should not be run or trained on: by the packages it imports and the names it uses.

The rules are no defence; the sandbox is. Input and output of the process are never a risk.
"""

from collections.abc import Iterator

from efficoder.languages import compiled
from efficoder.languages.braces import Code
from efficoder.languages.compiled import Import, Rule, words
from efficoder.languages.java.tokens import LEXER
from efficoder.languages.protocol import Finding

RULES = (
    Rule("files", "reading, writing or looking for files; not standard input and output",
         words("java.nio.file java.util.zip java.util.jar"),
         words("File FileReader FileWriter FileInputStream FileOutputStream RandomAccessFile Files Paths")),
    Rule("network", "sockets and all that is built on them",
         words("java.net java.net.http javax.net java.rmi"), words("Socket ServerSocket HttpClient")),
    Rule("processes", "other processes and signals; threads are left alone",
         names=words("ProcessBuilder ProcessHandle Runtime.getRuntime Runtime.exec Runtime.halt addShutdownHook")),
    Rule("environment", "the machine, the user, the screen: what differs from one computer to the next",
         words("java.awt javax.swing java.lang.management"),
         words("System.getenv System.getProperty availableProcessors totalMemory freeMemory")),
    Rule("clocks", "the time of day, timers, sleeping",
         words("java.time"), words("System.nanoTime System.currentTimeMillis Thread.sleep Timer TimerTask")),
    Rule("dynamic", "code made or loaded while running",
         words("java.lang.reflect java.lang.invoke sun.misc javax.script javax.tools"),
         words("Class.forName ClassLoader System.load System.loadLibrary Unsafe setAccessible native")),
    Rule("randomness", "randomness that no seed repeats",
         words("java.security"), words("Math.random SecureRandom UUID.randomUUID ThreadLocalRandom")),
    Rule("third_party", "packages that do not come with the JDK"),
)  # fmt: skip


def findings(code: str, own: frozenset[str] = frozenset()) -> list[Finding]:
    """Everything the rules catch, in source order, once per line and rule. Raises SyntaxError for what cannot be code.

    ``own``: packages that the code's project has as well."""

    def imports(read: Code) -> Iterator[Import]:
        tokens = read.tokens
        for at, token in enumerate(tokens):
            if token.text != "import" or (at and tokens[at - 1].text not in {";", "}"}):
                continue
            end = next((i for i in range(at, len(tokens)) if tokens[i].text == ";"), len(tokens))
            name = "".join(each.text for each in tokens[at + 1 : end] if each.text != "static")
            parts = [part for part in name.split(".") if part[:1].islower()]
            package = ".".join(parts)
            known = parts[:1] in (["java"], ["javax"], ["sun"], ["jdk"]) or package in own
            yield Import(at, package, f"import of {name}", known)

    return compiled.findings(code, LEXER, RULES, imports)
