#!/usr/bin/env python3
"""The peak memory of training steps on one rank beside what `granary plan` says, with what blocks keep for backward as policy.

    python3 bench/memory/peak.py                     every shape with every policy
    python3 bench/memory/peak.py --cases llama-30m:1x4096 --policies none full
    python3 bench/memory/peak.py --tiny              whether it works at all; keeps no results
    python3 bench/memory/peak.py --table             the table of the lines that are there

What is compared is the whole process at its fullest: VmHWM of `granary bench step` after three steps, which other load does not
change. Fails where the plan is more than 5 % off. Raw lines are added to bench/results/memory.jsonl. Needs `make build`; uses
the standard library only.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
RESULTS = ROOT / "bench/results/memory.jsonl"
LIMIT = 0.05
CASES = ["gpt2-124m:4x64", "gpt2-124m:1x1024", "llama-30m:8x512", "llama-30m:1x4096"]
POLICIES = ["none", "selective", "full"]
# The presets, in the words of a run's file.
MODELS = {
    "gpt2-124m": {"type": "gpt2", "vocab_size": 50257, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12},
    "llama-30m": {"type": "llama", "vocab_size": 32000, "hidden_size": 384, "num_hidden_layers": 8, "num_attention_heads": 6, "num_key_value_heads": 2, "intermediate_size": 1536, "tie_word_embeddings": True},
}
# What a run's file must name and the plan of a step does not look at; JSON is YAML.
AROUND = {"name": "memory", "corpus": {"sources": [{"name": "text", "type": "text", "paths": ["*.txt"]}]}}


def granary(*arguments):
    # Debian's alternatives prefer OpenBLAS's pthread build, whose threads compete with libtorch's own.
    openmp = "/usr/lib/x86_64-linux-gnu/openblas-openmp"
    environment = {**os.environ, **({"LD_LIBRARY_PATH": openmp} if os.path.isdir(openmp) else {})}
    done = subprocess.run([str(GRANARY), *map(str, arguments)], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"'granary {' '.join(map(str, arguments))}' ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def planned(preset, rows, length, policy):
    """What the plan says of the process, in bytes."""
    longest = max(1024, length)
    run = {
        **AROUND,
        "model": {**MODELS[preset], "max_position_embeddings": longest},
        "decomposition": {"min_exponent": min(6, length.bit_length() - 1), "max_exponent": length.bit_length() - 1},
        "batching": {"tokens_per_step": rows * length},
        "training": {"tokens_per_microbatch": rows * length, "activation_checkpointing": policy},
    }
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(run, file)
        file.flush()
        plan = granary("plan", file.name, "--devices", 1, "--cluster", "cpu-ethernet", "--json")
    return plan["layouts"][0]["bytes_per_rank"]


def measure(case, policy):
    preset, shape = case.split(":")
    rows, length = map(int, shape.split("x"))
    step = granary("bench", "step", "--preset", preset, "--batch", rows, "--length", length, "--steps", 1, "--checkpointing", policy, "--json")
    return {
        "bench": "memory",
        "case": case,
        "policy": policy,
        "peak_bytes": step["peak_memory_bytes"],
        "tensor_bytes": step["peak_tensor_bytes"],
        "libtorch": step["libtorch"],
        "threads": step["threads"],
        "plan": planned(preset, rows, length, policy),
    }


def table(lines):
    """Prints the last line of each case and policy; whether the plan is near enough."""
    last = {(line["case"], line["policy"]): line for line in lines}
    worst = 0
    print(f"{'preset, rows x length':22}{'policy':11}{'peak MB':>9}{'plan MB':>9}{'':>9}{'to none':>9}")
    for (case, policy), line in last.items():
        off = line["plan"]["total"] / line["peak_bytes"] - 1
        worst = max(worst, abs(off))
        none = last.get((case, "none"))
        ratio = f"{line['peak_bytes'] / none['peak_bytes']:9.2f}" if none else ""
        print(f"{case:22}{policy:11}{line['peak_bytes'] / 1e6:9.0f}{line['plan']['total'] / 1e6:9.0f}{off:+9.1%}{ratio}")
    print(f"the plan is at most {worst:.1%} off")
    return worst <= LIMIT


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=CASES, help="preset:ROWSxLENGTH")
    parser.add_argument("--policies", nargs="+", default=POLICIES, choices=POLICIES, help="what blocks keep (all)")
    parser.add_argument("--tiny", action="store_true", help="one small case, no results kept")
    parser.add_argument("--table", action="store_true", help="measure nothing")
    options = parser.parse_args()
    if options.table:
        sys.exit(0 if table([json.loads(line) for line in RESULTS.open()]) else 1)
    lines = []
    for case in ["llama-30m:1x64"] if options.tiny else options.cases:
        for policy in options.policies:
            lines.append(measure(case, policy))
            if not options.tiny:
                with RESULTS.open("a") as results:
                    print(json.dumps(lines[-1]), file=results)
    sys.exit(0 if table(lines) or options.tiny else 1)


if __name__ == "__main__":
    main()
