"""Bounds read from a statement: ``1 <= n <= 10^5``, ``0 ≤ nums[i] < 2*10**4``, ``1 <= s.length <= 1e5``, and in prose
``n is less than 100``, ``the length of s is at most 20``, ``k is between 1 and 9``, ``at most 5000 items``.

Chains of comparisons with numbers at their ends are read, and sentences that say nothing else. Bounds cap what is made,
so a bound that is not found costs nothing but caution.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from efficoder.testgen.inputs.shapes import Either, Fixed, Floats, Ints, Many, Shape, Table, Texts, Tree

_SPLIT = re.compile(r"\s*(<=|>=|==|<|>)\s*")
_TERM = r"-?\d[\d,_]*(?:\.\d+)?(?:e\d+)?"
_NUMBER = re.compile(
    rf"({_TERM})(?:\s*(?:\*\*|\^)\s*\{{?(\d+)\}}?)?(?:\s*[*x·]\s*({_TERM})(?:\s*(?:\*\*|\^)\s*\{{?(\d+)\}}?)?)?"
)
_LOST_POWER = re.compile(r"(-?)10([3-9]|1\d)")
"""LeetCodeDataset's statements lost their superscripts: 10^5 stands there as 105 (seen in its v0.3.1 file)."""
_LENGTH = re.compile(r"(?:len\(\s*([A-Za-z_]\w*)((?:\[\w+\])*)\s*\)|([A-Za-z_]\w*)((?:\[\w+\])*)\.(?:length|size\(\)))")
_ITEM = re.compile(r"([A-Za-z_]\w*)((?:\[\w+\])*)")
_SIGNS = (
    *(("`", ""), ("$", ""), ("\\,", ""), ("{,}", ""), ("\\left", ""), ("\\right", ""), ("−", "-")),
    *(("\\times", "*"), ("×", "*"), ("\\cdot", "*"), ("⋅", "*"), ("·", "*")),
    *(("\\leqslant", "<="), ("\\leq", "<="), ("\\le", "<="), ("\\lt", "<"), ("⩽", "<="), ("≤", "<=")),
    *(("\\geqslant", ">="), ("\\geq", ">="), ("\\ge", ">="), ("\\gt", ">"), ("⩾", ">="), ("≥", ">=")),
)
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_GROUPED = re.compile(r"(?<=\d)[\u00a0\u2009\u202f ](?=\d{3}(?!\d))")
_LISTED = re.compile(r"(?<![\w.])(\d[\d_]*),\s+(?:and\s+)?(?=[A-Za-z_][\w.\[\]()]*\s*[<>])")
"""Where a chain ends and the next begins: 0 <= a < b <= 100, n <= 20."""
_FAR = 10**18
_LESS, _MORE = r"(?:less|smaller|lower|fewer) th[ae]n", r"(?:greater|larger|bigger|more) th[ae]n"
_SAID = (
    (rf"{_LESS} or equal to|(?:not|no) {_MORE}|at most|up to", "<="),
    (rf"{_MORE} or equal to|(?:not|no) {_LESS}|at least", ">="),
    (rf"{_LESS}|below", "<"),
    (rf"{_MORE}|above", ">"),
)
_LENGTH_OF = r"(?P<length>length|size) of (?:the )?(?:(?:list|array|string|word|text|sequence) )?"
_OF = rf"(?:{_LENGTH_OF})?[\"'(]?(?P<name>[A-Za-z_]\w*)[\"')]?"
_IS = r"(?:is|are|will be|must be|should be|can be)(?: always| guaranteed to be)?(?: an?(?: \w+){1,2})?"
_PROSE = re.compile(
    rf"\b{_OF} {_IS} (?:between (?P<low>{_TERM}\S*) and (?P<high>{_TERM}\S*)|(?P<sign>[<>]=?) (?P<number>{_TERM}\S*))"
)
_EXCEEDS = re.compile(rf"\b{_OF} (?:does|will|can|should|must) ?not exceed (?P<number>{_TERM}\S*)")
_COUNTED = re.compile(
    rf"(?:(?P<sign>[<>]=?)|\bbetween (?P<low>{_TERM}\S*) and|\b(?P<first>{_TERM}\S*) to) (?P<number>{_TERM}\S*)"
    r" (?!different|distinct|unique)(?P<unit>[A-Za-z]+)(?: (?P<other>[A-Za-z]+))?\b"
)
"""At most 5000 (small) items; not: at most 3 different letters."""
_LETTERS = frozenset({"characters", "chars", "letters", "symbols"})
THINGS = frozenset(
    [
        *("items", "elements", "entries", "members", "numbers", "integers", "values", "words", "strings", "names"),
        *("lines", "rows", "points", "pairs", "nodes", "keys"),
    ]
)
_NO_DOMAIN = re.compile(
    r"\b(?:if|when|whenever|whether|unless|otherwise|else|return\w*|find|count|while|until|such that|which|that are)\b",
    re.I,
)
"""A sentence with such a word tells what to do, not what is given."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound on ``name`` with ``depth`` index brackets; with ``length``, on its length instead of its value. Without
    a name, on the length of whatever holds such a ``unit``."""

    name: str
    depth: int
    length: bool
    low: int | None
    high: int | None
    unit: str = ""

    def is_on(self, shape: Shape, name: str) -> bool:
        """Whether a parameter holds what this counts."""
        match shape:
            case Either(options=options):
                return self.is_on(options[0], name)
            case Texts():
                return self.unit in _LETTERS or self.unit == name
            case Many() | Table():
                return self.unit in THINGS or self.unit == name
            case _:
                return False


