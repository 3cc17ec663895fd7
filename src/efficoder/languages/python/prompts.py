"""Prompts that are Python code to continue: whether one is, and what it says in words."""

import ast
import re

from efficoder.languages.python import syntax


def opens(prompt: str, entry_point: str) -> bool:
    """Whether a line of ``prompt`` begins the definition of ``f`` or ``Solution().f``."""
    name = entry_point.rsplit(".", 1)[-1]
    return re.search(rf"^\s*(async\s+)?def\s+{re.escape(name)}\b", prompt, re.MULTILINE) is not None


def statement(prompt: str) -> str | None:
    """The docstrings of ``prompt``, or all of it where it has none; None where it does not parse."""
    try:
        tree = syntax.parse(prompt)
    except SyntaxError:
        return None
    nodes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, nodes)]
    return "\n".join(found) or prompt
