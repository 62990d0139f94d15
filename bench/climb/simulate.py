#!/usr/bin/env python3
"""Mixture searches in worlds whose best mixture is known: Markov corpora with models trained by counting, K = 8 and 20, and
losses by a formula, K = 8 and 16, with and without noise. Ten or fifteen searches of each method, each in a world of its own,
all with 112 trials but those whose number is fixed. Counts seeds, not time. One JSON object a line is added to
bench/results/climb-simulate.jsonl."""

import sys

from common import Results, granary

METHODS = "robust,paper,curator,regmix,random,uniform,natural,best-single"
WORLDS = [
    (10, ["--world", "markov", "--components", "8", "--methods", f"{METHODS},mixmin"]),
    (10, ["--world", "markov", "--components", "20", "--methods", f"{METHODS},mixmin"]),
    (15, ["--world", "analytic", "--components", "8", "--methods", METHODS]),
    (15, ["--world", "analytic", "--components", "8", "--noise", "0.01", "--methods", METHODS]),
    (15, ["--world", "analytic", "--components", "16", "--methods", METHODS]),
]


def main():
    is_tiny = "--tiny" in sys.argv
    results = Results("climb-simulate.jsonl", is_tiny)
    for seeds, world in WORLDS:
        size = ["--seeds", 2, "--symbols", 20_000, "--evaluations", 28] if is_tiny else ["--seeds", seeds]
        outcome = granary("mix", "simulate", *world, *size, "--json")
        results.add(seeds=size[1], **outcome)
        print(f"\n{outcome['world']}, K = {outcome['components']}, noise {outcome['noise']}, {size[1]} worlds")
        intervals = {(entry["what"], entry["other"]): entry for entry in outcome["compared"]}
        for method in outcome["methods"]:
            name = method["method"]
            line = f"  {name:12} {method['trials']:4} trials  gap closed {method['gap_closed_mean']:7.1%} (least {min(method['gap_closed']):7.1%})  L1 {method['distance_mean']:.3f}"
            if ("distance", name) in intervals:
                entry = intervals["distance", name]
                line += f"  L1 above robust by {entry['other_minus_method']:+.3f} ({entry['low']:+.3f} to {entry['high']:+.3f})"
            print(line, flush=True)


if __name__ == "__main__":
    main()
