"""What code is written in. The rest of EffiCoder knows a language by its name, and gets it from here.

``language(task.language)`` builds the program that a sandbox runs, finds code in replies, gives equal code one
spelling, names what should not be run or trained on, and makes mutants. To add a language: a folder here with the file
names of python/, and a line in ``LANGUAGES``.

protocol.py  what a language offers
identity.py  ids of candidates and samples
replies.py   a reply's text, cut at its fences
marks.py     which of it is thinking, another turn, or the end
bundle.py    several files as one text
braces.py    languages with braces: tokens, one spelling, the answer in a reply
wiretypes.py typed languages: which inputs fit a signature
compiled.py  compiled languages: what they have in common
turns.py     mutants: one of each operator in turn
faults.py    languages with braces: programs with a fault
cutting.py   languages with braces: programs that do no work on large inputs
python/      Python
cpp/         C++
rust/        Rust
go/          Go
javascript/  JavaScript
java/        Java
"""

from collections.abc import Iterable
from pathlib import Path

from efficoder.errors import InputError, UsageError, suggest
from efficoder.languages.cpp import language as cpp_language
from efficoder.languages.go import language as go_language
from efficoder.languages.java import language as java_language
from efficoder.languages.javascript import language as javascript_language
from efficoder.languages.protocol import Extracted, Finding, Language, Mutant, Standalone
from efficoder.languages.python import language as python_language
from efficoder.languages.rust import language as rust_language
from efficoder.types import Task

__all__ = [
    "LANGUAGES",
    "LOAD_LANGUAGE",
    "Extracted",
    "Finding",
    "Language",
    "Mutant",
    "Standalone",
    "language",
    "language_of_file",
    "problem",
    "refusal",
    "refuse_unknown",
    "spoken",
]

LANGUAGES: dict[str, Language] = {
    "python": python_language,
    "cpp": cpp_language,
    "rust": rust_language,
    "go": go_language,
    "javascript": javascript_language,
    "java": java_language,
}
_REFUSED = {"typescript": "its types are not taken away here; compile it to JavaScript first"}
_REFUSED_SUFFIXES = {".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "typescript"}
LOAD_LANGUAGE: Language = python_language
"""What load programs are written in, whatever the task's language (docs/tasks.md)."""


def language(name: str) -> Language:
    """The language called ``name``. Raises UsageError for one that is not here."""
    if name not in LANGUAGES:
        raise UsageError(problem(name))
    return LANGUAGES[name]


def spoken(name: str) -> str:
    """The name here of what others call ``C++`` or ``Python``; in small letters for a language that is not here."""
    folded = name.casefold()
    return next((key for key, known in LANGUAGES.items() if folded == known.title.casefold()), folded)


def problem(name: str) -> str | None:
    """Why code in the language called ``name`` cannot be run; None for a language that is here."""
    if name in LANGUAGES:
        return None
    if name in _REFUSED:
        return f"no language {name!r}: {_REFUSED[name]}"
    nearest = suggest(name, LANGUAGES, "leave its tasks out")
    return f"no language {name!r}, there is {', '.join(LANGUAGES)}{nearest}"


def refusal(task: Task) -> str | None:
    """Why no answer to ``task`` can be run here; None where it can."""
    return problem(task.language) or LANGUAGES[task.language].unsupported(task)


def language_of_file(path: Path) -> str:
    """The name of a file's language, by how its own name ends; Python's for any other ending. Raises UsageError for a
    language that is not here."""
    if path.suffix in _REFUSED_SUFFIXES:
        raise UsageError(f"{path}: {problem(_REFUSED_SUFFIXES[path.suffix])}")
    found = (name for name, known in LANGUAGES.items() if path.suffix in known.suffixes)
    return next(found, "python")


def refuse_unknown(tasks: Iterable[Task], path: object = None) -> None:
    """Raises InputError for the first task that cannot be run here, naming its source (or ``path``, the file it
    was read from) and line."""
    for task in tasks:
        if (why := refusal(task)) is not None:
            where = path or task.origin.source or None
            raise InputError(f"task {task.id!r}: {why}", path=where, line=task.origin.line)