def bounds(statement: str) -> list[Bound]:
    """Every bound in the statement. Aliases are followed: ``n == nums.length`` and ``n <= 100`` bound ``nums``."""
    found: list[Bound] = []
    aliases: dict[str, list[tuple[str, int, bool]]] = {}
    plain = _LISTED.sub(r"\1\n", _plain_signs(statement))
    for line in [*re.split(r"[\n;]|(?<=\d)\.\s", plain), *_said(plain)]:
        _read_aliases(line, aliases)
        if _SPLIT.search(line):
            found += _read_chain(line)
    named = [
        Bound(name, depth, length, bound.low, bound.high)
        for bound in found
        if bound.depth == 0 and not bound.length
        for name, depth, length in aliases.get(bound.name, ())
    ]
    return [*found, *named, *_counted(plain)]


def _said(statement: str) -> Iterator[str]:
    """What sentences say of what is given, as comparisons."""
    for text in _sentences(statement):
        for found in (*_PROSE.finditer(text), *_EXCEEDS.finditer(text)):
            parts = found.groupdict()
            name = f"len({parts['name']})" if parts["length"] else parts["name"]
            if parts.get("low"):
                yield f"{parts['low']} <= {name} <= {parts['high']}"
            else:
                yield f"{name} {parts.get('sign') or '<='} {parts['number']}"


def _counted(statement: str) -> Iterator[Bound]:
    """What sentences say of how much is given, without its name: "At most 5000 items", "between 1 and 100 words"."""
    for text in _sentences(statement):
        for found in _COUNTED.finditer(text):
            number, least = _number(found["number"], last=True), found["low"] or found["first"]
            low, high, sign = None if least is None else _number(least, last=True), number, found["sign"]
            if number is not None and sign:
                low, high = (number + (sign == ">"), None) if sign[0] == ">" else (None, number - (sign == "<"))
            for unit in filter(None, (found["unit"], found["other"])):
                yield Bound("", 0, True, low, high, unit.lower())


def _sentences(statement: str) -> Iterator[str]:
    """Those that say what is given, with signs for words."""
    for sentence in re.split(r"[.!?;]\s|\n\s*\n|\n\s*[-*>]", statement):
        text = " ".join(sentence.split())
        if _NO_DOMAIN.search(text):
            continue
        for words, sign in _SAID:
            text = re.sub(rf"\b(?:{words})\b", sign, text, flags=re.I)
        yield text


def bounded(shapes: Sequence[Shape], names: Sequence[str], found: Sequence[Bound]) -> list[Shape]:
    """The shapes of the parameters ``names`` with what the statement says about them put in."""
    by_name: dict[str, list[Bound]] = {}
    for bound in found:
        if not bound.unit:
            by_name.setdefault(bound.name, []).append(bound)
    counted = [bound for bound in found if bound.unit]
    out = []
    for position, shape in enumerate(shapes):
        name = names[position] if position < len(names) else ""
        for bound in (*by_name.get(name, ()), *(each for each in counted if each.is_on(shape, name))):
            shape = _apply(shape, bound, bound.depth)
        out.append(shape)
    return out


def _read_aliases(line: str, aliases: dict[str, list[tuple[str, int, bool]]]) -> None:
    for part, following in zip(line.split("=="), line.split("==")[1:], strict=False):
        left, right = re.split(r"<=?|,", part)[-1].strip(), re.split(r"<=?|,", following)[0].strip()
        for name, target in ((left, right), (right, left)):
            parsed = _target(target)
            if re.fullmatch(r"[A-Za-z_]\w*", name) and parsed and parsed[0] != name:
                aliases.setdefault(name, []).append(parsed)


def _read_chain(line: str) -> list[Bound]:
    parts = _SPLIT.split(line)
    terms, signs = parts[::2], parts[1::2]
    out: list[Bound] = []
    low: int | None = None
    for position, term in enumerate(terms):
        number = _number(term, last=position == len(terms) - 1)
        if number is not None:
            low = number
            continue
        before, after = signs[position - 1] if position else "", signs[position] if position < len(signs) else ""
        ahead = _next_number(terms, signs, position)
        lower = upper = None
        if after in (">=", ">"):
            lower = ahead
        else:
            upper = ahead
        if low is not None and before in ("<=", "<"):
            lower = low + (before == "<")
        elif low is not None and before in (">=", ">"):
            upper = low - (before == ">")
        for target in filter(None, map(_target, re.split(r",|\band\b", term))):
            out.append(Bound(*target, lower, upper))
    return out


