"""The layering of DESIGN: dependencies run one way, heavy libraries stay in their leaf, one file prints."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src" / "efficoder"
FILES = sorted(SRC.rglob("*.py"))

GROUND = {"types", "errors", "values", "config", "code", "metrics", "intervals", "prompting", "console", "machine"}
LEAVES = {"sources", "models", "languages", "sandbox", "benchmarks", "training", "exports"}
MIDDLE = {"judge", "race", "ranking", "loads", "reward"}
"""Between stages and leaves: they run candidates, and know the sandbox, the languages and the row formats alone."""
HEAVY = {
    "torch": "training",
    "transformers": "training",
    "trl": "training",
    "peft": "training",
    "accelerate": "training",
    "xllamacpp": "models",
    "openai": "models",
    "ray": "pipeline",
}


def layer(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module a file imports, anywhere in it, with the line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            if node.module in {"efficoder", "efficoder.sandbox"}:
                for name in node.names:
                    yield f"{node.module}.{name.name}", node.lineno
            else:
                yield node.module, node.lineno


def ours(path: Path) -> Iterator[tuple[str, int]]:
    for module, line in imports(path):
        parts = module.split(".")
        if parts[0] == "efficoder" and len(parts) > 1:
            yield parts[1], line


def ids(path: Path) -> str:
    return str(path.relative_to(SRC))


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_leaves_import_no_other_leaf_and_nothing_above(path: Path) -> None:
    here = layer(path)
    for module, line in ours(path):
        if here in LEAVES:
            allowed = GROUND | {here} | ({"sandbox"} if here == "languages" else set())
            allowed |= {"languages"} if here == "sandbox" else set()
            assert module in allowed or module.startswith("__"), f"{path}:{line}: {here} imports {module}"
        if here in MIDDLE:
            assert module in GROUND | MIDDLE | {"sandbox", "languages", "exports"}, (
                f"{path}:{line}: {here} imports {module}"
            )
        if here in GROUND:
            allowed = GROUND | ({"sandbox"} if here == "machine" else set())
            assert module in allowed or module.startswith("__"), f"{path}:{line}: {here} imports {module}"


@pytest.mark.parametrize("path", sorted((SRC / "stages").glob("*.py")), ids=ids)
def test_stages_import_no_other_stage(path: Path) -> None:
    for module, line in imports(path):
        if module.startswith("efficoder.stages."):
            assert module == f"efficoder.stages.{path.stem}", f"{path}:{line}: a stage imports {module}"


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_heavy_libraries_stay_in_their_leaf(path: Path) -> None:
    for module, line in imports(path):
        home = HEAVY.get(module.split(".")[0])
        assert home is None or layer(path) in {home, "models"}, f"{path}:{line}: imports {module} outside {home}"


@pytest.mark.parametrize("path", sorted((SRC / "sandbox").glob("probe*.py")), ids=ids)
def test_what_runs_beside_untrusted_code_imports_the_standard_library_alone(path: Path) -> None:
    for module, line in imports(path):
        top = module.split(".")[0]
        beside = module == "efficoder.values" or module.startswith("efficoder.sandbox.probe")
        assert top in sys.stdlib_module_names or beside, f"{path}:{line}: imports {module}"


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_only_the_console_prints(path: Path) -> None:
    if path.name == "console.py":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        assert not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"), f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_broad_handlers_only_where_they_belong(path: Path) -> None:
    allowed = {"pipeline.py", "cli.py", "hf.py"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler) and path.name not in allowed and not path.name.startswith("probe"):
            names = {getattr(n, "id", "") for n in ast.walk(node.type)} if node.type else {"Exception"}
            assert "Exception" not in names, f"{path}:{node.lineno}: a broad handler hides faults"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom efficoder.cli import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        f"heavy = sorted(({set(HEAVY)!r} | {{'numpy', 'pyarrow', 'jinja2', 'datasets'}}) & set(sys.modules))\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
