"""What a statement says about the places of a grammar: the names of what is read, in order, and bounds on them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from efficoder.testgen.inputs.constraints import THINGS, Bound, bounds
from efficoder.testgen.programs.grammar import Grammar, Tagged, blocks, parts

_NAME = r"[A-Za-z](?:_(?:\{[^{}]*\}|\w+))?"
_DECLARED = re.compile(
    r"\b(?:integers?|numbers?|strings?|words?|permutation|sequence|array|floats?|reals?|values?|coordinates?|cases|"
    r"testcases|queries|lines? with|lines? contain(?:s|ing)|read)\s+(?!an?\s+[a-z]{2})"
    rf"((?:{_NAME})(?:\s*(?:,|and|,\s*and|<=?|≤)\s+(?:{_NAME})\b(?!\s+\w*ing))*)(?![A-Za-z])"
)
_PART = re.compile(r"[()\[\];]|,\s+(?:and\s+)?(?=-?\d[^,;()\n]*?(?:<|>|≤|≥|\\l|\\g))")
_SUM = re.compile(
    r"sum\s+of\b[^.\n]{1,120}?(?:does\s*n[o']t|doesn.t|do\s+not|not|never)\s+exceeds?\s+([^.\n]{1,40})"
    r"|sum\s+of\b[^.\n]{1,80}?(?:at\s+most|<=|≤)\s*([^.\n]{1,40})",
    re.IGNORECASE,
)
_PRODUCT = re.compile(rf"({_NAME})\s*(?:\*|\\cdot|\\times|⋅|·|×)\s*({_NAME})\s*(?:<=|≤|\\leq?)\s*([^,;()\n]{{1,30}})")
_LENGTHS = re.compile(
    r"\b(?:lengths?|consists? of|contains?)\b[^.\n]{0,40}?"
    r"(?:(?:between|from)\s+\S+\s+(?:and|to)|at\s+most|(?:not|n[o']t)\s+exceed\w*)\s+([^.\n]{1,30})",
    re.IGNORECASE,
)
_FENCED = re.compile(r"(?:```|~~~)\w*\n(.*?)(?:```|~~~)|<pre>(.*?)</pre>", re.DOTALL)
_HEAD = re.compile(r"^[\s#*>-]*@?\{?(?:keyword\.)?input\b.*$", re.IGNORECASE | re.MULTILINE)
_END = re.compile(r"^[\s#*>-]*@?\{?(?:keyword\.)?(?:output|examples?|sample\b|note)\b.*$", re.IGNORECASE | re.MULTILINE)
_ROW = r"[`\"“]\s*(?:\$?\w+\$?\s*=\s*)?\$?{}\$?\s+([^`\"”\n]*)[`\"”]"
_DOTS = {"...", "\\ldots", "\\dots", "…", "\\vdots", ":", "\\cdots", "⋮"}
_SUBSCRIPT = re.compile(r"_(?:\{[^{}]*\}|\w+)$")


@dataclass(frozen=True, slots=True)
class Said:
    """What a statement says about slots."""

    bounds: dict[int, list[Bound]]
    spare: tuple[int, ...]
    """Upper bounds on names that no slot has."""
    every: tuple[int, ...]
    """All upper bounds."""
    lengths: tuple[int, ...]
    """Those that prose gives on lengths: "from 1 to 50 letters"."""
    counted: tuple[int, ...]
    """Those that prose gives on how many there are: "at most 3000 numbers"."""
    total: int | None
    """The most that counts may add up to over all test cases."""
    products: tuple[tuple[int, int, int], ...]
    """Two slots, and the most that their product may be."""


def said(statement: str, grammar: Grammar) -> Said:
    statement = statement.replace("\r", "")
    names = _names(statement, grammar)
    by_name: dict[str, list[Bound]] = {}
    counted: list[int] = []
    for bound in bounds(_PART.sub("\n", statement.replace("|", " "))):
        if not bound.unit:
            by_name.setdefault(_base(bound.name), []).append(replace(bound, depth=0))
        elif bound.high is not None and bound.unit in THINGS:
            counted.append(bound.high)
    linked = {slot: by_name[name] for slot, name in names.items() if name in by_name}
    taken = set(names.values())
    spare = (bound.high for name, found in by_name.items() if name not in taken for bound in found)
    slots = {name: slot for slot, name in reversed(names.items())}
    products = [
        (slots[one], slots[two], most)
        for one, two, text in ((_base(a), _base(b), text) for a, b, text in _PRODUCT.findall(statement))
        if one in slots and two in slots and (most := _number(text)) is not None
    ]
    every = [bound.high for found in by_name.values() for bound in found] + [most for _, _, most in products]
    lengths = [number for text in _LENGTHS.findall(statement) if (number := _number(text)) is not None]
    return Said(
        linked, _known(spare), _known(every), tuple(lengths), tuple(counted), _total(statement), tuple(products)
    )


def _known(highs: Iterable[int | None]) -> tuple[int, ...]:
    return tuple(high for high in highs if high is not None)


def _total(statement: str) -> int | None:
    found = (_number(one or two) for one, two in _SUM.findall(statement))
    return min((number for number in found if number is not None), default=None)


def _number(text: str) -> int | None:
    """The number at the start of the text, read as the end of a chain of comparisons."""
    found = bounds(f"x <= {text.strip(' $')}")
    return found[0].high if found else None


def _names(statement: str, grammar: Grammar) -> dict[int, str]:
    """Names by slot, as far as the order of the statement's names is that of the grammar's places."""
    kinds = [node for block in blocks(grammar) for node in block.body if isinstance(node, Tagged)]
    of_kinds = {slot: name for node in kinds for slot, name in _of_kinds(statement, node)}
    tagged = {field.slot for node in kinds for _, fields in node.options for field in fields}
    places = [part.slot for part in parts(grammar) if part.slot not in tagged]
    section = _section(statement)
    return dict(zip(places, _formatted(section) or _declared(section), strict=False)) | of_kinds


def _of_kinds(statement: str, node: Tagged) -> Iterator[tuple[int, str]]:
    """The names of the fields of each kind of row, from how the statement writes the row: `0 $k$ $v$`, "1 x y"."""
    for tag, fields in node.options:
        for written in re.findall(_ROW.format(re.escape(tag)), statement):
            names = [_base(name) for name in written.replace("$", " ").split()]
            if len(names) == len(fields):
                yield from zip((field.slot for field in fields), names, strict=True)
                break


def _section(statement: str) -> str:
    """The part about the input, where it has a heading."""
    head = _HEAD.search(statement)
    if head is None:
        return statement
    rest = statement[head.end() :]
    end = _END.search(rest)
    return rest[: end.start()] if end else rest


def _formatted(section: str) -> list[str]:
    """The names in a format that stands in a fence: ``$N$ $M$``, then ``$a_1$ $b_1$``, dots, ``$a_M$ $b_M$``."""
    fence = _FENCED.search(section)
    if fence is None:
        return []
    tokens = re.sub(r"\$|\\mathrm|\\textrm|\\text|\\rm|\\[;, ]", " ", fence[1] or fence[2]).split()
    if any(re.fullmatch(r"-?\d+(\.\d+)?", token) for token in tokens):
        return []  # an example, not a format
    return list(dict.fromkeys(_base(token) for token in tokens if token not in _DOTS))


def _declared(section: str) -> list[str]:
    """The names that prose declares: "two integers n and k", "n integers a_1, a_2, ..., a_n"."""
    found: list[str] = []
    plain = section.replace("$", "").replace("`", "")
    for match in _DECLARED.finditer(plain):
        declared = [_base(name) for name in re.findall(rf"(?<![A-Za-z\\])({_NAME})(?![A-Za-z])", match[1])]
        found += [name for name in dict.fromkeys(declared) if not found or name != found[-1]]
    return found


def _base(name: str) -> str:
    """The name without its index: ``a`` for ``a_i`` and ``a_{N - 1}``; ``x_1`` and the like too."""
    return _SUBSCRIPT.sub("", name.strip().strip("{}"))


def likely_cap(spoken: Said, seen: int, *, text: bool) -> int | None:
    """The bound of a place of which nothing is said by name: the smallest that the known texts do not break, of those
    on lengths, then of those on names that no place has, then of all."""
    for bounds_ in (spoken.lengths if text else (), spoken.spare, spoken.every):
        found = [high for high in bounds_ if high >= seen]
        if found:
            return min(found)
    return None
