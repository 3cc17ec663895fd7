"""Whose answers a dataset teaches: the models that are too weak to be a target's only author, and the one it is for."""

from collections import Counter

from efficoder.errors import UsageError, suggest
from efficoder.store import Store
from efficoder.types import REFERENCE, Sample, Verdict

WEAK = 0.5
"""A model whose share of right samples is below this part of the best model's is a weak writer: what of it passes is
its better luck, with the habits that fail elsewhere. A convention: no measurement behind it."""


def refuse_unknown_writer(store: Store, model: str) -> None:
    """Raises UsageError where ``build.own`` names a model that wrote nothing in the run."""
    writers = {sample.model for sample in store.all(Sample)} if model else {model}
    if model not in writers:
        raise UsageError(f"build.own: no sample of the run is by {model!r}{suggest(model, writers)}")


def weak_writers(store: Store) -> frozenset[str]:
    """The models whose share of right first drafts, by the source's checks, is below ``WEAK`` of the best model's."""
    right: Counter[str] = Counter()
    drafts: Counter[str] = Counter()
    for task in store.alive():
        ours = store.tests(task.id).ours
        verdicts = {verdict.candidate_id: verdict for verdict in store.all(Verdict, task.id)}
        for sample in store.all(Sample, task.id):
            if sample.model != REFERENCE and sample.parent_id is None:
                drafts[sample.model] += 1
                verdict = verdicts.get(sample.candidate_id or "")
                right[sample.model] += verdict is not None and (
                    verdict.outcome == "passed" or verdict.first_failure in ours
                )
    shares = {model: right[model] / count for model, count in drafts.items()}
    best = max(shares.values(), default=0.0)
    return frozenset(model for model, share in shares.items() if share < WEAK * best)
