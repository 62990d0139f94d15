#!/usr/bin/env python3
"""How fast tokens go into bucket shards and out of them, against the rates the design asks for.

    make bench-shards                                     five processes of 256 million tokens each
    python3 bench/shards/shards.py --samples 1 --tokens 10 --no-gates      a quick look

Each process is a line in bench/results/shards.jsonl; medians are printed and compared with the gates. The share of
training that waits for rows comes from the events of a short training run. Needs `make build`; uses the standard library
only.
"""

import argparse
import datetime
import json
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
RESULTS = ROOT / "bench/results/shards.jsonl"

GATES = [  # name, at least or at most, bound
    ("build_tokens_per_core_second", ">=", 66e6),
    ("slowest_rows_verified_tokens_per_core_second", ">=", 100e6),
    ("loader_tokens_per_core_second", ">=", 100e6),
    ("open_seconds_first", "<", 1),
    ("load_share", "<", 0.02),
]

TRAINING = """\
name: share
corpus:
  sources:
    - {{name: words, type: jsonl, paths: ["{text}"]}}
tokenizer: {{type: bpe, vocab_size: 1024}}
decomposition: {{min_exponent: 6, max_exponent: 9}}
batching: {{tokens_per_step: 4096}}
model: {{type: llama, hidden_size: 128, num_hidden_layers: 4, num_attention_heads: 4, max_position_embeddings: 512}}
optimizer: {{type: adamw, learning_rate: 0.001}}
training: {{steps: {steps}, tokens_per_microbatch: 4096}}
"""


def bench(tokens, shards, folder):
    command = [GRANARY, "bench", "shards", "--tokens", str(tokens), "--shards", str(shards), "--json"]
    if folder:
        command += ["--folder", folder]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"'granary bench shards' ended with {result.returncode}:\n{result.stderr[-2000:]}")
    sample = json.loads(result.stdout)
    sample["slowest_rows_verified_tokens_per_core_second"] = min(sample["rows_verified_tokens_per_core_second"].values())
    return sample


def load_share(steps):
    """Of the time of training steps, the first left out, the share that waited for rows."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="granary-share-"))
    try:
        source = random.Random(1)
        words = ["".join(source.choices("aeioubdfgklmnprstz", k=1 + index % 8)) for index in range(2_000)]
        with (folder / "text.jsonl").open("w") as file:
            for _ in range(steps * 60):
                file.write(json.dumps({"text": " ".join(source.choices(words, k=max(5, int(source.lognormvariate(4.6, 1)))))}) + "\n")
        (folder / "share.yaml").write_text(TRAINING.format(text=folder / "text.jsonl", steps=steps))
        result = subprocess.run([GRANARY, "train", folder / "share.yaml", "--runs", folder], capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"'granary train' ended with {result.returncode}:\n{result.stderr[-2000:]}")
        events = map(json.loads, (folder / "share/events.jsonl").read_text().splitlines())
        timed = [event for event in events if event["kind"] == "step" and event["step"] > 0]
        return sum(event["load_seconds"] for event in timed) / sum(event["tokens"] / event["tokens_per_second"] for event in timed)
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=5, help="processes (5)")
    parser.add_argument("--tokens", type=int, default=256, help="millions of tokens in each (256)")
    parser.add_argument("--shards", type=int, default=100_000, help="shards of the set that is opened (100000)")
    parser.add_argument("--steps", type=int, default=100, help="training steps (100)")
    parser.add_argument("--folder", help="where the shards are written; default: the system's temporary folder")
    parser.add_argument("--no-gates", action="store_true", help="print only: record nothing, fail nothing")
    options = parser.parse_args()
    if not GRANARY.exists():
        sys.exit(f"'{GRANARY.relative_to(ROOT)}' is absent; build it with 'make build'.")

    samples = []
    for _ in range(options.samples):
        sample = bench(options.tokens, options.shards, options.folder) | {"load_share": load_share(options.steps)}
        sample["time"] = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        samples.append(sample)
        if not options.no_gates:
            with RESULTS.open("a") as file:
                file.write(json.dumps(sample) + "\n")

    missed = []
    for name, relation, bound in GATES:
        median = statistics.median(sample[name] for sample in samples)
        is_met = median >= bound if relation == ">=" else median < bound
        print(f"{name:48}{median:18,.4g}  {relation} {bound:,.4g}{'' if is_met else '  MISSED'}")
        missed += [] if is_met else [name]
    if missed and not options.no_gates:
        sys.exit(f"Missed: {', '.join(missed)}.")


if __name__ == "__main__":
    main()
