"""report: a run -> report.html."""

from pathlib import Path

from efficoder.pipeline.work import Work
from efficoder.report import collect_view, render
from efficoder.store import Store


def write_report(store: Store, path: Path) -> None:
    path.write_text(render(collect_view(store, store.folder.name)), encoding="utf-8")


def report_step(work: Work) -> None:
    path = work.store.folder / "report.html"
    write_report(work.store, path)
    work.console.say(f"{'report':<12} {path}")
