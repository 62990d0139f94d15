"""What the benchmarks of this folder share: calling `granary`, keeping raw lines, and the count of operations."""

import datetime
import glob
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"

# Layers, width and vocabulary of the presets, and the inner width of their gated feed-forward part.
PRESETS = {"dd-256x6": (6, 256, 8192, 704), "dd-128x4": (4, 128, 4096, 384)}


def flops(preset):
    """Operations of a training step per token: without attention, and for each token of a causal row's length."""
    layers, width, vocabulary, inner = PRESETS[preset]
    weights = layers * (4 * width * width + 3 * width * inner) + vocabulary * width
    return 6 * weights, 6 * layers * width


def environment(threads):
    # Debian's alternatives prefer OpenBLAS's pthread build, whose threads compete with libtorch's own; the OpenMP build
    # shares them.
    variables = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    for folder in glob.glob("/usr/lib/*-linux-gnu/openblas-openmp"):
        variables["LD_LIBRARY_PATH"] = f"{folder}:{os.environ.get('LD_LIBRARY_PATH', '')}".rstrip(":")
    return variables


def granary(*arguments, threads, on_line=None):
    """Runs the program and gives its JSON lines; `on_line` hears of each as it comes."""
    if not GRANARY.exists():
        sys.exit(f"'{GRANARY.relative_to(ROOT)}' is absent; build it with 'make build'.")
    command = [str(GRANARY), *map(str, arguments)]
    process = subprocess.Popen(command, env=environment(threads), stdout=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout:
        if line.startswith("{"):
            lines.append(json.loads(line))
            if on_line:
                on_line(lines[-1])
    if process.wait() != 0:
        sys.exit(f"'{' '.join(command)}' ended with {process.returncode}.")
    return lines


class Results:
    """Raw lines in bench/results; of a tiny run, which says nothing, in artifacts instead."""

    def __init__(self, name, is_tiny):
        folder = ROOT / ("artifacts/bench" if is_tiny else "bench/results")
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / name

    def add(self, **values):
        when = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        with self.path.open("a") as lines:
            lines.write(json.dumps({"when": when, **values}) + "\n")
