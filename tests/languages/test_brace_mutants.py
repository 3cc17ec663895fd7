"""Mutants in languages with braces: one fault each, no work on large inputs, and what does not compile."""

from itertools import cycle
from types import SimpleNamespace
from typing import cast

import pytest

import toolchains
from efficoder.judging.trial import Trial
from efficoder.languages import LANGUAGES, Mutant, language
from efficoder.sandbox import Sandbox
from efficoder.testgen.checks.kills import Hunt, compiles
from toolchains import by_name, task, with_toolchain

WORK = {
    "cpp": """#include <bits/stdc++.h>
using namespace std;
vector<int> f(vector<int> xs, int k) {
  map<string, vector<vector<int>>> seen;
  vector<int> out;
  for (size_t i = 0; i < xs.size(); i++) {
    if (xs[i] < k && !(xs[i] % 2 == 0)) { out.push_back(xs[i] * 2 + 1); }
    else if (xs[i] > 100) { break; }
  }
  seen["a"] = {};
  return out;
}
""",
    "rust": """use std::collections::HashMap;
fn f(xs: Vec<i64>, k: i64) -> Vec<i64> {
    let mut seen: HashMap<String, Vec<Vec<i64>>> = HashMap::new();
    let mut out = Vec::<i64>::new();
    for i in 0..xs.len() {
        if xs[i] < k && !(xs[i] % 2 == 0) { out.push(xs[i] * 2 + 1); } else if xs[i] > 100 { break; }
    }
    seen.insert("a".to_string(), vec![]);
    return out;
}
""",
    "go": """package main

func f(xs []int, k int) []int {
	out := []int{}
	seen := map[string]int{}
	for i := 0; i < len(xs); i++ {
		if xs[i] < k && !(xs[i]%2 == 0) {
			out = append(out, xs[i]*2+1)
		} else if xs[i] > 100 {
			break
		}
	}
	seen["a"] = 1
	return out
}
""",
    "javascript": """function f(xs, k) {
  'use strict';
  const out = [];
  for (let i = 0; i < xs.length; i++) {
    if (xs[i] < k && !(xs[i] % 2 === 0)) { out.push(xs[i] * 2 + 1); }
    else if (xs[i] > 100) { break; }
  }
  out.a = "a";
  return out;
}
""",
    "java": """import java.util.*;
class Solution {
  public List<Integer> f(int[] xs, int k) {
    Map<String, List<List<Integer>>> seen = new HashMap<>();
    List<Integer> out = new ArrayList<Integer>();
    for (int i = 0; i < xs.length; i++) {
      if (xs[i] < k && !(xs[i] % 2 == 0)) { out.add(xs[i] * 2 + 1); }
      else if (xs[i] > 100) { break; }
    }
    seen.put("a", null);
    return out;
  }
}
""",
}
TYPES = {
    "cpp": "map<string, vector<vector<int>>> seen",
    "rust": "HashMap<String, Vec<Vec<i64>>>",
    "go": "map[string]int{}",
    "javascript": "'use strict'",
    "java": "Map<String, List<List<Integer>>> seen",
}
"""What no mutant changes."""
OPERATORS = {
    "arithmetic", "bound", "branch", "comparison", "constant", "jump", "junction", "negation", "return", "statement",
}  # fmt: skip
ENTRY = {"java": "Solution().f"}


def faults(name: str, limit: int = 200, seed: int = 0) -> list[Mutant]:
    return language(name).mutants(WORK[name], limit, seed)


@by_name
def test_each_mutant_has_one_fault_and_all_operators_are_there(name: str) -> None:
    found = faults(name)
    assert len({mutant.code for mutant in found} - {WORK[name]}) == len(found) > 15
    assert {mutant.operator for mutant in found} == OPERATORS
    for mutant in found:
        changed = zip(WORK[name].splitlines(), mutant.code.splitlines(), strict=True)
        assert [line for line, (old, new) in enumerate(changed, 1) if old != new] == [mutant.line]
        assert TYPES[name] in mutant.code


@by_name
def test_the_limit_leaves_some_of_each_operator_and_the_seed_decides(name: str) -> None:
    assert len({mutant.operator for mutant in faults(name, 10)}) == 10
    assert faults(name, 10, 3) == faults(name, 10, 3) != faults(name, 10, 4)


@by_name
def test_no_code_is_said(name: str) -> None:
    with pytest.raises(SyntaxError):
        language(name).mutants("f(a { ]", 5, 0)
    with pytest.raises(SyntaxError):
        language(name).cut_short("f(a { ]", task(name, WORK[name], ENTRY.get(name, "f")), 0, 1.0, "[]")


