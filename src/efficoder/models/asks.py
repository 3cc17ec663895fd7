"""What models are asked: task x model x sample index as requests with stable sample ids, rewritings of what is fast
already, and tests of a tester. What has an id that is done is not asked for again.
"""

from collections.abc import Container, Iterable, Sequence
from typing import Literal

import msgspec

from efficoder import types
from efficoder.config import GenerateConfig
from efficoder.errors import UsageError, suggest
from efficoder.languages import identity, language
from efficoder.models import prompts
from efficoder.models.protocol import Message, Request
from efficoder.types import Candidate, Script, Task


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Samples wanted of one model for one prompt."""

    task: Task
    model: str
    request: Request
    """Its ``indices`` are the samples wanted."""
    prompt_version: str
    settings: str
    """What the samples are drawn with, as canonical JSON; part of their ids."""
    parent_id: str | None = None
    wants: Literal["code", "checks", "load"] = "code"
    """What is asked for: a solution, or one of the tester's replies."""

    def sample_id(self, index: int) -> str:
        return identity.sample_id(
            self.task.id, self.model, index, self.prompt_version, self.settings, self.parent_id or ""
        )


def plan(
    tasks: Iterable[Task], models: Sequence[str], config: GenerateConfig, *, seed: int, done: Container[str] = ()
) -> list[Ask]:
    """What is still to be asked: every task, model and sample index whose sample id is not in ``done``."""
    tasks = list(tasks)
    asks = (ask for model in models for task in tasks for ask in _asks(task, model, config, seed))
    left = (_without(ask, done) for ask in asks)
    return [ask for ask in left if ask.request.indices]


def _asks(task: Task, model: str, config: GenerateConfig, seed: int) -> Iterable[Ask]:
    """One Ask a prompt variant, temperature and system prompt; the index picks the variant first, the system last."""
    variants, temperatures = config.variants, config.temperatures or (config.temperature,)
    systems = config.systems or ("",)
    groups: dict[tuple[str, float, str], list[int]] = {}
    for index in range(config.samples):
        turn, place = divmod(index, len(variants))
        later, warmth = divmod(turn, len(temperatures))
        picked = (variants[place], temperatures[warmth], systems[later % len(systems)])
        groups.setdefault(picked, []).append(index)
    for (variant, temperature, system), indices in groups.items():
        prompt, version = _prompt(task, variant, system, config)
        yield _ask(task, model, config, _Wording(prompt, version, temperature, seed), tuple(indices))


class _Wording(msgspec.Struct, frozen=True):
    prompt: tuple[Message, ...] | str
    version: str
    temperature: float
    seed: int
    parent_id: str | None = None


def _ask(
    task: Task,
    model: str,
    config: GenerateConfig,
    wording: _Wording,
    indices: tuple[int, ...],
) -> Ask:
    request = Request(
        prompt=wording.prompt,
        indices=indices,
        temperature=wording.temperature,
        top_p=config.top_p,
        max_tokens=config.max_tokens,
        seed=wording.seed,
        stop=language(task.language).stops if isinstance(wording.prompt, str) else (),
    )
    return Ask(
        task=task,
        model=model,
        request=request,
        prompt_version=wording.version,
        settings=_settings(request, config),
        parent_id=wording.parent_id,
    )


def _prompt(task: Task, variant: str, system: str, config: GenerateConfig) -> tuple[tuple[Message, ...] | str, str]:
    if config.interface == "completion":
        if system:
            raise UsageError("generate.systems: a completion has no system prompt; leave it out, or use chat")
        return prompts.completion_prompt(task)
    known = next((name for name in prompts.VARIANTS if name == variant), None)
    if known is None:
        raise UsageError(f"generate.variants: {variant!r}{suggest(variant, prompts.VARIANTS)}")
    above = (Message("system", system),) if system else ()
    return (*above, Message("user", prompts.chat_prompt(task, known))), prompts.CHAT[known]


def _settings(request: Request, config: GenerateConfig) -> str:
    settings: dict[str, object] = {
        "max_tokens": request.max_tokens,
        "seed": request.seed,
        "temperature": request.temperature,
        "top_p": request.top_p,
    }
    if request.stop:
        settings["stop"] = request.stop
    if not isinstance(request.prompt, str) and request.prompt[0].role == "system":
        settings["system"] = request.prompt[0].content
    if config.base_url:
        settings["base_url"] = config.base_url
    return msgspec.json.encode(settings, order="sorted").decode()


def _without(ask: Ask, done: Container[str]) -> Ask:
    left = tuple(index for index in ask.request.indices if ask.sample_id(index) not in done)
    return msgspec.structs.replace(ask, request=msgspec.structs.replace(ask.request, indices=left))


class Draft(msgspec.Struct, frozen=True):
    """A model's fastest correct candidate so far, with what was measured about it."""

    task: Task
    model: str
    candidate: Candidate
    facts: types.Facts


def refinements(
    drafts: Iterable[Draft], config: GenerateConfig, *, seed: int, round: int, done: Container[str] = ()
) -> list[Ask]:
    """One rewriting a draft (Effi-Learner's loop): the model sees its code, time, memory and hot lines.

    ``round`` counts from 0 and is the sample index, so that a draft nobody improved is rewritten another way.
    """
    asks = []
    for draft in drafts:
        text = prompts.refine_prompt(draft.task, draft.candidate.code, draft.facts)
        wording = _Wording((Message("user", text),), prompts.REFINE, config.temperature, seed, draft.candidate.id)
        asks.append(_ask(draft.task, draft.model, config, wording, (round,)))
    return [ask for ask in (_without(ask, done) for ask in asks) if ask.request.indices]


def asks_for_tests(
    tasks: Iterable[Task], model: str, config: GenerateConfig, *, seed: int, done: Container[str] = ()
) -> list[Ask]:
    """Two requests per task, one for checks and one for a generator of loads: a reply that is cut off or no use loses
    only its own half. Asked once each, in the chat interface; Script tasks keep the tests they have."""
    asks: list[Ask] = []
    for task in tasks:
        if isinstance(task.interface, Script):
            continue
        for wants in prompts.TESTER_KINDS:
            text, version = prompts.prompt_for_tests(task, wants)
            wording = _Wording((Message("user", text),), version, config.temperature, seed)
            ask = _ask(task, model, config, wording, (0,))
            asks.append(msgspec.structs.replace(ask, wants=wants))
    return [ask for ask in (_without(ask, done) for ask in asks) if ask.request.indices]
