#!/usr/bin/env bash
# What a GPU makes of this project, in at most ten minutes and without a download: tests, two steps of the preset gpu with
# a random model of Qwen2.5-Coder-1.5B's shape in bfloat16, peak memory and seconds by stage, the distance between the
# sampler's and the trainer's log-probabilities, and a killed run that goes on.
#
#   tools/gpu_check.sh [OUT]              on a machine with a GPU; OUT gets runs and numbers, data_out/gpu by default
#   SHAPE=small DEVICE=cpu tools/gpu_check.sh OUT     tries the script itself where there is none
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
OUT=${1:-data_out/gpu}
SHAPE=${SHAPE:-1.5b}
DEVICE=${DEVICE:-cuda}
PYTHON=${PYTHON:-.venv/bin/python}
mkdir -p "$OUT"
step() { printf '\n== %s (%s s so far)\n' "$1" "$SECONDS"; }

step "machine"
"$PYTHON" -c 'import torch, transformers, peft, trl; print(torch.__version__, transformers.__version__, peft.__version__, trl.__version__)'
date
if [ "$DEVICE" = cuda ]; then
  nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader
  nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits --loop-ms=200 >"$OUT/memory.txt" &
  watcher=$!
  trap 'kill $watcher 2>/dev/null || true' EXIT
fi

step "tests marked gpu"
"$PYTHON" -m pytest -n 0 -q -m gpu tests/test_gpu.py

step "a random model of shape $SHAPE"
[ -f "$OUT/model/config.json" ] || "$PYTHON" -m tools.gpu_model "$OUT/model" "$SHAPE"

# The solver alone, on tasks of the grammar under random rewards: a random model proposes nothing valid, and without
# differences in reward no row would be trained.
settings=(--preset gpu --model "$OUT/model" --solver-reward random --set "device=$DEVICE" --set generation=transformers
  --set grammar_tasks=true --set solve_samples=8 --set eval_tasks=2 --set eval_samples=1 --set save_every=1 --no-report)
if [ "$DEVICE" = cuda ]; then settings+=(--set precision=bfloat16); fi
if [ "$SHAPE" = small ]; then
  settings+=(--set max_new_tokens=32 --set solve_tasks_per_type=2)
else
  settings+=(--set max_new_tokens=256 --set solve_tasks_per_type=8)
fi

step "two steps"
rm -rf "$OUT/run" "$OUT/killed"
"$PYTHON" -m azr_nb train "${settings[@]}" --steps 2 --out "$OUT/run"

step "the same, killed after its first step, and resumed"
"$PYTHON" -m azr_nb train "${settings[@]}" --steps 2 --out "$OUT/killed" >"$OUT/killed.log" 2>&1 &
killed=$!
while kill -0 $killed 2>/dev/null && [ ! -f "$OUT/killed/checkpoints/checkpoint-1/state.json" ]; do sleep 0.2; done
kill -9 $killed 2>/dev/null || true
wait $killed 2>/dev/null || true
"$PYTHON" -m azr_nb train --resume --out "$OUT/killed" --no-report

step "figures"
"$PYTHON" - "$OUT" "$DEVICE" <<'PY'
import sys
from pathlib import Path

from azr_nb.runs.plots import read_metrics

out, device = Path(sys.argv[1]), sys.argv[2]
rows = {name: read_metrics(out / name / "metrics.csv") for name in ("run", "killed")}
for name in ("seconds_solve", "seconds_check", "seconds_update", "seconds_total", "sampler_gap", "loss", "grad_norm"):
    print(f"{name:16}", *(f"{value:12.5g}" for value in rows["run"][name]), " after the kill:", *(
        f"{value:12.5g}" for value in rows["killed"][name][-1:]))
if device == "cuda":
    print("peak memory, MiB", max(int(line) for line in (out / "memory.txt").read_text().split()))
PY
step "done"
