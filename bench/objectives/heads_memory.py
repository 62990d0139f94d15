#!/usr/bin/env python3
"""The peak memory of a training step with four heads against one, vocabulary 50,257; fails above 15 %.

    python3 bench/objectives/heads_memory.py                          gpt2-124m, 4 x 256 and 8 x 512
    python3 bench/objectives/heads_memory.py --shapes 1x64            a quick look
    python3 bench/objectives/heads_memory.py --table                  the table of the lines that are there

What is compared is the whole process: parameters, gradients and both moments of Adam, activations, logits. `same trunk`
keeps the twelve blocks and adds three (parallel heads: 340 MB of parameters and their state; sequential modules: 397 MB),
`shorter trunk` takes away three first, so that both models have as many blocks, as Gloeckle et al. compare. The limit
holds for every form. Sequential modules on the same trunk are above it by what they weigh and what the allocator keeps. Needs `make build`; uses the standard library only.
"""

import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
RESULTS = ROOT / "bench/results/heads-memory.jsonl"
LIMIT = 1.15
BLOCKS = 12
# name, options
FORMS = [
    ("one head", ["--ahead", "1"]),
    ("4 parallel, same trunk", ["--ahead", "4"]),
    ("4 parallel, shorter trunk", ["--ahead", "4", "--layers", str(BLOCKS - 3)]),
    ("4 sequential, same trunk", ["--ahead", "4", "--heads", "sequential"]),
    ("4 sequential, shorter trunk", ["--ahead", "4", "--heads", "sequential", "--layers", str(BLOCKS - 3)]),
]


def peak(rows, length, options):
    """Peak resident bytes of two untimed steps and one more."""
    command = [GRANARY, "bench", "step", "--preset", "gpt2-124m", "--batch", rows, "--length", length, "--steps", "1", "--json", *options]
    return json.loads(subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout)["peak_memory_bytes"]


def measure(shapes):
    with RESULTS.open("a") as results:
        for rows, length in shapes:
            for form, options in FORMS:
                line = {"bench": "heads-memory", "preset": "gpt2-124m", "rows": rows, "length": length, "form": form, "peak_bytes": peak(rows, length, options)}
                print(json.dumps(line), file=results, flush=True)


def table():
    """Prints the last line of each form; whether all are within the limit."""
    last = {}
    for line in map(json.loads, RESULTS.read_text().splitlines()):
        last[(line["rows"], line["length"], line["form"])] = line["peak_bytes"]
    holds = True
    print(f"{'rows x length':>13}  {'form':27} {'peak MB':>8} {'to one head':>11}")
    for rows, length in sorted({key[:2] for key in last}):
        for form, _ in FORMS:
            if (rows, length, form) in last:
                ratio = last[rows, length, form] / last[rows, length, FORMS[0][0]]
                holds &= ratio <= LIMIT
                print(f"{rows:>5} x {length:<5}  {form:27} {last[rows, length, form] / 1e6:8.0f} {ratio:11.3f}")
    return holds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="*", default=["4x256", "8x512"], help="rows x length")
    parser.add_argument("--table", action="store_true", help="measure nothing")
    arguments = parser.parse_args()
    if not arguments.table:
        measure([tuple(map(int, shape.split("x"))) for shape in arguments.shapes])
    sys.exit(0 if table() else 1)


if __name__ == "__main__":
    main()
