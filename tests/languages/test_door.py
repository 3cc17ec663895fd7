"""The door: what a language is asked goes to the one a task names, and a name that is not here is refused."""

import importlib
from types import SimpleNamespace

import pytest

from efficoder.errors import InputError, UsageError
from efficoder.languages import LANGUAGES, language, refuse_unknown
from efficoder.languages.identity import candidate_id
from efficoder.languages.wiretypes import Unknown
from efficoder.types import Origin, Stdio, Task


def task(name: str, language: str) -> Task:
    return Task(id=name, prompt="", interface=Stdio(), origin=Origin(source="own.jsonl", line=7), language=language)


def test_an_unknown_name_is_refused_with_the_nearest_and_all_that_are_here() -> None:
    with pytest.raises(UsageError, match=r"no language 'pyhton', there is python.*; did you mean 'python'\?"):
        language("pyhton")
    with pytest.raises(UsageError, match=r"no language 'cobol', there is python.*; leave its tasks out"):
        language("cobol")


def test_a_task_is_refused_with_the_place_it_was_read_from() -> None:
    refuse_unknown([task("a", "python")])
    with pytest.raises(InputError, match=r"^own\.jsonl:7: task 'b': no language 'cobol'"):
        refuse_unknown([task("a", "python"), task("b", "cobol")])
    with pytest.raises(InputError, match=r"^here/t\.jsonl:7: task 'b'"):
        refuse_unknown([task("b", "cobol")], "here/t.jsonl")


def test_ids_of_candidates_are_those_of_earlier_versions() -> None:
    """Run folders hold them: another id would run everything again."""
    assert candidate_id("t", "def f(x):\n    return x\n", "python") == "bbfa69e5e13073a0"


def test_a_candidates_id_follows_its_own_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LANGUAGES, "loud", SimpleNamespace(normalise=str.upper))
    assert candidate_id("t", "x = 1", "loud") == candidate_id("t", "X = 1", "loud")
    assert candidate_id("t", "x = 1", "python") != candidate_id("t", "X = 1", "python")


@pytest.mark.parametrize(
    ("spoken", "deep"),
    [("cpp", "vector<{}>"), ("rust", "Vec<{}>"), ("go", "[]{}"), ("java", "List<{}>")],
)
def test_a_type_nested_without_end_is_no_plain_data(spoken: str, deep: str) -> None:
    before, after = deep.split("{}")
    read = importlib.import_module(f"efficoder.languages.{spoken}.types").read
    for often in (300, 5000):
        with pytest.raises(Unknown, match="over 200 words"):
            read(before * often + "int" + after * often)
