#!/usr/bin/env python3
"""Granary's training step against PyTorch's on the same GPU, in turns: Granary, the peers, Granary again.

    python3 bench/gpu/compare.py                                            four cases, bfloat16
    python3 bench/gpu/compare.py --case llama-1b:8x2048 --variants eager compile
    python3 bench/gpu/compare.py --tiny --device cpu                        whether it works at all

Each program is a process of its own. Raw lines go to gpu-step.jsonl in $OUT or bench/results; a ratio above 1 means that
Granary is faster. step_pytorch.py tells what the variants are.
"""

import argparse
import statistics
import sys
import time

import common

CASES = ["llama-350m:8x2048", "llama-1b:8x2048", "llama-350m:1x16384", "llama-1b:1x16384"]
VARIANTS = ["eager", "eager-cudnn", "compile", "compile-cudnn"]


def granary(case, options):
    preset, batch, length = case
    line = common.granary(
        "bench", "step", "--preset", preset, "--batch", batch, "--length", length, "--steps", options.steps, "--dtype", options.dtype,
        "--device", options.device, *(["--layers", options.layers] if options.layers else []), *options.granary, "--json", seconds=options.seconds)[-1]
    return [{**line, "program": "granary", "peak_memory_bytes": line.get("peak_device_bytes", line["peak_memory_bytes"])}]


def peers(case, options):
    preset, batch, length = case
    if options.tiny:
        preset = "tiny"
    # What inductor compiled for one case serves it again.
    cache = {"TORCHINDUCTOR_CACHE_DIR": str(common.ROOT / "artifacts/inductor")}
    found = []
    for variant in options.variants:
        try:
            found += common.json_lines(common.run(
                [sys.executable, common.ROOT / "bench/gpu/step_pytorch.py", "--preset", preset, "--batch", batch, "--length", length, "--steps", options.steps,
                 "--dtype", options.dtype, *(["--layers", options.layers] if options.layers else []), "--variants", variant],
                options.seconds, cache))
        except common.Failed as failure:
            found.append({"program": f"pytorch-{variant}", "error": str(failure)})
    return found


def table(rows):
    print(f"\n{'case':20} {'program':28} {'ms':>9} {'tokens/s':>10} {'TFLOP/s':>8} {'of rate':>8} {'peak GiB':>9} {'granary/it':>11}")
    for case, lines in rows:
        own = [line["tokens_per_second"] for line in lines if line["program"] == "granary" and "error" not in line]
        for line in lines:
            if "error" in line:
                print(f"{case:20} {line['program']:28} {line['error'][:120]}")
                continue
            ratio = f"{statistics.fmean(own) / line['tokens_per_second']:11.3f}" if own else ""
            print(f"{case:20} {line['program']:28} {line['milliseconds']:9.2f} {line['tokens_per_second']:10.0f} {line['flops_share'] * line['matrix_flops'] / 1e12:8.1f} "
                  f"{line['flops_share']:8.1%} {line['peak_memory_bytes'] / 2**30:9.2f} {ratio}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", action="append", help=f"PRESET:BATCHxLENGTH, may be given more than once ({' '.join(CASES)})")
    parser.add_argument("--variants", nargs="+", default=VARIANTS, help=f"of the peer ({' '.join(VARIANTS)})")
    parser.add_argument("--granary", nargs="*", default=[], help="further options of `granary bench step`, without their dashes")
    parser.add_argument("--steps", type=int, default=9, help="timed steps of each (9)")
    parser.add_argument("--layers", type=int, help="blocks, where not the preset's")
    parser.add_argument("--dtype", choices=("bf16", "fp32"), default="bf16")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=120, help="longest time of a process (120)")
    parser.add_argument("--budget", type=float, default=1e9, help="seconds after which no further case is begun")
    parser.add_argument("--tiny", action="store_true", help="a tiny model in float32")
    options = parser.parse_args()
    options.granary = [f"--{name}" for name in options.granary]
    if options.tiny:
        options.case, options.dtype, options.steps, options.variants = ["dd-128x4:2x64"], "fp32", 3, ["eager"]
    begin, rows = time.monotonic(), []
    for name in options.case or CASES:
        if time.monotonic() - begin > options.budget:
            print(f"{name} is left out: the time is over.")
            continue
        preset, shape = name.split(":")
        case = (preset, *map(int, shape.split("x")))
        lines = []
        for part in (granary, peers, granary):
            try:
                lines += part(case, options)
            except common.Failed as failure:
                lines.append({"program": "granary", "error": str(failure)})
            for line in lines[-len(options.variants) if part is peers else -1:]:
                common.say(f"{name} {line['program']}: {line.get('error') or format(line['milliseconds'], '.2f') + ' ms'}")
        for line in lines:
            common.keep("gpu-step.jsonl", case=name, **{**line, "steps": options.steps})
        rows.append((name, lines))
        table(rows[-1:])
    table(rows)
    return 1 if any("error" in line and line["program"] == "granary" for _, lines in rows for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
