"""Python."""

from efficoder.languages.python.program import program
from efficoder.languages.python.risks import findings

__all__ = ["findings", "program"]
