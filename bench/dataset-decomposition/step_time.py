#!/usr/bin/env python3
"""The time of a training step against the length of its rows, at the same number of tokens.

    python3 bench/dataset-decomposition/step_time.py                   both presets, 256 to 8,192, about half an hour
    python3 bench/dataset-decomposition/step_time.py --tiny            whether it works at all

A straight line t = t0 + c L is fitted to the medians of each length; R^2 of 0.98 or more is asked for. Beside it stands
what counting operations expects of c / t0. The lengths take turns, one process a sample. Raw lines go to
bench/results/dd-step-time.jsonl.
"""

import argparse
import os
import statistics
import sys

import common


def fitted(points):
    """t0, c and R^2 of the least squares line."""
    lengths, times = zip(*points)
    mean_length, mean_time = statistics.fmean(lengths), statistics.fmean(times)
    slope = sum((l - mean_length) * (t - mean_time) for l, t in points) / sum((l - mean_length) ** 2 for l in lengths)
    start = mean_time - slope * mean_length
    left = sum((t - start - slope * l) ** 2 for l, t in points)
    return start, slope, 1 - left / sum((t - mean_time) ** 2 for t in times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", action="append", choices=common.PRESETS, help="may be given more than once (both)")
    parser.add_argument("--tokens", type=int, default=8192, help="tokens of a step (8,192)")
    parser.add_argument("--samples", type=int, default=5, help="processes for each length (5)")
    parser.add_argument("--steps", type=int, default=3, help="timed steps in each (3)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads (all cores)")
    parser.add_argument("--tiny", action="store_true", help="1,024 tokens, one sample of one step")
    options = parser.parse_args()
    if options.tiny:
        options.tokens, options.samples, options.steps = 1024, 1, 1
    results = common.Results("dd-step-time.jsonl", options.tiny)
    lengths = [options.tokens >> shift for shift in range(5, -1, -1)]
    for preset in options.preset or common.PRESETS:
        times = {length: [] for length in lengths}
        for sample in range(options.samples):
            for length in lengths:
                (measured,) = common.granary(
                    "bench", "step", "--preset", preset, "--batch", options.tokens // length, "--length", length,
                    "--steps", options.steps, "--threads", options.threads, "--json", threads=options.threads)
                results.add(preset=preset, length=length, tokens=options.tokens, sample=sample, **measured)
                times[length].append(measured["milliseconds"])
                print(f"{preset} {sample + 1}/{options.samples} length {length}: {measured['milliseconds']:.0f} ms", file=sys.stderr)

        points = [(length, statistics.median(times[length])) for length in lengths]
        start, slope, quality = fitted(points)
        rest, per_length = common.flops(preset)
        print(f"{preset}, {options.tokens:,} tokens a step")
        for length, time in points:
            print(f"  length {length:6,}: {time:9.1f} ms   line {start + slope * length:9.1f} ms")
        print(f"  t = {start:.1f} ms + {1e3 * slope:.3f} us x length, R^2 {quality:.4f} (asked for: 0.98)")
        print(f"  attention / rest at {lengths[-1]:,}: measured {slope * lengths[-1] / start:.2f}, by operations {per_length * lengths[-1] / rest:.2f}")


if __name__ == "__main__":
    main()
