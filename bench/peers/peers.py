"""What the peers' benchmarks share: where a PyTorch is, one process per sample, its one line of JSON, the time that is left."""

import datetime
import glob
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
LIBTORCH2 = [ROOT / "scripts/libtorch2.sh", "run"]
# What a CPU must have for products in bf16; without it they are computed by way of fp32, and no mode gains by it.
BF16_FLAGS = {"avx512_bf16", "amx_bf16"}


class Failed(Exception):
    """A program ended without its line; the text says how."""


def environment(threads):
    """The same threads and the same matrix library for all: Debian's alternatives prefer OpenBLAS's pthread build, whose
    threads compete with libtorch's own, and the OpenMP build shares them."""
    found = {**os.environ, "OMP_NUM_THREADS": str(threads), "TORCHINDUCTOR_CACHE_DIR": str(ROOT / "artifacts/bench/inductor")}
    for folder in glob.glob("/usr/lib/*-linux-gnu/openblas-openmp"):
        found["LD_LIBRARY_PATH"] = f"{folder}:{os.environ.get('LD_LIBRARY_PATH', '')}".rstrip(":")
    return found


def pythons():
    """{name: (command, version)} of each PyTorch here: this interpreter's or the system's, and that of Debian 13 in a folder."""
    own = sys.executable if importlib.util.find_spec("torch") else "/usr/bin/python3"
    found = {}
    for command in ([own], [*LIBTORCH2, "python3"]):
        version = version_of(command)
        if version:
            found[f"pytorch-{'.'.join(version.split('.')[:2])}"] = (command, version)
    return found


def version_of(command):
    """PyTorch's version in a Python; None where it has none, or where there is no such Python."""
    try:
        result = subprocess.run([*command, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return result.stdout.strip() if result.returncode == 0 else None


def has_bf16():
    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    return any(BF16_FLAGS & set(line.split()) for line in cpu.splitlines() if line.startswith(("flags", "Features")))


def sample(command, variables):
    """The JSON lines of a program."""
    result = subprocess.run([str(part) for part in command], env=variables, cwd=ROOT, capture_output=True, text=True)
    lines = [json.loads(line) for line in result.stdout.split("\n") if line.startswith("{")]
    if result.returncode != 0 or not lines:
        words = [line for line in result.stderr.split("\n") if line.strip()] or ["nothing on its error output"]
        raise Failed(f"it ended with {result.returncode} and {len(lines)} lines of JSON: {words[-1].strip()[:300]}")
    return lines


def keep(name, line):
    """Appends a line to a file of bench/results."""
    results = ROOT / "bench/results" / name
    results.parent.mkdir(exist_ok=True)
    with results.open("a") as lines:
        lines.write(json.dumps({"when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), **line}) + "\n")


def say(text):
    print(text, file=sys.stderr, flush=True)


class Progress:
    """Counts samples and tells what is left, taking a program's next sample to last as long as its last one."""

    def __init__(self):
        self.left = {}
        self.seconds = {}
        self.begun = None

    def expect(self, key, samples):
        self.left[key] = samples

    def begin(self):
        self.begun = time.monotonic()

    def end(self, key):
        self.seconds[key] = time.monotonic() - self.begun
        self.left[key] -= 1

    def drop(self, key):
        self.left.pop(key)

    def __str__(self):
        usual = sum(self.seconds.values()) / max(1, len(self.seconds))
        left = sum(count * self.seconds.get(key, usual) for key, count in self.left.items())
        return f"about {left / 60:.0f} min left" if left > 90 else f"about {left:.0f} s left"
