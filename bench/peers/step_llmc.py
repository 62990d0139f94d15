#!/usr/bin/env python3
"""llm.c's training step of GPT-2 124M on the CPU, 4 rows of 64 tokens, which its program is written for.

    python3 bench/peers/step_llmc.py --source FOLDER --steps 4

FOLDER is a checkout of llm.c; its own Makefile builds a copy in artifacts/bench/llm.c, which reads random weights and tokens
that are written beside it (0.5 GB). Prints one JSON object. A step is forward, backward and AdamW; nothing is clipped.
"""

import argparse
import array
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys

WORK = pathlib.Path(__file__).resolve().parents[2] / "artifacts/bench/llm.c"
BATCH, LENGTH = 4, 64
VOCABULARY, PADDED, WIDTH, LAYERS, HEADS, POSITIONS = 50257, 50304, 768, 12, 12, 1024
# Numbers and what they begin as, in the file's order: embeddings, blocks by kind, the last norm.
TENSORS = [
    (PADDED * WIDTH, "normal"), (POSITIONS * WIDTH, "normal"), (LAYERS * WIDTH, 1.0), (LAYERS * WIDTH, 0.0),
    (LAYERS * 3 * WIDTH * WIDTH, "normal"), (LAYERS * 3 * WIDTH, 0.0), (LAYERS * WIDTH * WIDTH, "normal"), (LAYERS * WIDTH, 0.0),
    (LAYERS * WIDTH, 1.0), (LAYERS * WIDTH, 0.0), (LAYERS * 4 * WIDTH * WIDTH, "normal"), (LAYERS * 4 * WIDTH, 0.0),
    (LAYERS * 4 * WIDTH * WIDTH, "normal"), (LAYERS * WIDTH, 0.0), (WIDTH, 1.0), (WIDTH, 0.0),
]


def build(source):
    """The program, from a copy: what is built lies in no folder of somebody else's."""
    if not (source / "train_gpt2.c").exists():
        sys.exit(f"'{source}' has no train_gpt2.c; name the folder of a checkout of llm.c.")
    WORK.mkdir(parents=True, exist_ok=True)
    for name in ("train_gpt2.c", "Makefile"):
        shutil.copy2(source / name, WORK)
    shutil.copytree(source / "llmc", WORK / "llmc", dirs_exist_ok=True)
    result = subprocess.run(["make", "-C", WORK, "train_gpt2"], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"llm.c's own Makefile could not build train_gpt2: {result.stderr.strip().splitlines()[-1]}")
    return WORK / "train_gpt2"


def header(magic, *numbers):
    return array.array("i", [magic, *numbers, *[0] * (255 - len(numbers))]).tobytes()


def write_weights(file):
    drawn = random.Random(1)
    # A million numbers over and over: to the time it is all the same.
    normal = array.array("f", (drawn.gauss(0, 0.02) for _ in range(1_000_000)))
    with file.open("wb") as out:
        out.write(header(20240326, 3, POSITIONS, VOCABULARY, LAYERS, HEADS, WIDTH, PADDED))
        for count, kind in TENSORS:
            block = normal if kind == "normal" else array.array("f", [kind]) * 1_000_000
            while count > 0:
                out.write(block[:count].tobytes())
                count -= len(block)


def write_tokens(file):
    drawn = random.Random(2)
    tokens = array.array("H", (drawn.randrange(VOCABULARY) for _ in range(64 * BATCH * LENGTH + 1)))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(header(20240520, 1, len(tokens)) + tokens.tobytes())


def prepare():
    weights = WORK / "gpt2_124M.bin"
    if not weights.exists():
        write_weights(WORK / "weights.part")
        (WORK / "weights.part").rename(weights)
    for part in ("train", "val"):
        write_tokens(WORK / f"dev/data/tinyshakespeare/tiny_shakespeare_{part}.bin")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=pathlib.Path, required=True, help="a checkout of llm.c")
    parser.add_argument("--steps", type=int, default=4, help="steps that are timed, at most 39 (4)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    program = build(options.source)
    prepare()
    # It reports each step by itself; the first one, which makes the buffers of gradients, is not counted.
    seconds, last = [], None
    process = subprocess.Popen(
        ["stdbuf", "-oL", program], cwd=WORK, env={**os.environ, "OMP_NUM_THREADS": str(options.threads)}, stdout=subprocess.PIPE, text=True, errors="replace")
    for line in process.stdout:
        found = re.match(r"step (\d+): train loss (\S+) \(took (\S+) ms\)", line)
        if found and int(found[1]) > 0:
            seconds.append(float(found[3]) / 1e3)
            last = float(found[2])
        if len(seconds) == options.steps:
            break
    process.kill()
    _, _, usage = os.wait4(process.pid, 0)
    if not seconds:
        sys.exit("llm.c's train_gpt2 ended before it had taken a step.")
    median = statistics.median(seconds)
    print(json.dumps({
        "program": "llm.c", "preset": "gpt2-124m", "batch": BATCH, "length": LENGTH, "steps": len(seconds), "mode": "fp32", "threads": options.threads,
        "last_loss": last, "tokens_per_second": BATCH * LENGTH / median, "milliseconds": median * 1e3,
        "milliseconds_each": [round(s * 1e3, 3) for s in seconds], "peak_memory_bytes": usage.ru_maxrss * 1024,
    }))


if __name__ == "__main__":
    main()
