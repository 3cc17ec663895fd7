"""The shapes of rows in exported files: exactly the columns each trainer wants, for writing and checking alike.

Sources: TRL's dataset formats (conversational), LLaMA-Factory data/README.md, axolotl's chat_template strategies,
verl's parquet, evalplus samples.
"""

import msgspec


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all shapes; the fields are the file's columns."""


class Message(Row, frozen=True):
    role: str
    content: str


class Turn(Row, frozen=True, rename={"speaker": "from"}):
    """A message as ShareGPT files spell it."""

    speaker: str
    value: str


class SftRow(Row, frozen=True):
    messages: list[Message]


class CompletionRow(Row, frozen=True):
    prompt: list[Message]
    completion: list[Message]


class PairRow(Row, frozen=True):
    prompt: list[Message]
    chosen: list[Message]
    rejected: list[Message]


class PromptRow(Row, frozen=True):
    """``tests`` is JSON text that ``read_tests`` reads."""

    prompt: list[Message]
    tests: str


class AlpacaRow(Row, frozen=True):
    instruction: str
    input: str
    output: str


class ShareGptPairRow(Row, frozen=True):
    conversations: list[Turn]
    chosen: Turn
    rejected: Turn


class AxolotlPairRow(Row, frozen=True):
    messages: list[Message]
    chosen: Message
    rejected: Message


class RewardModel(Row, frozen=True):
    style: str
    ground_truth: str


class ExtraInfo(Row, frozen=True):
    split: str
    index: int
    id: str


class VerlRow(Row, frozen=True):
    data_source: str
    prompt: list[Message]
    ability: str
    reward_model: RewardModel
    extra_info: ExtraInfo


class EvalPlusRow(Row, frozen=True):
    task_id: str
    solution: str


class ProvenanceRow(Row, frozen=True, kw_only=True):
    """Where a row came from. ``row`` counts from 0 in the arm's files; ``gain`` is a ratio of CPU times."""

    id: str
    arm: str
    row: int
    kind: str
    task_id: str
    source: str
    revision: str
    licence: str
    url: str
    line: int | None
    chosen_id: str
    rejected_id: str
    chosen_models: list[str]
    gain: float | None
    gain_low: float | None
    gain_high: float | None


SHAPES: tuple[type[Row], ...] = (
    SftRow,
    CompletionRow,
    PairRow,
    PromptRow,
    AlpacaRow,
    ShareGptPairRow,
    AxolotlPairRow,
    VerlRow,
    EvalPlusRow,
    ProvenanceRow,
)
