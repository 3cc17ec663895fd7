"""The shapes of rows in exported files: exactly the columns each trainer wants, for writing and checking alike.

Sources: TRL's dataset formats (conversational), LLaMA-Factory data/README.md, axolotl's chat_template strategies,
verl's parquet, evalplus samples.
"""

import msgspec


class ExportedRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all shapes; the fields are the file's columns. A field with a default came later: older files lack it."""


class ExportedMessage(ExportedRow, frozen=True):
    role: str
    content: str


class Turn(ExportedRow, frozen=True, rename={"speaker": "from"}):
    """A message as ShareGPT files spell it."""

    speaker: str
    value: str


class SftRow(ExportedRow, frozen=True):
    messages: list[ExportedMessage]


class CompletionRow(ExportedRow, frozen=True):
    prompt: list[ExportedMessage]
    completion: list[ExportedMessage]


class PairRow(ExportedRow, frozen=True):
    prompt: list[ExportedMessage]
    chosen: list[ExportedMessage]
    rejected: list[ExportedMessage]
    chosen_exponent: float | None = None
    """Power of the size by which the program's time grows; None where it is not known, and in older exports."""
    rejected_exponent: float | None = None


class PromptRow(ExportedRow, frozen=True):
    """``tests`` is JSON text that ``read_tests`` reads."""

    prompt: list[ExportedMessage]
    tests: str


class AlpacaRow(ExportedRow, frozen=True):
    instruction: str
    input: str
    output: str


class ShareGptPairRow(ExportedRow, frozen=True):
    conversations: list[Turn]
    chosen: Turn
    rejected: Turn


class AxolotlPairRow(ExportedRow, frozen=True):
    messages: list[ExportedMessage]
    chosen: ExportedMessage
    rejected: ExportedMessage


class RewardModel(ExportedRow, frozen=True):
    style: str
    ground_truth: str


class ExtraInfo(ExportedRow, frozen=True):
    split: str
    index: int
    id: str


class VerlRow(ExportedRow, frozen=True):
    data_source: str
    prompt: list[ExportedMessage]
    ability: str
    reward_model: RewardModel
    extra_info: ExtraInfo


class EvalPlusRow(ExportedRow, frozen=True):
    task_id: str
    solution: str


class ProvenanceRow(ExportedRow, frozen=True, kw_only=True):
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
    chosen_exponent: float | None = None
    rejected_exponent: float | None = None


SHAPES: tuple[type[ExportedRow], ...] = (
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
