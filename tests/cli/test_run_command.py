"""The commands that do a run, or a step of one."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from efficoder import __version__
from efficoder.cli import doctor
from efficoder.cli.main import app, main
from efficoder.stages import ORDER


def test_the_help_of_stage_names_every_stage() -> None:
    shown = CliRunner().invoke(app, ["stage", "--help"]).output
    assert f"{', '.join(ORDER[:-1])} or {ORDER[-1]}." in " ".join(shown.split())


def test_the_version_and_the_module() -> None:
    shown = subprocess.run([sys.executable, "-m", "efficoder", "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout == f"{__version__}\n"


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 3)])
def test_doctor_exits_with_what_it_found(monkeypatch: pytest.MonkeyPatch, ok: bool, code: int) -> None:
    monkeypatch.setattr(doctor, "report", lambda as_json: ok)
    monkeypatch.setattr(sys, "argv", ["efficoder", "doctor"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
