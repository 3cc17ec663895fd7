"""One spelling for equal code: without comments, docstrings and formatting."""

import ast
import functools

from efficoder.languages import bundle
from efficoder.languages.python import syntax


@functools.lru_cache(1024)
def normalise(code: str) -> str:
    """Code without comments, docstrings and formatting: equal for programs that differ in nothing else.

    Text that does not parse comes back unchanged but for the blank lines around it: where an answer is put into other
    code, its indentation counts. Each of several files is normalised and keeps its name.
    """
    if bundle.is_several(code):
        return "\n".join(f"# file: {file.path}\n{normalise(file.text)}" for file in bundle.sections(code))
    try:
        tree = syntax.parse(code)
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                node.body = syntax.body_after_docstring(node) or [ast.Pass()]
        return ast.unparse(tree)
    except (SyntaxError, RecursionError, ValueError):  # ValueError: what unparse cannot spell, e.g. huge integers
        return code.strip("\n").rstrip()
