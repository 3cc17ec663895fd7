"""``efficoder train``: fine-tune a model on one arm of a run's dataset. The work is in training/, which is imported
here alone and only when it is asked for."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from efficoder.cli.options import Json, RunName, Runs, Sets, examples, method_option
from efficoder.console import Console, clock, counted, to_json
from efficoder.errors import PrerequisiteError, install
from efficoder.store import open_run

app = typer.Typer()


@app.command(
    epilog=examples("efficoder train first --set train.model=DIR", "efficoder train first --arm first_correct")
)
def train(
    run_name: RunName,
    arm: Annotated[
        str | None, typer.Option("--arm", metavar="ARM", help="Which rows; by default the method's own.")
    ] = None,
    method: Annotated[str | None, method_option("sft", "dpo", "orpo", "grpo")] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="A TOML file whose [train] goes over the run's; see examples/."),
    ] = None,
    no_guard: Annotated[
        bool, typer.Option("--no-guard", help="Train on every row, and do not look whether the model gets worse.")
    ] = False,
    runs: Runs = Path("runs"),
    sets: Sets = None,
    as_json: Json = False,
) -> None:
    """Fine-tune a model on an arm of a run's dataset.

    The same command resumes after a kill.
    """
    from efficoder.config import overrides

    chosen = [f"train.method={method}"] if method else []
    if no_guard:
        chosen.append("train.guard=false")
    given = overrides(config, "train") if config else []
    train_run(runs, run_name, arm, [*given, *(sets or []), *chosen], as_json=as_json)


def train_run(runs: Path, name: str, arm: str | None, sets: Sequence[str], *, as_json: bool) -> None:
    """Train as the run's config and ``sets`` say; the model lands under the run's ``models/``."""
    from efficoder.reward import ExecutionReward
    from efficoder.reward.guard import ExecutionGuard
    from efficoder.training.arms import ARM_OF, arm_file, config_with_model

    with open_run(runs, name) as store:
        folder = store.folder
        config = config_with_model(folder, sets)
        arm = arm or ARM_OF[config.train.method]
        rows = arm_file(folder, arm)
        try:
            from efficoder.training.run import Judges, train
            from efficoder.training.watch import TrainingProgress
        except ModuleNotFoundError as error:
            raise PrerequisiteError(f"{error.name} is not installed; {install('train')}") from None
        console = Console(folder / "log.txt")

        def tell(now: TrainingProgress) -> None:
            console.say(f"train {arm}: step {now.step}/{now.steps}, loss {now.loss:.4f}, {clock(now.eta_s)} left")

        out = folder / "models" / f"{config.train.method}-{arm}"
        grpo = config.train.method == "grpo"
        graded = ExecutionReward(unsafe=config.run.unsafe, packages=config.run.packages) if grpo else nullcontext()
        guarded = ExecutionGuard(store, arm, config.run, console.say) if config.train.guard else nullcontext()
        with graded as reward, guarded as guard:
            judges = Judges(reward, guard)
            result = train(config.train, rows, out, seed=config.run.seed, judges=judges, progress=tell)
    if as_json:
        to_json(result)
    first, last = result.curve[0].get("loss"), result.curve[-1].get("loss")
    dropped = sum(result.dropped.values())
    used = f"{counted(result.rows, 'row')} ({dropped} dropped)"
    console.say(
        f"{out}: {used}, loss {first:.4f} to {last:.4f}, {result.step_s:.1f} s a step; "
        f"next: efficoder evaluate TASKS --model {'local/' + result.gguf if result.gguf else 'hf/' + result.model}"
    )
    if result.guard is not None:
        console.say(f"guard: {result.guard.words}")
