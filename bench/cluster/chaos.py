#!/usr/bin/env python3
"""A cluster on five machines, of which all are hurt at random, against what one machine does undisturbed; needs root.

    python3 bench/cluster/chaos.py                        preparation, training and the control: 35 minutes
    python3 bench/cluster/chaos.py --parts training       one of them
    python3 bench/cluster/chaos.py --tiny                 whether it works at all: a few faults of each, no results kept
    python3 bench/cluster/chaos.py --table                the table of the lines that are there

The machines are network namespaces with addresses of their own on one bridge: three that work, one for the coordinator, one
for PostgreSQL. Workers and the coordinator are killed, the database is killed and stopped, links are cut for shorter and for
longer than leases hold, workers are frozen past theirs. Nothing may be lost and nothing done twice: by the bytes of what is
made, and by the ledger (`ledger.py`). The control is the same with a coordinator that does not look at tokens: it must show
faults, or this harness would see none. Raw lines go to bench/results/cluster-chaos.jsonl.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import ledger
from campaign import FAULTS, Campaign
from cluster import Cluster, fatal_words
from database import Database
from jobs import DEMO, Preparation, Training
from machines import Machines

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench/results/cluster-chaos.jsonl"
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
UNFENCED = ROOT / "artifacts/bin/Granary.Bench.UnfencedCluster/release/Granary.Bench.UnfencedCluster"

# How often each of FAULTS happens, seconds between two on average, and what a part is about.
PARTS = {
    "preparation": {"faults": (52, 10, 3, 12, 4), "tiny": (4, 1, 1, 2, 0), "pause": 4.5, "about": "the demo's text into shards"},
    "training": {"faults": (50, 10, 3, 10, 4), "tiny": (2, 1, 1, 1, 0), "pause": 4.0, "about": "two ranks on two machines"},
    "control": {"faults": (4, 0, 0, 14, 6), "tiny": (1, 0, 0, 3, 1), "pause": 4.0, "about": "preparation without fencing"},
}
SPLIT_BYTES = 1 << 20
STEPS = 1200


def run_part(arguments, part):
    """One part, in namespaces of its own: runs this program again inside them."""
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as lines:
        command = ["unshare", "--net", "--mount", sys.executable, __file__, "--inside", part, lines.name, "--seed", str(arguments.seed), "--lease", str(arguments.lease), "--program", str(arguments.program)]
        subprocess.run(command + ["--tiny"] * arguments.tiny + ["--keep"] * arguments.keep, check=True)
        return [json.loads(line) for line in lines]


def run_inside(arguments, part, path):
    """Inside the namespaces: builds everything, hurts it, and writes down what came of it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before its end"))  # what it has started ends with it
    machines = Machines()
    database = Database(machines)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="granary-chaos-"))
    shutil.copy(ROOT / DEMO, folder / "demo.yaml")
    coordinator = [UNFENCED] if part == "control" else [arguments.program, "serve"]
    cluster, clean = Cluster(machines, database, folder, arguments.program, coordinator, arguments.lease), False
    try:
        database.execute(ledger.HISTORY)
        job = make_job(arguments, part, cluster, database)
        settings = PARTS[part]
        faults = dict(zip(FAULTS, settings["tiny" if arguments.tiny else "faults"]))
        campaign = Campaign(part, cluster, database, job, faults, settings["pause"], arguments.seed)
        came_to_its_end = campaign.run()
        found, held = ledger.check(database, cluster.worker_logs)
        wrong = job.wrong + ([] if came_to_its_end or job.wrong else ["the last job did not end in time"])
        clean = not wrong and not found
        summary = {"campaign": part, "summary": True, "seed": arguments.seed, "lease": arguments.lease, "seconds": round(campaign.seconds, 1), "jobs": job.runs, **campaign.summary(),
                   **job.holds(), "ledger": held, "ledger_faults": found, "wrong": wrong, "megabytes_sent": machines.megabytes_sent(), "coordinator_failures": len(fatal_words(cluster.logs))}
        with open(path, "w") as lines:
            lines.writelines(json.dumps(line) + "\n" for line in [*campaign.lines, summary])
    finally:
        cluster.end()
        database.remove()
        if clean and not arguments.keep:
            shutil.rmtree(folder)
        else:
            print(f"\n{part}: left in {folder}", file=sys.stderr)


def make_job(arguments, part, cluster, database):
    if part == "training":
        return Training(cluster, database, arguments.program, STEPS // 6 if arguments.tiny else STEPS)
    return Preparation(cluster, database, arguments.program, SPLIT_BYTES, wants_late_commits=part == "control")


def is_as_it_must_be(line):
    """Nothing wrong; but for the control, which must have doubled or lost something."""
    has_faults = bool(line["ledger_faults"] or line["wrong"])
    return has_faults if line["campaign"] == "control" else not has_faults


def table(lines):
    for line in (line for line in lines if line.get("summary") and line["campaign"] in PARTS):
        held = line["ledger"]
        print(f"\n{line['campaign']}: {PARTS[line['campaign']]['about']}, {line['seconds']:.0f} s, leases of {line['lease']:g} s, seed {line['seed']}")
        print("  " + ", ".join(f"{fault} {line[fault.replace(' ', '_')]}" for fault in FAULTS) + f" ({line['cuts_longer_than_lease']} cuts longer than a lease)")
        print(f"  {line['jobs']} jobs compared with one machine's, {line['files_compared']} files and {line['bytes_compared']:,} bytes each" + (f"; {line['steps']} steps in {line['generations']} generations" if "steps" in line else ""))
        print(f"  ledger: {held['shards']} shards, {held['lines']} lines, {held['grants']} grants, {held['commits_refused']} commits refused")
        faults = [f"{count} {name}" for name, count in line["ledger_faults"].items()] + line["wrong"]
        print(f"  {'as it must be' if is_as_it_must_be(line) else 'NOT AS IT MUST BE'}: {'; '.join(faults) or 'nothing lost, nothing twice'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--program", type=pathlib.Path, default=GRANARY, help="granary (the release build)")
    parser.add_argument("--lease", type=float, default=6, help="seconds that leases hold (6)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="a few faults of each, no results kept")
    parser.add_argument("--keep", action="store_true", help="leave the folders")
    parser.add_argument("--table", action="store_true", help="hurt nothing")
    parser.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.program = arguments.program.resolve()
    if arguments.inside:
        run_inside(arguments, *arguments.inside)
        return 0
    lines = [json.loads(line) for line in RESULTS.open()] if RESULTS.exists() else []
    if not arguments.table:
        if os.geteuid() != 0:
            sys.exit("Network namespaces need root: run it with sudo.")
        measured = []
        for part in arguments.parts:
            found = run_part(arguments, part)
            measured += found
            if not arguments.tiny:
                lines = [line for line in lines if line["campaign"] != part] + found
                RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines))
        lines = measured if arguments.tiny else lines
    table(lines)
    return 0 if all(is_as_it_must_be(line) for line in lines if line.get("summary") and line["campaign"] in arguments.parts) else 1


if __name__ == "__main__":
    sys.exit(main())
