#!/usr/bin/env bash
# Builds libgranary.so into the folder given, or says in one sentence what is missing.
set -euo pipefail

folder=${1:?usage: build.sh FOLDER}
source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$folder"
log="$folder/build.log"

for tool in cmake g++; do
  command -v "$tool" >/dev/null || { echo "error: '$tool' is missing; install it with 'make setup'." >&2; exit 1; }
done

# One build at a time: two projects that are built side by side share the folder.
exec 9>"$folder/.lock"
flock 9

if ! { cmake -S "$source" -B "$folder" && cmake --build "$folder" --parallel "$(nproc)"; } >"$log" 2>&1; then
  # The first line that says why, in the form MSBuild shows.
  reason=$(grep -m1 -E 'libtorch is missing|GRANARY_TORCH is|error:|Error' "$log" || echo "see the log")
  echo "error: The native library could not be built: ${reason# } (log: $log)" >&2
  exit 1
fi
