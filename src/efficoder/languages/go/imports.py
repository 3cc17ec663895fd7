"""The imports of a Go file, and those that it uses and lacks. Nothing is run."""

import re
from collections.abc import Iterator
from itertools import pairwise

from efficoder.languages.braces import Code, readable
from efficoder.languages.go.tokens import LEXER
from efficoder.languages.protocol import Standalone
from efficoder.types import Function, Script, Task

_CLAUSE = re.compile(r"\s*+(?:(?://[^\n]*+|/\*.*?\*/)\s*+)*+package\s+(\w++)", re.DOTALL)


def imported(code: Code) -> Iterator[tuple[int, str, str]]:
    """Of each import: its place among the tokens, the name it goes by, and the path."""
    found, closes = code
    end = 0
    for at, token in enumerate(found):
        if at < end or token.text != "import" or (at and found[at - 1].text != ";"):
            continue
        end = closes.get(at + 1, at + 3)
        for place in range(at + 1, min(end, len(found))):
            if found[place].kind == "literal":
                path = found[place].text.strip('"`')
                alias = found[place - 1].text if found[place - 1].kind in {"name", "sign"} else ""
                named = alias if alias not in {"(", ";", "import"} else path.rpartition("/")[2]
                yield place, named, path


def packaged(code: str, header: str, name: str) -> str:
    """``code`` as a file of the package ``name``, with those imports of ``header`` that it uses and lacks; one that it
    repeats and does not use is no mistake of its own. Its lines keep their numbers."""
    clause = _CLAUSE.match(code)
    above, body = (code[: clause.start(1)], clause.end(1)) if clause else ("package ", 0)
    tokens = readable(code, LEXER)
    found = tokens.tokens
    needed, known = _used(tokens) | {"_", "."}, {path for _, _, path in imported(readable(header, LEXER))}
    pieces = [above, name, *(f"; {each}" for each in _lacking(tokens, header)), "" if clause else "; "]
    for place, named, path in imported(tokens):
        if named not in needed and path in known:
            alias = found[place - 1] if found[place - 1].text == named else found[place]
            pieces += [code[body : alias.at], "_ "]
            body = found[place].at
    return "".join([*pieces, code[body:]])


def standalone(code: str, task: Task) -> Standalone:
    """``code`` with what it uses of the task's imports, and the rest of its header. A package clause stays above."""
    header = task.interface.header if isinstance(task.interface, Function | Script) else ""
    clause = _CLAUSE.match(code)
    end = clause.end() if clause else 0
    imports, rest = "\n".join(_lacking(readable(code, LEXER), header)), without_imports(header).strip()
    between = [part for part in (code[:end].strip(), imports, code[end:].strip("\n"), rest) if part]
    return Standalone("\n\n".join(between) + "\n") if imports or rest else Standalone(code)


def _used(code: Code) -> set[str]:
    """The names before a dot."""
    return {one.text for one, dot in pairwise(code.tokens) if dot.text == "." and one.kind == "name"}


def _lacking(code: Code, header: str) -> list[str]:
    """The imports of ``header`` that the code uses and does not have."""
    wanted = _used(code) - {named for _, named, _ in imported(code)}
    return [
        f'import {named} "{path}"' if named != path.rpartition("/")[2] else f'import "{path}"'
        for _, named, path in imported(readable(header, LEXER))
        if named in wanted
    ]


def without_imports(header: str) -> str:
    """What else a header holds; no package clause either."""
    code = readable(header, LEXER)
    cuts = [(0, match.end())] if (match := _CLAUSE.match(header)) else []
    for at, token in enumerate(code.tokens):
        if token.text == "import" and (at == 0 or code.tokens[at - 1].text == ";"):
            last = code.tokens[code.closes.get(at + 1, at + 1)]
            last = code.tokens[at + 2] if last.kind in {"name", "sign"} and last.text not in {")"} else last
            cuts.append((token.at, last.at + len(last.text)))
    kept, begin = "", 0
    for start, end in cuts:
        kept, begin = kept + header[begin:start], end
    return kept + header[begin:]
