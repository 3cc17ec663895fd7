"""The command line: commands in the order of work. Each imports what it needs when it is called, so that
``--help`` stays fast. stdout is data, stderr is talk; exit codes are those of errors.py, 130 when interrupted."""

import errno
import sys
from typing import Annotated

import typer

from efficoder import __version__
from efficoder.cli import (
    batch,
    demo,
    doctor,
    evaluate,
    export,
    inspect,
    models,
    push,
    report,
    run,
    runs,
    sources,
    study,
    tests,
    time,
    train,
    view,
)
from efficoder.errors import EffiCoderError

app = typer.Typer(
    name="efficoder",
    epilog="First steps: `efficoder doctor`, then `efficoder demo`.",
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Make code language models write code that is right and fast."""
    if version or context.invoked_subcommand is None:
        from efficoder.console import data

        data(__version__ if version else context.get_help())
        raise typer.Exit


for part in (demo, doctor, run, inspect, report, evaluate, export, push, train, time, view):
    app.add_typer(part.app)
app.add_typer(sources.app)
app.add_typer(runs.app, name="runs")
app.add_typer(study.app, name="study")
app.add_typer(batch.app, name="batch")
app.add_typer(models.app, name="models")
app.add_typer(tests.app, name="tests")


_ADVICE = {
    errno.ENOSPC: "free some disk space, and run the same command again",
    errno.EDQUOT: "free some disk space, and run the same command again",
    errno.EROFS: "name a place that can be written",
    errno.EACCES: "name a place that you may read and write",
    errno.EPERM: "name a place that you may read and write",
}


def main() -> None:
    """Entry point: runs the command, turns errors into one line and an exit code."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        code = app(standalone_mode=False)  # typer returns what a command exits with, 130 after Ctrl-C
        if code == 130:
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        _die("interrupted: everything finished is kept; run the same command again to resume", 130, debug)
    except EffiCoderError as error:
        _die(str(error), error.exit_code, debug)
    except (typer.Abort, BrokenPipeError):
        sys.exit(130)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _die(f"{where}{error.strerror or error}; {_ADVICE.get(error.errno or 0, 'check the path')}", 1, debug)
    except Exception as error:
        usage = getattr(error, "format_message", None)
        if usage is not None:  # typer's own usage errors carry their message
            context = getattr(error, "ctx", None)
            _die(f"{usage().rstrip('.?')}; see `{context.command_path if context else 'efficoder'} --help`", 2, debug)
        _die(f"unexpected {type(error).__name__}: {error}; run again with --debug for the traceback", 1, debug)
    sys.exit(code or 0)


def _die(message: str, code: int, debug: bool) -> None:
    from efficoder.console import Console

    if debug:
        import traceback

        Console().say(traceback.format_exc())
    Console().say(f"efficoder: {message}")
    sys.exit(code)
