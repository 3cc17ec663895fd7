"""``efficoder models``: what the registry knows, what is in the cache, and fetching."""

from pathlib import Path

from efficoder.console import Console, data, table, to_json
from efficoder.models import weights


def show(*, as_json: bool) -> None:
    found = weights.present()
    if as_json:
        to_json([{"name": w.name, "bytes": w.size_bytes, "path": str(path or "")} for w, path in found])
        return
    rows = []
    for w, path in found:
        rows.append([f"local/{w.name}", f"{w.size_bytes / 1e6:.0f}", w.licence, "here" if path else "not pulled"])
    data(table(["model", "MB", "licence", "weights"], rows))


def pull(name: str, file: Path | None) -> None:
    """Fetch into the cache, saying how far it is; a pull that was interrupted goes on."""
    console = Console()

    def progress(had: int, wanted: int) -> None:
        if console.live:
            console.draw(f"{name}: {had / 1e6:.0f} of {wanted / 1e6:.0f} MB")

    path = weights.pull(name, source=file, progress=progress)
    console.say(f"{name}: {path}")
