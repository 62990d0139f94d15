#!/usr/bin/env python3
"""Loss curves with products of bf16 against fp32's on the CPU, on the demo's text and model, the same seeds in turns.

    python3 bench/bf16/curves.py                                     2,000 steps, three seeds: six runs
    python3 bench/bf16/curves.py --steps 60 --seeds 1 2 --window 20  whether it works at all
    python3 bench/bf16/curves.py --set model.hidden_size=64          a smaller model, for less time
    python3 bench/bf16/curves.py --table                             what the lines that are there say

A run's curve is the mean loss of each window of steps. Both precisions see the same rows in the same order, so what a seed's two
curves differ by is what rounding did; noise is what fp32's own curves differ by from seed to seed, as a standard deviation, in the
same window. 0 if in every window after the first and in the held-out loss the mean difference over the seeds stays below
the noise of such a mean, twice its standard error; the first window falls so steeply that it tells nothing. Where the CPU has no
AVX512-BF16 the factors are rounded all the same. Raw lines go to bench/results/bf16-curves.jsonl. Needs `make build`; uses the
standard library only.
"""

import argparse
import json
import math
import pathlib
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
RESULTS = ROOT / "bench/results/bf16-curves.jsonl"
WORK = ROOT / "artifacts/bench/bf16"
PRECISIONS = ["fp32", "bf16"]


def train(precision, seed, options):
    name = f"{precision}-{seed}"
    shutil.rmtree(WORK / name, ignore_errors=True)
    settings = [
        f"name={name}", f"seed={seed}", "mix=null", "corpus.time_budget=null", "objective={type: next-token}", "sample.draft=none",
        f"training.steps={options.steps}", f"training.precision={precision}", *options.set,
    ]
    # Steps are given here, and a run has either steps or a time.
    file = WORK / "demo.yaml"
    file.write_text((ROOT / "configs/demo.yaml").read_text().replace("  time_budget: 100s\n", ""))
    command = [GRANARY, "run", file, "--runs", WORK, "--json"]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"'{name}' ended with {done.returncode}: {done.stderr[-2000:]}")
    events = [json.loads(line) for line in (WORK / name / "events.jsonl").open()]
    steps = [event for event in events if event["kind"] == "step"]
    held_out = [event for event in events if event["kind"] == "evaluation"]
    line = {
        "bench": "bf16-curves", "precision": precision, "seed": seed, "steps": options.steps, "set": options.set, "losses": [event["loss"] for event in steps],
        "seconds": sum(event["tokens"] / event["tokens_per_second"] for event in steps), "held_out": held_out[-1]["loss"] if held_out else None,
    }
    with RESULTS.open("a") as results:
        print(json.dumps(line), file=results, flush=True)
    print(f"{name}: last {options.window} steps {statistics.fmean(line['losses'][-options.window:]):.4f}, {line['seconds']:.0f} s", flush=True)
    return line


def curve(line, window):
    losses = line["losses"]
    points = [statistics.fmean(losses[start : start + window]) for start in range(0, len(losses) - window + 1, window)]
    return points + ([line["held_out"]] if line["held_out"] is not None else [])


def compare(lines, options):
    """Whether the curves are the same within noise; says where they are farthest apart."""
    curves = {(line["precision"], line["seed"]): curve(line, options.window) for line in lines}
    seeds = sorted({seed for _, seed in curves})
    points = len(curves["fp32", seeds[0]])
    has_held_out = all(line["held_out"] is not None for line in lines)
    far = []
    for point in range(1, points):
        differences = [curves["bf16", seed][point] - curves["fp32", seed][point] for seed in seeds]
        noise = 2 * statistics.stdev(curves["fp32", seed][point] for seed in seeds) / math.sqrt(len(seeds))
        name = "held out" if has_held_out and point == points - 1 else f"steps {point * options.window}-{(point + 1) * options.window - 1}"
        mean = statistics.fmean(differences)
        print(f"{name}: bf16 - fp32 {mean:+.4f} (seeds {', '.join(f'{value:+.4f}' for value in differences)}), noise {noise:.4f}")
        if abs(mean) > noise:
            far.append(name)
    print(f"beyond the noise: {', '.join(far)}" if far else "within the noise everywhere")
    return not far


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--window", type=int, default=100)
    parser.add_argument("--set", action="append", default=[], help="a key of the run, as for granary; may be repeated")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    if len(options.seeds) < 2:
        sys.exit("'--seeds' names one, but noise is what seeds differ by; name two or more.")
    if options.table:
        kept = [json.loads(line) for line in RESULTS.open()]
        lines = list({(line["precision"], line["seed"]): line for line in kept if line["steps"] == options.steps and line["set"] == options.set}.values())
    else:
        WORK.mkdir(parents=True, exist_ok=True)
        lines = [train(precision, seed, options) for seed in options.seeds for precision in PRECISIONS]
    sys.exit(0 if compare(lines, options) else 1)


if __name__ == "__main__":
    main()
