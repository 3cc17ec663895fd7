"""LeetCodeDataset, all versions: methods of ``class Solution``, keyword asserts, linked lists and trees.

On the wire a linked list is its values and a tree its level order with nulls; empty ones are ``[]``.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from efficoder.languages.python.asserts import Dialect, checks_of
from efficoder.languages.python.signatures import signature
from efficoder.languages.python.syntax import parse
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows
from efficoder.sources.prelude import HEADER, PROMISED
from efficoder.types import Origin, Task, TaskTests

_ORIGIN = Origin(
    source="newfacade/LeetCodeDataset",
    licence="MIT (LeetCode statements are LeetCode text)",
    url="https://github.com/newfacade/LeetCodeDataset",
)
_DIALECT = Dialect(
    constructors={"list_node": "ListNode", "tree_node": "TreeNode"},
    equalities=frozenset({"is_same_list", "is_same_tree"}),
)
_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def read_leetcode(path: Path) -> Iterator[SourceRow]:
    """LeetCodeDataset-*.jsonl(.gz). Ids are the problems' slugs."""
    origin = origin_of(path, _ORIGIN)
    for row in read_rows(path, "leetcode"):
        starter, completion, entry_point = _starter(row), row.text("completion"), row.text("entry_point")
        helpers, test = row.text("prompt"), row.text("test")
        shape = signature(completion, entry_point, _header(row, helpers))
        tests = checks_of(test, shape, [f"{helpers}\n\n{test}\n\ncheck({entry_point})\n"], _DIALECT)
        task = Task(
            id=row.text("task_id"),
            prompt=row.text("query"),
            interface=tests.interface,
            origin=row.origin(origin),
            reference=completion,
            starter=starter,
        )
        yield SourceRow(
            task=task,
            tests=TaskTests(task_id=task.id, checks=tests.checks),
            skipped=tests.skipped,
            promised=PROMISED,
        )


def _starter(row: Row) -> str:
    """The class and method header a solution starts with, as the statement shows it."""
    blocks = [block for block in _BLOCK.findall(row.text("query")) if "class Solution" in block]
    if not blocks:
        raise row.error("column 'query' shows no starter code with class Solution")
    return str(blocks[-1]).rstrip()


def _header(row: Row, helpers: str) -> str:
    """What solutions may count on: the row's imports, constants and node classes, without the helpers of the tests, and
    what LeetCode itself gives them: the rows name only a part of that."""
    try:
        body = parse(helpers).body
    except SyntaxError as error:
        raise row.error(f"column 'prompt' does not parse: {error}") from error
    kept = (ast.get_source_segment(helpers, node) for node in body if not isinstance(node, ast.FunctionDef))
    return "\n".join([*filter(None, kept), HEADER])
