"""report: a run -> report.html."""

from pathlib import Path

from efficoder.pipeline.work import Work
from efficoder.report import collect_view, put_beside, render, render_beside
from efficoder.store import Store


def write_report(store: Store, path: Path) -> None:
    path.write_text(render(collect_view(store, store.folder.name)), encoding="utf-8")


def write_beside(a: Store, b: Store, path: Path) -> None:
    """Two runs on one page: what the second has over the first."""
    views = [collect_view(store, store.folder.name) for store in (a, b)]
    path.write_text(render_beside(put_beside(*views)), encoding="utf-8")


def report_step(work: Work) -> None:
    path = work.store.folder / "report.html"
    write_report(work.store, path)
    work.console.say(f"{'report':<12} {path}")
