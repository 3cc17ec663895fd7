"""The command line: commands in the order of work. Each imports what it needs when it is called, so that
``--help`` stays fast. stdout is data, stderr is talk; exit codes are those of errors.py, 130 when interrupted."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from efficoder.errors import EffiCoderError, UsageError

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

RunName = Annotated[str, typer.Argument(help="The run: its name under --runs, or a path to its folder.")]
Runs = Annotated[Path, typer.Option("--runs", help="Folder that holds the runs.")]
TableForm = Annotated[str, typer.Option("--format", help="text, markdown, csv or latex.")]
Models = Annotated[str | None, typer.Option("--models", help="Only these models, comma-separated.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Sets = Annotated[list[str] | None, typer.Option("--set", help="Override a config key: stage.key=value. Repeatable.")]


def main() -> None:
    """Entry point: runs the command, turns errors into one line and an exit code."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        app(standalone_mode=False)
    except KeyboardInterrupt:
        _die("interrupted: everything finished is kept; the same command goes on from here", 130, debug)
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


@app.command(epilog="Examples: efficoder demo --recorded | efficoder demo --runs /tmp/runs")
def demo(
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Replay bundled replies instead of asking a model.")
    ] = False,
    model: Annotated[str, typer.Option("--model", help="The model that writes, when not --recorded.")] = (
        "local/qwen2.5-coder-0.5b-instruct"
    ),
    runs: Runs = Path("runs"),
) -> None:
    """The whole pipeline on bundled tasks, to a dataset and a report."""
    from efficoder.cli import demo as bundled

    bundled.run(runs, None if recorded else model)


@app.command(epilog="Examples: efficoder doctor | efficoder doctor --json")
def doctor(as_json: Json = False) -> None:
    """What this machine can do, and the command that mends each lack."""
    from efficoder.cli import doctor as examination

    ok = examination.report(as_json=as_json)
    if not ok:
        raise typer.Exit(3)


@app.command(epilog="Examples: efficoder init | efficoder init my.toml")
def init(path: Annotated[Path, typer.Argument(help="File to write.")] = Path("efficoder.toml")) -> None:
    """Write a commented config with every key and its default."""
    from efficoder.config import template
    from efficoder.console import Console

    if path.exists():
        raise UsageError(f"{path} exists; name another file, or remove it first")
    path.write_text(template(), encoding="utf-8")
    Console().say(f"wrote {path}; set collect.sources and generate.models, then: efficoder run {path}")


@app.command(epilog="Examples: efficoder run my.toml --name first | efficoder run first --set generate.samples=8")
def run(
    config: Annotated[str, typer.Argument(help="A config file, or the name of a run to go on with.")],
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the run; the config file's name otherwise.")
    ] = None,
    runs: Runs = Path("runs"),
    sets: Sets = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N tasks.")] = None,
    ids: Annotated[str | None, typer.Option("--ids", help="Only these task ids, comma-separated.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Stop after this stage.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Redo finished work.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Price the plan; do nothing.")] = False,
    max_failed: Annotated[int | None, typer.Option("--max-failed", min=0, help="Exit 4 above this many.")] = None,
    max_cost: Annotated[
        float | None, typer.Option("--max-cost", min=0, help="Stop before the models cost more US dollars than this.")
    ] = None,
) -> None:
    """Run the pipeline, or go on where it stopped. The same command again resumes."""
    from efficoder.cli import run as running

    scope = running.scope_of(limit=limit, ids=ids, until=until, fresh=fresh, max_failed=max_failed)
    limit_usd = [] if max_cost is None else [f"generate.max_cost={max_cost}"]
    running.start(config, name, runs, [*(sets or []), *limit_usd], scope, dry_run=dry_run)


@app.command(epilog="Examples: efficoder stage check first | efficoder stage measure first --fresh")
def stage(
    step: Annotated[
        str, typer.Argument(help="collect, curate, generate, write_tests, check, measure, select, build or report.")
    ],
    run_name: RunName,
    runs: Runs = Path("runs"),
    sets: Sets = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Redo finished work.")] = False,
) -> None:
    """Do one step of a run by name."""
    from efficoder.cli import run as running

    running.start(run_name, None, runs, sets or [], running.scope_of(only=step, fresh=fresh))


