"""One training run: find the model, read the rows, check that both fit, train, save, merge, export.

Everything that can be refused is refused before weights are read. The same call again resumes from the last whole
checkpoint, and returns the saved result when there is nothing left to do.
"""

import fcntl
import gc
import importlib.util
import json
import resource
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec

from efficoder.config import TrainConfig
from efficoder.errors import PrerequisiteError, UsageError, install
from efficoder.training import chat, gguf_writer, loading, rows, saving, settings
from efficoder.training.guard import Guard, GuardResult, HeldBack, conclude, hold_back, read_looks

if TYPE_CHECKING:
    from efficoder.training.looks import Looks
    from efficoder.training.trainers import Reward, Split
    from efficoder.training.watch import TrainingProgress

_LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")


@dataclass(frozen=True, slots=True)
class Judges:
    """What says how good the model's own answers are."""

    reward: "Reward | None" = None
    """For grpo: completions and their rows' ``tests`` to one number each."""
    guard: Guard | None = None
    """Judges answers to tasks that are held back from the rows; None: no row is held back."""


class StepSplit(msgspec.Struct, frozen=True):
    """Where a GRPO step's wall seconds go (medians)."""

    generation_s: float
    execution_s: float
    update_s: float


class TrainResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run; ``result.json`` in its folder. Paths are as given to ``train``."""

    model: str
    """Merged safetensors, tokenizer and chat template: for transformers, vLLM, or the next training."""
    gguf: str | None
    gguf_problem: str | None = None
    """Why there is no GGUF although one was asked for."""
    adapter: str | None
    base: str
    base_quantised: bool
    """The run started from weights that a GGUF file had quantised."""
    method: str
    arm: str
    rows: int
    dropped: dict[str, int]
    curve: list[dict[str, float]]
    """What each step logged: step, loss, grad_norm, learning_rate, and the method's own."""
    step_s: float
    """Median wall seconds of a step, of the process that ended the run."""
    peak_bytes: int
    """Of the training process (CPU) or allocated on the GPU."""
    split: StepSplit | None
    config: TrainConfig
    settings: settings.TrainSettings
    arguments: dict[str, Any]
    """Everything the trainer was configured with."""
    versions: dict[str, str]
    guard: GuardResult | None = None
    """Whether the model got better or worse on tasks held back from the rows; None without a guard."""


class _Saved(msgspec.Struct, frozen=True):
    """What a folder was begun with (``run.json``): a run that resumes must be this one."""

    model: str
    rows: str
    seed: int
    config: TrainConfig
    settings: settings.TrainSettings


def train(
    config: TrainConfig,
    arm: Path,
    out: Path,
    *,
    seed: int = 0,
    judges: Judges = Judges(),
    progress: "Callable[[TrainingProgress], None] | None" = None,
) -> TrainResult:
    """Train ``config.model`` on the rows of ``arm`` and save everything under ``out``.

    grpo needs a reward. With a guard the best checkpoint is what is saved, and training stops when pass@1 falls.
    Raises UsageError for options that cannot go together, a folder of another run or one in which another process
    trains, InputError for a model or rows that cannot be used, PrerequisiteError for missing libraries or memory,
    ModelError when loss or gradients stop being finite, and whatever the judges raise.
    """
    settings.check(config)
    if config.method == "grpo" and judges.reward is None:
        raise UsageError("grpo needs a reward: pass one, e.g. Judges(efficoder.reward.ExecutionReward())")
    _require_libraries(config)
    with quiet(), _memory_errors():
        return _train(config, arm, out, seed, judges, progress)


