"""``efficoder batch``: a run's drafts through a provider's batch interface, which is cheaper and slow.

The user uploads the file of requests and downloads the results; the run then finds the replies in the cache.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from efficoder.cli.options import RunName, Runs, examples
from efficoder.config import GenerateConfig, load
from efficoder.console import Console, counted
from efficoder.errors import UsageError
from efficoder.store import open_run
from efficoder.types import Sample

if TYPE_CHECKING:
    from efficoder.models.asks import Ask

app = typer.Typer(help="Drafts through a provider's batch interface: write, read.", no_args_is_help=True)
BatchModel = Annotated[
    str | None, typer.Option("--model", metavar="MODEL", help="Which openai/ model, where the run has several.")
]


@app.command(
    "write",
    epilog=examples(
        "efficoder run c.toml --until curate && efficoder batch write c in.jsonl",
        "efficoder batch write c in.jsonl --model openai/gpt-4o-mini",
    ),
)
def batch_write(
    run_name: RunName,
    out: Annotated[Path, typer.Argument(metavar="FILE", help="The file of requests, to be uploaded.")],
    model: BatchModel = None,
    runs: Runs = Path("runs"),
) -> None:
    """Write the samples a run still lacks as a provider's batch file."""
    write_requests(runs, run_name, model, out)


@app.command(
    "read",
    epilog=examples(
        "efficoder batch read c out.jsonl && efficoder run c",
        "efficoder batch read c out.jsonl --model openai/gpt-4o-mini",
    ),
)
def batch_read(
    run_name: RunName,
    results: Annotated[Path, typer.Argument(metavar="FILE", help="The file of results, as downloaded.")],
    model: BatchModel = None,
    runs: Runs = Path("runs"),
) -> None:
    """Read a batch's results into the cache, where the run finds them."""
    read_results(runs, run_name, model, results)


def write_requests(runs: Path, name: str, model: str | None, out: Path) -> None:
    """One line a sample that the run still lacks of ``model``. Raises UsageError for a model the run does not ask."""
    from efficoder.models.batch import request_lines

    model, _, asks = _asks(runs, name, model)
    lines = list(request_lines(_served(model), asks))
    out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    wrote = f"{out}: {counted(len(lines), 'request')} to {model}"
    Console().say(f"{wrote}; upload it as a batch, then: efficoder batch read {name} RESULTS")


def read_results(runs: Path, name: str, model: str | None, results: Path) -> None:
    """The replies of a result file into the cache, booked at the model's ordinary price. Raises InputError for a line
    that is no result."""
    from efficoder.models import open_model
    from efficoder.models.batch import keep_results
    from efficoder.models.cache import ReplyCache
    from efficoder.models.ledger import find_price

    model, config, asks = _asks(runs, name, model)
    price = find_price("openai", _served(model), config.prices, needed=False)
    with ReplyCache() as cache:
        kept = keep_results(results, asks, open_model(model, config), cache, price)
    wanted = sum(len(ask.request.indices) for ask in asks)
    Console().say(
        f"{kept} of {wanted} wanted replies are in the cache; next: efficoder run {name}, which asks for the rest"
    )


def _asks(runs: Path, name: str, model: str | None) -> "tuple[str, GenerateConfig, Sequence[Ask]]":
    from efficoder.models.asks import plan

    with open_run(runs, name) as store:
        config = load(store.folder / "run.toml")
        models = [known for known in config.generate.models if known.startswith("openai/")]
        if model is None and len(models) == 1:
            model = models[0]
        if model not in models:
            raise UsageError(f"--model: name one of the run's openai/ models: {', '.join(models) or 'it has none'}")
        asks = plan(store.alive(), [model], config.generate, seed=config.run.seed, done=store.keys(Sample))
        return model, config.generate, asks


def _served(model: str) -> str:
    return model.removeprefix("openai/").partition("@http")[0]
