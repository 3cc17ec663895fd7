#!/usr/bin/env bash
# Does efficiency selection pay? SFT and DPO of Qwen2.5-Coder-0.5B on arms built from recorded MBPP and LeetCode samples,
# scored on HumanEval+. Data and scores are made on a quiet machine; a GPU machine without a network trains and answers,
# some ten minutes, and what it needs travels in pieces. HOME_DIR, absolute, is the same on both machines; each command
# goes on where it was stopped.
#
#   bench/gpu_study.sh arms DATA HOME_DIR      recorded samples to arms (an hour on two cores)
#   bench/gpu_study.sh pack HOME_DIR PIECES    this program, wheels, weights and arms, in pieces of 56 MiB
#   (cd PIECES && sha256sum -c SHA256SUMS) && cat PIECES/piece.* | tar -C HOME_DIR -xf -         on the GPU machine
#   HOME_DIR/bench/gpu_study.sh train HOME_DIR                                                   on the GPU machine
#   bench/gpu_study.sh score HOME_DIR          with its HOME_DIR/answers.tar.gz here again: scores, the tables
#
# DATA holds mbppplus/, leetcodedataset/, humanevalplus/ and generations/ (docs/results/2026-11-27-fine-tuning-gpu.md has a run's figures). The GPU
# machine has a Python with CUDA torch; PYTHON_VERSION (3.12) says which, and HAS what else is there and need not travel.
# Four trainings side by side ran within an H200 (139 GiB; the peak was not read); SEEDS="0" for two.
set -euo pipefail

MODEL=qwen2.5-coder-0.5b-instruct
HAS="numpy pandas pyarrow regex requests rich jinja2 networkx sympy psutil${HAS:+ $HAS}"
SEEDS=${SEEDS:-0 1}
ROOT=$(cd "$(dirname "$0")/.." && pwd)
PYTHON=${PYTHON:-python3}

efficoder() { PYTHONPATH="$ROOT/src${PYTHONPATH:+:$PYTHONPATH}" "$PYTHON" -m efficoder.cli "$@"; }

arms() {
  local data=$1 home=$2
  mkdir -p "$home"
  cp "$data/humanevalplus/HumanEvalPlus.jsonl.gz" "$(efficoder models path "$MODEL")" "$home"
  "$PYTHON" - "$data" "$home" <<'PY'
import gzip, json, sys
from pathlib import Path

data, home = map(Path, sys.argv[1:])
lines = lambda path: [line for line in gzip.open(path, "rt") if line.strip()]
named = {json.loads(line)["task_id"] for line in lines(data / "generations/leetcode.jsonl.gz")}
leetcode = lines(data / "leetcodedataset/LeetCodeDataset-v0.2.0-train.jsonl.gz")
(home / "mbpp.jsonl").write_text("".join(lines(data / "mbppplus/MbppPlus.jsonl.gz")[::2]))
(home / "leetcode.jsonl").write_text("".join([line for line in leetcode if json.loads(line)["task_id"] in named][::4]))
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
}