def _train(
    config: TrainConfig,
    arm: Path,
    out: Path,
    seed: int,
    judges: Judges,
    progress: "Callable[[TrainingProgress], None] | None",
) -> TrainResult:
    read = rows.read(arm, config.method)
    found = loading.find(config.model)
    encoded = [chat.encode(found.chat, row) for row in read]
    limit = settings.token_limit(config, [ids.tokens for ids in encoded])
    fit = chat.fit(read, encoded, limit, settings.written_tokens(config))
    held: HeldBack | None = None
    if judges.guard is not None:
        processes = settings.process_state().num_processes
        fit, held = hold_back(fit, judges.guard, settings.written_tokens(config), processes, seed)
    mark = rows.fingerprint([*read, *(held.rows if held else [])])
    saved = _begin(out, config, found, mark, fit, seed)
    with _alone(out):
        if (out / "result.json").is_file():
            return msgspec.json.decode((out / "result.json").read_bytes(), type=TrainResult)
        run = _Run(saved, found, fit, held, arm, out)
        run.train(judges.reward, progress)
        return run.finish()


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """One call at a time trains in a folder; its further processes under accelerate belong to it."""
    if not settings.process_state().is_main_process:
        yield
        return
    with (out / "train.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"{out}: another process is training here; wait for it") from None
        yield


def _require_libraries(config: TrainConfig) -> None:
    for name in (*_LIBRARIES, *config.report_to):
        if importlib.util.find_spec(name) is None:
            command = install("train") if name in _LIBRARIES else f"pip install {name}"
            raise PrerequisiteError(f"training needs {name}: {command}")


def _begin(out: Path, config: TrainConfig, found: loading.Found, mark: str, fit: chat.RowFit, seed: int) -> _Saved:
    """The folder's own beginning if it has one and it is this run's, else a new one."""
    path, state = out / "run.json", settings.process_state()
    state.wait_for_everyone()
    if state.is_main_process and not path.is_file():
        # One process decides for all: the memory they find differs.
        lengths = [ids.tokens for ids in fit.encoded]
        machine = settings.this_machine()
        limited = replace(config, max_tokens=fit.max_tokens)  # by all rows: those that fit may ask for less
        resolved = settings.resolve(limited, found.config, found.parameters, lengths, machine, seed)
        out.mkdir(parents=True, exist_ok=True)
        saving.write_json(path, _Saved(found.identity, mark, seed, config, resolved))
    state.wait_for_everyone()
    saved = msgspec.json.decode(path.read_bytes(), type=_Saved)
    now = {"model": found.identity, "rows": mark, "seed": seed, "config": config}
    for what, value in now.items():
        if getattr(saved, what) != value:
            raise UsageError(f"{out}: holds a run with another {what}: move it away, or remove it")
    return saved


@contextmanager
def quiet() -> Iterator[None]:
    """The libraries' bars, advice and notices of what they will rename; progress is reported by ``progress`` alone."""
    import datasets
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    datasets.disable_progress_bars()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _memory_errors() -> Iterator[None]:
    import torch

    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "memory" not in str(error):
            raise
        raise PrerequisiteError(
            "out of memory while training: set a smaller train.max_tokens or train.device_batch, "
            'train.checkpointing = true, or train.precision = "bf16"; the same command then needs a new folder'
        ) from error


@contextmanager
def _matrix_products(device: str) -> Iterator[None]:
    """On a GPU the products of float32 matrices are made in TF32 while training, where the GPU has it; answers of the
    trained model are not."""
    import torch

    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if device == "cuda" else before)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


