"""Programs of known cost in each compiled language and in JavaScript, for bench/truth_languages.py.

``f(n)`` repeats a unit of work ``n * turns`` times, so two programs differ in their cost as in ``turns``. Each turn
needs what the one before it gave, and ``n`` is known only when the program runs: no compiler can leave out a turn.
"""

from typing import NamedTuple


class Kernels(NamedTuple):
    entry_point: str
    header: str
    """Above the function."""
    units: dict[str, str]
    """``arithmetic`` and ``allocating``: the function, with TURNS for the number of turns."""
    main: str
    """What makes a program of it that takes ``n`` as its argument; FUNCTION stands for header and function."""
    build: tuple[str, ...]
    """Makes it of ``source``."""
    source: str
    start: tuple[str, ...]
    """``{folder}`` is where it was made."""


_CPP = Kernels(
    entry_point="f",
    header="#include <bits/stdc++.h>\n",
    units={
        "arithmetic": """long long f(int n) {
  long long s = n;
  for (int turn = 0; turn < n * TURNS; ++turn)
    for (int i = 0; i < 1000; ++i) s = (s * 31 + i) % 1000003;
  return s;
}
""",
        "allocating": """long long f(int n) {
  long long s = n;
  for (int turn = 0; turn < n * TURNS; ++turn) {
    std::unordered_map<std::string, long long> seen;
    std::vector<std::vector<int>> rows;
    for (int i = 0; i < 200; ++i) {
      seen["the key number " + std::to_string((s + i) % 1000)] += i;
      rows.push_back(std::vector<int>(16, i + int(s % 7)));
    }
    for (auto& row : rows) s += row[s % 16];
    s = (s + (long long)seen.size()) % 1000003;
  }
  return s;
}
""",
    },
    main='FUNCTION\nint main(int, char** words) { std::cout << f(std::atoi(words[1])) << "\\n"; }\n',
    build=("g++", "-O2", "-std=c++20", "-static", "-o", "program", "source.cpp"),
    source="source.cpp",
    start=("{folder}/program",),
)
_RUST = Kernels(
    entry_point="f",
    header="#[allow(unused_imports)]\nuse std::collections::HashMap;\n",
    units={
        "arithmetic": """fn f(n: i64) -> i64 {
    let mut s = n;
    for _ in 0..n * TURNS {
        for i in 0..1000i64 {
            s = (s * 31 + i) % 1000003;
        }
    }
    s
}
""",
        "allocating": """fn f(n: i64) -> i64 {
    let mut s = n;
    for _ in 0..n * TURNS {
        let mut seen: HashMap<String, i64> = HashMap::new();
        let mut rows: Vec<Vec<i64>> = Vec::new();
        for i in 0..200i64 {
            *seen.entry(format!("the key number {}", (s + i) % 1000)).or_insert(0) += i;
            rows.push(vec![i + s % 7; 16]);
        }
        for row in &rows {
            s += row[(s % 16) as usize];
        }
        s = (s + seen.len() as i64) % 1000003;
    }
    s
}
""",
    },
    main='FUNCTION\nfn main() {\n    println!("{}", f(std::env::args().nth(1).unwrap().parse().unwrap()));\n}\n',
    build=("rustc", "-Copt-level=3", "-Ccodegen-units=1", "-o", "program", "source.rs"),
    source="source.rs",
    start=("{folder}/program",),
)
_GO = Kernels(
    entry_point="f",
    header='package main\n\nimport (\n\t"fmt"\n\t"os"\n\t"strconv"\n)\n',
    units={
        "arithmetic": """
func f(n int) int {
	s := n
	for turn := 0; turn < n*TURNS; turn++ {
		for i := 0; i < 1000; i++ {
			s = (s*31 + i) % 1000003
		}
	}
	return s
}
""",
        "allocating": """
func f(n int) int {
	s := n
	for turn := 0; turn < n*TURNS; turn++ {
		seen := map[string]int{}
		rows := [][]int{}
		for i := 0; i < 200; i++ {
			seen["the key number "+strconv.Itoa((s+i)%1000)] += i
			row := make([]int, 16)
			for k := range row {
				row[k] = i + s%7
			}
			rows = append(rows, row)
		}
		for _, row := range rows {
			s += row[s%16]
		}
		s = (s + len(seen)) % 1000003
	}
	return s
}
""",
    },
    main="FUNCTION\nfunc main() {\n\tn, _ := strconv.Atoi(os.Args[1])\n\tfmt.Println(f(n))\n}\n",
    build=("go", "build", "-o", "program", "source.go"),
    source="source.go",
    start=("{folder}/program",),
)
_JAVASCRIPT = Kernels(
    entry_point="f",
    header="",
    units={
        "arithmetic": """function f(n) {
  let s = n;
  for (let turn = 0; turn < n * TURNS; turn++)
    for (let i = 0; i < 1000; i++) s = (s * 31 + i) % 1000003;
  return s;
}
""",
        "allocating": """function f(n) {
  let s = n;
  for (let turn = 0; turn < n * TURNS; turn++) {
    const seen = new Map(), rows = [];
    for (let i = 0; i < 200; i++) {
      const key = 'the key number ' + (s + i) % 1000;
      seen.set(key, (seen.get(key) || 0) + i);
      rows.push(new Array(16).fill(i + s % 7));
    }
    for (const row of rows) s += row[s % 16];
    s = (s + seen.size) % 1000003;
  }
  return s;
}
""",
    },
    main="FUNCTION\nconsole.log(f(+process.argv[2]));\n",
    build=(),
    source="source.js",
    start=("node", "{folder}/source.js"),
)
_JAVA = Kernels(
    entry_point="Solution.f",
    header="import java.util.*;\n",
    units={
        "arithmetic": """class Solution {
  static long f(int n) {
    long s = n;
    for (int turn = 0; turn < n * TURNS; turn++)
      for (int i = 0; i < 1000; i++) s = (s * 31 + i) % 1000003;
    return s;
  }
}
""",
        "allocating": """class Solution {
  static long f(int n) {
    long s = n;
    for (int turn = 0; turn < n * TURNS; turn++) {
      Map<String, Integer> seen = new HashMap<>();
      List<int[]> rows = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        seen.merge("the key number " + (s + i) % 1000, i, Integer::sum);
        int[] row = new int[16];
        Arrays.fill(row, i + (int) (s % 7));
        rows.add(row);
      }
      for (int[] row : rows) s += row[(int) (s % 16)];
      s = (s + seen.size()) % 1000003;
    }
    return s;
  }
}
""",
    },
    main="FUNCTION\nclass Main { public static void main(String[] words) {"
    " System.out.println(Solution.f(Integer.parseInt(words[0]))); } }\n",
    build=("javac", "source.java"),
    source="source.java",
    start=("java", "-cp", "{folder}", "Main"),
)
KERNELS = {"cpp": _CPP, "rust": _RUST, "go": _GO, "javascript": _JAVASCRIPT, "java": _JAVA}
