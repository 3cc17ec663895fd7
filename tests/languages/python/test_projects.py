"""Several files as one text, and as models write them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from efficoder.languages import bundle
from efficoder.languages.identity import candidate_id
from efficoder.languages.python import syntax
from efficoder.languages.python.extract import extract
from efficoder.languages.python.normalise import normalise
from efficoder.models.prompts import chat_prompt, code_reply
from efficoder.types import Origin, Project, Task

PROJECT = Project(writes=("a.py", "lib/b.py"), files={"main.py": "import a\n"}, run=("main", "-v"))
STARTER = {"a.py": "A = 0\n", "lib/b.py": "B = 0\n"}
NEW = "# file: a.py\nA = 1\n# file: lib/b.py\nB = 2\n"
ONE = "# file: a.py\nA = 1\n# file: lib/b.py\nB = 0\n"


def project_task(starter: dict[str, str] = STARTER) -> Task:
    return Task(id="t", prompt="Count.", interface=PROJECT, origin=Origin(source="test"), starter=bundle.join(starter))


REPLIES = {
    "as asked": f"Here:\n```python\n{NEW}```\nDone.",
    "bare": NEW,
    "as code_reply writes it": code_reply(project_task(), NEW),
    "headings": "### `a.py`\n\n```python\nA = 1\n```\n\n**lib/b.py**:\n```py\nB = 2\n```\n",
    "numbered": "1. File: `./a.py` (faster)\n```python\nA = 1\n```\n2. File: `lib/b.py`\n```python\nB = 2\n```",
    "first lines": "```python\n# a.py\nA = 1\n```\n```python\n\n# lib/b.py\nB = 2\n```",
    "fence words": '```python a.py\nA = 1\n```\n```python title="lib/b.py"\nB = 2\n```',
    "fence path": "```a.py\nA = 1\n```\n```python:lib/b.py\nB = 2\n```",
    "better below": f"```python\n# file: a.py\nA = 9\n```\nor\n```python\n{NEW}```",
    "heading and mark": "a.py\n```python\n# file: a.py\nA = 1\n```\nlib/b.py\n```python\n# file: lib/b.py\nB = 2\n```",
    "decorated marks": "```python\n# === File: a.py ===\nA = 1\n## filename: `lib/b.py`\nB = 2\n```",
    "use of it": f"```python\n{NEW}```\nRun:\n```bash\npython a.py\n```\nor\n```python\nimport a\nprint(a.A)\n```",
    "what stays repeated": f"```python\n# file: main.py\nimport a\n{NEW}```",
    "never closed": f"```python\n{NEW}",
    "thinking": f"<think>```python\n# file: a.py\nA = 8\n```</think>```python\n{NEW}```",
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_replies_as_models_write_them(reply: str) -> None:
    found = extract(reply, project_task())
    assert (found.code, found.problem) == (NEW, None)


def test_a_file_left_out_stays_as_the_starter_has_it() -> None:
    assert extract("```python\n# file: a.py\nA = 1\n```", project_task()).code == ONE


def test_a_fence_in_a_docstring_ends_no_file() -> None:
    doc = '"""\n    ```\n    x\n    ```\n"""\nA = 1\n'
    code = extract(f"a.py\n```python\n{doc}```\n", project_task()).code
    assert code == bundle.join(STARTER | {"a.py": doc})


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("I cannot do that.", "no file of the project found"),
        ("```python\nA = 1\n```", "no file of the project found"),
        ("```python\n# file: a.py\nA = (\n```", "a.py does not parse: line 1"),
        (f"```python\n{NEW}# file: ../a.py\nA = 1\n```", "writes ../a.py, which is none of a.py, lib/b.py"),
        (f"```python\n{NEW}# file: /tmp/x.py\nA = 1\n```", "writes /tmp/x.py, which is none of"),
        (f"```python\n{NEW}# file: json.py\nA = 1\n```", "writes json.py, which is none of"),
        (f"```python\n{NEW}# file: efficoder/values.py\n1\n```", "writes efficoder/values.py, which is none of"),
        (f"```python\n{NEW}# file: main.py\nprint(42)\n```", "writes main.py, which is none of"),
        (f"```python\n{NEW}# file: helper.py\nH = 1\n```", "writes helper.py, which is none of"),
        ("```python\n# file: a.py\nA = '\0'\n```", "a.py does not parse"),
        (f"```python\n{NEW}# file: {'b' * 300}.py\n```", "would begin another file"),
    ],
)
def test_what_is_no_answer_says_why(reply: str, problem: str) -> None:
    found = extract(reply, project_task())
    assert found.code is None
    assert problem in (found.problem or "")


def test_without_a_starter_every_file_is_needed() -> None:
    found = extract("```python\n# file: a.py\nA = 1\n```", project_task({}))
    assert found.problem == "lib/b.py is missing"


@pytest.mark.timeout(120)
@pytest.mark.measured
@pytest.mark.parametrize(
    "piece", ["\n", "*", "```\n", "# file: a.py\n", "#" * 150 + "\n", "```python " + "=" * 150 + "\n"]
)
def test_hostile_replies_take_bounded_work(piece: str) -> None:
    begun = time.process_time()
    extract("```python\n" + piece * (900_000 // len(piece)), project_task())
    assert time.process_time() - begun < 60


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["# file: a.py", "# a.py", "lib/b.py", "```", "```python", "x = 1", "(", "", "  y", "# file: q.py"]
        ),
        max_size=14,
    )
)
def test_whatever_the_reply_its_files_parse_and_come_back(lines: list[str]) -> None:
    code = extract("\n".join(lines), project_task()).code
    if code is not None:
        files = bundle.split(code)
        assert [file.path for file in files] == ["a.py", "lib/b.py"]
        assert bundle.join({file.path: file.text for file in files}) == code
        for file in files:
            syntax.parse(file.text)
            assert code.split("\n")[file.line - 2] == f"# file: {file.path}"


def test_equal_files_are_one_candidate_and_a_moved_function_is_another() -> None:
    commented = "# file: lib/b.py\n\nB  =  2\n# file: a.py\n# Fast.\nA = 1\n"
    assert candidate_id("t", bundle.join({f.path: f.text for f in bundle.split(commented)}), "python") == candidate_id(
        "t", NEW, "python"
    )
    assert candidate_id("t", "# file: a.py\nA = 2\n" + NEW, "python") != candidate_id(
        "t", "# file: a.py\nA = 3\n" + NEW, "python"
    )
    moved = bundle.join({"a.py": "A = 1\nB = 2\n", "lib/b.py": ""})
    assert normalise(moved) != normalise(NEW)


def test_a_file_that_would_begin_another_is_refused() -> None:
    with pytest.raises(ValueError, match="would begin another"):
        bundle.join({"a.py": "A = 1\n# file: b.py\n"})


@pytest.mark.parametrize(
    "path", ["../a.py", "/a.py", "a", "a.txt", "a b.py", "json.py", "sys/a.py", "efficoder/a.py", "é.py"]
)
def test_names_no_project_may_have(path: str) -> None:
    assert bundle.path_problem(path)
    assert bundle.path_problem("lib/b.py") is None


def test_the_prompt_shows_the_files_and_asks_for_marks() -> None:
    prompt = chat_prompt(project_task())
    for words in (
        "`python -m main -v`",
        "stay as they are:\n```python\n# file: main.py",
        "Start from:",
        "# file: PATH",
    ):
        assert words in prompt
    assert "the Python files `a.py`, `lib/b.py`" in prompt
