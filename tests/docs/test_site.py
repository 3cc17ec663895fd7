"""The docs as a site: it builds, no link in it leads nowhere, and the reference has every command and key."""

import html
import subprocess
import sys
from pathlib import Path

import pytest

from efficoder.cli.sources import read_lines
from efficoder.evaluation.model_scores import METRICS

pytest.importorskip("mkdocs")
pytest.importorskip("material")

ROOT = Path(__file__).parents[2]


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out), "-f", str(source)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    built = build(ROOT / "mkdocs.yml", out)
    assert built.returncode == 0, built.stderr
    return out


def test_every_page_is_built(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        path = page.relative_to(ROOT / "docs").with_suffix("")
        assert (site / path / "index.html").is_file(), path


def test_the_reference_has_every_command_and_every_key(site: Path) -> None:
    commands = (site / "cli" / "index.html").read_text()
    for words in ("run", "models-pull", "tests-freeze", "push", "study-selection"):
        assert f'id="efficoder-{words}"' in commands
    keys = (site / "config" / "index.html").read_text()
    for key in ("max_cost", "pair_margin", "report_to"):
        assert key in keys


def test_the_reference_has_every_format_and_metric(site: Path) -> None:
    formats = (site / "sources" / "index.html").read_text()
    for line in read_lines():
        assert f"<code>{line.format}:PATH</code>" in formats
    metrics = (site / "metric-list" / "index.html").read_text()
    for metric in METRICS.values():
        assert html.escape(metric.title, quote=False) in metrics


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    page = (site / "index.html").read_text()
    assert "fonts.googleapis.com" not in page
    assert 'src="http' not in page


@pytest.mark.parametrize("text", ["[x](nowhere.md)", "[x](trust.md#nowhere)", "[x](../README.md#nowhere)"])
def test_a_dead_link_fails_the_build(text: str, tmp_path: Path) -> None:
    """A page is added to a copy of the docs."""
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "mkdocs.yml", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "docs").unlink()
    (tmp_path / "docs").mkdir()
    for path in (ROOT / "docs").iterdir():
        (tmp_path / "docs" / path.name).symlink_to(path)
    page = tmp_path / "docs" / "recipes.md"
    page.unlink()
    page.write_text(f"# Recipes\n\n{text}\n")
    settings = tmp_path / "mkdocs.yml"
    settings.unlink()
    settings.write_text((ROOT / "mkdocs.yml").read_text())
    built = build(settings, tmp_path / "out")
    assert built.returncode != 0
    assert "nowhere" in built.stderr
