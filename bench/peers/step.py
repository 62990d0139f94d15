#!/usr/bin/env python3
"""Granary's training step against eager PyTorch: interleaved, one process per sample, medians and ratios.

    make bench-peers                                                   the two standard cases
    python3 bench/peers/step.py --case gpt2-124m:4x64 --samples 9      another choice

Writes each sample to bench/results/step.jsonl and a table to the terminal; a ratio above 1 means that Granary is
faster. Needs `make build` and a Python with PyTorch (`make setup-peers`); uses the standard library only.
"""

import argparse
import datetime
import glob
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
PEER = ROOT / "bench/peers/step_pytorch.py"
CASES = ["gpt2-124m:4x64", "gpt2-124m:1x1024", "llama-30m:4x64", "llama-30m:1x1024"]


def python_with_torch():
    """This interpreter, or the system's, whichever has PyTorch."""
    if importlib.util.find_spec("torch"):
        return sys.executable
    system = "/usr/bin/python3"
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"
    if os.path.exists(system) and subprocess.run([system, "-c", probe]).returncode == 0:
        return system
    sys.exit("No Python here has PyTorch; install it with 'make setup-peers'.")


def sample(command, environment):
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    lines = result.stdout.split("\n")
    last = next((line for line in reversed(lines) if line.startswith("{")), None)
    if result.returncode != 0 or last is None:
        sys.exit(f"'{' '.join(map(str, command))}' ended with {result.returncode} and {'a' if last else 'no'} JSON line:\n{result.stderr[-2000:]}")
    return json.loads(last)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", action="append", help=f"PRESET:BATCHxLENGTH, may be given more than once ({' '.join(CASES[:2])})")
    parser.add_argument("--samples", type=int, default=7, help="processes per program (7)")
    parser.add_argument("--steps", type=int, default=5, help="timed steps in each (5)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads for both (all cores)")
    parser.add_argument("--dtype", choices=("fp32", "bf16"), default="fp32")
    options = parser.parse_args()
    if not GRANARY.exists():
        sys.exit(f"'{GRANARY.relative_to(ROOT)}' is absent; build it with 'make build'.")
    python = python_with_torch()

    # The same threads and the same matrix library for both. Debian's alternatives prefer OpenBLAS's pthread build, whose
    # threads compete with libtorch's own; the OpenMP build shares them.
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
    for folder in glob.glob("/usr/lib/*-linux-gnu/openblas-openmp"):
        environment["LD_LIBRARY_PATH"] = f"{folder}:{os.environ.get('LD_LIBRARY_PATH', '')}".rstrip(":")
    results = ROOT / "bench/results/step.jsonl"
    results.parent.mkdir(exist_ok=True)
    rows = []
    for case in options.case or CASES[:2]:
        preset, shape = case.split(":")
        batch, length = shape.split("x")
        arguments = [
            "--preset", preset, "--batch", batch, "--length", length, "--steps", str(options.steps),
            "--threads", str(options.threads), "--dtype", options.dtype,
        ]
        programs = {"granary": [GRANARY, "bench", "step", *arguments, "--json"], "pytorch": [python, PEER, *arguments]}
        samples = {name: [] for name in programs}
        for index in range(options.samples):
            for name, command in programs.items():
                measured = sample(command, environment)
                samples[name].append(measured)
                with results.open("a") as lines:
                    when = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
                    lines.write(json.dumps({"when": when, "case": case, "sample": index, **measured, "program": name}) + "\n")
                print(f"{case} {index + 1}/{options.samples} {name}: {measured['milliseconds']:.0f} ms", file=sys.stderr)
        rows.append((case, samples))

    def median(samples, key):
        return statistics.median(s[key] for s in samples)

    print(f"{'case':20} {'granary ms':>12} {'pytorch ms':>12} {'speed ratio':>12} {'quartiles':>15} {'granary MiB':>12} {'pytorch MiB':>12}")
    for case, samples in rows:
        # Each sample against its neighbour in time: what else the machine does then falls on both.
        ratios = [p["milliseconds"] / g["milliseconds"] for g, p in zip(samples["granary"], samples["pytorch"])]
        low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
        print(
            f"{case:20} {median(samples['granary'], 'milliseconds'):12.0f} {median(samples['pytorch'], 'milliseconds'):12.0f} "
            f"{statistics.median(ratios):12.2f} {f'{low:.2f} to {high:.2f}':>15} "
            f"{median(samples['granary'], 'peak_memory_bytes') / 2**20:12.0f} {median(samples['pytorch'], 'peak_memory_bytes') / 2**20:12.0f}")


if __name__ == "__main__":
    main()
