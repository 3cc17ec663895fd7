"""C++ as a Language (languages/protocol.py): each part, from the file that has it."""

from collections.abc import Mapping

from efficoder.languages.braces import comments, opens
from efficoder.languages.compiled import (
    command,
    deterministic,
    maker,
    missing_package,
    profiled,
    seeded,
    standalone,
)
from efficoder.languages.cpp.extract import ANSWERS
from efficoder.languages.cpp.mutants import CUT, FAULTS
from efficoder.languages.cpp.program import ALONE, echo, misfit, program, unsupported
from efficoder.languages.cpp.risks import RULES, findings
from efficoder.languages.cpp.signature import signature
from efficoder.languages.cpp.tokens import LEXER
from efficoder.languages.protocol import Timing
from efficoder.languages.python.proposals import asserts  # a tester's tests are Python literals, whatever is tested

title = "C++"
toolchain = ALONE
timing = Timing()
too_large = ()
failed_assertion = "Assertion"
stops = ("\nint main", "\n```")
suffixes = (".cpp", ".cc", ".cxx")
risks: Mapping[str, str] = {rule.name: rule.catches for rule in RULES}
extract, normalise = ANSWERS.extract, LEXER.normalise
mutants, cut_short = FAULTS.mutants, CUT.cut_short


def statement(prompt: str) -> str | None:
    """The comments of a prompt that is code to continue."""
    code = any(token.kind == "directive" for token in LEXER.tokens(prompt))
    return comments(prompt, LEXER) if code else None