@app.command(epilog="Examples: efficoder status first | efficoder status first --json")
def status(run_name: RunName, runs: Runs = Path("runs"), as_json: Json = False) -> None:
    """How far a run is: rows, outcomes, what was dropped."""
    from efficoder.cli import inspect

    inspect.print_status(runs, run_name, as_json=as_json)


@app.command(epilog="Examples: efficoder show first HumanEval/0 | efficoder show first HumanEval/0 --json")
def show(run_name: RunName, task_id: str, runs: Runs = Path("runs"), as_json: Json = False) -> None:
    """A task with its candidates: verdict, time, memory, rank, code."""
    from efficoder.cli import inspect

    inspect.print_task(runs, run_name, task_id, as_json=as_json)


@app.command(epilog="Examples: efficoder why first HumanEval/0 | efficoder why first samples.jsonl:12")
def why(run_name: RunName, item_id: str, runs: Runs = Path("runs"), as_json: Json = False) -> None:
    """What became of a task, candidate or input line, and for what reason."""
    from efficoder.cli import inspect

    inspect.print_trail(runs, run_name, item_id, as_json=as_json)


@app.command(epilog="Examples: efficoder report first | efficoder report first --out /tmp/report.html")
def report(
    run_name: RunName,
    runs: Runs = Path("runs"),
    out: Annotated[Path | None, typer.Option("--out", help="Where to write; the run folder otherwise.")] = None,
) -> None:
    """Write the run's HTML report."""
    from efficoder.console import Console
    from efficoder.stages.report import write_report
    from efficoder.store import open_run

    with open_run(runs, run_name) as store:
        path = out or store.folder / "report.html"
        write_report(store, path)
    Console().say(f"wrote {path}")


