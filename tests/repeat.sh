#!/usr/bin/env bash
# Runs the suite again and again, each time in another order, and stops at the first red:
#   tests/repeat.sh [TIMES] [PYTEST ARGUMENT...]
# TIMES (20 unless told) is how often it runs with `-n auto`, and as often with `-n 0`, in turns. $PYTHON may name the
# interpreter; else it is that of .venv, or python3.
set -euo pipefail
cd "$(dirname "$0")/.."

times=${1:-20}
shift || true
if [[ ! $times =~ ^[1-9][0-9]*$ ]]; then
  echo "tests/repeat.sh: TIMES='$times' is not a number of runs. Usage: tests/repeat.sh [TIMES] [PYTEST ARGUMENT...]" >&2
  exit 2
fi

python=${PYTHON:-}
for candidate in .venv/bin/python .venv/Scripts/python.exe python3; do
  [[ -z $python ]] && command -v "$candidate" >/dev/null && python=$candidate
done

for ((round = 1; round <= times; round++)); do
  for workers in auto 0; do
    seed=$((RANDOM * 32768 + RANDOM))
    printf '\n== run %d of %d, -n %s, seed %d\n' "$round" "$times" "$workers" "$seed"
    if ! "$python" -m pytest -q -n "$workers" --randomly-seed="$seed" "$@"; then
      printf '\nred in run %d of %d. Again: %s -m pytest -n %s --randomly-seed=%d\n' \
        "$round" "$times" "$python" "$workers" "$seed" >&2
      exit 1
    fi
  done
done
printf '\ngreen: %d runs with -n auto, %d with -n 0\n' "$times" "$times"
