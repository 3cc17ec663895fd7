"""The settings of a race as the task's language needs them (Language.timing, docs/metrics.md)."""

from dataclasses import replace

from efficoder.config import MeasureConfig
from efficoder.languages import language
from efficoder.types import Task


def fitted(settings: MeasureConfig, task: Task) -> MeasureConfig:
    """With bodies as long and a margin as wide as the language of ``task`` needs at least."""
    timing = language(task.language).timing
    return replace(
        settings,
        min_body_s=max(settings.min_body_s, timing.least_body_s),
        margin=max(settings.margin, timing.margin),
    )
