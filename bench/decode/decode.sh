#!/usr/bin/env bash
# Writing text against its yardsticks, on a quiet machine: a model larger than the last-level cache against the time its
# weights take to be read, and a trained model with guesses against one token a call, greedy and drawn. One JSON object a
# line is added to bench/results/decode.jsonl; RUN is a finished run, by default the demo's.
set -euo pipefail

run=${1:-runs/demo}
granary=artifacts/bin/Granary.Cli/release/granary
results=bench/results/decode.jsonl
prompts=(--prompt "Returns the number of" --prompt "Represents a collection of" --prompt $'#pragma once\n\n#include')

measure() {
  "$granary" bench decode "$@" --json | tee -a "$results" | python3 -c '
import json, sys
r = json.load(sys.stdin)
print({k: round(v, 3) for k, v in r.items() if isinstance(v, float)})'
}

[[ -x $granary ]] || { echo "error: '$granary' is missing; build it with 'make build'." >&2; exit 1; }
[[ -d $run ]] || { echo "error: '$run' is missing; train it with 'make demo' or name another run." >&2; exit 1; }
measure --preset gpt2-124m --drafter none --tokens 64 --rounds 7
for drafter in lookahead recycling heads auto; do
  measure --model "$run" "${prompts[@]}" --drafter "$drafter" --tokens 256 --rounds 9
  measure --model "$run" "${prompts[@]}" --drafter "$drafter" --tokens 256 --rounds 9 --temperature 0.7
done