@with_toolchain
def test_mutants_compile(name: str) -> None:
    made = task(name, WORK[name], ENTRY.get(name, "f"))
    with Sandbox() as sandbox:
        trial = Trial(sandbox, made)
        assert [mutant for mutant in faults(name, 3) if not compiles(trial, mutant.code)] == []
        assert not compiles(trial, WORK[name].replace("return out", "return out out"))


def test_what_does_not_compile_is_no_mutant_and_is_counted() -> None:
    made = task("cpp", WORK["cpp"], "f")
    endings = cycle(("finished", "timeout", "compile_error"))
    trial = cast(
        Trial,
        SimpleNamespace(task=made, one_by_one=False, run=lambda *_: SimpleNamespace(ended=next(endings))),
    )
    hunt = Hunt.of(trial, 30, 0)
    assert (len(hunt.alive), hunt.uncompiled, hunt.total) == (10, 4, 10)
    assert Hunt.of(trial, 0, 0).total == 0


SHORT = {
    "cpp": "#include <bits/stdc++.h>\nusing namespace std;\n"
    "vector<string> f(vector<int> xs, int k) { return {to_string(xs.size() + k)}; }\n",
    "rust": "fn f(xs: Vec<i64>, k: i64) -> Vec<String> { vec![(xs.len() as i64 + k).to_string()] }\n",
    "go": 'package main\nimport "strconv"\n'
    "func f(xs []int, k int) []string { return []string{strconv.Itoa(len(xs) + k)} }\n",
    "javascript": "const f = (xs, k) => { return [String(xs.length + k)]; };\n",
    "java": "import java.util.*;\nclass Solution {\n"
    "  public List<String> f(int[] xs, int k) { return List.of(String.valueOf(xs.length + k)); }\n}\n",
}


@with_toolchain
def test_a_function_is_honest_up_to_the_size(name: str) -> None:
    made = task(name, SHORT[name], ENTRY.get(name, "f"))
    with Sandbox() as sandbox:
        trial = Trial(sandbox, made)
        for argument, above in ((0, 2.0), (1, 50.0)):
            mutant = language(name).cut_short(SHORT[name], made, argument, above, '["s t"]')
            assert mutant is not None
            assert trial.each(mutant.code, ["[[1,2],50]", "[[1,2,3],51]"]) == [b'["52"]', b'["s t"]']


PROGRAMS = {
    "cpp": "#include <iostream>\n#include <string>\n"
    "int main() { std::string s; std::getline(std::cin, s); std::cout << s << '\\n'; }\n",
    "rust": 'fn main() { let mut s = String::new(); std::io::stdin().read_line(&mut s).unwrap(); print!("{}", s); }\n',
    "go": 'package main\nimport (\n\t"bufio"\n\t"fmt"\n\t"os"\n)\n'
    "func main() {\n\ts, _ := bufio.NewReader(os.Stdin).ReadString('\\n')\n\tfmt.Print(s)\n}\n",
    "javascript": "console.log(require('fs').readFileSync(0, 'utf8').split('\\n')[0]);\n",
    "java": "import java.util.*;\npublic class Main {\n  public static void main(String[] words) throws Exception {\n"
    "    System.out.println(new Scanner(System.in).nextLine());\n  }\n}\n",
}


@with_toolchain
def test_a_program_is_cut_short_by_its_text(name: str) -> None:
    made = task(name, PROGRAMS[name])
    mutant = language(name).cut_short(PROGRAMS[name], made, 0, 3.0, 'x "y"\n')
    assert mutant is not None
    with Sandbox() as sandbox:
        assert Trial(sandbox, made).each(mutant.code, ["ab\n", "abcdef\n"]) == [b"ab\n", b'x "y"\n']


@by_name
def test_what_cannot_be_written_is_none(name: str) -> None:
    cut, made = language(name).cut_short, task(name, SHORT[name], ENTRY.get(name, "f"))
    assert cut(SHORT[name], made, 2, 3.0, '["s"]') is None  # no such argument
    assert cut(SHORT[name].replace("f(", "g(").replace("f =", "g ="), made, 0, 3.0, '["s"]') is None  # not defined
    assert cut(SHORT[name], made, 0, 3.0, '{"!float":"nan"}') is None
    assert cut(PROGRAMS[name], task(name, PROGRAMS[name]), 0, 3.0, "\x00") is None


def test_every_language_but_python_is_here() -> None:
    assert set(toolchains.NAMES) == set(LANGUAGES) - {"python"}
