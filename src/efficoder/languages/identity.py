"""Ids: of a candidate by its task and normalised code, of a sample by what distinguishes it from others."""

import hashlib

from efficoder.languages import language


def candidate_id(task_id: str, code: str, language_name: str) -> str:
    """Hash of task and code as its language normalises it, 16 hex digits. Raises UsageError for a language that is not
    here."""
    return _hash(task_id, language(language_name).normalise(code))


def sample_id(task_id: str, model: str, index: int, *context: str) -> str:
    """Hash of what distinguishes one sample from another, 16 hex digits; ``context``: prompt version, settings,
    parent."""
    return _hash(task_id, model, str(index), *context)


def _hash(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8) + data)
    return digest.hexdigest()[:16]
