"""JavaScript as a Language (languages/protocol.py): each part, from the file that has it."""

import re
from collections.abc import Mapping, Sequence

from efficoder.languages.braces import comments, opens_body, own_name
from efficoder.languages.compiled import (
    deterministic,
    maker,
    missing_package,
    profiled,
    seeded,
    standalone,
)
from efficoder.languages.javascript.answers import ANSWERS
from efficoder.languages.javascript.mutants import CUT, FAULTS
from efficoder.languages.javascript.program import ALONE, echo, misfit, program, unsupported
from efficoder.languages.javascript.risks import RULES, findings
from efficoder.languages.javascript.signature import signature
from efficoder.languages.javascript.tokens import LEXER
from efficoder.languages.protocol import Timing
from efficoder.languages.python.proposals import asserts  # a tester's tests are Python literals, whatever is tested

title = "JavaScript"
toolchain = ALONE
too_large = tuple(
    f"RangeError: {words}"
    for words in (
        "Maximum call stack size", "Invalid string length", "Invalid array length", "Map maximum size",
        "Set maximum size", "Maximum BigInt size",
    )
)  # fmt: skip
failed_assertion = "AssertionError"
stops = ("\nconsole.log", "\n```")
suffixes = (".js", ".mjs", ".cjs")
timing = Timing(least_body_s=0.1, margin=1.1)
risks: Mapping[str, str] = {rule.name: rule.catches for rule in RULES}
extract, normalise = ANSWERS.extract, LEXER.normalise
mutants, cut_short = FAULTS.mutants, CUT.cut_short


def command(arguments: Sequence[str]) -> str:
    return f"node {' '.join(arguments)}"


def opens(prompt: str, entry_point: str) -> bool:
    """Whether a prompt is code that begins the definition of ``entry_point``."""
    named = re.search(rf"(?<![\w$]){re.escape(own_name(entry_point))}\s*[(=:]", prompt)
    return opens_body(prompt) and named is not None


def statement(prompt: str) -> str | None:
    """The comments of a prompt that is code to continue."""
    code = opens_body(prompt) and any(token.text in {"function", "=>", "class"} for token in LEXER.tokens(prompt))
    return comments(prompt, LEXER) if code else None