@app.command(
    epilog="Examples: efficoder evaluate t.jsonl --samples s.jsonl | efficoder evaluate mbppplus --data F --samples S"
)
def evaluate(
    tasks: Annotated[str, typer.Argument(help="A task file, FORMAT:PATH, or a benchmark's name with --data.")],
    samples: Annotated[
        Path | None, typer.Option("--samples", help="Recorded samples (task_id, solution or completion).")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The benchmark's file in its published schema.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="A live model instead of --samples.")] = None,
    n: Annotated[int, typer.Option("--n", min=1, help="Samples a task from a live model.")] = 1,
    temperature: Annotated[float, typer.Option("--temperature", min=0.0)] = 0.0,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N tasks.")] = None,
    runs: Runs = Path("runs"),
    name: Annotated[str | None, typer.Option("--name", help="Name of the evaluation's run.")] = None,
    sets: Sets = None,
    as_json: Json = False,
) -> None:
    """Score samples: right or wrong, how fast, how lean, next to the reference."""
    from efficoder.evaluation import run as evaluation

    spec = evaluation.Spec(tasks, data, samples, model, n, temperature)
    evaluation.evaluate(spec, runs, name, sets or [], limit=limit, as_json=as_json)


@app.command(
    epilog="Examples: efficoder leaderboard my-eval | efficoder leaderboard my-eval --models a,b --format latex"
)
def leaderboard(
    run_name: RunName,
    models: Models = None,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """The models of an evaluated run, by pass@1; efficiency on all, own and common tasks."""
    from efficoder.evaluation.run import show_leaderboard
    from efficoder.report import tables

    show_leaderboard(runs, run_name, _list(models), tables.form_of(form), as_json=as_json)


@app.command(epilog="Examples: efficoder compare base tuned | efficoder compare r:a r:b --fail-if 'et_ratio>1.05'")
def compare(
    a: Annotated[str, typer.Argument(help="An evaluated run, or RUN:MODEL.")],
    b: Annotated[str, typer.Argument(help="The same; B is compared against A.")],
    fail_if: Annotated[
        list[str] | None, typer.Option("--fail-if", help="Exit 5 when this holds, e.g. et_ratio>1.05. Repeatable.")
    ] = None,
    remeasure: Annotated[bool, typer.Option("--remeasure", help="Race both side by side on this machine.")] = False,
    across_machines: Annotated[
        bool, typer.Option("--across-machines", help="Compare what each is relative to its own reference.")
    ] = False,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Is B better than A, by how much, and is it real? Paired over tasks, with intervals."""
    from efficoder.evaluation import compare as comparing
    from efficoder.report import tables

    wanted = tables.form_of(form)
    options = comparing.Options(runs, tuple(fail_if or ()), across_machines, remeasure, wanted, as_json)
    comparing.compare(a, b, options)


study_app = typer.Typer(
    help="What candidates bring and cost, which models matter, what loads add, whether the selection paid.",
    no_args_is_help=True,
)
app.add_typer(study_app, name="study")


@study_app.command(epilog="Examples: efficoder study candidates my-eval | efficoder study candidates r --plot c.svg")
def candidates(
    run_name: RunName,
    models: Models = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Also draw the curve into this SVG file.")] = None,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Best-of-n gain against samples, tokens, dollars and CPU seconds, and where another sample no longer pays."""
    from efficoder.report import tables
    from efficoder.studies import candidates as studies

    studies.candidates(runs, run_name, _list(models), tables.form_of(form), plot=plot, as_json=as_json)


@study_app.command(epilog="Example: efficoder study teachers my-eval")
def teachers(
    run_name: RunName,
    models: Models = None,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """What the pool's mean gain loses without each model."""
    from efficoder.report import tables
    from efficoder.studies import teachers as studies

    studies.teachers(runs, run_name, _list(models), tables.form_of(form), as_json=as_json)


@study_app.command("loads", epilog="Examples: efficoder study loads my-run | efficoder study loads my-run --every 5")
def study_loads(
    run_name: RunName,
    every: Annotated[int, typer.Option("--every", min=1, help="Only each Nth task.")] = 1,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """What loads add: how many tasks' programs differ in speed on the tests as shipped, and on the run's loads."""
    from efficoder.report import tables
    from efficoder.studies import loads

    loads.study_loads(runs, run_name, every, tables.form_of(form), as_json=as_json)


@study_app.command(
    "selection",
    epilog="Examples: efficoder study selection first --tasks humanevalplus:F --set train.model=DIR | "
    "efficoder study selection first --tasks t.jsonl --arms efficient,first_correct --seeds 0",
)
def study_selection(
    run_name: RunName,
    tasks: Annotated[str, typer.Option("--tasks", help="Held-out tasks: FORMAT:PATH.")],
    arms: Annotated[
        str | None, typer.Option("--arms", help="Comma-separated, the one in question first; else the method's own.")
    ] = None,
    seeds: Annotated[str, typer.Option("--seeds", help="Train each arm once with each of these.")] = "0,1,2",
    method: Annotated[str | None, typer.Option("--method", help="sft, dpo or orpo.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N held-out tasks.")] = None,
    answers_only: Annotated[
        bool, typer.Option("--answers-only", help="Train and answer, for a GPU machine; score later, or elsewhere.")
    ] = False,
    sets: Sets = None,
    form: TableForm = "text",
    runs: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Did the selection pay? Trains the run's arms alike, scores all on held-out tasks; the same command goes on."""
    from efficoder.report import tables
    from efficoder.studies import selection

    spec = selection.Spec(tasks, _list(arms), seeds, limit, answers_only)
    chosen = [*(sets or []), *([f"train.method={method}"] if method else [])]
    selection.study_selection(runs, run_name, spec, chosen, tables.form_of(form), as_json=as_json)


batch_app = typer.Typer(help="Drafts through a provider's batch interface: write, read.", no_args_is_help=True)
app.add_typer(batch_app, name="batch")
BatchModel = Annotated[str | None, typer.Option("--model", help="Which openai/ model, where the run has several.")]


@batch_app.command("write", epilog="Example: efficoder run c.toml --until curate && efficoder batch write c in.jsonl")
def batch_write(
    run_name: RunName,
    out: Annotated[Path, typer.Argument(help="The file of requests, to be uploaded.")],
    model: BatchModel = None,
    runs: Runs = Path("runs"),
) -> None:
    """Write the samples a run still lacks as a provider's batch file."""
    from efficoder.cli import batch

    batch.write_requests(runs, run_name, model, out)


@batch_app.command("read", epilog="Example: efficoder batch read c out.jsonl && efficoder run c")
def batch_read(
    run_name: RunName,
    results: Annotated[Path, typer.Argument(help="The file of results, as downloaded.")],
    model: BatchModel = None,
    runs: Runs = Path("runs"),
) -> None:
    """Read a batch's results into the cache, where the run finds them."""
    from efficoder.cli import batch

    batch.read_results(runs, run_name, model, results)


def _list(text: str | None) -> list[str]:
    return list(filter(None, (text or "").split(",")))


@app.command(
    epilog="Examples: efficoder export first out --format axolotl | efficoder export first s.jsonl --format evalplus"
)
def export(
    run_name: RunName,
    out: Annotated[Path, typer.Argument(help="A new folder; for evalplus a .jsonl file.")],
    form: Annotated[str, typer.Option("--format", help="trl, llamafactory, axolotl, verl or evalplus.")] = "trl",
    check: Annotated[bool, typer.Option("--check", help="Load it again as a trainer would.")] = False,
    runs: Runs = Path("runs"),
) -> None:
    """Write a run's dataset for a trainer, or its samples for evalplus."""
    from efficoder.cli.export import export_run

    export_run(runs, run_name, out, form, check=check)


@app.command(epilog="Examples: efficoder train first --set train.model=DIR | efficoder train first --arm first_correct")
def train(
    run_name: RunName,
    arm: Annotated[str | None, typer.Option("--arm", help="Which rows; by default the method's own.")] = None,
    method: Annotated[str | None, typer.Option("--method", help="sft, dpo, orpo or grpo.")] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="A TOML file whose [train] goes over the run's; see examples/.")
    ] = None,
    runs: Runs = Path("runs"),
    sets: Sets = None,
    as_json: Json = False,
) -> None:
    """Fine-tune a model on an arm of the run's dataset; the same command goes on after a kill."""
    from efficoder.cli.train import train_run
    from efficoder.config import overrides

    chosen = [f"train.method={method}"] if method else []
    given = overrides(config, "train") if config else []
    train_run(runs, run_name, arm, [*given, *(sets or []), *chosen], as_json=as_json)


models_app = typer.Typer(help="Weights of embedded models: pull, list, path.", no_args_is_help=True)
app.add_typer(models_app, name="models")


@models_app.command("list", epilog="Examples: efficoder models list | efficoder models list --json")
def models_list(as_json: Json = False) -> None:
    """The registry: what can be pulled, what is here."""
    from efficoder.cli import models

    models.show(as_json=as_json)


@models_app.command("pull", epilog="Examples: efficoder models pull smollm2-135m-instruct | ... --from FILE.gguf")
def models_pull(
    name: str, file: Annotated[Path | None, typer.Option("--from", help="Take a local file instead.")] = None
) -> None:
    """Fetch weights into the cache; their SHA-256 decides."""
    from efficoder.cli import models

    models.pull(name, file)


@models_app.command("path", epilog="Example: efficoder models path smollm2-135m-instruct")
def models_path(name: str) -> None:
    """Where a model's weights are."""
    from efficoder.console import data
    from efficoder.models import weights

    data(str(weights.path(name)))


@app.command(
    "time",
    epilog="Examples: efficoder time a.py b.py --tests t.jsonl | efficoder time a.py b.py --tests t.jsonl --json",
)
def time_(
    programs: Annotated[list[Path], typer.Argument(help="Two or more Python files that solve the same task.")],
    tests: Annotated[
        Path, typer.Option("--tests", help="A task file (docs/tasks.md): what to call, inputs, expected.")
    ],
    as_json: Json = False,
) -> None:
    """Which is faster, by how much, with an interval - or a tie."""
    from efficoder.cli import time

    time.compare_programs(programs, tests, as_json=as_json)


if __name__ == "__main__":
    main()
