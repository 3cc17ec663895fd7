"""The commands that do a run, or a step of one."""

from typer.testing import CliRunner

from efficoder.cli.main import app
from efficoder.stages import ORDER


def test_the_help_of_stage_names_every_stage() -> None:
    shown = CliRunner().invoke(app, ["stage", "--help"]).output
    assert f"{', '.join(ORDER[:-1])} or {ORDER[-1]}." in " ".join(shown.split())
