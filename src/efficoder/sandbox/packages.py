"""One folder of installed packages that candidates may import beside the standard library; read-only, nothing else of
its surroundings is seen."""

import os
import sys
from pathlib import Path

from efficoder.errors import PrerequisiteError


def packages_folder(folder: str) -> str:
    """Where the modules lie: ``folder`` itself, or the site-packages of a virtual environment.

    Raises PrerequisiteError for what is no such folder, cannot be read by candidates, or holds more than packages.
    """
    given = Path(folder).resolve()
    if not given.is_dir():
        raise PrerequisiteError(f"run.packages: {folder} is no folder; `pip install --target FOLDER numpy` makes one")
    if (given / "pyvenv.cfg").is_file():
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        inner = given / "lib" / version / "site-packages"
        if not inner.is_dir():
            raise PrerequisiteError(f"run.packages: {folder} is a virtual environment of another Python than {version}")
        given = inner
    if any(place.is_relative_to(given) for place in (Path.home(), Path.cwd(), Path(sys.base_prefix))):
        raise PrerequisiteError(f"run.packages: {folder} holds more than packages; give a folder of its own")
    if os.geteuid() == 0 and given.stat().st_mode & 0o005 != 0o005:  # candidates of root run as nobody
        raise PrerequisiteError(f"run.packages: others cannot read {given}; `chmod -R o+rX` it")
    return str(given)


def has_package(folder: str, name: str) -> bool:
    """Whether candidates find a module of that name there. Raises as ``packages_folder``."""
    place = Path(packages_folder(folder), name)
    return place.is_dir() or place.with_suffix(".py").is_file()
