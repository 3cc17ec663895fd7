#!/usr/bin/env bash
# Which training does no harm, and does efficiency selection pay? Arms are built from recorded MBPP and LeetCode samples;
# bench/recipes.py trains Qwen2.5-Coder on them and answers HumanEval+ and held-back tasks of the two sources. Data and
# scores are made on a quiet machine; a GPU machine without a network trains and answers, some ten minutes, and what it
# needs travels in pieces. HOME_DIR, absolute, is the same on both machines; each command resumes.
#
#   bench/gpu_study.sh arms DATA HOME_DIR      recorded samples to arms (half an hour on two cores)
#   bench/gpu_study.sh pack HOME_DIR PIECES    this program, wheels, weights and arms, in pieces of 59 MiB
#   bench/gpu_study.sh arrive HOME_DIR MODEL   on the GPU machine, once `cat PIECES/MODEL.*` was unpacked in HOME_DIR by
#                                              tar: reads the weights (MODEL: small, which has the rest too; large)
#   bench/gpu_study.sh train HOME_DIR          there: trains, answers, writes HOME_DIR/answers.tar.gz
#
# Then bench/harm.py scores the answers. DATA holds mbppplus/, leetcodedataset/, humanevalplus/ and generations/. The GPU
# machine has a Python with CUDA torch; PYTHON_VERSION (3.12) says which, and HAS what else is there and need not travel.
# UNITS (6) trainings side by side fit 80 GB. docs/results/ has the figures of each run.
set -euo pipefail

SMALL=qwen2.5-coder-0.5b-instruct
LARGE=qwen2.5-coder-1.5b-instruct
HAS="numpy pandas pyarrow regex requests rich jinja2 networkx sympy psutil${HAS:+ $HAS}"
ROOT=$(cd "$(dirname "$0")/.." && pwd)
PYTHON=${PYTHON:-python3}

efficoder() { PYTHONPATH="$ROOT/src${PYTHONPATH:+:$PYTHONPATH}" "$PYTHON" -m efficoder.cli "$@"; }

