"""From a model's reply to code, by syntax tree; one spelling for equal code; hashes.

``extract`` is the way in. pieces.py cuts a reply's text, reading.py finds the answer in the pieces, projects.py the
files of a project, syntax.py knows Python's trees and names, bundle.py makes one text of several files.
"""

import ast
import hashlib

from efficoder.languages import bundle
from efficoder.languages.python import syntax
from efficoder.languages.python.extract import MAX_REPLY, Extracted, extract

__all__ = ["MAX_REPLY", "Extracted", "candidate_id", "extract", "normalise", "sample_id"]


def normalise(code: str) -> str:
    """Code without comments, docstrings and formatting: equal for programs that differ in nothing else.

    Text that does not parse comes back as it is, without blank lines around it: where an answer is put into other code,
    its indentation counts. Of several files each is normalised, and keeps its name.
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


def candidate_id(task_id: str, code: str) -> str:
    """Hash of task and normalised code, 16 hex digits."""
    return _hash(task_id, normalise(code))


def sample_id(task_id: str, model: str, index: int, *context: str) -> str:
    """Hash of what tells one sample from another, 16 hex digits; ``context``: prompt version, settings, parent."""
    return _hash(task_id, model, str(index), *context)


def _hash(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8) + data)
    return digest.hexdigest()[:16]
