"""The commands that do a run, or a step of one."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from command_line import exit_code
from efficoder import __version__
from efficoder.cli import doctor
from efficoder.cli.main import app
from efficoder.languages import LANGUAGES
from efficoder.models.catalogue import REGISTRY
from efficoder.stages import ORDER


def test_the_help_of_stage_names_every_stage() -> None:
    shown = CliRunner().invoke(app, ["stage", "--help"]).output
    assert f"{', '.join(ORDER[:-1])} or {ORDER[-1]}." in " ".join(shown.split())


def test_the_version_and_the_module() -> None:
    shown = subprocess.run([sys.executable, "-m", "efficoder", "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout == f"{__version__}\n"


def test_doctor_names_languages_and_the_weights_that_are_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "_tiers", list)
    monkeypatch.setattr(doctor, "_measuring", list)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    lines = {line.what: line for line in doctor.examine()}
    assert {known.title for known in LANGUAGES.values()} <= set(lines)
    assert (lines["model weights"].state, lines["model weights"].detail[:11]) == ("optional", "none pulled")
    first, *_ = REGISTRY.values()
    assert f"efficoder models pull {first.name}" in lines["model weights"].fix
    (tmp_path / "efficoder" / "models").mkdir(parents=True)
    (tmp_path / "efficoder" / "models" / first.file).touch()
    line = next(line for line in doctor.examine() if line.what == "model weights")
    assert (line.state, line.detail, line.fix) == ("ok", f"here: {first.name}", "")


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 3)])
def test_doctor_exits_with_what_it_found(monkeypatch: pytest.MonkeyPatch, ok: bool, code: int) -> None:
    monkeypatch.setattr(doctor, "report", lambda as_json: ok)
    assert exit_code("doctor") == code
