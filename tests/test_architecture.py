"""The floors of the house: who may import whom, where heavy libraries, printing and broad handlers live, and how long
files and functions may get."""

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from efficoder.languages import LANGUAGES

SRC = Path(__file__).parent.parent / "src" / "efficoder"
ENTRY = SRC / "__main__.py"  # ``python -m efficoder``: above all floors, two lines
FILES = sorted(
    path for path in SRC.rglob("*.py") if "projects" not in path.relative_to(SRC).parts[:-1] and path != ENTRY
)
FOLDERS = sorted(path.parent for path in FILES if path.name == "__init__.py" and path.parent != SRC)

FLOORS = (
    {"cli"},
    {"studies", "view"},
    {"evaluation"},
    {"stages", "reward"},
    {"testgen", "curation", "pipeline"},
    {"sources", "judging", "models"},
    {"languages", "report", "training"},
    {"sandbox", "metrics", "exports", "benchmarks", "store", "config", "wire_text"},
    {"wire", "types", "errors", "console", "parse", "paths"},
)
"""From the user down to the ground. A file imports from its own folder and from any floor below, nothing else."""
HEAVY = {
    "torch": "training",
    "transformers": "training",
    "trl": "training",
    "peft": "training",
    "accelerate": "training",
    "xllamacpp": "models",
    "huggingface_hub": "exports",
    "openai": "models",
    "ray": "pipeline",
}
PYTHON_READERS = {
    "cli/entrants.py": "its calls are Python text, as typed",
    "sources/bigcodebench.py": "its prompts and tests are Python",
    "sources/coffe.py": "its inputs are Python literals, its tests asserts",
    "sources/ds1000.py": "its tests are Python",
    "sources/effibench.py": "its tests are asserts",
    "sources/enamel.py": "its tests are asserts",
    "sources/evalplus.py": "its inputs are Python literals",
    "sources/evoeval.py": "its inputs are Python literals",
    "sources/continuation.py": "its tests are asserts",
    "sources/jsonl.py": "its literals and asserts are Python text, whatever the task's language",
    "sources/leetcode.py": "its tests are asserts",
    "sources/mbpp.py": "its tests are asserts",
    "sources/mercury.py": "its tests are Python",
    "sources/mercury_judging.py": "its tests are Python",
    "sources/transcoder_gfg.py": "its inputs are literals in Python scripts",
}
"""Above languages/, the adapters that may read Python themselves, and why: what their sets hold is Python text. All
else asks ``language(task.language)``."""
LITERALS = {"testgen/inputs/texts.py": "an input's text may be a Python literal; it is data, no program"}
"""Files above languages/ that may use ``ast`` all the same."""
WORDS = {
    "cli/doctor.py": "the interpreter that runs EffiCoder itself",
    "sources/humaneval_x.py": "the set's own languages, each with a layout of its own",
    "sources/library_checker.py": "all its solutions are in one language",
    "sources/prelude.py": "what LeetCode puts before a program, by language",
}
"""Files that may name a language in text for another reason."""
LINES = 400
LONG_FILES = {"types.py": 565, "judging/race.py": 410, "testgen/inputs/shapes.py": 430, "sandbox/attacks.py": 460}
"""How long a file may get, and those that are longer today, with how long they may stay."""
FUNCTION_LINES = 50
BROAD = {"pipeline/pool.py", "cli/main.py", "models/hf.py"}
"""Where ``except Exception`` may stand; also in sandbox/inside/, where a candidate's own errors arrive."""


