"""Each published format on a tiny fixture of its shape; the real files are in test_real_data.py."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from efficoder import sources, wire
from efficoder.errors import InputError
from efficoder.languages.python.syntax import parse
from efficoder.sources.prelude import HEADER
from efficoder.types import Comparison, Function, Script, Stdio

_PROMPT = (
    'from typing import List\n\n\ndef helper(x):\n    return x\n\n\ndef double(x: int) -> int:\n    """Double x."""\n'
)
_EVALPLUS: dict[str, Any] = {
    "task_id": "HumanEval/0",
    "prompt": _PROMPT,
    "entry_point": "double",
    "canonical_solution": "    return helper(2 * x)\n",
    "base_input": [[1]],
    "plus_input": [[2], [3.5]],
    "atol": 0,
}


def _rows(tmp_path: Path, form: str, *rows: dict[str, Any], name: str = "set.jsonl") -> list[sources.SourceRow]:
    path = tmp_path / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return list(sources.read(f"{form}:{path}"))


def test_humaneval(tmp_path: Path) -> None:
    test = "METADATA = {}\n\n\ndef check(candidate):\n    assert candidate(2) == 4\n    assert candidate(x=0) == 0\n"
    (row,) = _rows(tmp_path, "humaneval", _EVALPLUS | {"test": test})
    interface = row.task.interface
    assert isinstance(interface, Function)
    assert interface.header == "from typing import List\n\ndef helper(x):\n    return x"
    assert (interface.parameters[0].name, interface.parameters[0].annotation, interface.returns) == ("x", "int", "int")
    assert row.task.id == "HumanEval/0"
    assert row.task.prompt == row.task.starter == _PROMPT
    assert row.task.reference == _PROMPT + "    return helper(2 * x)\n"
    assert [(case.input, case.expected) for case in row.tests.checks] == [("[2]", "4"), ("[0]", "0")]


def test_humaneval_tests_that_are_not_data_run_whole(tmp_path: Path) -> None:
    test = "def check(candidate):\n    assert candidate(candidate(1)) == 4\n"
    (row,) = _rows(tmp_path, "humaneval", _EVALPLUS | {"test": test})
    assert isinstance(row.task.interface, Script)
    names: dict[str, object] = {}
    assert row.task.reference is not None
    exec(row.task.interface.header + "\n" + row.task.reference, names)
    exec(row.tests.checks[0].input, names)
    names["double"] = lambda x: x
    with pytest.raises(AssertionError):
        exec(row.tests.checks[0].input, names)


def test_humanevalplus_inputs_and_tolerance(tmp_path: Path) -> None:
    zero = _EVALPLUS | {"task_id": "HumanEval/32", "entry_point": "find_zero", "atol": 1e-4}
    wide = _EVALPLUS | {"task_id": "HumanEval/2", "atol": 1e-3}
    row, checked, wider = _rows(tmp_path, "humanevalplus", _EVALPLUS, zero, wide)
    assert [case.input for case in row.tests.checks] == ["[1]", "[2]", "[3.5]"]
    assert {case.expected for case in row.tests.checks} == {None}
    assert row.tests.checks[0].comparison == Comparison(kind="float", absolute=1e-6, relative=1e-7)
    assert wider.tests.checks[0].comparison == Comparison(kind="float", absolute=1e-3, relative=1e-7)
    names: dict[str, Any] = {}
    exec(checked.tests.checks[0].comparison.checker, names)
    assert names["check"]([[-6, 11, -6, 1]], 2.00001, None)
    assert not names["check"]([[-6, 11, -6, 1]], 2.5, None)


def _mbppplus(number: int, assertion: str, inputs: object, **more: object) -> dict[str, Any]:
    solution = "def g(*args):\n    return args\n"
    row = {"task_id": f"Mbpp/{number}", "prompt": "P", "entry_point": "g", "canonical_solution": solution, "atol": 0}
    return row | {"assertion": assertion, "base_input": inputs, "plus_input": {}} | more


@pytest.mark.parametrize(
    ("assertion", "given", "arguments"),
    [
        ("assert g((1, 2), [3]) == 1", [[1], [2]], [(1,), [2]]),
        ("assert g([(1, 2)], 5) == 1", [[[1], []], 2], [[(1,), ()], 2]),
        ("assert g((1, (2, 3))) == 1", [[1, [2], [[3]]]], [(1, (2,), ([3],))]),
        ("assert g({'a': (1, 2)}) == 1", [{"b": [3]}], [{"b": (3,)}]),
        ("assert g('x', None) == 1", ["y", [1]], ["y", [1]]),
    ],
)
def test_mbppplus_gets_its_types_back(tmp_path: Path, assertion: str, given: Any, arguments: Any) -> None:
    (row,) = _rows(tmp_path, "mbppplus", _mbppplus(3, assertion, [given]))
    assert row.tests.checks[0].input == wire.encode(arguments)


def test_mbppplus_exceptions_and_rules(tmp_path: Path) -> None:
    rows = _rows(
        tmp_path,
        "mbppplus",
        _mbppplus(124, "", [["1", "2j"]], atol=1e-4),
        _mbppplus(580, "", [[[1, [2, [3, [4]]]]]]),
        _mbppplus(2, "assert g((1,), (1,)) == (1,)", [[[1], [2]]]),
    )
    assert [row.tests.checks[0].input for row in rows] == [
        wire.encode([1.0, 2j]),
        wire.encode([(1, (2, (3, (4,))))]),
        wire.encode([(1,), (2,)]),
    ]
    assert rows[0].tests.checks[0].comparison.absolute == 1e-4
    assert rows[2].tests.checks[0].comparison == Comparison(kind="set")


def test_mbppplus_match_objects_are_judged_by_presence(tmp_path: Path) -> None:
    solution = "import re\ndef g(text):\n    return re.search('^a', text)\n"
    (row,) = _rows(tmp_path, "mbppplus", _mbppplus(737, "assert g('a')", [["ab"], ["ba"]], canonical_solution=solution))
    assert isinstance(row.task.interface, Script)
    test = row.tests.checks[0].input
    for right in (solution, "def g(text):\n    return text[0] == 'a'\n"):
        names: dict[str, object] = {}
        exec(right, names)
        exec(test, names)
    with pytest.raises(AssertionError):
        exec(test, {"g": lambda text: text})


_MBPP: dict[str, Any] = {
    "task_id": 7,
    "text": "Write a function to add.",
    "code": "def inner(x):\n    return x\ndef add(a, b):\n    return a + b\n",
    "test_setup_code": "",
    "test_list": ["assert set(add([1], [2])) == set([1, 2])", "assert add(1, 2) == 3"],
    "challenge_test_list": ["assert add(0, 0) == 0"],
}


def test_mbpp(tmp_path: Path) -> None:
    setup = _MBPP | {
        "task_id": 8,
        "test_setup_code": "root = add(1, 2)",
        "test_list": ["assert add(root, 1) == 4"],
        "challenge_test_list": [],
    }
    row, script = _rows(tmp_path, "mbpp", _MBPP, setup)
    assert row.task.id == "Mbpp/7"
    assert row.task.prompt.startswith("Write a function to add.\n")
    assert row.task.prompt.endswith("assert set(add([1], [2])) == set([1, 2])\n")
    assert [case.input for case in row.tests.checks] == ["[[1],[2]]", "[1,2]", "[0,0]"]
    assert isinstance(script.task.interface, Script)
    assert script.tests.checks[0].input == "root = add(1, 2)\nassert add(root, 1) == 4"


def test_mbpp_sanitized(tmp_path: Path) -> None:
    fields = {
        "task_id": "MbppEval/9",
        "prompt": "def add(a, b):\n    '''\n    Add.\n    '''\n",
        "entry_point": "other",
        "canonical_solution": "  c = a\n  return c + b\n",
        "test": "def check(candidate):\n    assert add(1, 2) == 3\n",
    }
    (row,) = _rows(tmp_path, "mbpp_sanitized", fields)
    assert row.task.id == "Mbpp/9"
    assert row.task.reference == "def add(a, b):\n  c = a\n  return c + b\n"
    assert isinstance(row.task.interface, Function)
    assert row.task.interface.entry_point == "add"


def test_leetcode(tmp_path: Path) -> None:
    signature = "class Solution:\n    def rotate(self, head: Optional[ListNode], k: int) -> Optional[ListNode]:\n"
    promised = "from typing import *\ninf = float('inf')\nclass ListNode:\n    pass\n"
    helpers = promised + "def list_node(values):\n    return None\n"
    fields = {
        "task_id": "rotate-list",
        "prompt": helpers,
        "completion": signature + "        return head",
        "entry_point": "Solution().rotate",
        "test": "def check(candidate):\n"
        "    assert is_same_list(candidate(k = 2, head = list_node([1])), list_node([1]))\n",
        "query": f"Rotate.\n```python\n{signature}```\n",
    }
    (row,) = _rows(tmp_path, "leetcode", fields)
    interface = row.task.interface
    assert isinstance(interface, Function)
    assert interface.entry_point == "Solution().rotate"
    assert ([p.codec for p in interface.parameters], interface.returns_codec) == (["ListNode", "plain"], "ListNode")
    assert interface.header.startswith(promised)
    assert row.promised == ("sortedcontainers",)
    names: dict[str, Any] = {}
    exec(interface.header, names)
    code = "found = [heapq.heappop([1]), bisect.bisect_left([1, 3], 2), pow(2, 5, 7), next(itertools.count()), inf]"
    exec(code, names)
    assert names["found"] == [1, 1, 4, 0, float("inf")]
    assert row.task.starter == signature.rstrip()
    assert [(case.input, case.expected) for case in row.tests.checks] == [("[[1],2]", "[1]")]


def test_evoeval(tmp_path: Path) -> None:
    fields = _EVALPLUS | {"task_id": "EvoEval/4", "inputs": ["1", "(2, 3)", "'a' * 10 ** 9"]}
    fields.pop("base_input")
    (row,) = _rows(tmp_path, "evoeval", fields, name="EvoEval_difficult.jsonl")
    assert row.task.id == "EvoEval_difficult/4"
    assert [case.input for case in row.tests.checks] == ["[1]", '[{"!tuple":[2,3]}]']
    assert row.tests.lost == {"undecodable": 1}
    (verbose,) = _rows(tmp_path, "evoeval", _EVALPLUS, name="EvoEval_verbose.jsonl")
    assert (verbose.task.id, verbose.task.problem_id) == ("EvoEval_verbose/0", "HumanEval/0")
    assert len(verbose.tests.checks) == 3


_EFFIBENCH: dict[str, Any] = {
    "problem_idx": 7,
    "task_name": "Count Up",
    "description": "Count.",
    "markdown_description": "Count the items up to `k`.",
    "canonical_solution": "from typing import *\nclass Solution:\n    def helper(self, x):\n        return x\n"
    "    def countUp(self, items: List[int], k: int = 2) -> int:\n        return sum(i <= k for i in items)\n",
    "test_case_generator": "",
    "test_case": "solution = Solution()\nassert solution.countUp([1, 2, 3, 4, 5, 6], 3) == 3\n"
    "assert solution.countUp([1], 3) == 1\n",
    "small_test_cases": "solution = Solution()\nassert solution.countUp([1, 2], 1) == 1\n"
    "assert solution.countUp(items=[3]) == 0\n",
}


def test_effibench(tmp_path: Path) -> None:
    (row,) = _rows(tmp_path, "effibench", _EFFIBENCH)
    interface = row.task.interface
    assert isinstance(interface, Function)
    assert (row.task.id, interface.entry_point) == ("EffiBench/7", "Solution().countUp")
    assert row.task.starter == "class Solution:\n    def countUp(self, items: List[int], k: int) -> int:"
    assert [(case.input, case.expected) for case in row.tests.checks] == [("[[1,2],1]", "1"), ("[[3]]", "0")]
    assert [(load.input, load.expected, load.origin) for load in row.tests.loads] == [
        ("[[1,2,3,4,5,6],3]", "3", "shipped_load")
    ]
    assert row.skipped == ()
    path = tmp_path / "dataset.json.gz"
    with gzip.open(path, "wt") as file:
        json.dump([_EFFIBENCH], file)
    assert next(sources.read(f"effibench:{path}")).tests == row.tests


def test_effibench_lines_that_are_no_python_are_left_out(tmp_path: Path) -> None:
    broken = _EFFIBENCH["small_test_cases"] + "assert solution.countUp([<Node object at 0x7f>], 1) == 1\n"
    nothing = "assert solution.countUp(<Node object at 0x7f>) == 1\n"
    data = [
        _EFFIBENCH | {"small_test_cases": broken},
        _EFFIBENCH | {"problem_idx": "8", "small_test_cases": nothing},
        _EFFIBENCH | {"problem_idx": 9, "small_test_cases": nothing, "test_case": ""},
    ]
    kept, full, empty = _rows(tmp_path, "effibench", *data)
    assert len(kept.tests.checks) == len(full.tests.checks) == 2
    assert (kept.tests.lost, full.tests.lost) == ({"undecodable": 1}, {"undecodable": 1})
    assert (empty.tests.checks, empty.tests.loads) == ((), ())
    assert isinstance(empty.task.interface, Function)  # without checks it is left out, not passed by everything
    assert empty.skipped[-1] == "no assert is left"


def test_effibench_solutions_find_what_leetcode_gives_them() -> None:
    names: dict[str, Any] = {}
    exec(HEADER, names)
    code = "best: Optional[List[int]] = [pow(2, 5, 7), math.pow(2, 5), inf, Counter('aa')['a'], ListNode(3).val]"
    exec(code + "\nheappush(best, bisect_left([1, 3], 2))\nwhen = datetime(2020, 1, 1).year", names)
    assert 4 in names["best"]
    assert names["when"] == 2020


def test_effibench_tests_that_are_no_data_stay_code(tmp_path: Path) -> None:
    nodes = "assert solution.countUp(ListNode(1), 1) == 1\n"
    (row,) = _rows(tmp_path, "effibench", _EFFIBENCH | {"small_test_cases": nodes})
    assert isinstance(row.task.interface, Script)
    assert row.tests.checks[0].input.startswith("solution = Solution()\nassert")
    assert row.tests.loads == ()
    assert row.skipped[0].startswith("kept as code: ")


_MERCURY: dict[str, Any] = {
    "slug_name": "pair-up",
    "meta_info": {},
    "id": "9",
    "difficulty": "Easy",
    "pretty_content": ["Pair up the items."],
    "solutions": [
        {
            "hash": 1,
            "runtime": "120ms",
            "solution": "class Solution:\n    def pairUp(self, a, k):\n        return []\n",
        },
        {"hash": 2, "runtime": "44ms", "solution": "class Solution:\n    def pairUp(self, a, k):\n        return a\n"},
        {"hash": 3, "runtime": "N/A", "solution": "class Solution:\n    def pairUp(self, a, k):\n        return 0\n"},
    ],
    "prompt": "class Solution:\n    def pairUp(self, a: List[int], k: int) -> List[int]:\n        ",
    "generator_code": "import random\ndef generate_test_case():\n    return [random.randint(0, 9)], 1\n",
    "convert_online": "def convert_online(case):\n    return case\n",
    "convert_offline": "def convert_offline(case):\n    import lctk\n    inputs, expected = case\n"
    "    return inputs, expected\n",
    "evaluate_offline": "def evaluate_offline(inputs, outputs, expected):\n    if outputs == expected:\n"
    "        return True\n    return False\n",
    "entry_point": "pairUp",
    "test_cases": json.dumps([{"input": [[1, 2], 3], "expected": [1, 2]}, {"input": [[], 0], "expected": []}]),
}


def test_mercury(tmp_path: Path) -> None:
    (row,) = _rows(tmp_path, "mercury", _MERCURY)
    interface = row.task.interface
    assert isinstance(interface, Function)
    assert (row.task.id, row.task.prompt, interface.entry_point) == (
        "pair-up",
        "Pair up the items.",
        "Solution().pairUp",
    )
    assert [parameter.annotation for parameter in interface.parameters] == ["List[int]", "int"]
    assert row.task.reference == _MERCURY["solutions"][1]["solution"]  # the fastest recorded
    assert [solution.code[-2] for solution in row.pool] == ["a", "]", "0"]
    assert [(case.input, case.expected, case.comparison) for case in row.tests.checks] == [
        ("[[1,2],3]", "[1,2]", Comparison()),
        ("[[],0]", "[]", Comparison()),
    ]
    names: dict[str, Any] = {}
    exec(row.tests.load_programs[0], names)
    assert names["make_input"](50, 3) == names["make_input"](9, 3)
    assert names["make_input"](50, 3)[1] == 1
    exec(interface.header, names)


_RETURN = "def evaluate_offline(inputs, outputs, expected):\n    "


@pytest.mark.parametrize(
    ("evaluate", "kind"),
    [
        ("return sorted(outputs) == sorted(expected)", "unordered"),
        ("outputs.sort()\n    expected.sort()\n    return outputs == expected", "unordered"),
        ("outputs = set(outputs)\n    expected = set(expected)\n    return expected == outputs", "set"),
        ("return abs(outputs[0] - expected[0]) < 1", "checker"),
        ("outputs.sort()\n    return outputs == expected", "checker"),
        ("return len(outputs) == inputs[1] - 1 or outputs == expected", "checker"),
    ],
)
def test_mercury_comparisons_are_read_or_run_as_they_are(tmp_path: Path, evaluate: str, kind: str) -> None:
    (row,) = _rows(tmp_path, "mercury", _MERCURY | {"evaluate_offline": _RETURN + evaluate})
    comparison = row.tests.checks[0].comparison
    assert comparison.kind == kind
    if kind == "checker":
        names: dict[str, Any] = {}
        exec(comparison.checker, names)
        assert names["check"]([[1, 2], 3], [1, 2], [1, 2])
        assert not names["check"]([[1, 2], 3], [9], [1, 2])


_NODES = _MERCURY | {
    "prompt": "class Solution:\n    def pairUp(self, a: Optional[ListNode], k: int) -> Optional[ListNode]:\n        ",
    "convert_offline": "def convert_offline(case):\n    import lctk\n    inputs, expected = case\n"
    "    inputs = tuple([lctk.linkedList(inputs[0]), inputs[1]])\n    return inputs, expected\n",
    "evaluate_offline": "def evaluate_offline(inputs, outputs, expected):\n    import lctk\n"
    "    outputs = lctk.linkedList2Arr(outputs)\n    return outputs == expected\n",
}


def test_mercury_nodes_are_codecs(tmp_path: Path) -> None:
    none = json.dumps([{"input": [None, 0], "expected": None}])
    trees = {
        "convert_offline": _NODES["convert_offline"].replace("linkedList", "binaryTree"),
        "evaluate_offline": _NODES["evaluate_offline"].replace("linkedList2Arr", "binaryTree2Arr"),
    }
    several = {
        "convert_offline": _NODES["convert_offline"].replace(
            "lctk.linkedList(inputs[0])", "[lctk.linkedList(x) for x in inputs[0]]"
        )
    }
    rows = _rows(
        tmp_path,
        "mercury",
        _NODES | {"test_cases": none},
        _NODES | trees | {"slug_name": "trees"},
        _NODES | several | {"slug_name": "several"},
    )
    interfaces = [row.task.interface for row in rows if isinstance(row.task.interface, Function)]
    assert [([p.codec for p in i.parameters], i.returns_codec) for i in interfaces] == [
        (["ListNode", "plain"], "ListNode"),
        (["TreeNode", "plain"], "TreeNode"),
        (["ListNode", "plain"], "ListNode"),
    ]
    assert (rows[0].tests.checks[0].input, rows[0].tests.checks[0].expected) == ("[[],0]", "[]")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {
                "prompt": "class Solution:\n    def pairUp(self, a: List[int], k: int) -> None:\n        ",
                "evaluate_offline": _RETURN + "return inputs[0] == expected",
            },
            "changes its argument",
        ),
        (
            {"convert_offline": _NODES["convert_offline"].replace("tuple(", "dict(")},
            "none of the known conversions",
        ),
        ({"evaluate_offline": _RETURN + "return outputs.val == expected"}, "looks at nodes"),
    ],
)
def test_mercury_tests_of_another_form_stay_code(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    (row,) = _rows(tmp_path, "mercury", _NODES | change)
    assert isinstance(row.task.interface, Script)
    assert reason in row.skipped[0]
    parse(row.tests.checks[0].input)


def test_mercury_tests_kept_as_code_judge_nodes_and_changed_arguments(tmp_path: Path) -> None:
    swap = "class Solution:\n    def pairUp(self, root, k):\n        root.left, root.right = root.right, root.left\n"
    change = {
        "prompt": "class Solution:\n    def pairUp(self, a: TreeNode, k: int) -> None:\n        ",
        "convert_offline": _NODES["convert_offline"].replace("linkedList", "binaryTree"),
        "evaluate_offline": _RETURN + "import lctk; return lctk.binaryTree2Arr(inputs[0]) == expected",
        "test_cases": json.dumps([{"input": [[1, 2, 3, None, 4], 0], "expected": [1, 3, 2, None, None, None, 4]}]),
    }
    (row,) = _rows(tmp_path, "mercury", _NODES | change)
    assert isinstance(row.task.interface, Script)
    right: dict[str, Any] = {}
    exec(row.task.interface.header + swap, right)
    exec(row.tests.checks[0].input, right)
    wrong: dict[str, Any] = {}
    exec(row.task.interface.header + swap.replace("root.right, root.left\n", "root.left, root.right\n"), wrong)
    with pytest.raises(AssertionError, match="test case 0"):
        exec(row.tests.checks[0].input, wrong)


def test_mercury_reads_the_types_of_the_published_parquet_files(tmp_path: Path) -> None:
    solution = pyarrow.struct({"hash": pyarrow.int64(), "runtime": pyarrow.string(), "solution": pyarrow.string()})
    types = {
        "meta_info": pyarrow.struct({"data": pyarrow.string()}),
        "pretty_content": pyarrow.list_(pyarrow.string()),
        "solutions": pyarrow.list_(solution),
    }
    texts = dict.fromkeys(("slug_name", "id", "difficulty", "prompt", "generator_code", "convert_online"), "")
    row = texts | {"meta_info": {"data": "x"}} | _MERCURY
    schema = pyarrow.schema([(name, types.get(name, pyarrow.string())) for name in row])
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row], schema=schema), tmp_path / "eval.parquet")
    (found,) = sources.read(f"mercury:{tmp_path / 'eval.parquet'}")
    (same,) = _rows(tmp_path, "mercury", _MERCURY)
    assert (found.task.prompt, found.tests, found.pool) == (same.task.prompt, same.tests, same.pool)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test_cases": "[{"}, "'test_cases' is not JSON"),
        ({"test_cases": "[]"}, "'test_cases' is not a list of objects"),
        ({"evaluate_offline": "x = 1"}, "'evaluate_offline' does not define evaluate_offline"),
        ({"solutions": [{"runtime": "1ms"}]}, "'solutions' has no text 'solution'"),
        ({"generator_code": None}, "'generator_code' is NoneType, not text"),
        ({"pretty_content": []}, "'pretty_content' is not a list of texts"),
        ({"solutions": {"solution": ["x"]}}, "'solutions' is dict, not a list"),
    ],
)
def test_mercury_rows_of_another_form_say_what_is_wrong(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f":1: mercury: .*{message}"):
        _rows(tmp_path, "mercury", _MERCURY | change)
    column = next(iter(change))
    with pytest.raises(InputError, match=f":1: mercury: column '{column}' is missing"):
        _rows(tmp_path, "mercury", {key: value for key, value in _MERCURY.items() if key != column})


def test_bigcodebench_tests_raise_on_any_failure(tmp_path: Path) -> None:
    fields = {
        "task_id": "BigCodeBench/0",
        "entry_point": "task_func",
        "prompt": "import json\nimport pandas as pd\nfrom os.path import join\ndef task_func(x):\n    '''Doc.'''\n",
        "canonical_solution": "    return json.loads(x)\n",
        "test": "import unittest\nclass TestCases(unittest.TestCase):\n"
        "    def test_one(self):\n        self.assertEqual(task_func('1'), 1)\n",
    }
    (row,) = _rows(tmp_path, "bigcodebench", fields)
    assert isinstance(row.task.interface, Script)
    assert row.task.interface.header == "import json\nfrom os.path import join"
    test = row.tests.checks[0].input
    exec(test, {"task_func": int, "__name__": "tests"})
    for wrong in (str, lambda: None):
        with pytest.raises(AssertionError, match="test_one"):
            exec(test, {"task_func": wrong, "__name__": "tests"})
    with pytest.raises(AssertionError, match="no test passed"):
        exec(test.replace("test_one", "one"), {"task_func": int, "__name__": "tests"})


_DS1000: dict[str, Any] = {
    "prompt": "Problem:\nKeep what is over three.\nA:\n<code>\nitems = [1, 5]\n</code>\nBEGIN SOLUTION\n<code>\n",
    "reference_code": "    result = [i for i in items if i > 3]\n    return result",
    "metadata": {"problem_id": 12, "library": "Numpy", "perturbation_type": "Origin"},
    "code_context": "context = '''\nitems = given\ndef keep(items):\n[insert]\nresult = keep(items)\n'''\n"
    "def test_execution(solution: str):\n    names = {'given': [1, 5, 9]}\n"
    "    exec(context.replace('[insert]', solution), names)\n    assert names['result'] == [5, 9]\n"
    "def test_string(solution: str):\n    assert 'while' not in solution\n",
}


def test_ds1000_answers_are_text_for_the_sets_own_tests(tmp_path: Path) -> None:
    older = _DS1000 | {"metadata": json.dumps({"problem_id": "13", "library": "Numpy"}), "canonical_solution": "x = 1"}
    row, other = _rows(tmp_path, "ds1000", _DS1000, older)
    assert (row.task.id, other.task.id) == ("DS-1000/12", "DS-1000/13")
    assert row.task.interface == Script(answer_name="solution")
    assert (row.task.reference, other.task.reference) == (_DS1000["reference_code"], "x = 1")
    (check,) = row.tests.checks
    exec(check.input, {"solution": row.task.reference})
    for wrong in ("    return items", "    while True: break\n" + _DS1000["reference_code"]):
        with pytest.raises(AssertionError):
            exec(check.input, {"solution": wrong})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metadata": "{"}, "'metadata' is not JSON"),
        ({"metadata": {"library": "Numpy"}}, "no number 'problem_id'"),
        ({"code_context": "def test_string(s):\n    pass\n"}, "does not define test_execution"),
        ({"code_context": "def"}, "'code_context' does not parse"),
    ],
)
def test_ds1000_rows_of_another_form_say_what_is_wrong(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f":1: ds1000: column {message}|:1: ds1000: column .*{message}"):
        _rows(tmp_path, "ds1000", _DS1000 | change)


def _coffe_function(folder: Path) -> None:
    stress = ["[3 * [1]]", "[[i for i in range(9)]]", "not an expression", "['a' * 10 ** 7]"]
    prompt = "def total(xs):\n    '''Add.'''"
    best = "def solution(xs):\n    other.solution = 1\n    return xs[0] + solution(xs[1:]) if xs else 0\n"
    test = "def check(candidate):\n    assert candidate((1, 2)) == 3\n"
    data = {"final_prompt": prompt, "entry_point": "total", "test": test}
    for name, content in {
        "data": [data],
        "best_solutions": {prompt: [best, False]},
        "stressful_testcases": {prompt: [{"input": text, "output": None} for text in stress]},
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(content))


def test_coffe_functions(tmp_path: Path) -> None:
    _coffe_function(tmp_path)
    for spec in (f"coffe:{tmp_path}", f"coffe:{tmp_path / 'data.json'}"):
        (row,) = sources.read(spec)
        assert row.task.id == "coffe/function/0"
        assert row.task.reference == (
            "def total(xs):\n    other.solution = 1\n    return xs[0] + total(xs[1:]) if xs else 0\n"
        )
        assert [case.input for case in row.tests.checks] == ['[{"!tuple":[1,2]}]']
        assert [(load.input, load.origin) for load in row.tests.loads] == [("[[1,1,1]]", "shipped_load")]
        assert row.tests.load_programs == ("[[i for i in range(9)]]", "['a' * 10 ** 7]")
        assert len(row.skipped) == 1


def test_coffe_contests(tmp_path: Path) -> None:
    generator = "import random\nrandom.seed(1)\ndef generate_input():\n    return '5\\n'\n"
    for name, content in {
        "testcases": {"P": [{"input": ["1\n"], "output": ["2\n"]}], "Q": [{"input": ["1\n"], "output": ["2\n"]}]},
        "best_solutions": {"Q": ["print(2)", True], "P": ["print(1 + 1)", True]},
        "stressful_testcases": {"P": [generator]},
    }.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    first, second = sources.read(f"coffe_contests:{tmp_path}")
    assert (first.task.id, second.task.id) == ("coffe/contests/0", "coffe/contests/1")
    assert (first.task.prompt, first.task.reference) == ("P", "print(1 + 1)")
    assert isinstance(first.task.interface, Stdio)
    assert (first.tests.checks[0].input, first.tests.checks[0].expected) == ("1\n", "2\n")
    assert first.tests.checks[0].comparison.kind == "tokens"
    names: dict[str, Any] = {}
    exec(first.tests.load_programs[0], names)
    assert names["make_input"](10, 0) == ["5\n"]


def _evalperf(folder: Path, *rows: dict[str, Any]) -> list[sources.SourceRow]:
    mbpp = _mbppplus(9, "assert g((1, 2)) == 1", [[[1]]], canonical_solution="def g(t):\n    return len(t)\n")
    for name, row in {"HumanEvalPlus-v1": _EVALPLUS, "HumanEvalPlus-OriginFmt": {}, "MbppPlus": mbpp}.items():
        (folder / f"{name}.jsonl").write_text(json.dumps(row) + "\n")
    return _rows(folder, "evalperf", *rows, name="evalperf.jsonl")


_EVALPERF: dict[str, Any] = {
    "task_id": "HumanEval/0",
    "entry_point": "double",
    "reference": ["def double(x):\n    return sum([x, x])\n", "def double(x):\n    return x + x\n"],
    "scores": [30.0, 100.0],
    "pe_input": json.dumps([[10**6], [5]]),
}


def test_evalperf_joins_evalplus_and_brings_a_pool(tmp_path: Path) -> None:
    tuples = _EVALPERF | {"task_id": "Mbpp/9", "pe_input": json.dumps([[[1, 2, 3]]])}
    row, mbpp = _evalperf(tmp_path, _EVALPERF, tuples)
    assert (row.task.id, row.task.prompt, row.task.origin.source) == ("HumanEval/0", _PROMPT, "evalplus/evalperf")
    assert len(row.tests.checks) == 3
    (load,) = row.tests.loads
    assert (load.input, load.origin, load.comparison) == (
        "[1000000]",
        "shipped_load",
        row.tests.checks[0].comparison,
    )
    assert [(solution.code, solution.share) for solution in row.pool] == list(
        zip(_EVALPERF["reference"], [30.0, 70.0], strict=True)
    )
    assert mbpp.tests.loads[0].input == wire.encode([(1, 2, 3)])
    assert len(list(sources.read(f"evalperf:{tmp_path}"))) == 2


def test_evalperf_says_which_file_or_column_is_not_as_it_should_be(tmp_path: Path) -> None:
    for change, message in (
        ({"scores": [30.0]}, "'reference' and 'scores'"),
        ({"scores": [100.0, 30.0]}, "'reference' and 'scores'"),
        ({"pe_input": "[[1"}, "'pe_input' is not JSON"),
        ({"pe_input": "[]"}, "'pe_input' is not a list"),
        ({"task_id": "HumanEval/7"}, r"in neither HumanEvalPlus-v1\.jsonl nor MbppPlus\.jsonl"),
    ):
        with pytest.raises(InputError, match=f"evalperf.jsonl:1: evalperf: .*{message}"):
            _evalperf(tmp_path, _EVALPERF | change)
    without = {key: value for key, value in _EVALPERF.items() if key != "pe_input"}
    with pytest.raises(InputError, match="column 'pe_input' is missing"):
        _evalperf(tmp_path, without)
    (tmp_path / "MbppPlus.jsonl").unlink()
    with pytest.raises(InputError, match=r"MbppPlus\.jsonl\.gz: evalperf: the file is missing"):
        list(sources.read(f"evalperf:{tmp_path}"))


def test_evalperf_inputs_too_long_to_time_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("efficoder.sources.evalperf._MAX_LOAD", 5)
    (row,) = _evalperf(tmp_path, _EVALPERF)
    assert row.tests.loads == ()
    assert row.skipped == ("the stress input is longer than 5 characters",)


def test_a_coffe_folder_without_a_file_says_which(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"best_solutions\.json: coffe: the file is missing"):
        list(sources.read(f"coffe:{tmp_path}"))


def test_enamel(tmp_path: Path) -> None:
    examples = ">>> first([1, 2], 1)\n    [1]\n    first([3], 0) => []\n    first(a) => b"
    prompt = f'def first(xs, k):\n    """\n    {examples}\n    """'
    fields = {
        "task_id": "HumanEval/0",
        "prompt": prompt,
        "input_generator": "def generate_input(size, lid, cid):\n    return list(range(size)), size // 2\n",
        "input_levels": "2 4 8 16",
        "reference_solution": "    return xs[:k]\n",
        "checker": "def __check(input, answer, output):\n    return type(output) == list and output == answer\n",
        "entry_point": "first",
    }
    with (tmp_path / "enamel.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(fields))
        writer.writeheader()
        writer.writerows([fields, fields | {"task_id": "HumanEval/2"}])
    (row,) = sources.read(f"enamel:{tmp_path / 'enamel.csv'}")
    assert row.task.reference == f"{prompt}\n    return xs[:k]\n"
    assert [(case.input, case.expected) for case in row.tests.checks] == [("[[1,2],1]", "[1]"), ("[[3],0]", "[]")]
    names: dict[str, Any] = {}
    exec(row.tests.checks[0].comparison.checker, names)
    assert names["check"]([[1, 2], 1], [1], [1])
    assert not names["check"]([[1, 2], 1], (1,), [1])
    names = {}
    exec(row.tests.load_programs[0], names)
    assert names["make_input"](4, 1) == [[0, 1, 2, 3], 2]
    assert len(names["make_input"](10**9, 1)[0]) == 16
    assert names["level_input"](1, 0) == [[0, 1, 2, 3], 2]
    assert row.tests.comparison == row.tests.checks[0].comparison
