"""The settings of a race as the task's language needs them (Language.timing, docs/metrics.md)."""

import hashlib
from dataclasses import replace

from efficoder.config import MeasureConfig
from efficoder.languages import language
from efficoder.types import Task


def settings_hash(settings: MeasureConfig, task: Task) -> str:
    """By which a race says under which settings it was run."""
    return hashlib.sha256(repr(fitted(settings, task)).encode()).hexdigest()[:16]


def fitted(settings: MeasureConfig, task: Task) -> MeasureConfig:
    """With bodies as long and a margin as wide as the language of ``task`` needs at least."""
    timing = language(task.language).timing
    return replace(
        settings,
        min_body_s=max(settings.min_body_s, timing.least_body_s),
        margin=max(settings.margin, timing.margin),
    )
