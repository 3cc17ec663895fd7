"""SCORES OF MODELS: an evaluation is an ordinary run, its scores are read off the rows.

evaluate.py        evaluate: from samples to a summary
rows.py            a run's rows, task by task
times.py           one task's rows, and which candidates have a time
task_scores.py     one task's rows to scores
model_scores.py    many tasks' scores to one table
summary.py         what was scored, under which conditions
leaderboard.py     the table as people and programs read it
scoreboard.py      an evaluation as its report shows it
reference_race.py  each candidate beside the reference
joining.py         samples that come later, raced against the reference alone
enamel_levels.py   ENAMEL's levels of size
freezing.py        a run's tests as a file, and back
compare_runs.py    is B better than A?
difference.py      two sides over the same tasks, pure
fail_if.py         conditions of --fail-if
"""
