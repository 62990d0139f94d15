#!/usr/bin/env python3
"""Prepares a corpus through a coordinator and workers that are killed at random, and compares every byte with a run by one process.

  python3 bench/cluster/chaos.py --program artifacts/bin/Granary.Cli/release/granary --worker-kills 50 --coordinator-kills 10

It ends with 0 where every finished run has the shards and the manifest of the run by one process and
the ledger has one line for every shard that is done. One JSON object a fault and one at
the end, with the rows of the ledger, go to the output. Linux.
"""

import argparse
import filecmp
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

SYLLABLES = "ba ke li mo nu ra se ti vo zu".split()
CONFIG = """name: chaos
seed: 7
corpus:
  sources:
    - {name: words, type: jsonl, paths: ["words-*.jsonl"], held_out_one_in: 20}
tokenizer: {type: bpe, vocab_size: 300}
decomposition: {min_exponent: 4, max_exponent: 6}
batching: {tokens_per_step: 256, cycles: 2}
model: {type: llama, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 64}
training: {steps: 40, threads: 1, tokens_per_microbatch: 128}
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def write_corpus(folder, chance, files, documents):
    for number in range(files):
        with open(folder / f"words-{number:04}.jsonl", "w") as out:
            for _ in range(documents):
                words = ("".join(chance.choice(SYLLABLES) for _ in range(chance.randint(1, 3))) for _ in range(chance.randint(20, 200)))
                out.write(json.dumps({"text": " ".join(words)}) + "\n")
    (folder / "chaos.yaml").write_text(CONFIG)


class Cluster:
    def __init__(self, program, folder, workers, lease):
        self.program, self.folder, self.lease, self.port = program, folder, lease, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = open(folder / "chaos.log", "ab")
        self.coordinator = self.serve()
        self.until_open()
        subprocess.run([program, "token", "add", "worker", "--role", "worker", "--folder", folder, "--output", folder / "worker.token"], check=True)
        self.workers = [self.work() for _ in range(workers)]

    def start(self, *arguments):
        return subprocess.Popen([self.program, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def serve(self):
        return self.start("serve", "--folder", self.folder, "--url", self.url, "--lease-time", f"{self.lease}s")

    def work(self):
        return self.start("worker", "--coordinator", self.url, "--folder", self.folder, "--token-file", self.folder / "worker.token", "--threads", 1, "--drivers", 1)

    def until_open(self):
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)

    def kill_worker(self, chance):
        place = chance.randrange(len(self.workers))
        self.workers[place].kill()
        self.workers[place].wait()
        self.workers[place] = self.work()

    def kill_coordinator(self):
        self.coordinator.kill()
        self.coordinator.wait()
        self.coordinator = self.serve()

    def freeze_worker(self, chance):
        """A node that is taken for dead and is not: it wakes behind its leases' end."""
        worker = self.workers[chance.randrange(len(self.workers))]
        os.kill(worker.pid, signal.SIGSTOP)
        time.sleep(1.5 * self.lease)
        os.kill(worker.pid, signal.SIGCONT)

    def end(self):
        for process in [*self.workers, self.coordinator]:
            process.terminate()
        for process in [*self.workers, self.coordinator]:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def files_of(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and not path.name.startswith("stage")}


def differences(expected, actual):
    names = files_of(expected)
    faults = [f"only on one side: {name}" for name in names ^ files_of(actual)]
    return faults + [f"other bytes: {name}" for name in names & files_of(actual) if not filecmp.cmp(expected / name, actual / name, shallow=False)]


def ledger(database):
    """Faults of the ledger, and what it holds: each done shard has one line, with the token that the shard has."""
    with sqlite3.connect(database) as connection:
        states = dict(connection.execute("select state, count(*) from shard group by state"))
        (lines,) = connection.execute("select count(*) from ledger").fetchone()
        (agreeing,) = connection.execute(
            "select count(*) from ledger join shard on ledger.dataset = shard.dataset and ledger.shard = shard.number"
            " where state = 'done' and ledger.incarnation = shard.incarnation and ledger.epoch = shard.epoch").fetchone()
        (grants,) = connection.execute("select coalesce(sum(epoch), 0) from shard").fetchone()
    done = states.get("done", 0)
    faults = [] if done == lines == agreeing else [f"{done} shards are done, the ledger has {lines} lines, {agreeing} agree"]
    return faults, {"states": states, "lines": lines, "grants": grants}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--worker-kills", type=int, default=50)
    parser.add_argument("--coordinator-kills", type=int, default=10)
    parser.add_argument("--freezes", type=int, default=3)
    parser.add_argument("--files", type=int, default=60, help="each is a split")
    parser.add_argument("--lease", type=int, default=4, help="seconds")
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between kills, on average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    chance, program = random.Random(options.seed), str(pathlib.Path(options.program).resolve())
    folder = pathlib.Path(tempfile.mkdtemp(prefix="granary-chaos-"))
    write_corpus(folder, chance, options.files, documents=150)
    subprocess.run([program, "decompose", "chaos.yaml", "--runs", "alone"], cwd=folder, check=True, stdout=subprocess.DEVNULL)

    cluster = Cluster(program, folder, options.workers, options.lease)
    begun = time.monotonic()
    faults = ["worker"] * options.worker_kills + ["coordinator"] * options.coordinator_kills + ["freeze"] * options.freezes
    chance.shuffle(faults)
    driver = None
    finished = []
    try:
        # Faults go on until all are spent; a run that ends before is compared, removed and begun again.
        while faults or driver is not None:
            if driver is None:
                shutil.rmtree(folder / "spread", ignore_errors=True)
                driver = subprocess.Popen(
                    [program, "decompose", "chaos.yaml", "--runs", "spread", "--set", f"cluster.coordinator={cluster.url}", "--set", "cluster.split_bytes=65536", "--set", f"cluster.token_file={folder / 'admin.token'}"],
                    cwd=folder, stdout=cluster.log, stderr=cluster.log)
            time.sleep(chance.uniform(0, 2 * options.pause) if faults else 0.5)
            if faults:
                fault = faults.pop()
                {"worker": lambda: cluster.kill_worker(chance), "coordinator": cluster.kill_coordinator, "freeze": lambda: cluster.freeze_worker(chance)}[fault]()
                print(json.dumps({"seconds": round(time.monotonic() - begun, 2), "fault": fault}), flush=True)
            if driver.poll() is not None:
                wrong = [f"it ended with {driver.returncode}"] if driver.returncode else differences(folder / "alone/chaos/stages/decompose", folder / "spread/chaos/stages/decompose")
                finished.append(wrong)
                driver = None
                if wrong:
                    break
    finally:
        if driver is not None:
            driver.kill()
        cluster.end()

    torn, held = ledger(folder / "granary.db")
    wrong = [fault for run in finished for fault in run] + torn
    print(json.dumps({
        "seed": options.seed, "runs": len(finished), "worker_kills": options.worker_kills, "coordinator_kills": options.coordinator_kills, "freezes": options.freezes,
        "seconds": round(time.monotonic() - begun, 1), "faults": wrong, "ledger": held}))
    if options.keep or wrong:
        print(f"left in {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder)
    return 1 if wrong or not finished else 0


if __name__ == "__main__":
    sys.exit(main())
