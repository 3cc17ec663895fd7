"""Parsing code that others wrote: one error, and no warning of theirs on our terminal."""

import ast
import warnings


def parse(code: str) -> ast.Module:
    """The syntax tree. SyntaxError for all that is no Python: null bytes and nesting too deep for the parser too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(code)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error) or "nested too deeply") from error


def parse_expression(text: str) -> ast.expr:
    """The syntax tree of one expression. Raises SyntaxError."""
    match parse(f"(\n{text.strip()}\n)").body:
        case [ast.Expr(value=value)]:
            return value
    raise SyntaxError("not one expression")
