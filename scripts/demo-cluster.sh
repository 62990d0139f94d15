#!/usr/bin/env bash
# The demo through a coordinator and three workers on this machine; one worker is killed while it works, and the job goes on.
#   scripts/demo-cluster.sh [CONFIG]      everything lies in runs/cluster; the coordinator is at 127.0.0.1:7420
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

granary=$PWD/artifacts/bin/Granary.Cli/release/granary
config=${1:-configs/demo.yaml}
folder=$PWD/runs/cluster
url=http://127.0.0.1:${PORT:-7420}
rm -rf "$folder"
mkdir -p "$folder"

declare -A workers
cleanup() {
  # Workers first, which end what they have started.
  kill "${workers[@]}" 2>/dev/null || true
  wait "${workers[@]}" 2>/dev/null || true
  [[ -n ${coordinator:-} ]] && kill "$coordinator" 2>/dev/null || true
  wait 2>/dev/null || true
}
trap cleanup EXIT

"$granary" serve --folder "$folder" --url "$url" --lease-time 6s >"$folder/coordinator.log" 2>&1 &
coordinator=$!
until curl --silent --fail --output /dev/null "$url/healthz"; do
  kill -0 "$coordinator" || { cat "$folder/coordinator.log" >&2; exit 1; }
  sleep 0.2
done
for role in worker submit; do
  "$granary" token add "$role" --role "$role" --folder "$folder" --output "$folder/$role.token"
done
for name in one two three; do
  "$granary" worker --coordinator "$url" --folder "$folder" --token-file "$folder/worker.token" --threads 1 >"$folder/worker-$name.log" 2>&1 &
  workers[$name]=$!
done
echo "coordinator and dashboard: $url (sign in with the token in $folder/admin.token)"

export GRANARY_TOKEN_FILE=$folder/submit.token
"$granary" submit "$config" --to "$url" --runs "$folder/submitted" --set "cluster.coordinator=$url" --set cluster.split_bytes=4194304

# What the workers say, each line with its worker's name, from here to the end.
for name in one two three; do
  tail --pid=$$ -n +1 -F "$folder/worker-$name.log" 2>/dev/null | sed -u "s/^/worker $name: /" &
done

# The first worker that has begun to tokenize is killed as a power cut would end it: it says nothing and gives nothing back.
victim=
until [[ -n $victim ]] || ! kill -0 "$coordinator"; do
  for name in one two three; do
    if grep -q 'takes .*decompose tokens' "$folder/worker-$name.log"; then
      victim=$name
      break
    fi
  done
  sleep 0.1
done
kill -KILL "${workers[$victim]}"
unset "workers[$victim]"
echo "== worker $victim is killed; what it held goes to the others once its lease is over"

status() { "$granary" jobs --runs "$folder/submitted" --json; }
until status | grep -qE '"state": ?"(done|failed|cancelled)"'; do
  sleep 2
done
"$granary" jobs --runs "$folder/submitted"
