#!/usr/bin/env python3
"""Which of the two libtorch releases has the faster operators, one by one: interleaved, a process per sample, medians and ratios.

    make bench-operators                                 both libraries, seven samples of each: about two minutes
    python3 bench/peers/operators.py --samples 3         a look

Takes the libraries through their PyTorch: this system's (`make setup-peers`) and that of Debian 13 in a folder (`make libtorch2`).
Raw lines go to bench/results/operators.jsonl. A ratio above 1 means that the newer release is faster.
"""

import argparse
import os
import statistics
import sys

import peers

WORKER = peers.ROOT / "bench/peers/operators_pytorch.py"
SAME = 1.05  # what two medians on a machine that others use may differ by


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=7, help="processes per library (7)")
    parser.add_argument("--share", type=float, default=0.1, help="seconds for each operator in each process (0.1)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads for both (all cores)")
    options = parser.parse_args()
    found = peers.pythons()
    if len(found) < 2:
        sys.exit(f"Two releases are compared, but here is {' and '.join(found) or 'none'}; 'make setup-peers' and 'make libtorch2' bring them.")
    variables, times = peers.environment(options.threads), {}
    (older, _), (newer, _) = sorted(found.items(), key=lambda item: [int(part) for part in item[0].split("-")[1].split(".")])
    for index in range(options.samples):
        for name in (older, newer) if index % 2 == 0 else (newer, older):
            for line in peers.sample([*found[name][0], WORKER, "--threads", options.threads, "--share", options.share], variables):
                times.setdefault(line["operator"], {older: [], newer: []})[name].append(line["microseconds"])
                peers.keep("operators.jsonl", {"program": name, "sample": index, "threads": options.threads, **line})
            peers.say(f"{index + 1}/{options.samples} {name}")

    print(f"{'operator':34} {older + ' us':>18} {newer + ' us':>18} {'ratio':>7} {'quartiles':>14}  the faster")
    for operator, samples in times.items():
        ratios = [first / second for first, second in zip(samples[older], samples[newer])]
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
        faster = newer if middle > SAME else older if middle < 1 / SAME else "the same"
        print(f"{operator:34} {statistics.median(samples[older]):18.1f} {statistics.median(samples[newer]):18.1f} {middle:7.2f} {f'{low:.2f} to {high:.2f}':>14}  {faster}")


if __name__ == "__main__":
    main()
