"""What a model is asked for a task: one wording for writing code, for training on it and for evaluating.

A model trained on one wording and scored on another is measured on the difference, so every stage
calls ``chat_prompt``. How it is put into a chat template is the model's business. The words are in prompts/, one
versioned file each: a changed wording is a new file, because replies are cached and recorded by its name.
"""

import functools
import re
from importlib import resources
from string import Template
from typing import Literal, assert_never, get_args

import msgspec

from efficoder.languages import bundle, language
from efficoder.types import Facts, Function, Interface, Project, Script, Stdio, Task

Variant = Literal["plain", "efficient", "obvious"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)
CHAT: dict[Variant, str] = {variant: f"chat-{variant}-v2" for variant in VARIANTS}
REFINE = "refine-v2"
TesterKind = Literal["checks", "load"]
TESTER_KINDS: tuple[TesterKind, ...] = get_args(TesterKind)
_STDIO_CHECKS = "tester-checks-stdio-v1"


def chat_prompt(task: Task, variant: Variant = "plain") -> str:
    """The user's message for ``task``. ``plain`` is what datasets and evaluations use; ``efficient`` and
    ``obvious`` spread the speed of samples."""
    task = _completed(task)
    return _render(CHAT[variant], problem=_problem(task), starter=_starter(task), wanted=_wanted(task))


def _completed(task: Task) -> Task:
    """``task`` with a starter that stands alone, in its prompt too: an answer is to bring its imports, as rows do."""
    shown = task.starter.strip()
    whole = language(task.language).standalone(shown, task).code if shown else ""
    if whole == shown:
        return task
    return msgspec.structs.replace(task, starter=whole, prompt=task.prompt.replace(shown, whole, 1))


def completion_prompt(task: Task) -> tuple[str, str]:
    """Code for a base model to continue: the prompt itself where it is code that opens the entry point, else the
    problem as a docstring above the starter; and the version of its wording."""
    version = f"{task.language}/completion-v1"
    if _opens_entry_point(task):
        return task.prompt, version
    problem = task.prompt.strip("\n").replace('"""', "'''")
    return _render(version, problem=problem, starter=task.starter.strip("\n")), version


def refine_prompt(task: Task, code: str, facts: Facts) -> str:
    """Asks for a faster version of correct ``code``, with its measured facts."""
    task = _completed(task)
    lines = [f"{100 * line.share:3.0f} %  {line.text}" for line in facts.hot_lines]
    profile = "Share of the time by line:\n" + "\n".join(lines) if lines else ""
    return _render(
        REFINE,
        problem=_problem(task),
        starter=_starter(task),
        et=f"{1000 * facts.et_s:.3g} ms",
        memory="" if facts.mu_bytes is None else f" and {facts.mu_bytes / 2**20:.3g} MiB of memory",
        code=code_reply(task, language(task.language).standalone(code, task).code),
        profile=profile,
        wanted=_wanted(task),
    )


def prompt_for_tests(task: Task, kind: TesterKind) -> tuple[str, str]:
    """Asks a tester for checks, or for a generator of loads, of a Function or Stdio task: the message, and the
    version of its wording."""
    if isinstance(task.interface, Stdio):
        version, call, made = _STDIO_CHECKS, "", "It returns the whole text for standard input"
    else:
        version, call = f"{task.language}/tester-checks-v1", task.interface.entry_point
        made = f"It returns the arguments of `{call}` in a list, a single one too{_example(task.interface)}"
    version = f"{task.language}/tester-load-v1" if kind == "load" else version
    fields = {"problem": task.prompt.strip("\n"), "starter": _starter(task), "linked": _linked(task.interface)}
    return _render(version, **fields, call=call, made=made), version


def _example(interface: Interface) -> str:
    """How a generator ends. Shown because a small model otherwise returns one argument bare (measured: 1.5B)."""
    if not isinstance(interface, Function) or not interface.parameters:
        return ""
    return f": `return [{', '.join(parameter.name for parameter in interface.parameters)}]`"


def _linked(interface: Interface) -> str:
    codecs = (
        {interface.returns_codec, *(parameter.codec for parameter in interface.parameters)}
        if isinstance(interface, Function)
        else {"plain"}
    )
    if codecs == {"plain"}:
        return ""
    return "Write a linked list as the list of its values, and a tree as the list of its levels with None for gaps."


def _render(name: str, **fields: str) -> str:
    """A prompt file with its fields filled in; a paragraph left empty goes away."""
    paragraphs = [Template(paragraph).substitute(fields) for paragraph in _read(name).strip("\n").split("\n\n")]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


@functools.cache
def _read(name: str) -> str:
    return resources.files("efficoder").joinpath("prompts", f"{name}.txt").read_text(encoding="utf-8")


def _problem(task: Task) -> str:
    """The prompt; for a project also how it is run, and the files that stay as they are."""
    problem, project = task.prompt.strip("\n"), task.interface
    if not isinstance(project, Project):
        return problem
    command = language(task.language).command
    run = f"It is run as `{command(project.run)}`"
    if project.build:
        run += f", after `{command(project.build)}` has printed `{project.built}`"
    fixed = bundle.join(project.files).strip("\n")
    beside = f" These files are there and stay as they are:\n{_fenced(fixed, task.language)}" if fixed else ""
    return f"{problem}\n\n{run}.{beside}"


def _starter(task: Task) -> str:
    """The starter code, unless the prompt already shows it."""
    if not task.starter.strip() or task.starter.strip() in task.prompt:
        return ""
    return f"Start from:\n{_fenced(task.starter, task.language)}"


def _opens_entry_point(task: Task) -> bool:
    if isinstance(task.interface, Stdio) or not task.interface.entry_point:
        return False
    return language(task.language).opens(task.prompt, task.interface.entry_point)


def _wanted(task: Task) -> str:
    title = language(task.language).title
    match task.interface:
        case Script(answer_name=name) if name:
            return f"only the {title} code that belongs in the place of the solution, with the indentation it has there"
        case Function(entry_point=name) | Script(entry_point=name) if name:
            unit = f"`{name.rsplit('.', 1)[-1]}`"
            owner = " in class `Solution`" if name.startswith("Solution()") else ""
            return f"{title} code that defines {unit}{owner}"
        case Project(writes=writes):
            files = ", ".join(f"`{path}`" for path in writes)
            return f"the {title} files {files}, each below a line `# file: PATH`, and no others"
        case Stdio():
            return f"a {title} program that reads standard input and writes standard output"
        case Function() | Script():
            return f"{title} code that solves this"
        case other:
            assert_never(other)


def code_reply(task: Task, code: str) -> str:
    """``code`` as the reply ``chat_prompt`` asks for."""
    return _fenced(code, task.language)


def _fenced(code: str, label: str) -> str:
    """``code`` between fences longer than any inside it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{label}\n{code.strip(chr(10))}\n{fence}"
