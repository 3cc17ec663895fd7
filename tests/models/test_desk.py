import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from efficoder.config import GenerateConfig
from efficoder.errors import StoreError, UsageError
from efficoder.models.asks import Ask, Draft, plan, refinements
from efficoder.models.desk import AskSummary, Batch, generate
from efficoder.models.protocol import FakeModel, Message, Request
from efficoder.types import Candidate, Facts, Function, HotLine, Origin, Sample, Task

CODE = "```python\ndef add(a, b):\n    return a + b\n```"


def task(number: int = 0, prompt: str = "Add a and b.") -> Task:
    return Task(id=f"t/{number}", prompt=prompt, interface=Function(entry_point="add"), origin=Origin(source="test"))


def config(**settings: object) -> GenerateConfig:
    return GenerateConfig(**{"models": ("fake/model",), **settings})  # type: ignore[arg-type]


def run(
    asks: list[Ask], answer: Callable[[Request, int], str] = lambda request, index: CODE, per_request: int = 1
) -> tuple[AskSummary, list[Batch], FakeModel]:
    model = FakeModel(answer, samples_per_request=per_request)
    batches: list[Batch] = []
    work = generate(asks, config(), None, batches.append, opener=lambda name, settings, ledger: model)
    return asyncio.run(work), batches, model


def samples(batches: list[Batch]) -> list[Sample]:
    return [sample for batch in batches for sample in batch.samples]


# ---------------------------------------------------------------- plan


def test_every_task_model_and_index_is_asked_for_once() -> None:
    settings = config(samples=3)
    asks = plan([task(0), task(1)], ("fake/a", "fake/b"), settings, seed=0)
    wanted = [(ask.task.id, ask.model, index) for ask in asks for index in ask.request.indices]
    assert len(wanted) == len(set(wanted)) == 12
    assert len({ask.sample_id(index) for ask in asks for index in ask.request.indices}) == 12


def test_what_is_done_is_not_planned() -> None:
    settings = config(samples=3)
    (ask,) = plan([task()], settings.models, settings, seed=0)
    (rest,) = plan([task()], settings.models, settings, seed=0, done={ask.sample_id(1)})
    assert rest.request.indices == (0, 2)
    assert plan([task()], settings.models, settings, seed=0, done={ask.sample_id(i) for i in range(3)}) == []


def test_more_samples_later_keep_the_earlier_ones() -> None:
    few, many = (plan([task()], ("fake/m",), config(samples=count), seed=0)[0] for count in (2, 4))
    assert [few.sample_id(i) for i in range(2)] == [many.sample_id(i) for i in range(2)]


@pytest.mark.parametrize(
    "change", [{"temperature": 0.1}, {"top_p": 0.1}, {"max_tokens": 9}, {"interface": "completion"}, {"base_url": "u"}]
)
def test_another_setting_is_another_sample(change: dict[str, object]) -> None:
    ids = {plan([task()], ("fake/m",), settings, seed=0)[0].sample_id(0) for settings in (config(), config(**change))}
    assert len(ids) == 2


def test_variants_and_temperatures_take_turns_so_that_all_pairs_come() -> None:
    settings = config(samples=8, variants=("efficient", "obvious"), temperatures=(0.2, 1.0))
    asks = plan([task()], settings.models, settings, seed=0)
    pairs = {(ask.prompt_version, ask.request.temperature): ask.request.indices for ask in asks}
    assert pairs == {
        ("chat-efficient-v2", 0.2): (0, 4),
        ("chat-obvious-v2", 0.2): (1, 5),
        ("chat-efficient-v2", 1.0): (2, 6),
        ("chat-obvious-v2", 1.0): (3, 7),
    }


def test_system_prompts_take_turns_and_are_part_of_a_samples_name() -> None:
    settings = config(samples=4, temperatures=(0.2, 1.0), systems=("You are terse.", "You love loops."))
    asks = plan([task()], settings.models, settings, seed=0)
    assert [(a.request.indices, a.request.temperature, a.request.prompt[0]) for a in asks] == [
        ((0,), 0.2, Message("system", "You are terse.")),
        ((1,), 1.0, Message("system", "You are terse.")),
        ((2,), 0.2, Message("system", "You love loops.")),
        ((3,), 1.0, Message("system", "You love loops.")),
    ]
    assert asks[0].sample_id(0) != asks[2].sample_id(0)
    with pytest.raises(UsageError, match="no system prompt"):
        plan([task()], settings.models, config(interface="completion", systems=("x",)), seed=0)


