"""The imports of a Go file, and those that it uses and lacks. Nothing is run."""

import re
from collections.abc import Iterator
from itertools import pairwise

from efficoder.languages.braces import Code, readable
from efficoder.languages.go.tokens import LEXER

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
    used = {one.text for one, dot in pairwise(found) if dot.text == "." and one.kind == "name"}
    own, given = list(imported(tokens)), list(imported(readable(header, LEXER)))
    there, known = {named for _, named, _ in own}, {path for _, _, path in given}
    needed = used | {"_", "."}
    lacking = [
        f'; import {named} "{path}"' if named != path.rpartition("/")[2] else f'; import "{path}"'
        for _, named, path in given
        if named in used - there
    ]
    pieces = [above, name, *lacking, "" if clause else "; "]
    for place, named, path in own:
        if named not in needed and path in known:
            alias = found[place - 1] if found[place - 1].text == named else found[place]
            pieces += [code[body : alias.at], "_ "]
            body = found[place].at
    return "".join([*pieces, code[body:]])


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
