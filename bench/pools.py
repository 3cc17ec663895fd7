"""What do models' pools hold? Of a finished run: first drafts right, distinct right programs a task, and how far a
task's fastest and slowest right programs are apart.

    efficoder run live.toml --name live
    python bench/pools.py runs/live
"""

import argparse
import itertools
from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean, median

from efficoder.metrics.readings import et_s, paired_ratio
from efficoder.store import Store, right_candidates
from efficoder.types import REFERENCE, Measurement, Sample


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    distinct: dict[str, list[int]] = defaultdict(list)
    spreads = []
    with Store(parser.parse_args().run) as store:
        for task in store.alive():
            right = {candidate.id for candidate in right_candidates(store, task.id)}
            drafts = [s for s in store.all(Sample, task.id) if s.parent_id is None and s.model != REFERENCE]
            for model, samples in itertools.groupby(sorted(drafts, key=lambda s: s.model), key=lambda s: s.model):
                mine = list(samples)
                solved = [s.candidate_id for s in mine if s.candidate_id in right]
                totals[model] += Counter(
                    tasks=1,
                    samples=len(mine),
                    code=sum(s.candidate_id is not None for s in mine),
                    right=len(solved),
                    solved=bool(solved),
                    tokens=sum(s.usage.completion_tokens for s in mine),
                )
                if solved:
                    distinct[model].append(len(set(solved)))
            written = {s.candidate_id for s in drafts} & right
            if written:
                distinct["all"].append(len(written))
            rows = [m for m in store.all(Measurement, task.id) if m.session == 0 and m.candidate_id in written]
            if len(rows) > 1:
                spreads.append(paired_ratio(max(rows, key=et_s), min(rows, key=et_s)))
    for model, n in totals.items():
        print(
            f"{model}: {n['samples']} samples of {n['tasks']} tasks, {n['code']} with code, {n['right']} right "
            f"({n['right'] / n['samples']:.1%}), {n['solved']} tasks solved, {n['tokens']} tokens"
        )
    for model, counts in distinct.items():
        print(f"{model}: {mean(counts):.2f} distinct right programs a solved task, at most {max(counts)}")
    shares = ", ".join(f"{sum(s.low > x for s in spreads)} by over {x}x" for x in (1.0, 1.2, 2.0))
    values = [s.value for s in spreads]
    print(f"slowest over fastest, {len(spreads)} tasks: median {median(values):.2f}, most {max(values):.1f}; {shares}")


if __name__ == "__main__":
    main()