def _next_number(terms: Sequence[str], signs: Sequence[str], position: int) -> int | None:
    """The first number after ``position``, one less when a strict sign leads to it, one more when it leads down."""
    strict = 0
    for index in range(position + 1, len(terms)):
        strict += (signs[index - 1] == "<") - (signs[index - 1] == ">")
        number = _number(terms[index], last=index == len(terms) - 1)
        if number is not None:
            return number - strict
    return None


def _number(term: str, *, last: bool) -> int | None:
    # A dash before a number is its sign; anywhere else in the middle of a chain it is punctuation. Prose may stand
    # before the number: its last word is then what counts.
    text = term.strip(" .,()") if last else term.strip(" .,()-") if not re.match(r"\s*-?\d", term) else term.strip()
    text = text.split(" ")[-1] if not re.match(r"-?\d", text) else text
    # "2^31 - 1" that lost its superscript: 231 - 1 (see _LOST_POWER).
    minus = re.fullmatch(r"(-?)2(\d\d)\s*(-\s*1)?", text)
    if minus and minus[2] in ("31", "63", "32", "53"):
        return int(f"{minus[1]}1") * (1 << int(minus[2])) - (1 if minus[3] else 0)
    match = _NUMBER.match(text)
    if match is None or (match.end() < len(text) and not last):
        return None
    product = 1
    for base, power in ((match[1], match[2]), (match[3], match[4])):
        if base is None:
            continue
        lost = _LOST_POWER.fullmatch(base)
        value = int(f"{lost[1]}1") * 10 ** int(lost[2]) if lost and power is None else _plain(base)
        magnitude = 1  # -10^9 is minus ten to the ninth
        for _ in range(int(min(float(power), 400)) if power else 1):
            magnitude *= abs(value)
        product *= -magnitude if value < 0 else magnitude
    return max(-_FAR, min(_FAR, product))


def _plain_signs(statement: str) -> str:
    """The statement without the marks of Markdown and TeX."""
    for mark, sign in _SIGNS:
        statement = statement.replace(mark, sign)
    statement = _RAISED.sub(lambda raised: f"^{raised[0].translate(_DIGITS)}", statement)
    return _GROUPED.sub("", statement)


def _plain(text: str) -> int:
    value = float(text.replace(",", "").replace("_", ""))
    return int(max(-_FAR, min(_FAR, value)))


def _target(term: str) -> tuple[str, int, bool] | None:
    text = term.strip(" .()\t-*")
    for pattern, length in ((_LENGTH, True), (_ITEM, False)):
        match = pattern.search(term) if length else pattern.fullmatch(text)
        if match:
            name, brackets = (match[1] or match[3], match[2] or match[4]) if length else (match[1], match[2])
            return name, (brackets or "").count("["), length
    return None


def _apply(shape: Shape, bound: Bound, depth: int) -> Shape:
    match shape:
        case Either(options=options):
            return replace(shape, options=tuple(_apply(option, bound, depth) for option in options))
        case Many(item=item) if depth:
            return replace(shape, item=_apply(item, bound, depth - 1))
        case Fixed(fields=fields) if depth:
            return replace(shape, fields=tuple(_apply(field, bound, depth - 1) for field in fields))
        case Tree(item=item):
            return replace(shape, item=_apply(item, bound, 0))
        case Ints() if not bound.length and not depth:
            return _bounded_ints(shape, bound)
        case Floats() if not bound.length and not depth:
            return replace(
                shape,
                low=shape.low if bound.low is None else max(shape.low, float(bound.low)),
                high=shape.high if bound.high is None else min(shape.high, float(bound.high)),
            )
        case Many() | Texts() | Table() if bound.length and not depth:
            shortest, longest = shape.shortest, shape.longest
            if bound.low is not None:
                shortest = min(shortest, max(bound.low, 0))
            if bound.high is None or bound.high < max(map(len, shape.seen)):
                return replace(shape, shortest=shortest)
            return replace(shape, shortest=shortest, longest=min(longest, bound.high), cap=bound.high)
        case _:
            return shape


def _bounded_ints(shape: Ints, bound: Bound) -> Ints:
    """The shape within the bound. A bound that known values break is about something else, and is not used."""
    low, high, cap = shape.low, shape.high, shape.cap
    if bound.low is not None and bound.low <= min(shape.seen):
        low = bound.low if bound.low > shape.low or bound.low in (0, 1) else shape.low
    if bound.high is not None and bound.high >= max(shape.seen):
        high, cap = min(high, bound.high), bound.high
    only = () if cap is not None and cap > max(shape.seen) else shape.only
    return replace(shape, low=low, high=max(low, high), cap=cap, only=only)
