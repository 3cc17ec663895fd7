"""The command line: commands in the order of work. Each imports what it needs when it is called, so that
``--help`` stays fast. stdout is data, stderr is talk; exit codes are those of errors.py, 130 when interrupted."""

import sys

import typer

from efficoder.cli import batch, demo, doctor, evaluate, export, inspect, models, report, run, study, time, train
from efficoder.errors import EffiCoderError

app = typer.Typer(
    name="efficoder",
    help="Make code language models write code that is right and fast.",
    epilog="First steps: `efficoder doctor`, then `efficoder demo`.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for part in (demo.app, doctor.app, run.app, inspect.app, report.app, evaluate.app, export.app, train.app, time.app):
    app.add_typer(part)
app.add_typer(study.app, name="study")
app.add_typer(batch.app, name="batch")
app.add_typer(models.app, name="models")


def main() -> None:
    """Entry point: runs the command, turns errors into one line and an exit code."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        app(standalone_mode=False)
    except KeyboardInterrupt:
        _die("interrupted: everything finished is kept; run the same command again to resume", 130, debug)
    except EffiCoderError as error:
        _die(str(error), error.exit_code, debug)
    except typer.Exit as done:
        sys.exit(done.exit_code)
    except (typer.Abort, BrokenPipeError):
        sys.exit(130)
    except Exception as error:
        usage = getattr(error, "format_message", None)
        if usage is not None:  # typer's own usage errors carry their message
            _die(f"{usage().rstrip('.?')}; see `efficoder --help`", 2, debug)
        _die(f"unexpected {type(error).__name__}: {error}; run again with --debug for the traceback", 1, debug)


def _die(message: str, code: int, debug: bool) -> None:
    from efficoder.console import Console

    if debug:
        import traceback

        Console().say(traceback.format_exc())
    Console().say(f"efficoder: {message}")
    sys.exit(code)
