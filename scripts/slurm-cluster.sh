#!/usr/bin/env bash
# Starts a real Slurm of one node in a folder of its own, runs a command in it, and ends it again. The system's own Slurm and
# munge, if there are any, are neither read nor touched. Needs root, slurm-wlm and munge.
#   scripts/slurm-cluster.sh COMMAND...
set -euo pipefail

for program in munged mungekey slurmctld slurmd sbatch srun; do
  command -v "$program" >/dev/null || { echo "slurm-cluster: '$program' is not installed; install slurm-wlm and munge." >&2; exit 77; }
done
[[ $(id -u) == 0 ]] || { echo "slurm-cluster: slurmd starts other users' processes, so this needs root." >&2; exit 77; }

folder=$(mktemp -d /tmp/granary-slurm-XXXXXX)
chmod 0755 "$folder"
mkdir "$folder/state" "$folder/spool"
started=()

stop() {
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do
    kill "${started[i]}" 2>/dev/null || true
    timeout 20 tail --pid="${started[i]}" -f /dev/null || kill -KILL "${started[i]}" 2>/dev/null || true
  done
  [[ -n ${GRANARY_KEEP_SLURM:-} ]] || rm -rf "$folder"
}
trap stop EXIT

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start() { # NAME COMMAND...
  local name=$1
  shift
  "$@" >"$folder/$name.out" 2>&1 &
  started+=($!)
}

wait_for() { # WHAT COMMAND...
  local what=$1
  shift
  for _ in $(seq 300); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "slurm-cluster: $what did not come up within 30 s:" >&2
  tail -n 20 "$folder"/*.out >&2
  exit 1
}

# Without accounting, as on many small clusters: sacct has nothing to say, and the run's folder must do.
cat >"$folder/slurm.conf" <<CONF
ClusterName=granary
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A requeued job waits as long as a credential may live.
AuthInfo=socket=$folder/munge.socket,cred_expire=5
CredType=cred/munge
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,defer
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=20
MinJobAge=300
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=60 State=UP
CONF

mungekey --create --keyfile="$folder/munge.key"
start munged munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
  --pid-file="$folder/munge.pid" --log-file="$folder/munge.log" --seed-file="$folder/munge.seed"
wait_for munged munge --no-input --socket="$folder/munge.socket"
export SLURM_CONF=$folder/slurm.conf
start slurmctld slurmctld -D -f "$SLURM_CONF"
wait_for slurmctld scontrol ping
start slurmd slurmd -D -f "$SLURM_CONF"
wait_for "the node" sh -c '[ "$(sinfo --noheader --format=%t)" = idle ]'

"$@"
