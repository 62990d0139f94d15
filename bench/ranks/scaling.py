#!/usr/bin/env python3
"""The demo's model on several ranks: speed, how much of the exchange is hidden, memory a rank, and whether the losses agree.

    python3 bench/ranks/scaling.py                 seven rounds, ten minutes on two cores
    python3 bench/ranks/scaling.py --tiny          whether it works at all

Speed: two ranks of one thread against one rank of two threads, in turns, whole training steps behind the first 40, in which the
runtime still compiles: all of a run's tokens by all of its time, and by the median time of a token, which a core that is taken away for
a moment does not touch. Losses: every grid once, each step's loss beside that of one rank. Raw lines go to bench/results/ranks.jsonl.
Uses the standard library only.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
RESULTS = ROOT / "bench/results/ranks.jsonl"
WARMUP = 40
# name, ranks, settings
ONE, TWO = ("1 rank", 1, {}), ("2 ranks, rows", 2, {})  # the default: the optimizer's state in parts
GRIDS = [
    ONE, TWO,
    ("2 ranks, positions", 2, {"sequence_ranks": 2}),
    ("4 ranks, rows", 4, {}),
    ("4 ranks, 2 x 2", 4, {"sequence_ranks": 2}),
    ("4 ranks, positions", 4, {"sequence_ranks": 4}),
    ("2 ranks, none", 2, {"sharding": "none"}),
    ("2 ranks, full", 2, {"sharding": "full"}),
]


def granary(*arguments):
    # Debian's alternatives prefer OpenBLAS's pthread build, whose threads compete with libtorch's own.
    openmp = "/usr/lib/x86_64-linux-gnu/openblas-openmp"
    environment = {**os.environ, **({"LD_LIBRARY_PATH": openmp} if os.path.isdir(openmp) else {})}
    done = subprocess.run([str(GRANARY), *map(str, arguments)], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"'granary {' '.join(map(str, arguments))}' ended with {done.returncode}: {done.stderr[-2000:]}")


def trained(base, work, grid, steps):
    """Trains from prepared shards; the steps' events."""
    name, ranks, settings = grid
    runs = pathlib.Path(tempfile.mkdtemp(dir=work))
    shutil.copytree(base / "demo", runs / "demo")
    config = runs / "demo/config.yaml"
    text = config.read_text()
    for key, value in {"steps": steps, "checkpoint_every": "0s", **settings}.items():
        text, count = re.subn(rf"(?m)^  {key}: .*$", f"  {key}: {value}", text)
        assert count == 1, key
    config.write_text(re.sub(r"(?ms)^(training:.*?^  time_budget: )[^\n]*", r"\g<1>0s", text))
    granary("train", config, "--runs", runs, "--ranks", ranks, "--json")
    events = [json.loads(line) for line in (runs / "demo/events.jsonl").open()]
    shutil.rmtree(runs)
    return [event for event in events if event["kind"] == "step"]


def summary(grid, steps):
    timed = steps[WARMUP:] or steps
    line = {"grid": grid[0], "ranks": grid[1], "steps": len(steps), "tokens_per_second": sum(step["tokens"] for step in timed) / sum(step["tokens"] / step["tokens_per_second"] for step in timed),
            "median_tokens_per_second": statistics.median(step["tokens_per_second"] for step in timed)}
    if "exchange_hidden" in timed[-1]:
        line["exchange_hidden"] = timed[-1]["exchange_hidden"]  # over all steps so far
        line["exchange_wait_seconds"] = statistics.median(step["exchange_wait_seconds"] for step in timed)
        line["exchange_bytes"] = statistics.median(step["exchange_bytes"] for step in timed)
    return line


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="rounds (7)")
    parser.add_argument("--steps", type=int, default=160, help="steps of a timed run (160)")
    parser.add_argument("--curve", type=int, default=60, help="steps of a run whose losses are compared (60)")
    parser.add_argument("--tiny", action="store_true", help="a round of a few steps, no results kept")
    options = parser.parse_args()
    if options.tiny:
        options.rounds, options.steps, options.curve = 1, 14, 3
    with tempfile.TemporaryDirectory(dir=ROOT / "artifacts") as folder:
        work = pathlib.Path(folder)
        base = work / "base"
        granary("mix", ROOT / "configs/demo.yaml", "--runs", base, "--json")
        lines, speeds, medians = [], {ONE[0]: [], TWO[0]: []}, {ONE[0]: [], TWO[0]: []}
        for round in range(options.rounds):
            for grid in (ONE, TWO):
                line = {"bench": "ranks", "round": round, **summary(grid, trained(base, work, grid, options.steps))}
                lines.append(line)
                speeds[grid[0]].append(line["tokens_per_second"])
                medians[grid[0]].append(line["median_tokens_per_second"])
                print(json.dumps(line), file=sys.stderr)
        one = None
        for grid in GRIDS:
            steps = trained(base, work, grid, options.curve)
            losses = [step["loss"] for step in steps]
            one = one or losses
            lines.append({"bench": "ranks-curve", "losses": losses, "largest_difference": max(abs(a / b - 1) for a, b in zip(losses, one)), **summary(grid, steps)})
            print(f"{grid[0]:22} loss {losses[0]:.4f} to {losses[-1]:.4f}, at most {lines[-1]['largest_difference']:.1e} from one rank's")
    hidden = [line["exchange_hidden"] for line in lines if line["grid"] == TWO[0] and "exchange_hidden" in line]
    for name, taken in (("all steps", speeds), ("the median step", medians)):
        ratios = [two / one for one, two in zip(taken[ONE[0]], taken[TWO[0]])]
        print(f"by {name} 2 ranks of 1 thread take {statistics.median(taken[TWO[0]]):.0f} tokens/s, 1 rank of 2 threads {statistics.median(taken[ONE[0]]):.0f}: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")
    if hidden:
        print(f"{statistics.median(hidden):.0%} of the exchange is hidden ({min(hidden):.0%} to {max(hidden):.0%})")
    if not options.tiny:
        with RESULTS.open("a") as results:
            results.writelines(json.dumps(line) + "\n" for line in lines)


if __name__ == "__main__":
    main()