class _Run:
    """The part of a run that has weights in memory."""

    def __init__(
        self,
        saved: _Saved,
        found: loading.Found,
        fit: chat.RowFit,
        held: HeldBack | None,
        arm: Path,
        out: Path,
    ) -> None:
        self._saved, self._found, self._fit, self._held, self._arm, self._out = saved, found, fit, held, arm, out
        self._curve: list[dict[str, float]] = []
        self._split: StepSplit | None = None
        self._steps = 0
        self._step_s = 0.0
        self._peak_bytes = 0

    @property
    def _lora(self) -> bool:
        return self._saved.config.adapter == "lora"

    def train(self, reward: "Reward | None", progress: "Callable[[TrainingProgress], None] | None") -> None:
        from efficoder.training.trainers import Split, TrainingJob, make
        from efficoder.training.watch import Watch

        config, resolved = self._saved.config, self._saved.settings
        # Full training keeps float32 weights and lets autocast do the arithmetic: small updates are lost in bfloat16.
        model = loading.load(self._found, resolved.precision if self._lora else "fp32")
        watch, split = Watch(progress), Split()
        folder = self._out / "checkpoints"
        job = TrainingJob(config, resolved, model, self._found.chat, self._fit.rows, self._fit.encoded, folder, [watch])
        trainer = make(job, reward, split)
        looks = self._looks(trainer)
        with _matrix_products(resolved.device):
            trainer.train(resume_from_checkpoint=last_checkpoint(folder))
        if looks is None:
            trainer.save_model(str(self._out / "trained"))
        else:
            shutil.copytree(looks.best_folder, self._out / "trained", dirs_exist_ok=True)
        self._steps = trainer.state.max_steps
        self._curve = [_numbers(entry) for entry in trainer.state.log_history if "loss" in entry]
        self._step_s = median(watch.step_s) if watch.step_s else 0.0
        self._split = _step_split(split, watch.step_s)
        self._peak_bytes = _peak_bytes(resolved.device)
        del trainer, job, model
        gc.collect()

    def _looks(self, trainer: Any) -> "Looks | None":
        from efficoder.training.looks import Looks

        if self._held is None or self._held.problem:
            return None
        rows = self._saved.settings.device_batch
        looks = Looks(self._held, self._found.chat, self._out, rows, trainer.save_model)
        trainer.add_callback(looks)
        return looks

    def finish(self) -> TrainResult:
        """Merge, export and write the result, in the main process; the others wait for it."""
        state = settings.process_state()
        if state.is_main_process:
            self._save()
            saving.write_json(self._out / "result.json", self._result())
            for folder in (self._out / "checkpoints", *self._out.glob("best-*")):
                shutil.rmtree(folder, ignore_errors=True)  # a run that the guard stopped early has no checkpoints
        state.wait_for_everyone()
        return msgspec.json.decode((self._out / "result.json").read_bytes(), type=TrainResult)

    def _save(self) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        trained = self._out / "trained"
        if self._lora:
            shutil.rmtree(self._out / "adapter", ignore_errors=True)
            trained.rename(self._out / "adapter")
            model = saving.merge(loading.load(self._found, "fp32"), self._out / "adapter")
        else:
            model = AutoModelForCausalLM.from_pretrained(trained, dtype=torch.float32)
            loading.stop_at(model, self._found.chat)
        if self._saved.settings.precision == "bf16":
            model = model.to(torch.bfloat16)
        saving.save(model, self._found.chat.tokenizer, self._out / "model")
        shutil.rmtree(trained, ignore_errors=True)

    def _gguf(self) -> tuple[Path | None, str | None]:
        if not self._saved.config.gguf:
            return None, None
        problem = gguf_writer.gguf_problem(self._out / "model")
        if problem is None:
            gguf_writer.to_gguf(self._out / "model", self._out / "model.gguf")
        return (None, problem) if problem else (self._out / "model.gguf", None)

    def _result(self) -> TrainResult:
        from efficoder.training.trainers import arguments, method_arguments

        config, resolved = self._saved.config, self._saved.settings
        gguf, problem = self._gguf()
        return TrainResult(
            model=str(self._out / "model"),
            gguf=str(gguf) if gguf else None,
            gguf_problem=problem,
            adapter=str(self._out / "adapter") if self._lora else None,
            base=config.model,
            base_quantised=self._found.quantised,
            method=config.method,
            arm=str(self._arm),
            rows=len(self._fit.rows),
            dropped=self._fit.dropped,
            curve=self._curve,
            step_s=self._step_s,
            peak_bytes=self._peak_bytes,
            split=self._split,
            config=config,
            settings=resolved,
            arguments={
                **arguments(config, resolved, self._out / "checkpoints"),
                **method_arguments(config, resolved),
            },
            versions={name: version(name) for name in _LIBRARIES},
            guard=conclude(self._held, read_looks(self._out), self._steps) if self._held else None,
        )


def last_checkpoint(folder: Path) -> str | None:
    """The newest whole checkpoint; those a kill left half-written are removed.

    The Trainer writes a checkpoint's ``trainer_state.json`` last, so one that can be read means that all is there.
    """
    whole: dict[int, Path] = {}
    for path in folder.glob("checkpoint-*"):
        try:
            whole[int(json.loads((path / "trainer_state.json").read_text())["global_step"])] = path
        except (OSError, ValueError, KeyError):
            shutil.rmtree(path)
    return str(whole[max(whole)]) if whole else None


def _numbers(entry: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in entry.items() if isinstance(value, int | float)}


def _step_split(split: "Split", step_s: list[float]) -> StepSplit | None:
    if not split.generation_s or not step_s:
        return None
    steps = len(step_s)
    generation, execution = sum(split.generation_s) / steps, sum(split.execution_s) / steps
    return StepSplit(generation, execution, max(0.0, sum(step_s) / steps - generation - execution))


def _peak_bytes(device: str) -> int:
    if device == "cuda":
        import torch

        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
