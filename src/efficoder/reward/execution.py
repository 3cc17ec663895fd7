"""The execution reward: is a completion right, and how much faster than the reference? For GRPO here, TRL and verl.

A wrong reply is worth nothing and a right one 1, whatever it says or prints; speed moves a right one by up to
``speed`` either way: the log of the CPU-time ratio to the reference, both run in the same interleaved rounds, taken at
the end of its interval that is nearest to a tie, so that noise earns next to nothing. Each timed run is judged as
well, in a child of its own, and where inputs can be made every call has fresh ones: neither memorised answers nor a
cache nor knowing that one is being timed pays.
How many fresh loads there are is write_tests' own rule (testgen/pick.py); what is right is the reference's to say
alone. Code runs in the sandbox, comparison outside it; Script tests, which run beside the candidate, are refused.
"""

import atexit
import functools
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue

from efficoder.console import counted
from efficoder.errors import InputError, UsageError
from efficoder.exports.formats import Grading, read_tests
from efficoder.languages import refuse_unknown
from efficoder.reward.fresh import FreshInputs, changed_inputs
from efficoder.reward.grader import Grader, RewardConfig
from efficoder.sandbox import Sandbox
from efficoder.types import Script


class ExecutionReward:
    """Rewards completions in a pool of sandboxes of its own; a context manager, callable from one thread.

    ``workers``: sandboxes, each on a core of its own; absent, one a core. The completions of one task share one, and
    race there. ``fresh_inputs`` None judges and times on the given tests alone: their answers can be memorised.
    ``packages``: a folder they may import from, as ``run.packages``.
    Raises PrerequisiteError where no sandbox can be made.
    """

    def __init__(
        self,
        config: RewardConfig = RewardConfig(),
        *,
        workers: int | None = None,
        fresh_inputs: FreshInputs | None = changed_inputs,
        seed: int = 0,
        unsafe: bool = False,
        packages: str | None = None,
    ) -> None:
        self._config, self._fresh, self._seed, self._calls = config, fresh_inputs, seed, 0
        cores = sorted(os.sched_getaffinity(0))[: workers or None]
        self._sandboxes: list[Sandbox] = []
        self._idle: SimpleQueue[Sandbox] = SimpleQueue()
        for core in cores:
            self._sandboxes.append(Sandbox(core=core, unsafe=unsafe, packages=packages))
            self._idle.put(self._sandboxes[-1])
        self._threads = ThreadPoolExecutor(len(cores), "reward")

    def __call__(self, completions: "Sequence[str | Sequence[Message]]", tasks: Sequence[str | Grading]) -> list[float]:
        """One reward a completion, a text or a list of messages. ``tasks``: the task of each, as Grading or as the
        exported ``tests`` column.

        Raises InputError for a task of Script tests, in a language that is not here, without a reference or without
        checks, and SandboxFault for internal errors.
        """
        if len(completions) != len(tasks):
            given = f"{counted(len(completions), 'completion')} and {counted(len(tasks), 'task')}"
            raise UsageError(f"{given}: pass one task a completion")
        self._calls += 1
        groups: dict[str, _Group] = {}
        for index, (completion, task) in enumerate(zip(completions, tasks, strict=True)):
            key = task if isinstance(task, str) else task.task.id
            if key not in groups:
                groups[key] = _Group(_gradable(task))
            groups[key].replies[index] = _text(completion)
        rewards = dict(pair for pairs in self._threads.map(self._grade, groups.values()) for pair in pairs)
        return [rewards[index] for index in range(len(completions))]

    def close(self) -> None:
        self._threads.shutdown()
        for sandbox in self._sandboxes:
            sandbox.close()

    def __enter__(self) -> "ExecutionReward":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _grade(self, group: "_Group") -> list[tuple[int, float]]:
        sandbox = self._idle.get()
        try:
            seed = hash((self._seed, self._calls))
            grader = Grader(self._config, sandbox, group.grading, self._fresh, seed)
            return list(grader.rewards(group.replies))
        finally:
            self._idle.put(sandbox)


Message = Mapping[str, str]


def _text(completion: str | Sequence[Message]) -> str:
    """A reply as TRL hands it: its text, or in a conversation the messages that the model wrote."""
    if isinstance(completion, str):
        return completion
    try:
        return "".join(str(message["content"] or "") for message in completion if message["role"] == "assistant")
    except (KeyError, TypeError):
        hint = "give texts, or lists of messages with role and content"
        raise InputError("a completion is neither a text nor a list of messages", hint=hint) from None


@functools.cache
def _shared() -> ExecutionReward:
    made = ExecutionReward()
    atexit.register(made.close)
    return made


def reward(completions: Sequence[str | Sequence[Message]], tasks: Sequence[str | Grading]) -> list[float]:
    """The execution reward with its defaults, by sandboxes shared in this process; see ExecutionReward.

    A wrong completion is worth 0, a right one 1, and up to 0.5 more or less where it is clearly faster or slower than
    the reference. ``tasks`` is the column ``tests`` of the exported prompts, one entry a completion:

        rows = [json.loads(line) for line in open("runs/first/dataset/prompts.jsonl")]
        reward([completion], [rows[0]["tests"]])
    """
    return _shared()(completions, tasks)


def _gradable(task: str | Grading) -> Grading:
    try:
        grading = read_tests(task) if isinstance(task, str) else task
    except ValueError as error:
        raise InputError(f"a task that export did not write: {error}", hint="use the exported `tests` column") from None
    refuse_unknown([grading.task])
    if isinstance(grading.task.interface, Script):
        raise InputError(
            f"task {grading.task.id}: its tests run beside the candidate, which could forge them: no reward",
            hint="train on Function and Stdio tasks",
        )
    if grading.task.reference is None or not grading.tests.checks:
        lacks = "no reference to be faster than" if grading.tests.checks else "no checks: anything would be right"
        raise InputError(f"task {grading.task.id}: {lacks}", hint="leave it out")
    return grading


@dataclass
class _Group:
    """The replies to one task, by their place in the call."""

    grading: Grading
    replies: dict[int, str] = field(default_factory=dict)
