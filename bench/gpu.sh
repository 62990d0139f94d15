#!/usr/bin/env bash
# All checks and benchmarks that need a GPU, on a machine with PyTorch, nvcc, cmake and g++; .NET is not needed where the
# bundle was unpacked (docs/gpu.md). Each part has a time limit in seconds, about ten minutes in all; a part that fails
# leaves the others. Logs, raw lines and summary.txt go to $OUT, else to bench/results/gpu.
#   bench/gpu.sh                       every part
#   bench/gpu.sh build test step=300   some, one of them with another limit
#   DEVICE=cpu bench/gpu.sh step       a rehearsal with tiny shapes in main memory
#   GRANARY_NATIVE=FILE bench/gpu.sh   takes a libgranary.so that was built before, as `build` leaves one in $OUT
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DEVICE=${DEVICE:-cuda}
export OUT=${OUT:-$PWD/bench/results/gpu}
mkdir -p "$OUT"
granary=artifacts/bin/Granary.Cli/release
tests=artifacts/bin/Granary.Gpu.Tests/release
tiny=()
[[ $DEVICE == cpu ]] && tiny=(--tiny)

declare -A limits=([build]=110 [test]=100 [step]=170 [parity]=40 [export]=70 [mazes]=60 [lengths]=45 [ranks]=240)
order=(build test step parity export mazes lengths ranks)

part_build() {
  local library=artifacts/native/libgranary.so
  if [[ -n ${GRANARY_NATIVE:-} ]]; then
    library=$GRANARY_NATIVE
  else
    native/build.sh artifacts/native || { cp artifacts/native/build.log "$OUT/"; return 1; }
    cp "$library" "$OUT/"
  fi
  cp "$library" "$granary/" && { [[ $tests -ef $granary ]] || cp "$library" "$tests/"; }
  "$granary/granary" doctor
  [[ -f $granary/libgranary.so ]] && echo "libgranary.so: $(stat -Lc %s "$granary/libgranary.so") bytes"
}

part_test() {
  local mode=()
  [[ $DEVICE == cpu ]] && mode=(--rehearse)
  "$tests/Granary.Gpu.Tests" "${mode[@]}"
}

part_step() { python3 bench/gpu/compare.py --device "$DEVICE" --budget $((${limits[step]} * 2 / 3)) --seconds $((${limits[step]} / 2)) "${tiny[@]}"; }
part_parity() { python3 bench/gpu/parity.py --device "$DEVICE" "${tiny[@]}"; }
part_export() { python3 bench/gpu/transformers_check.py --device "$DEVICE" --work "$OUT/export" "${tiny[@]}"; }
part_mazes() { python3 bench/gpu/mazes.py --device "$DEVICE" --work "$OUT/mazes" --seconds $((${limits[mazes]} - 10)) "${tiny[@]}"; }
part_lengths() { python3 bench/gpu/lengths.py --device "$DEVICE" "${tiny[@]}"; }

part_ranks() { python3 bench/gpu/ranks.py --device "$DEVICE" --work "$OUT/ranks" "${tiny[@]}"; }

# A part runs in a shell of its own, so that a time limit ends it with all that it started.
if [[ ${1:-} == --part ]]; then
  limits[$2]=$3
  "part_$2"
  exit
fi

chosen=()
for argument in "$@"; do
  part=${argument%%=*}
  [[ -n ${limits[$part]:-} ]] || { echo "error: '$part' is no part; known: ${order[*]}." >&2; exit 2; }
  [[ $argument == *=* ]] && limits[$part]=${argument#*=}
  chosen+=("$part")
done
((${#chosen[@]})) || chosen=("${order[@]}")

failed=0
: >"$OUT/summary.txt"
for part in "${chosen[@]}"; do
  echo "== $part (at most ${limits[$part]} s)"
  begin=$SECONDS
  timeout --kill-after=5 "${limits[$part]}" bash "${BASH_SOURCE[0]}" --part "$part" "${limits[$part]}" >"$OUT/$part.log" 2>&1
  case $? in
    0) status=ok ;;
    124 | 137) status='time over'; failed=1 ;;
    *) status=failed; failed=1 ;;
  esac
  tail -n 45 "$OUT/$part.log" | cut -c1-220
  printf '%-8s %-10s %4d s  %s\n' "$part" "$status" $((SECONDS - begin)) "$(grep -v '^ *$' "$OUT/$part.log" | tail -n 1 | cut -c1-140)" >>"$OUT/summary.txt"
done
echo "== summary"
cat "$OUT/summary.txt"
exit $failed
