#!/usr/bin/env python3
"""What a token costs with each batching type, relative to concat-and-chunk at the same longest row.

    python3 bench/dataset-decomposition/cost.py                        both presets at 8,192, about an hour on two cores
    python3 bench/dataset-decomposition/cost.py --min 6                pieces from 64 tokens on
    python3 bench/dataset-decomposition/cost.py --tiny                 whether it works at all

`granary bench batching` takes steps of each type in turn, in one process, on synthetic documents whose lengths are spread
as those of web pages. Beside each ratio stands what counting operations expects at the context that the timed rows really
have, and for dataset decomposition the sum over the measured times of its lengths. Raw lines go to
bench/results/dd-cost.jsonl.
"""

import argparse
import os
import statistics
import sys

import common

BASE = "concat-and-chunk"


def quartiles(values):
    low, _, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return f"{low:.3f} to {high:.3f}"


def report(preset, options, lines):
    model = next(line for line in lines if line["kind"] == "model")
    samples = [line for line in lines if line["kind"] in ("type", "length")]
    base = {line["round"]: line["seconds_per_token"] for line in samples if line["name"] == BASE}

    def ratios(name):
        # Each sample against concat-and-chunk's in the same round: what else the machine does then falls on both.
        return [line["seconds_per_token"] / base[line["round"]] for line in samples if line["name"] == name]

    def expected(context):
        operations = lambda length: model["rest_flops"] + model["flops_per_length"] * length
        return operations(2 * context + 1) / operations(options.length)

    print(f"\n{preset}, rows of at most {options.length:,}, pieces from {1 << options.min}: time a token relative to {BASE}")
    print(f"  {'type':24} {'ratio':>7} {'quartiles':>16} {'by operations':>14} {'context':>8} {'waiting':>8}")
    for name in dict.fromkeys(line["name"] for line in samples if line["kind"] == "type"):
        own = [line for line in samples if line["name"] == name]
        context = statistics.fmean(line["mean_context"] for line in own)
        waiting = statistics.fmean(line["load_share"] for line in own)
        print(f"  {name:24} {statistics.median(ratios(name)):7.3f} {quartiles(ratios(name)):>16} {expected(context):14.3f} {context:8.0f} {waiting:8.2%}")

    buckets = {line["length"]: line["tokens"] for line in lines if line["kind"] == "bucket"}
    total = sum(buckets.values())
    by_length = {length: statistics.median(ratios(str(length))) for length in buckets}
    for length, ratio in by_length.items():
        print(f"  {f'plain rows of {length:,}':24} {ratio:7.3f} {quartiles(ratios(str(length))):>16} {expected((length - 1) / 2):14.3f} {(length - 1) // 2:8}          {buckets[length] / total:6.1%} of the pieces' tokens")
    mixed = sum(tokens / total * by_length[length] for length, tokens in buckets.items())
    direct = statistics.median(ratios("dataset-decomposition"))
    print(f"  the sum over its lengths gives dataset decomposition {mixed:.3f}; measured {direct:.3f}, {direct / mixed:.3f} of it (asked for: at most 1.05)")
    quarter = options.length // 4
    if quarter in by_length:
        print(f"  plain rows of {quarter:,}: {by_length[quarter]:.3f}, so dataset decomposition costs {direct / by_length[quarter]:.3f} of those (asked for: 0.95 to 1.05)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", action="append", choices=common.PRESETS, help="may be given more than once (both)")
    parser.add_argument("--length", type=int, default=8192, help="the longest row (8,192)")
    parser.add_argument("--min", type=int, default=8, help="exponent of the shortest piece (8)")
    parser.add_argument("--rounds", type=int, default=6, help="how often the types take their turn (6)")
    parser.add_argument("--steps", type=int, default=8, help="steps of a type in a round (8)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads (all cores)")
    parser.add_argument("--tiny", action="store_true", help="rows of 256, two rounds of two steps")
    options = parser.parse_args()
    extra = []
    if options.tiny:
        options.length, options.min, options.rounds, options.steps = 256, 5, 2, 2
        extra = ["--tokens", 60_000]
    results = common.Results("dd-cost.jsonl", options.tiny)
    for preset in options.preset or common.PRESETS:
        def keep(line):
            results.add(preset=preset, min=options.min, longest=options.length, threads=options.threads, **line)
            if line["kind"] == "type":
                print(f"{preset} {line['round']}/{options.rounds} {line['name']}: {1e6 * line['seconds_per_token']:.1f} us a token", file=sys.stderr)

        lines = common.granary(
            "bench", "batching", "--preset", preset, "--length", options.length, "--min", options.min, "--rounds", options.rounds,
            "--steps", options.steps, "--threads", options.threads, *extra, "--json", threads=options.threads, on_line=keep)
        report(preset, options, lines)


if __name__ == "__main__":
    main()
