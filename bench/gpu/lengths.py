#!/usr/bin/env python3
"""What a token costs on the GPU when documents are cut into pieces of up to 8,192 tokens, beside plain rows of 2,048.

    python3 bench/gpu/lengths.py                          llama-350m in bfloat16, 16,384 tokens a step
    python3 bench/gpu/lengths.py --tiny --device cpu      whether it works at all

`granary bench batching` takes plain rows of every length in turn; dataset decomposition costs the sum over its lengths, each by
its share of the tokens of documents whose lengths are spread as those of web pages. Its own steps are timed as well, but a step
has one length, so a few of them are a draw. Raw lines go to gpu-lengths.jsonl.
"""

import argparse
import statistics
import sys

import common


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="llama-350m")
    parser.add_argument("--length", type=int, default=8192, help="the longest piece (8,192)")
    parser.add_argument("--fixed", type=int, default=2048, help="the plain rows it is held against (2,048)")
    parser.add_argument("--min", type=int, default=8, help="exponent of the shortest piece (8)")
    parser.add_argument("--tokens-per-step", type=int, default=16384)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=4, help="steps of a length in a round, once they are recorded (4)")
    parser.add_argument("--dtype", default="bf16")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    if options.tiny:
        options.preset, options.length, options.fixed, options.min, options.tokens_per_step, options.rounds, options.dtype = "dd-128x4", 256, 64, 5, 256, 2, "fp32"
    lines = common.granary(
        "bench", "batching", "--preset", options.preset, "--length", options.length, "--min", options.min, "--tokens-per-step", options.tokens_per_step,
        "--tokens", max(60_000, 16 * options.tokens_per_step), "--rounds", options.rounds, "--steps", 1, "--length-steps", options.steps, "--dtype", options.dtype, "--device", options.device, "--json", seconds=300)
    for line in lines:
        common.keep("gpu-lengths.jsonl", preset=options.preset, device=options.device, dtype=options.dtype, **line)
    cost = {}
    for line in lines:
        if line["kind"] in ("type", "length"):
            cost.setdefault(line["name"], []).append(line["seconds_per_token"])
    cost = {name: statistics.median(values) for name, values in cost.items()}
    buckets = {line["length"]: line["tokens"] for line in lines if line["kind"] == "bucket"}
    total = sum(buckets.values())
    for name, seconds in cost.items():
        share = f", {buckets[int(name)] / total:.1%} of the pieces' tokens" if name.isdigit() and int(name) in buckets else ""
        print(f"{name:>24}: {1e6 * seconds:.3f} us a token, {1 / seconds:,.0f} tokens/s{share}")
    mixed = sum(tokens / total * cost[str(length)] for length, tokens in buckets.items())
    fixed = cost[str(options.fixed)]
    print(f"lengths: pieces of up to {options.length:,} cost {mixed / fixed:.3f} of plain rows of {options.fixed:,} (asked for: at most 1.05)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
