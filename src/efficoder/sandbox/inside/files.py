"""A program's files as modules, from memory: nothing is written, so a tier without a writable folder does as well.

Standard library alone. The names are the task's, not the candidate's.
"""

import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any


class Files:
    """Finds and loads them, and compiles all at once. Raises what ``compile`` raises."""

    def __init__(self, files: Iterable[tuple[str, str, int]], candidate: str) -> None:
        """``files`` as in Program; a frame of the candidate's has the file name ``candidate``."""
        self.namespaces: list[dict[str, Any]] = []
        self._codes: dict[str, CodeType] = {}
        self._packages: set[str] = set()
        for path, text, line in files:
            name = path.removesuffix(".py").replace("/", ".")
            # Lines count as in the candidate's one text, which is what errors and profiles speak of.
            padded = "\n" * (line - 1) + text
            code = compile(padded, candidate if line else path, "exec", dont_inherit=True)
            self._codes[name.removesuffix(".__init__")] = code
            parts = name.split(".")
            self._packages.update(".".join(parts[:end]) for end in range(1, len(parts)))

    def install(self, run: Sequence[str], names: dict[str, Any]) -> CodeType:
        """Make them importable, first of all; the code of the module to run in ``names``, as ``python -m`` would."""
        sys.meta_path.insert(0, self)
        name = run[0] + ".__main__" if run[0] in self._packages else run[0]
        names["__package__"] = name.rpartition(".")[0]
        names["__file__"] = name.replace(".", "/") + ".py"
        sys.argv[:] = [names["__file__"], *run[1:]]
        return self._codes[name]

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        if name not in self._codes and name not in self._packages:
            return None
        package = name in self._packages
        origin = name.replace(".", "/") + ("/__init__.py" if package else ".py")
        spec = ModuleSpec(name, self, origin=origin, is_package=package)  # type: ignore[arg-type]
        spec.has_location = True
        return spec

    def create_module(self, _spec: ModuleSpec) -> None:
        """None: an ordinary module."""

    def exec_module(self, module: ModuleType) -> None:
        self.namespaces.append(module.__dict__)
        code = self._codes.get(module.__name__)
        if code is not None:
            exec(code, module.__dict__)
