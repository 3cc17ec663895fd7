"""Go as a Language (languages/protocol.py): each part, from the file that has it."""

from collections.abc import Mapping

from efficoder.languages.braces import comments, opens, opens_body
from efficoder.languages.compiled import (
    command,
    deterministic,
    maker,
    missing_package,
    profiled,
    seeded,
)
from efficoder.languages.go.extract import ANSWERS
from efficoder.languages.go.imports import standalone
from efficoder.languages.go.mutants import CUT, FAULTS
from efficoder.languages.go.program import ALONE, echo, misfit, program, unsupported
from efficoder.languages.go.risks import RULES, findings
from efficoder.languages.go.signature import signature
from efficoder.languages.go.tokens import LEXER
from efficoder.languages.protocol import Timing
from efficoder.languages.python.proposals import asserts  # a tester's tests are Python literals, whatever is tested

title = "Go"
toolchain = ALONE
timing = Timing()
too_large = ("fatal error: stack overflow",)
failed_assertion = "panic: assertion"
stops = ("\nfunc main", "\nfunc Test", "\n```")
suffixes = (".go",)
risks: Mapping[str, str] = {rule.name: rule.catches for rule in RULES}
extract, normalise = ANSWERS.extract, LEXER.normalise
mutants, cut_short = FAULTS.mutants, CUT.cut_short


def statement(prompt: str) -> str | None:
    """The comments of a prompt that is code to continue."""
    code = opens_body(prompt) and any(token.text == "func" for token in LEXER.tokens(prompt))
    return comments(prompt, LEXER) if code else None