arms() {
  local data=$1 home=$2
  mkdir -p "$home/arms/new"
  cp "$data/humanevalplus/HumanEvalPlus.jsonl.gz" "$home"
  "$PYTHON" - "$data" "$home" <<'PY'
import gzip, json, sys
from pathlib import Path

data, home = map(Path, sys.argv[1:])
lines = lambda path: [line for line in gzip.open(path, "rt") if line.strip()]
named = {json.loads(line)["task_id"] for line in lines(data / "generations/leetcode.jsonl.gz")}
mbpp = lines(data / "mbppplus/MbppPlus.jsonl.gz")
leetcode = lines(data / "leetcodedataset/LeetCodeDataset-v0.2.0-train.jsonl.gz")
leetcode = [line for line in leetcode if json.loads(line)["task_id"] in named]
(home / "mbpp.jsonl").write_text("".join(mbpp[::2]))
(home / "leetcode.jsonl").write_text("".join(leetcode[::4]))
# Held back: tasks of the same two sources that no arm has.
(home / "held-mbpp.jsonl").write_text("".join(mbpp[1::2][:60]))
(home / "held-leetcode.jsonl").write_text("".join(leetcode[2::4][:30]))
PY
  cat > "$home/pool.toml" <<TOML
[collect]
sources = ["mbppplus:$home/mbpp.jsonl", "leetcode:$home/leetcode.jsonl"]
[curate]
benchmarks = ["humanevalplus:$home/HumanEvalPlus.jsonl.gz"]
[write_tests]
mutants = 10
target_s = 0.04
[generate]
models = ["replay/$data/generations/mbpp.jsonl.gz", "replay/$data/generations/leetcode.jsonl.gz"]
[measure]
budget_s = 2.5
looks = [3, 5, 7, 10, 14]
TOML
  efficoder run "$home/pool.toml" --name pool --runs "$home/runs"
  cp "$home"/runs/pool/dataset/*.jsonl "$home/arms/new"
  rm -f "$home/arms/new/prompts.jsonl"
  cat > "$home/tasks.toml" <<TOML
[collect]
sources = ["humanevalplus:$home/HumanEvalPlus.jsonl.gz", "mbppplus:$home/held-mbpp.jsonl", "leetcode:$home/held-leetcode.jsonl"]
TOML
}

pack() {
  local home=$1 pieces=$2 stage
  stage=$(mktemp -d)
  rm -f "$pieces"/{small,large}.*
  mkdir -p "$pieces" "$stage/wheels" "$stage/bench"
  "$PYTHON" -m pip list --format=freeze --exclude efficoder --exclude torch --exclude xllamacpp \
    | grep -viE "^(pip|setuptools|ruff|mypy|mypy_extensions|pytest|hypothesis|coverage|${HAS// /|})==" > "$stage/tested.txt"
  "$PYTHON" -m pip download --quiet --no-deps --only-binary=:all: --python-version "${PYTHON_VERSION:-3.12}" \
    --implementation cp --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 \
    --platform manylinux2014_x86_64 --platform manylinux1_x86_64 --dest "$stage/wheels" -r "$stage/tested.txt"
  cp -r "$home"/{arms,HumanEvalPlus.jsonl.gz,mbpp.jsonl,leetcode.jsonl,held-mbpp.jsonl,held-leetcode.jsonl,tasks.toml} "$ROOT/src" "$stage"
  cp "$ROOT"/bench/{gpu_study.sh,recipes.py} "$stage/bench"
  cp "$(efficoder models path "$SMALL")" "$stage"
  tar -C "$stage" -cf - . | split -b 59m -d -a 3 - "$pieces/small."
  local large
  if large=$(efficoder models path "$LARGE"); then
    tar -C "$(dirname "$large")" -cf - "$(basename "$large")" | split -b 59m -d -a 3 - "$pieces/large."
  fi
  rm -rf "$stage"
  du -ch "$pieces"/{small,large}.* | tail -n 1
}

site() {
  local home=$1
  if [ ! -d "$home/site" ]; then
    rm -rf "$home/site.new"
    "$PYTHON" -m pip install --quiet --no-index --no-deps --no-compile --target "$home/site.new" "$home"/wheels/*.whl
    mv "$home/site.new" "$home/site"
  fi
  export PYTHONPATH="$home/site:$ROOT/src" PYTHONUNBUFFERED=1
}

# HOME_DIR/MODEL is the folder of its weights, dequantised once; the jobs that need it may then start.
weights() {
  [ -e "$1/$2" ] || ln -s "$("$PYTHON" -c 'import sys; from efficoder.training import loading
print(loading.find(sys.argv[1]).path)' "$1/$2-q4_k_m.gguf")" "$1/$2"
}

arrive() {
  local home=$1 model=$SMALL
  [ "$2" = large ] && model=$LARGE
  site "$home"
  weights "$home" "$model"
}

# The model's own answers to the training tasks, checked and timed: rows that teach it no other hand.
own() {
  local home=$1
  cat > "$home/own.toml" <<TOML
[run]
workers = 9
[collect]
sources = ["mbppplus:$home/mbpp.jsonl", "leetcode:$home/leetcode.jsonl"]
[write_tests]
mutants = 10
target_s = 0.04
[generate]
models = ["hf/$home/$SMALL"]
samples = 4
temperature = 0.8
max_tokens = 400
[measure]
budget_s = 2.5
looks = [3, 5, 7, 10, 14]
TOML
  efficoder run "$home/own.toml" --name own --runs "$home/runs"
  mkdir -p "$home/arms/own.new"
  cp "$home"/runs/own/dataset/*.jsonl "$home/arms/own.new"
  mv "$home/arms/own.new" "$home/arms/own"
}

train() {
  local home=$1
  site "$home"
  "$PYTHON" -c 'import torch; assert torch.cuda.is_available(), "this torch sees no GPU"'
  trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
  trap 'exit 130' INT TERM
  [ -d "$home/arms/own" ] || own "$home" > "$home/own.log" 2>&1 &
  "$PYTHON" "$ROOT/bench/recipes.py" "$home" --parallel "${UNITS:-6}"
  collect "$home"
}

# What is worth bringing back, also while the rest still trains.
collect() {
  local home=$1
  (cd "$home" && find jobs -name answers.jsonl -o -name result.json -o -name log | tar -czf answers.tar.gz -T -)
}

case "${1:-}" in
  arms) arms "$2" "$3" ;;
  pack) pack "$2" "$3" ;;
  arrive) arrive "$2" "$3" ;;
  train) train "$2" ;;
  collect) collect "$2" ;;
  *) sed -n '2,19s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
