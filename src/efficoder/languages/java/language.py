"""Java as a Language (languages/protocol.py): each part, from the file that has it."""

from collections.abc import Mapping, Sequence

from efficoder.languages.braces import comments, opens, opens_body
from efficoder.languages.compiled import (
    deterministic,
    maker,
    missing_package,
    profiled,
    seeded,
    standalone,
)
from efficoder.languages.java.answers import ANSWERS
from efficoder.languages.java.mutants import CUT, FAULTS
from efficoder.languages.java.program import ALONE, echo, misfit, program, unsupported
from efficoder.languages.java.risks import RULES, findings
from efficoder.languages.java.signature import signature
from efficoder.languages.java.tokens import LEXER
from efficoder.languages.protocol import Timing
from efficoder.languages.python.proposals import asserts  # a tester's tests are Python literals, whatever is tested

title = "Java"
toolchain = ALONE
timing = Timing(least_body_s=0.2, margin=1.15)
too_large = ("java.lang.StackOverflowError",)
failed_assertion = "java.lang.AssertionError"
stops = ("\n```",)
suffixes = (".java",)
risks: Mapping[str, str] = {rule.name: rule.catches for rule in RULES}
extract, normalise = ANSWERS.extract, LEXER.normalise
mutants, cut_short = FAULTS.mutants, CUT.cut_short


def command(arguments: Sequence[str]) -> str:
    return f"java {' '.join(arguments)}"


def statement(prompt: str) -> str | None:
    """The comments of a prompt that is code to continue."""
    code = opens_body(prompt) and any(token.text == "class" for token in LEXER.tokens(prompt))
    return comments(prompt, LEXER) if code else None
