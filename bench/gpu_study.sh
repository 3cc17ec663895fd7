#!/usr/bin/env bash
# Does efficiency selection pay? SFT and DPO of Qwen2.5-Coder-0.5B on arms built from recorded MBPP and LeetCode
# samples, scored on HumanEval+. For a machine with one GPU and no network: what it needs travels in pieces.
#
#   bench/gpu_study.sh pack DATA PIECES      with a network: wheels, weights, data, this repository, in pieces of 56 MiB
#   bench/gpu_study.sh unpack PIECES HOME    on the GPU machine: pieces to a virtual environment and files under HOME
#   bench/gpu_study.sh run HOME [LIMIT]      build the arms, train, evaluate, print the tables; again to go on
#
# DATA holds mbpp/, mbppplus/, leetcodedataset/, humanevalplus/ and generations/ (see docs/log.md for their origin).
# `pack` takes a CUDA build of torch along; where the GPU machine's python3 has one, `pack DATA PIECES --without-torch`.
# About 20 GB of GPU memory; LIMIT is the number of tasks a run takes, for a first try.
set -euo pipefail

MODEL=qwen2.5-coder-0.5b-instruct
PIECE=56m

pack() {
  local data=$1 pieces=$2 torch=${3:-} stage root
  root=$(cd "$(dirname "$0")/.." && pwd)
  stage=$(mktemp -d)
  mkdir -p "$pieces" "$stage/wheels" "$stage/data" "$stage/weights"
  python3 -m pip wheel --quiet --no-deps --wheel-dir "$stage/wheels" "$root"
  python3 -m pip download --quiet --dest "$stage/wheels" "$root[train]"
  if [ "$torch" = --without-torch ]; then
    rm -f "$stage"/wheels/torch-* "$stage"/wheels/nvidia_* "$stage"/wheels/triton-* "$stage"/wheels/cuda_*
    touch "$stage/without-torch"
  fi
  cp "$(efficoder models path "$MODEL")" "$stage/weights/"
  for set in mbpp mbppplus leetcodedataset humanevalplus generations; do cp -r "$data/$set" "$stage/data/"; done
  cp "$root/bench/gpu_study.sh" "$stage/"
  tar -C "$stage" -cf - . | split -b "$PIECE" -d -a 3 - "$pieces/piece."
  (cd "$pieces" && sha256sum piece.* > SHA256SUMS)
  rm -rf "$stage"
  echo "$(find "$pieces" -name 'piece.*' | wc -l) pieces in $pieces"
}

unpack() {
  local pieces=$1 home=$2
  (cd "$pieces" && sha256sum --quiet -c SHA256SUMS)
  mkdir -p "$home"
  cat "$pieces"/piece.* | tar -C "$home" -xf -
  if [ -e "$home/without-torch" ]; then
    python3 -m venv --system-site-packages "$home/venv"
  else
    python3 -m venv "$home/venv"
  fi
  "$home/venv/bin/pip" install --quiet --no-index --find-links "$home/wheels" 'efficoder[train]'
  "$home/venv/bin/python" -c 'import torch; assert torch.cuda.is_available(), "this torch sees no GPU"'
}

write_config() {
  local name=$1 source=$2 samples=$3
  cat > "$HOME_DIR/$name.toml" <<TOML
[collect]
sources = ["$source"]
[curate]
benchmarks = ["humanevalplus:$HOME_DIR/data/humanevalplus/HumanEvalPlus.jsonl.gz"]
[generate]
models = ["replay/$samples"]
[train]
model = "$HOME_DIR/weights/$(basename "$HOME_DIR"/weights/*.gguf)"
precision = "bf16"
max_tokens = 1024
global_batch = 32
epochs = 3.0
TOML
}

run() {
  HOME_DIR=$(cd "$1" && pwd)
  local limit=${2:+--limit $2} eff="$HOME_DIR/venv/bin/efficoder" d="$HOME_DIR/data"
  local held="$d/humanevalplus/HumanEvalPlus.jsonl.gz"
  cd "$HOME_DIR"
  write_config mbpp "mbppplus:$d/mbppplus/MbppPlus.jsonl.gz" "$d/generations/mbpp.jsonl.gz"
  write_config leetcode "leetcode:$d/leetcodedataset/LeetCodeDataset-v0.3.1-test.jsonl.gz" \
    "$d/generations/leetcode.jsonl.gz"
  for pool in mbpp leetcode; do
    # shellcheck disable=SC2086
    "$eff" run "$pool.toml" --name "$pool" $limit
    "$eff" study selection "$pool" --tasks "humanevalplus:$held" --seeds 0,1,2 --set train.adapter=full \
      --arms efficient,first_correct,random_correct,least_efficient,reference
    "$eff" study selection "$pool" --tasks "humanevalplus:$held" --seeds 0,1,2 --method dpo --set train.epochs=1 \
      --arms pairs_speed,pairs_correct
  done
}

case "${1:-}" in
  pack) pack "$2" "$3" "${4:-}" ;;
  unpack) unpack "$2" "$3" ;;
  run) run "$2" "${3:-}" ;;
  *) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
