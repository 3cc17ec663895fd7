"""What in C++ code should not be run or trained on: by the headers it includes and the names it uses.

The rules are no defence; the sandbox is. Input and output of the process are never a risk. ``#pragma GCC optimize`` and
the like are legal ways to be fast.
"""

import re
from collections.abc import Iterator

from efficoder.languages import compiled
from efficoder.languages.braces import Code
from efficoder.languages.compiled import Import, Rule, words
from efficoder.languages.cpp.tokens import LEXER
from efficoder.languages.protocol import Finding

_INCLUDE = re.compile(r"#\s*include\s*[<\"]([^>\"]*)[>\"]")
_PREFIXES = ("ext/pb_ds/", "ext/", "tr1/", "tr2/", "bits/")
_STANDARD = words("""
    algorithm any array atomic barrier bit bitset cassert ccomplex cctype cerrno cfenv cfloat charconv chrono
    cinttypes ciso646 climits clocale cmath codecvt compare complex concepts condition_variable coroutine
    csetjmp csignal cstdalign cstdarg cstdbool cstddef cstdint cstdio cstdlib cstring ctgmath ctime cuchar
    cwchar cwctype deque exception execution filesystem format forward_list fstream functional future
    initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map memory
    memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator
    semaphore set shared_mutex source_location span sstream stack stdexcept stop_token streambuf string
    string_view strstream syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map
    unordered_set utility valarray variant vector version assert.h complex.h ctype.h errno.h fenv.h float.h
    inttypes.h iso646.h limits.h locale.h math.h setjmp.h signal.h stdalign.h stdarg.h stdbool.h stddef.h
    stdint.h stdio.h stdlib.h string.h tgmath.h time.h uchar.h wchar.h wctype.h bits/stdc++.h bits/extc++.h
    unistd.h immintrin.h x86intrin.h emmintrin.h
""")
RULES = (
    Rule(
        "files",
        "reading, writing or looking for files; not standard input and output",
        words("fstream filesystem fcntl.h dirent.h sys/stat.h sys/mman.h"),
        words("ifstream ofstream fstream fopen freopen mmap opendir tmpfile tmpnam filesystem"),
    ),
    Rule("network", "sockets and all that is built on them", words("sys/socket.h netinet/in.h arpa/inet.h netdb.h")),
    Rule(
        "processes",
        "other processes and signals; threads are left alone",
        words("sys/wait.h spawn.h sys/ptrace.h"),
        words("system popen fork vfork execl execv execve execvp kill raise ptrace posix_spawn _exit quick_exit"),
    ),
    Rule(
        "environment",
        "the machine, the user, the screen: what differs from one computer to the next",
        words("windows.h conio.h sys/resource.h sys/utsname.h pwd.h"),
        words("getenv setenv putenv gethostname setrlimit hardware_concurrency"),
    ),
    Rule(
        "clocks",
        "the time of day, timers, sleeping",
        names=words("system_clock steady_clock high_resolution_clock clock_gettime gettimeofday usleep sleep_for"),
    ),
    Rule("dynamic", "code made or loaded while running", words("dlfcn.h"), words("dlopen dlsym asm __asm__ __asm")),
    Rule("randomness", "randomness that no seed repeats", names=words("random_device")),
    Rule("third_party", "headers from outside the standard library"),
)


def findings(code: str, own: frozenset[str] = frozenset()) -> list[Finding]:
    """Everything the rules catch, in source order, once per line and rule. Raises SyntaxError for what cannot be C++.

    ``own``: headers that the code's project has as well.
    """

    def included(read: Code) -> Iterator[Import]:
        for at, token in enumerate(read.tokens):
            found = _INCLUDE.match(token.text.strip()) if token.kind == "directive" else None
            if found and found[1]:
                known = found[1] in _STANDARD | own or found[1].startswith(_PREFIXES)
                yield Import(at, found[1], f"include of {found[1]}", known)

    return compiled.findings(code, LEXER, RULES, included)
