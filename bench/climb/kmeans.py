#!/usr/bin/env python3
"""`granary bench k-means` against scikit-learn's KMeans on the same vectors: in turns, a process a sample.

    python3 bench/climb/kmeans.py            100,000 vectors of 256 numbers, 1,000 clusters, 5 rounds: about ten minutes on two cores
    python3 bench/climb/kmeans.py --tiny     a trial of seconds, which writes no results

Writes each sample to bench/results/kmeans.jsonl and the medians to the terminal. Both begin by greedy k-means++ with one start,
make Lloyd's iterations over all vectors, and stop by the same rule (max_iter 100, tol 1e-4); the time is that of the fit, without
start and reading. Another seed each round, the same for both. The vectors are made like embeddings: a point on a sphere for each of
4,000 topics of uneven size, and noise about it. The aim is an inertia within 2 % and a time not above scikit-learn's.
Needs `make build` and scikit-learn (Debian: python3-sklearn, which `make bench-kmeans` installs).
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's packages are its alone, whichever python3 comes first

try:
    import numpy as np
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits
except ImportError:
    if sys.executable != SYSTEM_PYTHON and os.path.exists(SYSTEM_PYTHON):
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])
    sys.exit("scikit-learn is missing; install it with 'make setup-peers'.")

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
RESULTS = ROOT / "bench/results/kmeans.jsonl"
ITERATIONS = 100


def make_vectors(path, rows, columns, seed=1):
    random = np.random.default_rng(seed)
    topics = max(2, rows // 25)
    centers = random.standard_normal((topics, columns)).astype(np.float32)
    sizes = random.pareto(1.2, topics) + 1
    labels = random.choice(topics, size=rows, p=sizes / sizes.sum())
    vectors = centers[labels] + 0.7 * random.standard_normal((rows, columns)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors.astype("<f4").tofile(path)


def run(command):
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"'{' '.join(map(str, command))}' ended with {result.returncode}:\n{result.stdout[-1000:]}{result.stderr[-1000:]}")
    return json.loads(result.stdout.splitlines()[-1])


def sample_granary(options, path, seed):
    return run([GRANARY, "bench", "k-means", "--rows", path, "--columns", options.columns, "--clusters", options.clusters,
                "--iterations", ITERATIONS, "--seed", seed, "--threads", options.threads, "--json"])


def sample_sklearn(options, path, seed):
    return run([sys.executable, __file__, "--fit", path, "--columns", options.columns, "--clusters", options.clusters,
                "--seed", seed, "--threads", options.threads])


def fit(options):
    """The peer's process: one line of JSON."""
    vectors = np.fromfile(options.fit, dtype="<f4").reshape(-1, options.columns)
    model = KMeans(n_clusters=options.clusters, init="k-means++", n_init=1, max_iter=ITERATIONS, tol=1e-4, algorithm="lloyd", random_state=options.seed)
    with threadpool_limits(limits=options.threads):
        began = time.monotonic()
        model.fit(vectors)
        seconds = time.monotonic() - began
    print(json.dumps({"seconds": seconds, "inertia": float(model.inertia_), "iterations": int(model.n_iter_), "clusters": options.clusters}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="vectors (100,000)")
    parser.add_argument("--columns", type=int, default=256, help="numbers in a vector (256)")
    parser.add_argument("--clusters", type=int, default=1_000, help="clusters (1,000)")
    parser.add_argument("--rounds", type=int, default=5, help="samples of each (5)")
    parser.add_argument("--threads", type=int, default=2, help="threads of both (2)")
    parser.add_argument("--tiny", action="store_true", help="5,000 vectors of 64 numbers, 50 clusters, one round, no results written")
    parser.add_argument("--fit", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fit:
        fit(options)
        return
    if options.tiny:
        options.rows, options.columns, options.clusters, options.rounds = 5_000, 64, 50, 1
    if not GRANARY.exists():
        sys.exit(f"'{GRANARY}' is not there; build it with 'make build'.")

    peers = {"granary": sample_granary, "scikit-learn": sample_sklearn}
    samples = {name: [] for name in peers}
    date = datetime.date.today().isoformat()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "vectors.f32"
        make_vectors(path, options.rows, options.columns)
        for round_number in range(options.rounds):
            for name in (list(peers) if round_number % 2 == 0 else reversed(list(peers))):
                sample = peers[name](options, path, round_number + 1)
                samples[name].append(sample)
                line = {"date": date, "program": name, "rows": options.rows, "columns": options.columns, "threads": options.threads, "round": round_number, **sample}
                print(json.dumps(line), flush=True)
                if not options.tiny:
                    with RESULTS.open("a") as results:
                        results.write(json.dumps(line) + "\n")

    medians = {name: {key: statistics.median(sample[key] for sample in samples[name]) for key in ("seconds", "inertia", "iterations")} for name in peers}
    for name, median in medians.items():
        print(f"{name:14}{median['seconds']:10.2f} s {median['iterations']:6.0f} iterations   inertia {median['inertia']:.6g}")
    ours, theirs = medians["granary"], medians["scikit-learn"]
    print(f"time {ours['seconds'] / theirs['seconds']:.3f} of scikit-learn's, inertia {100 * (ours['inertia'] / theirs['inertia'] - 1):+.2f} %")


if __name__ == "__main__":
    main()