def test_an_unknown_variant_is_refused() -> None:
    settings = config(variants=("eficient",))
    with pytest.raises(UsageError, match="did you mean 'efficient'"):
        plan([task()], settings.models, settings, seed=0)


def test_completion_continues_code_and_stops_at_its_end() -> None:
    opening = 'def add(a, b):\n    """Add."""\n'
    settings = config(interface="completion")
    continued, problem = plan([task(0, opening), task(1)], settings.models, settings, seed=0)
    assert continued.request.prompt == opening
    assert problem.request.prompt == '"""\nAdd a and b.\n"""'
    assert "\nprint(" in continued.request.stop
    _, batches, _ = run([continued], lambda request, index: "    return a + b\n")
    assert samples(batches)[0].candidate_id


# ---------------------------------------------------------------- do


def test_each_reply_becomes_a_sample_and_equal_code_one_candidate() -> None:
    settings = config(samples=4)
    replies = [CODE, CODE.replace("a + b", "a+b  # sum"), "no code here", CODE.replace("a + b", "b + a")]
    summary, batches, _ = run(plan([task()], settings.models, settings, seed=0), lambda request, index: replies[index])
    got = {sample.index: sample for sample in samples(batches)}
    assert summary.samples == 4
    assert got[0].candidate_id == got[1].candidate_id != got[3].candidate_id
    assert got[2].candidate_id is None
    assert got[2].problem
    assert got[2].reply == "no code here"
    assert len({candidate.id for batch in batches for candidate in batch.candidates}) == 2


def test_samples_of_a_prompt_follow_one_another_and_idle_workers_help_at_the_end() -> None:
    settings = config(samples=6)
    asks = plan([task(number) for number in range(5)], settings.models, settings, seed=0)
    _, batches, model = run(asks, per_request=2)
    assert Counter((sample.task_id, sample.index) for sample in samples(batches)).most_common(1)[0][1] == 1
    assert len(samples(batches)) == 30
    assert all(len(request.indices) == 2 for request in model.asked)


def test_many_requests_are_in_flight_without_waiting_for_each_other() -> None:
    class Slow(FakeModel):
        running = most = 0

        async def complete(self, request: Request) -> list:  # type: ignore[type-arg]
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0.2 if request.indices == (0,) and len(self.asked) == 0 else 0.01)
            self.running -= 1
            return await super().complete(request)

    model = Slow(lambda request, index: CODE)
    asks = plan([task(number) for number in range(40)], ("fake/m",), config(samples=1), seed=0)
    asyncio.run(generate(asks, config(), None, lambda batch: None, opener=lambda *_: model))
    assert model.most == model.concurrency
    assert len(model.asked) == 40


def test_a_fault_of_the_store_ends_everything_as_itself() -> None:
    def full(batch: Batch) -> None:
        raise StoreError("disk full")

    asks = plan([task(number) for number in range(200)], ("fake/m",), config(), seed=0)
    model = FakeModel(lambda request, index: CODE)
    with pytest.raises(StoreError, match="disk full"):
        asyncio.run(generate(asks, config(), None, full, opener=lambda *_: model))


# ---------------------------------------------------------------- rewriting


def test_a_rewriting_shows_the_code_and_what_was_measured() -> None:
    candidate = Candidate(id="c1", task_id="t/0", code="def add(a, b):\n    return b + a")
    facts = Facts(et_s=0.25, mu_bytes=3 << 20, hot_lines=(HotLine("    return b + a", 0.97),))
    draft = Draft(task(), "fake/m", candidate, facts)
    (ask,) = refinements([draft], config(), seed=0, round=0)
    assert not isinstance(ask.request.prompt, str)
    text = ask.request.prompt[0].content
    for part in ("Add a and b.", candidate.code, "250 ms", "3 MiB", "97 %", "faster"):
        assert part in text
    _, batches, _ = run([ask])
    assert samples(batches)[0].parent_id == "c1"
    (again,) = refinements([draft], config(), seed=0, round=1)
    assert again.sample_id(1) != ask.sample_id(0)
    assert refinements([draft], config(), seed=0, round=0, done={ask.sample_id(0)}) == []
