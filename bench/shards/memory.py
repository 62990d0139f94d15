#!/usr/bin/env python3
"""The peak memory of `granary decompose` over a corpus far larger than memory; fails above the limit.

    python3 bench/shards/memory.py                        20 GB of documents, at most 1 GB resident
    python3 bench/shards/memory.py --gigabytes 0.2        a quick look

Writes one file of made-up documents and links it under as many names as the size asks for, so the corpus takes the disk
space of one file; the shards take about two bytes a token. A run of 1 GB or more is a line in bench/results/shards-memory.jsonl. Needs `make build`; uses the standard library only.
"""

import argparse
import json
import math
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
RESULTS = ROOT / "bench/results/shards-memory.jsonl"
FILE_BYTES = 100_000_000
HUGE = 12_000_000  # bytes of the longest document: near what a source reads by default

# The model is there because a run has one; nothing is trained.
CONFIG = """\
name: {name}
corpus:
  deduplicate: none
  sources:
    - {{name: made-up, type: jsonl, paths: ["{paths}"], held_out_one_in: 0}}
tokenizer: {tokenizer}
decomposition: {{min_exponent: 6, max_exponent: 13}}
model: {{type: llama, hidden_size: 64, num_hidden_layers: 1, num_attention_heads: 1, max_position_embeddings: 8192}}
"""


def documents(size):
    """Lines of JSON: documents of random words, their lengths lognormal, one of them huge."""
    source = random.Random(1)
    syllables = ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu", "än", "str", "ing", "tion"]
    words = ["".join(source.choices(syllables, k=1 + index % 4)) for index in range(20_000)]
    weights = [1 / (index + 1) for index in range(len(words))]
    pool = source.choices(words, weights, k=1_000_000)
    yield json.dumps({"text": " ".join(pool * (1 + HUGE // 6_000_000))[:HUGE]}, ensure_ascii=False)
    written = HUGE
    while written < size:
        length = max(1, int(source.lognormvariate(5.3, 1.25)))
        first = source.randrange(len(pool))
        text = " ".join(pool[first:first + length])
        written += len(text) + 12
        yield json.dumps({"text": text}, ensure_ascii=False)


def run(*arguments):
    """Runs the command; its peak resident bytes and wall seconds."""
    begin = time.monotonic()
    process = os.posix_spawn(GRANARY, [str(GRANARY), *map(str, arguments)], os.environ)
    _, status, usage = os.wait4(process, 0)
    if status != 0:
        sys.exit(f"'granary {' '.join(map(str, arguments))}' ended with {os.waitstatus_to_exitcode(status)}.")
    return usage.ru_maxrss * 1024, time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=20, help="documents in all (20)")
    parser.add_argument("--limit", type=float, default=1, help="gigabytes that may be resident (1)")
    parser.add_argument("--folder", help="where to work; a folder of its own below it is made and removed")
    options = parser.parse_args()
    if not GRANARY.exists():
        sys.exit(f"'{GRANARY.relative_to(ROOT)}' is absent; build it with 'make build'.")

    folder = pathlib.Path(tempfile.mkdtemp(prefix="granary-memory-", dir=options.folder))
    try:
        size = int(options.gigabytes * 1e9)
        first = folder / "text/0000.jsonl"
        first.parent.mkdir()
        with first.open("w", encoding="utf-8") as file:
            for line in documents(min(size, FILE_BYTES)):
                file.write(line + "\n")
        for link in range(1, math.ceil(size / first.stat().st_size)):
            os.link(first, folder / f"text/{link:04d}.jsonl")

        small, large = folder / "small.yaml", folder / "large.yaml"
        small.write_text(CONFIG.format(name="small", paths=first, tokenizer="{type: bpe, vocab_size: 8192}"))
        run("tokenizer", "train", small, "--runs", folder)
        tokenizer = f"{{type: file, file: {folder}/small/stages/tokenizer/tokenizer.json}}"
        large.write_text(CONFIG.format(name="large", paths=folder / "text/*.jsonl", tokenizer=tokenizer))
        peak, seconds = run("decompose", large, "--runs", folder)

        manifest = json.loads((folder / "large/stages/decompose/manifest.json").read_text())
        result = {
            "bench": "decompose-memory",
            "corpus_bytes": sum(path.stat().st_size for path in first.parent.iterdir()),
            "tokens": manifest["ledger"]["tokens_read"],
            "peak_bytes": peak,
            "wall_seconds": round(seconds, 1),
        }
        print(json.dumps(result))
        if options.gigabytes >= 1:
            with RESULTS.open("a") as lines:
                lines.write(json.dumps(result) + "\n")
        if peak > options.limit * 1e9:
            sys.exit(f"The peak was '{peak / 1e9:.2f}' GB but may be {options.limit} GB.")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
