"""Ids: of a candidate by its task and normalised code, of a sample by what tells it from others."""

import hashlib

from efficoder.languages.python.extract import MAX_REPLY, Extracted, extract
from efficoder.languages.python.normalise import normalise

__all__ = ["MAX_REPLY", "Extracted", "candidate_id", "extract", "normalise", "sample_id"]


def candidate_id(task_id: str, code: str) -> str:
    """Hash of task and normalised code, 16 hex digits."""
    return _hash(task_id, normalise(code))


def sample_id(task_id: str, model: str, index: int, *context: str) -> str:
    """Hash of what tells one sample from another, 16 hex digits; ``context``: prompt version, settings, parent."""
    return _hash(task_id, model, str(index), *context)


def _hash(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8) + data)
    return digest.hexdigest()[:16]
