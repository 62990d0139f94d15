#!/usr/bin/env bash
# Pipes generated documents through `granary corpus` and says how much memory it held at most: 1 GB is allowed, however
# large the corpus. One file is generated and listed many times by hard links, so a run of 20 GB takes 1 GB of disk.
#   bench/corpus/memory.sh [GB] [FOLDER]     20 GB of text, in a folder that is deleted again; try it with 0.2
# Each case is a line in bench/results/corpus-memory.jsonl; the exit code is 1 when one held too much.
set -euo pipefail

gigabytes=${1:-20}
folder=$(mktemp -d "${2:-${TMPDIR:-/tmp}}/granary-corpus-XXXXXX")
trap 'rm -rf "$folder"' EXIT
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
granary=$root/artifacts/bin/Granary.Cli/release/granary
results=$root/bench/results/corpus-memory.jsonl
allowed_kb=$((1000 * 1000 * 1000 / 1024))
file_bytes=$(awk -v all="$gigabytes" 'BEGIN { printf "%d", (all < 1 ? all / 4 : 1) * 1e9 }')
links=$(awk -v all="$gigabytes" -v file="$file_bytes" 'BEGIN { printf "%d", all * 1e9 / file + 0.5 }')

# Documents of 20 to 220 made-up words, each another.
generate() { # BYTES
  awk -v bytes="$1" 'BEGIN {
    srand(1)
    n = split("ba ke li mo nu ra se ti vo zu wen dor mil tas ron", part, " ")
    for (i = 0; i < 4096; i++) word[i] = part[1 + int(n * rand())] part[1 + int(n * rand())] (rand() < 0.5 ? part[1 + int(n * rand())] : "")
    while (done < bytes) {
      text = "document " documents++
      for (i = 20 + int(200 * rand()); i > 0; i--) text = text " " word[int(4096 * rand())]
      line = "{\"id\": " documents ", \"text\": \"" text ".\"}"
      print line
      done += length(line) + 1
    }
  }'
}

measure() { # CASE DEDUPLICATE BYTES
  cat > "$folder/run.yaml" <<YAML
name: $1
corpus:
  sources:
    - {name: words, type: jsonl, paths: ["$folder/files/*.jsonl"]}
  deduplicate: $2
  deduplication_bytes: $3
training: {steps: 1}
YAML
  local begin peak_kb=0 now_kb pid
  begin=$(date +%s.%N)
  "$granary" corpus "$folder/run.yaml" --runs "$folder/runs" > "$folder/output" &
  pid=$!
  # The high-water mark only rises, so the last look is the most that matters.
  while now_kb=$(awk '/^VmHWM:/ { print $2 }' "/proc/$pid/status" 2>/dev/null) && [[ -n $now_kb ]]; do
    peak_kb=$now_kb
    sleep 0.1
  done
  wait "$pid" || { cat "$folder/output"; exit 1; }
  awk -v name="$1" -v peak="$peak_kb" -v begin="$begin" -v end="$(date +%s.%N)" -v bytes="$((file_bytes * links))" -v cores="$(nproc)" 'BEGIN {
    printf "{\"case\": \"%s\", \"file_bytes\": %d, \"seconds\": %.1f, \"peak_memory_bytes\": %d, \"cores\": %d}\n", name, bytes, end - begin, peak * 1024, cores
  }' | tee -a "$results"
  grep -E '^(source|words) ' "$folder/output"
  if ((peak_kb > allowed_kb)); then
    echo "$1 held $peak_kb KiB, more than $allowed_kb." >&2
    failed=1
  fi
  rm -rf "$folder/runs"
}

failed=0
mkdir "$folder/files"
generate "$file_bytes" > "$folder/files/0000.jsonl"
for ((i = 1; i < links; i++)); do
  ln "$folder/files/0000.jsonl" "$folder/files/$(printf %04d "$i").jsonl"
done

measure all none 268435456
measure exact exact 268435456
measure exact-spilled exact 1048576 # 98,304 documents in memory, the others in files
exit $failed