def unit(path: Path) -> str:
    """A folder, or a file at the root."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def floor(name: str) -> int:
    """Counted from the ground, which is 1; 0 for a unit in no row of the table."""
    return next((len(FLOORS) - row for row, units in enumerate(FLOORS) if name in units), 0)


def module(path: Path) -> str:
    return ".".join(path.relative_to(SRC.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(path): path for path in FILES}


def ids(path: Path) -> str:
    return str(path.relative_to(SRC))


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module a file imports, anywhere in it, with the line."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                yield (whole if whole in MODULES or node.module == "efficoder" else node.module), node.lineno


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_imports_lead_down(path: Path) -> None:
    here = unit(path)
    for name, line in imports(path):
        parts = name.split(".")
        if parts[0] != "efficoder" or len(parts) == 1 or parts[1] == here or parts[1].startswith("__"):
            continue
        assert floor(parts[1]) < floor(here), (
            f"{path}:{line}: {here} (floor {floor(here)}) imports {name} (floor {floor(parts[1])}). Imports lead down: "
            "move what is needed to a floor below both, or hand it in as an argument. The floors are in FLOORS above."
        )


def test_every_unit_has_a_floor() -> None:
    units = {unit(path) for path in FILES} - {"__init__"}
    listed = [name for units_of_floor in FLOORS for name in units_of_floor]
    assert sorted(listed) == sorted(units), (
        f"without a floor: {sorted(units - set(listed))}; listed, but not there or twice: "
        f"{sorted(name for name in set(listed) if name not in units or listed.count(name) > 1)}"
    )


def test_files_import_each_other_in_no_circle() -> None:
    done: set[str] = set()

    def visit(name: str, way: list[str]) -> None:
        assert name not in way, f"a circle: {' -> '.join([*way[way.index(name) :], name])}"
        if name not in done:
            for found, _ in imports(MODULES[name]):
                if found in MODULES and found != "efficoder":
                    visit(found, [*way, name])
            done.add(name)

    for name in MODULES:
        visit(name, [])


@pytest.mark.parametrize("path", [path for path in FILES if floor(unit(path)) > floor("languages")], ids=ids)
def test_a_language_is_asked_for_by_name_and_named_nowhere(path: Path) -> None:
    """One door: adding a language changes nothing above languages/."""
    if ids(path) in PYTHON_READERS:
        return
    for name, line in imports(path):
        assert not any(name.startswith(f"efficoder.languages.{each}") for each in LANGUAGES), (
            f"{path}:{line}: imports {name}; ask efficoder.languages.language(task.language) for it"
        )
        assert name != "ast" or ids(path) in LITERALS, (
            f"{path}:{line}: reads Python; what knows a syntax stands in languages/, behind languages/protocol.py"
        )
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ids(path) not in WORDS:
            assert node.value.partition("/")[0] not in LANGUAGES, (
                f"{path}:{node.lineno}: names the language {node.value!r}; take it from the task"
            )


def test_the_readers_of_python_still_read_it() -> None:
    for name in PYTHON_READERS:
        read = {found for found, _ in imports(SRC / name)}
        assert any(found.startswith("efficoder.languages.python.") for found in read), f"{name} needs no exception"


@pytest.mark.parametrize("path", sorted((SRC / "stages").glob("*.py")), ids=ids)
def test_stages_import_no_other_stage(path: Path) -> None:
    if path.name == "run.py":  # it does them all
        return
    for name, line in imports(path):
        assert not name.startswith("efficoder.stages."), (
            f"{path}:{line}: a stage imports {name}; what two stages need stands on a floor below them"
        )


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_heavy_libraries_stay_in_their_leaf(path: Path) -> None:
    for name, line in imports(path):
        home = HEAVY.get(name.split(".")[0])
        assert home is None or unit(path) in {home, "models"}, f"{path}:{line}: imports {name} outside {home}"


@pytest.mark.parametrize("path", sorted((SRC / "sandbox" / "inside").glob("*.py")), ids=ids)
def test_what_runs_beside_untrusted_code_imports_the_standard_library_alone(path: Path) -> None:
    for name, line in imports(path):
        inside = name == "efficoder.wire" or name.startswith("efficoder.sandbox.inside")
        assert name.split(".")[0] in sys.stdlib_module_names or inside, f"{path}:{line}: imports {name}"


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_only_the_console_prints(path: Path) -> None:
    if path.name == "console.py":
        return
    for node in ast.walk(tree(path)):
        assert not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"), (
            f"{path}:{node.lineno}: print() is console.py's alone; use Console().say or data"
        )


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_only_the_engine_runs_programs(path: Path) -> None:
    if ids(path) == "judging/trial.py" or unit(path) == "sandbox":
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run":
            owner = ast.unparse(node.func.value)
            assert not owner.endswith("sandbox"), (
                f"{path}:{node.lineno}: {owner}.run(); programs run through judging/trial.py, which decides how many "
                "inputs a child gets and compares what is timed: use ask, run_pass or Timed"
            )


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_broad_handlers_only_where_they_belong(path: Path) -> None:
    if ids(path) in BROAD or path.parent == SRC / "sandbox" / "inside":
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            names = {getattr(n, "id", "") for n in ast.walk(node.type)} if node.type else {"Exception"}
            assert "Exception" not in names, (
                f"{path}:{node.lineno}: a broad handler hides faults; name what is expected"
            )


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_files_and_functions_stay_short(path: Path) -> None:
    lines, most = len(path.read_text(encoding="utf-8").splitlines()), LONG_FILES.get(ids(path), LINES)
    assert lines <= most, f"{path}: {lines} lines, at most {most}: look for the second idea in it"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            long = (node.end_lineno or node.lineno) - node.lineno + 1
            assert long <= FUNCTION_LINES, (
                f"{path}:{node.lineno}: {node.name} has {long} lines, at most {FUNCTION_LINES}"
            )


@pytest.mark.parametrize("folder", FOLDERS, ids=ids)
def test_a_folders_docstring_names_its_files(folder: Path) -> None:
    words = (ast.get_docstring(tree(folder / "__init__.py")) or "").split()
    files = {path.name for path in folder.glob("*.py") if not path.name.startswith("__")}
    folders = {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}
    missing = sorted((files | folders) - {word.strip("`,;:()") for word in words})
    assert not missing, f"{folder}/__init__.py says nothing of {', '.join(missing)}: a line each, what it is for"


def test_help_imports_nothing_heavy() -> None:
    heavy = {*HEAVY, "numpy", "pyarrow", "jinja2", "datasets", "urllib.request"}
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom efficoder.cli.main import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        f"heavy = sorted({heavy!r} & set(sys.modules))\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
