"""Parsing code that others wrote: one kind of error, and no warning of theirs on our terminal."""

import ast
import warnings
from typing import Literal


def parse(code: str) -> ast.Module:
    """The tree of a module. SyntaxError for all that is no Python: null bytes and too deep nesting too."""
    tree = _parse(code, "exec")
    assert isinstance(tree, ast.Module)
    return tree


def parse_expression(text: str) -> ast.expr:
    """The tree of one expression. Raises SyntaxError."""
    tree = _parse(text.strip(), "eval")
    assert isinstance(tree, ast.Expression)
    return tree.body


def _parse(code: str, mode: Literal["exec", "eval"]) -> ast.AST:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(code, "<source>", mode, ast.PyCF_ONLY_AST, dont_inherit=True)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error) or "nested too deeply") from error
