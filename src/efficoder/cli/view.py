"""``efficoder view``: runs in the browser."""

from pathlib import Path
from typing import Annotated

import typer

from efficoder.cli.options import Runs, examples, run_names

app = typer.Typer()


@app.command(epilog=examples("efficoder view", "efficoder view first --port 8080"))
def view(
    run_name: Annotated[
        str | None,
        typer.Argument(metavar="RUN", autocompletion=run_names, help="The run to open; without it the list of runs."),
    ] = None,
    runs: Runs = Path("runs"),
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="A free one by default.")] = 0,
) -> None:
    """Look at runs in the browser.

    Tasks, candidates, code side by side; on this machine alone, read-only.
    """
    import os
    import signal
    from threading import Thread

    from efficoder.console import Console, data
    from efficoder.store import open_run
    from efficoder.view import Server
    from efficoder.view.site import Site, link

    folder = None
    if run_name is not None:
        with open_run(runs, run_name) as store:
            folder = store.folder.resolve()
    # An interrupt is a byte in a pipe: as an exception it may come before anybody catches it, or be lost.
    interrupted, interrupts = os.pipe()
    os.set_blocking(interrupts, False)
    signal.set_wakeup_fd(interrupts)
    signal.signal(signal.SIGINT, lambda *_: None)
    with Server(Site(folder.parent if folder else runs), port) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        data(link(server.address, folder.name) if folder else f"{server.address}/")
        Console().say("read-only, on this machine alone; whoever has the address can read the runs. Ctrl-C ends it")
        os.read(interrupted, 1)
        server.shutdown()
    Console().say("ended")
