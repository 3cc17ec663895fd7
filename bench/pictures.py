"""Pictures of a run's pages: the report and all of `efficoder view`, as wide as a desk's screen and as a phone's,
light and dark.

    python bench/pictures.py runs/first OUT [--evaluation runs/evaluate-tasks-samples]

Needs Chromium (`apt-get install chromium`). A page is cut into sheets of 1,600 pixels; one that is too wide is named.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from chromium import Browser
from efficoder.store import Store
from efficoder.types import Candidate, Task
from efficoder.view import Server
from efficoder.view.site import Site, link

SHEET = 1600
SCREENS = {"desk": (1280, False), "desk-dark": (1280, True), "phone": (390, False), "phone-dark": (390, True)}


def pages(folder: Path, address: str) -> Iterator[tuple[str, str]]:
    """A name and an address of each page of a run."""
    name = folder.name
    yield "report", (folder / "report.html").resolve().as_uri()
    yield "run", link(address, name)
    with Store(folder) as store:
        task = max(store.all(Task), key=lambda task: store.count(Candidate, task.id)).id
        a, b = [candidate.id for candidate in store.candidates(task)][:2]
    yield "task", link(address, name, "task", id=task)
    yield "compare", link(address, name, "compare", id=task, a=a, b=b)
    yield "models", link(address, name, "models")
    yield "drops", link(address, name, "drops")


def take(browser: Browser, address: str, out: Path) -> None:
    """Sheets from top to bottom."""
    browser.open(address)
    width, height = (browser.run(f"document.documentElement.scroll{side}") for side in ("Width", "Height"))
    seen = browser.run("innerWidth")
    if width > seen:
        print(f"{out.name}: {width} pixels wide on a screen of {seen}")
    for number, top in enumerate(range(0, height, SHEET)):
        browser.picture(out.with_name(f"{out.name}-{number}.png"), (0, top, seen, min(SHEET, height - top)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--evaluation", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with Server(Site(options.run.resolve().parent), 0) as server, tempfile.TemporaryDirectory() as profile:
        Thread(target=server.serve_forever, daemon=True).start()
        with Browser(Path(profile)) as browser:
            for screen, (width, dark) in SCREENS.items():
                browser.screen(width, dark=dark)
                take(browser, f"{server.address}/", options.out / f"runs-{screen}")
                for folder in filter(None, (options.run, options.evaluation)):
                    for name, address in pages(folder, server.address):
                        take(browser, address, options.out / f"{folder.name}-{name}-{screen}")
        server.shutdown()


if __name__ == "__main__":
    main()
