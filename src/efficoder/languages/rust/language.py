"""Rust as a Language (languages/protocol.py): each part, from the file that has it."""

from collections.abc import Mapping

from efficoder.languages.braces import comments, opens, opens_body
from efficoder.languages.compiled import (
    command,
    deterministic,
    maker,
    missing_package,
    profiled,
    seeded,
    standalone,
)
from efficoder.languages.protocol import Timing
from efficoder.languages.python.proposals import asserts  # a tester's tests are Python literals, whatever is tested
from efficoder.languages.rust.extract import ANSWERS
from efficoder.languages.rust.mutants import CUT, FAULTS
from efficoder.languages.rust.program import ALONE, echo, misfit, program, unsupported
from efficoder.languages.rust.risks import RULES, findings
from efficoder.languages.rust.signature import signature
from efficoder.languages.rust.tokens import LEXER

title = "Rust"
toolchain = ALONE
timing = Timing()
too_large = ()
failed_assertion = "panic: assertion"
stops = ("\nfn main", "\n#[cfg(test)]", "\n```")
suffixes = (".rs",)
risks: Mapping[str, str] = {rule.name: rule.catches for rule in RULES}
extract, normalise = ANSWERS.extract, LEXER.normalise
mutants, cut_short = FAULTS.mutants, CUT.cut_short


def statement(prompt: str) -> str | None:
    """The comments of a prompt that is code to continue."""
    code = opens_body(prompt) and any(token.text == "fn" for token in LEXER.tokens(prompt))
    return comments(prompt, LEXER) if code else None