pack() {
  local home=$1 pieces=$2 stage
  stage=$(mktemp -d)
  rm -f "$pieces"/piece.*
  mkdir -p "$pieces" "$stage/wheels" "$stage/pool/dataset" "$stage/bench"
  "$PYTHON" -m pip list --format=freeze --exclude efficoder --exclude torch --exclude xllamacpp \
    | grep -viE "^(pip|setuptools|ruff|mypy|pytest|hypothesis|${HAS// /|})==" > "$stage/tested.txt"
  "$PYTHON" -m pip download --quiet --no-deps --only-binary=:all: --python-version "${PYTHON_VERSION:-3.12}" \
    --implementation cp --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 \
    --platform manylinux2014_x86_64 --platform manylinux1_x86_64 --dest "$stage/wheels" -r "$stage/tested.txt"
  # Of the run, the tasks and the rows that training reads; tests and measurements stay.
  PYTHONPATH="$ROOT/src" "$PYTHON" - "$home/runs/pool" "$stage/pool" <<'PY'
import shutil, sys
from pathlib import Path

from efficoder.store import Store
from efficoder.types import DatasetRecord, Task

whole, slim = map(Path, sys.argv[1:])
with Store(whole) as store, Store(slim, write=True) as copy:
    copy.put([*store.all(Task), *store.all(DatasetRecord)])
for path in [whole / "run.toml", *whole.glob("dataset/*.jsonl")]:
    if path.name != "prompts.jsonl":
        shutil.copy(path, slim / path.relative_to(whole))
PY
  cp -r "$home"/HumanEvalPlus.jsonl.gz "$home"/*.gguf "$ROOT/src" "$stage"
  cp "$ROOT/bench/gpu_study.sh" "$stage/bench"
  tar -C "$stage" -cf - . | split -b 56m -d -a 3 - "$pieces/piece."
  (cd "$pieces" && sha256sum piece.* > SHA256SUMS)
  rm -rf "$stage"
  echo "$(find "$pieces" -name 'piece.*' | wc -l) pieces in $pieces"
}

# study RUNS METHOD SEEDS [OPTION...]: what is trained, the same words for training and for scoring.
study() {
  local runs=$1 method=$2 seeds=$3 home
  home=$(dirname "$runs")
  shift 3
  local sets=(train.model="$home/$MODEL-q4_k_m.gguf" train.adapter=full train.precision=fp32 train.gguf=false
    train.max_tokens=1024 train.save_steps=100000 generate.max_tokens=512)
  case $method in
    sft) sets+=(train.learning_rate=2e-5 train.epochs=2 train.device_batch=4)
      local arms=efficient,first_correct,least_efficient ;;
    dpo) sets+=(train.learning_rate=2e-6 train.epochs=2 train.device_batch=2)
      local arms=pairs_speed,pairs_correct ;;
  esac
  efficoder study selection pool --runs "$runs" --tasks "humanevalplus:$home/HumanEvalPlus.jsonl.gz" \
    --method "$method" --arms "$arms" --seeds "$seeds" "${sets[@]/#/--set=}" "$@"
}

train() {
  local home=$1 method seed pid pids=() failed=0
  if [ ! -d "$home/site" ]; then
    rm -rf "$home/site.new"
    "$PYTHON" -m pip install --quiet --no-index --no-deps --no-compile --target "$home/site.new" "$home"/wheels/*.whl
    mv "$home/site.new" "$home/site"
  fi
  export PYTHONPATH="$home/site" PYTHONUNBUFFERED=1 OMP_NUM_THREADS=2 TOKENIZERS_PARALLELISM=false
  "$PYTHON" -c 'import torch; assert torch.cuda.is_available(), "this torch sees no GPU"'
  trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
  trap 'exit 130' INT TERM
  for seed in $SEEDS; do
    for method in sft dpo; do
      mkdir -p "$home/$method-$seed/pool"
      cp -r "$home/pool/." "$home/$method-$seed/pool"
      study "$home/$method-$seed" "$method" "$seed" --answers-only > "$home/$method-$seed.log" 2>&1 &
      pids+=($!)
    done
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  tail -n 2 "$home"/{sft,dpo}-*.log
  (cd "$home" && find ./{sft,dpo}-*/pool/studies -name answers.jsonl | tar -czf answers.tar.gz -T -)
  [ "$failed" = 0 ] || { echo "a training failed: see the logs above; answers.tar.gz lacks its answers" >&2; return 1; }
}

score() {
  local home=$1 method file
  (cd "$home" && tar -xzf answers.tar.gz)
  (cd "$home" && find ./{sft,dpo}-*/pool/studies -name answers.jsonl) | while read -r file; do
    local to="$home/runs/pool/${file#./*/pool/}"
    [ -e "$to" ] || install -D "$home/$file" "$to"
  done
  for method in sft dpo; do study "$home/runs" "$method" "${SEEDS// /,}"; done
}

case "${1:-}" in
  arms) arms "$2" "$3" ;;
  pack) pack "$2" "$3" ;;
  train) train "$2" ;;
  score) score "$2" ;;
  *) sed -n '2,18s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
