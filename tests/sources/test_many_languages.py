"""Sets in many languages become tasks: which function is asked for, in which language, and whose tests judge it."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from efficoder import sources
from efficoder.errors import InputError
from efficoder.languages import refusal
from efficoder.sources.library_checker import whole
from efficoder.sources.typed import called
from efficoder.types import Function, Stdio

CPP_X = {
    "task_id": "CPP/7",
    "prompt": "/* twice(2) is 4 */\nint half(int n){ return n/2; }\nint twice(int n){\n    // doubles\n",
    "canonical_solution": "    return 2*n;\n}\n",
    "test": "int main(){ assert (half(twice(2))==2); }",
    "declaration": "int twice(int n){\n",
}
JAVA_X = CPP_X | {
    "task_id": "Java/7",
    "prompt": "class Solution {\n    public int twiceOf(int n) {\n",
    "test": "Solution s = new Solution(); s.twiceOf(2);",
}
RUST_X = CPP_X | {
    "task_id": "Rust/7",
    "prompt": "/* doubles */\n",
    "declaration": "\nfn twice(n: i32) -> i32 {\n",
    "test": "assert_eq!(twice(2), 4);",
}
GO_X = CPP_X | {
    "task_id": "Go/7",
    "prompt": 'import (\n    "math"\n)\n\nfunc Twice(n int) int {\n',
    "import": 'import (\n    "math"\n)\n',
    "canonical_solution": "    return 2 * n\n}\n",
    "test": "assert.Equal(4, Twice(2))",
}
PYTHON_X = CPP_X | {
    "task_id": "Python/7",
    "prompt": "def twice(n):\n",
    "canonical_solution": "    return 2 * n\n",
    "test": "def check(twice):\n    assert twice(2) == 4\n\ncheck(twice)",
}


def written(path: Path, rows: Iterable[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(spec: str) -> dict[str, sources.SourceRow]:
    return {row.task.id: row for row in sources.read(spec)}


def test_a_folder_of_humaneval_x_is_read_with_its_twins(tmp_path: Path) -> None:
    for row in (CPP_X, JAVA_X, RUST_X, GO_X, PYTHON_X):
        name = str(row["task_id"]).partition("/")[0].lower()
        written(tmp_path / f"humaneval_{name}.jsonl", [row])
    plus = {"task_id": "HumanEval/7", "prompt": PYTHON_X["prompt"], "canonical_solution": "    return 2 * n\n"}
    more = {"entry_point": "twice", "base_input": [[1]], "plus_input": [[2], [3]], "atol": 0}
    written(tmp_path / "HumanEvalPlus.jsonl", [plus | more])
    written(tmp_path / "HumanEvalPlus-OriginFmt.jsonl", [plus | more])
    rows = read(f"humaneval_x:{tmp_path}")
    assert set(rows) == {"CPP/7", "Java/7", "Rust/7", "Go/7", "Python/7", "HumanEval/7"}
    assert {row.task.problem_id or row.task.id for row in rows.values()} == {"HumanEval/7"}
    cpp = rows["CPP/7"].task
    assert isinstance(cpp.interface, Function)
    assert (cpp.interface.entry_point, cpp.interface.returns) == ("twice", "int")
    assert cpp.reference == CPP_X["prompt"] + CPP_X["canonical_solution"]
    assert str(rows["Go/7"].task.reference).count("import") == 1
    assert refusal(rows["Go/7"].task) is None
    assert [rows[each].task.language for each in ("Java/7", "Rust/7", "Python/7")] == ["java", "rust", "python"]
    entry_points = [getattr(rows[each].task.interface, "entry_point", "") for each in ("Java/7", "Rust/7")]
    assert entry_points == ["Solution().twiceOf", "twice"]
    assert not rows["CPP/7"].tests.checks
    assert len(rows["Python/7"].tests.checks) == 1


def test_the_last_function_that_the_test_calls_is_asked_for() -> None:
    assert list(called("int half(int n){}\nint twice(int n){", "half(twice(2)) == other(1)")) == ["twice", "half"]
    assert list(called("const twice = (n) => {\n  const other = 1", "twice(2)")) == ["twice"]


def test_another_prefix_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "humaneval_x.jsonl", [CPP_X | {"task_id": "Ada/7"}])
    with pytest.raises(InputError, match="begins with none of Python, CPP"):
        read(f"humaneval_x:{path}")


def test_mbxp_names_the_problem_of_mbpp(tmp_path: Path) -> None:
    row = {
        "task_id": "MBCPP/3",
        "prompt": "#include <vector>\nusing namespace std;\nint total(vector<int> xs) {\n",
        "entry_point": "total",
        "language": "cpp",
        "canonical_solution": "    int s = 0; for (int x : xs) s += x; return s;\n}\n",
        "test": "int main() {}",
    }
    other = row | {"task_id": "MBCPP/4", "canonical_solution": None}
    foreign = row | {"task_id": "MBGP/3", "language": "brainfuck"}
    rows = read(f"mbxp:{written(tmp_path / 'cpp.jsonl', [row, other, foreign])}")
    assert [row.task.problem_id for row in rows.values()] == ["Mbpp/3", "Mbpp/4", "Mbpp/3"]
    assert rows["MBCPP/4"].task.reference is None
    assert isinstance(rows["MBCPP/4"].task.interface, Function)
    assert [parameter.annotation for parameter in rows["MBCPP/4"].task.interface.parameters] == ["vector<int>"]
    assert "brainfuck" in str(refusal(rows["MBGP/3"].task))


LEETCODE = {
    "task_id": "two-sums",
    "prompt": "from typing import *\n",
    "completion": "class Solution:\n    def sumUp(self, xs: List[int]) -> int:\n        return sum(xs)\n",
    "entry_point": "Solution().sumUp",
    "test": "def check(candidate):\n    assert candidate(xs = [1, 2]) == 3\n",
    "query": "You are an expert Python programmer.\nAdd.\n"
    "```python\nclass Solution:\n    def sumUp(self, xs):\n        \n```\n",
}
CPP_LEETCODE = "class Solution {\npublic:\n    int sumUp(vector<int>& xs) {\n        return xs[0] + xs[1];\n    }\n};\n"


def pool_row(language: str, solution: str, sample: int = 0) -> dict[str, object]:
    return {
        "task_id": "two-sums",
        "language": language,
        "sample": sample,
        "solution": solution,
        "source": "somebody",
        "license": "MIT",
    }


def test_a_pool_gives_a_task_in_each_language(tmp_path: Path) -> None:
    explicit = CPP_LEETCODE.replace("int sumUp(vector<int>& xs)", "auto sumUp(this auto&& self, auto& xs)")
    rust = "impl Solution {\n    pub fn sum_up(xs: Vec<i32>) -> i32 {\n        xs.iter().sum()\n    }\n}\n"
    solutions = [
        pool_row("cpp", explicit),
        pool_row("cpp", CPP_LEETCODE, 1),
        pool_row("python", str(LEETCODE["completion"])),
        pool_row("rust", rust),
    ]
    written(tmp_path / "solutions.jsonl", solutions)
    written(tmp_path / "LeetCodeDataset-few.jsonl", [LEETCODE])
    more = LEETCODE | {"test": f"{LEETCODE['test']}    assert candidate(xs = [2, 2]) == 4\n"}
    written(tmp_path / "LeetCodeDataset-many.jsonl", [more])
    rows = read(f"leetcode_pool:{tmp_path}")
    assert list(rows) == ["two-sums", "two-sums/cpp", "two-sums/rust"]
    assert len(rows["two-sums"].tests.checks) == 2
    cpp = rows["two-sums/cpp"].task
    assert (cpp.reference, cpp.vouched, cpp.problem_id) == (CPP_LEETCODE, False, "two-sums")
    assert cpp.starter == "class Solution {\npublic:\n    int sumUp(vector<int>& xs) {"
    assert f"```cpp\n{cpp.starter}\n```" in cpp.prompt
    assert "an expert C++ programmer" in cpp.prompt
    assert "Python" not in cpp.prompt.replace("two-sums", "")
    assert (cpp.origin.source, cpp.origin.licence) == ("somebody", "MIT")
    made = rows["two-sums/rust"].task
    assert made.starter.endswith("pub fn sum_up(xs: Vec<i32>) -> i32 {")
    assert isinstance(made.interface, Function)
    assert made.interface.entry_point == "Solution::sum_up"
    assert "use std::rc::Rc;" in made.interface.header


def test_what_a_pool_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"solutions\.jsonl"):
        read(f"leetcode_pool:{tmp_path}")
    written(tmp_path / "solutions.jsonl", [pool_row("cpp", CPP_LEETCODE)])
    with pytest.raises(InputError, match="LeetCodeDataset"):
        read(f"leetcode_pool:{tmp_path}")


def test_a_transcoder_script_becomes_a_function_in_each_language(tmp_path: Path) -> None:
    notice = "# Copyright\n#\ndef f_gold ( x ) :\n    return x + 1\n\n#TOFILL\n\n"
    main = "if __name__ == '__main__':\n    param = [\n    (96,),\n    (66,),\n        ]\n"
    scripts = {
        "python": notice + main,
        "cpp": "// Copyright\n\n#include <iostream>\nusing namespace std;\nint f_gold ( int x ) {\n  return x + 1;\n}\n"
        "\n//TOFILL\n\nint main() {}\n",
        "c": "// Copyright\nint f_gold ( int x ) {\n return x + 1;\n}\nint f_filled ( int x ) {}\nint main() {}\n",
        "java": "public class ADD{\nstatic int f_gold ( int x ) {\n  return x + 1 ;\n}\n\n//TOFILL\n\nvoid main",
    }
    broken = scripts | {"python": scripts["python"].replace("(66,)", "(66, ,)")}
    path = written(tmp_path / "p.jsonl", [{"id": "gfg/add", "scripts": scripts}, {"id": "gfg/sub", "scripts": broken}])
    rows = read(f"transcoder_gfg:{path}")
    assert [check.input for check in rows["gfg/add/python"].tests.checks] == ["[96]", "[66]"]
    assert rows["gfg/sub/python"].tests.lost == {"undecodable": 1}
    cpp = rows["gfg/add/cpp"].task
    assert isinstance(cpp.interface, Function)
    assert (cpp.interface.returns, cpp.problem_id) == ("int", "gfg/add")
    assert str(cpp.reference).startswith("#include <iostream>")
    assert "```python\ndef f_gold" in cpp.prompt
    java = str(rows["gfg/add/java"].task.reference)
    assert java.count("{") == java.count("}") == 2
    assert "f_filled" not in str(rows["gfg/add/c"].task.reference)


def test_library_checkers_solutions_are_whole_programs(tmp_path: Path) -> None:
    files = {
        "task.md": "@{lang.en}\nAdd.\n@{lang.end}\n",
        "info.toml": "[params]\n    N_MAX = 10\n    NAME = 'x'\n",
        "gen/example_00.in": "1 2\n",
        "checker.cpp": 'setName("compare sequences of tokens");',
    }
    solutions = {
        "correct.cpp": '#include "../params.h"\n#include "add.h"\n#include <iostream>\nint main() { add(N_MAX, 1); }\n',
        "add.h": "#pragma once\nint add(int a, int b);\n",
    }
    special = {**files, "checker.cpp": "int main() {}"}
    common = {"id": "library_checker/common", "files": {"common/random.h": "struct Random {};\n"}}
    rows = [
        {"id": "library_checker/a", "files": files, "solutions": solutions},
        {"id": "library_checker/b", "files": special, "solutions": solutions},
        common,
    ]
    found = read(f"library_checker:{written(tmp_path / 'problems.jsonl', rows)}")
    first, second = found["library_checker/a"], found["library_checker/b"]
    assert isinstance(first.task.interface, Stdio)
    assert first.task.language == "cpp"
    assert '#define N_MAX (long long)10\n#define NAME "x"' in str(first.task.reference)
    assert "int add(int a, int b);" in str(first.task.reference)
    assert '#include "' not in str(first.task.reference)
    assert len(first.tests.checks) == 1
    assert (second.tests.checks, second.tests.lost) == ((), {"own_checker": 1})


def test_a_file_is_included_once_and_others_stay() -> None:
    files = {"common/a.h": '#pragma once\n#include "b.h"\nA\n', "b.h": "B\n"}
    code = '#include "a.h"\n#include "b.h"\n#include "atcoder/modint"\n#include <vector>\nmain\n'
    assert whole(code, files).split() == ["B", "A", "#include", '"atcoder/modint"', "#include", "<vector>", "main"]
