#!/usr/bin/env python3
"""Mixture searches on RegMix's 768 real runs of 1M parameters, which are all that a search may visit: how far above the best
run the chosen one lies. Twenty searches of each method, at three budgets, for the loss on Pile-CC and the mean of all.
Counts seeds, not time. One JSON object a line is added to bench/results/climb-replay.jsonl."""

import sys

from common import ROOT, Results, granary

TABLES = ROOT / "tests/golden/regmix"
METHODS = "robust,paper,curator,regmix,random"
SEEDS = 20


def replay(target, evaluations, seeds):
    return granary(
        "mix", "replay",
        "--mixtures", ",".join(str(TABLES / f"{part}_mixture_1m.csv") for part in ("train", "test")),
        "--losses", ",".join(str(TABLES / f"{part}_pile_loss_1m.csv") for part in ("train", "test")),
        "--target", target, "--preset", METHODS, "--evaluations", evaluations, "--seeds", seeds, "--json")


def main():
    is_tiny = "--tiny" in sys.argv
    results = Results("climb-replay.jsonl", is_tiny)
    for target in ("pile_cc", "mean"):
        for evaluations in (112,) if is_tiny else (112, 56, 28):
            outcome = replay(target, evaluations, 3 if is_tiny else SEEDS)
            results.add(**outcome)
            print(f"\n{target}, {evaluations} of {outcome['pool']} runs: regret in nats")
            intervals = {entry["other"]: entry for entry in outcome["compared"]}
            for method in outcome["methods"]:
                name, rank = method["preset"], method["rank_correlation"]
                line = f"  {name:8} median {method['regret_median']:.4f}  mean {method['regret_mean']:.4f}  best visited {method['best_observed_regret_median']:.4f}"
                line += f"  rank correlation {rank:.3f}" if rank is not None else ""
                if name in intervals:
                    entry = intervals[name]
                    line += f"  above robust by {entry['other_minus_method']:+.4f} ({entry['low']:+.4f} to {entry['high']:+.4f})"
                print(line)


if __name__ == "__main__":
    main()
