"""A count and its noun agree: one task is no "1 tasks"."""

import re
from pathlib import Path

import pytest

from efficoder.console import counted

SRC = Path(__file__).parents[1] / "src" / "efficoder"
NOUNS = "answer|call|candidate|case|check|file|input|job|load|model|program|request|round|row|run|sample|seed|task|test"
PLURAL = re.compile(rf"(\{{[^{{}}]*\}}\}}?) (?:(?:measured|right|failed|distinct|training|more) )?(?:{NOUNS})s\b")
"""A value in braces and a plural behind it."""
NO_COUNTS = {
    "{title}": "is a word",
    "{k}": "of a formula",
    "{n}": "of a formula",
    "{GIVE_UP}": "is never one",
    "{ONE_IN * LEAST}": "is never one",
    "{gone + len(settled.checks)}": "a part of several",
    "{lost + asserts}": "a part of several",
}
FILES = sorted(path for kind in ("*.py", "*.j2") for path in SRC.rglob(kind) if "projects" not in path.parts)


def test_one_has_the_singular() -> None:
    assert [counted(number, "task") for number in (0, 1, 2, 1234)] == ["0 tasks", "1 task", "2 tasks", "1,234 tasks"]
    assert counted(1, "reply", "replies") == "1 reply"
    assert counted(2, "reply", "replies") == "2 replies"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_a_plural_behind_a_number_goes_through_counted(path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for found in PLURAL.finditer(line):
            word = " " not in found[1] and "count" not in found[1] and path.suffix == ".j2"
            assert found[1] in NO_COUNTS or word, f"{path}:{number}: {found[0]}: write it with counted()"
