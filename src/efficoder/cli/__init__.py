"""WHAT THE USER TYPES. One file a command or group of commands: the signature stands beside what it does.

What is slow to import is imported inside the function that needs it, so that ``--help`` stays fast.

main.py      the commands in the order of the help; errors to exit codes
options.py   options that several commands share
demo.py      demo: the bundled tasks, whole pipeline
doctor.py    doctor: what this machine can do
run.py       init, run, stage: a config to a run
plan.py      run --dry-run: what it would take
runs.py      runs list
inspect.py   status, show, why: reading a run
view.py      view: runs in the browser
report.py    report: a run's HTML page
evaluate.py  evaluate, leaderboard, compare
export.py    export: a run's dataset for a trainer
push.py      push: a dataset or model to the Hugging Face hub
train.py     train: a model on an arm of a run
time.py      time: which program is faster
time_answer.py  its answer
entrants.py  what time compares, and on what
load_size.py inputs of a size that the user names
study.py     study: questions put to whole runs
batch.py     batch: a provider's batch interface
sources.py   sources: which formats and sets can be read
models.py    models: weights that can be pulled
tests.py     tests: frozen tests of a run
"""
