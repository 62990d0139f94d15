#!/usr/bin/env python3
"""Several ranks on GPUs over NCCL: the losses of one rank, the same bits in every way of sharding, and tokens a second.

    python3 bench/gpu/ranks.py --ranks 2                       two GPUs of this machine
    python3 bench/gpu/ranks.py --ranks 2 --tiny --device cpu   over Gloo, whether it works at all

A small Llama learns Python's own library in float32, by one rank and by several with each of the three `parallel.sharding`; then in
bfloat16. Raw lines go to gpu-ranks.jsonl. With fewer GPUs than ranks it says so and ends well: nothing was shown.
"""

import argparse
import hashlib
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import sysconfig

import common

LOSS = 1e-4  # relative, over all steps in float32
CONFIG = """name: ranks
corpus:
  sources:
    - {{name: python, type: text, paths: ["{library}/*.py"], held_out_one_in: 20}}
tokenizer: {{type: bpe, vocab_size: 2048}}
decomposition: {{min_exponent: 6, max_exponent: 9}}
batching: {{tokens_per_step: {tokens}, passes: 4}}
model: {{type: llama, hidden_size: {width}, num_hidden_layers: 4, num_attention_heads: 4, max_position_embeddings: 512}}
parallel: {{sharding: {sharding}}}
training: {{steps: {steps}, device: {device}, precision: {precision}, deterministic: {deterministic}}}
"""


def gpus():
    """How many GPUs there are."""
    if shutil.which("nvidia-smi") is None:
        return 0
    listed = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True)
    return len(listed.stdout.splitlines()) if listed.returncode == 0 else 0


def trained(options, ranks, sharding, precision):
    """The losses of a run, its tokens a second, and the hash of the weights it ends with."""
    name = f"{precision}-{ranks}-{sharding}"
    work = options.work.resolve() / name
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    file = work / "ranks.yaml"
    file.write_text(CONFIG.format(
        library=sysconfig.get_paths()["stdlib"], tokens=2048 if options.tiny else 32_768, width=64 if options.tiny else 256, sharding=sharding,
        steps=options.steps, device=options.device, precision=precision, deterministic="true" if options.device != "cpu" else "false"))
    common.run([common.GRANARY, "train", file, "--runs", work, "--json", *(["--ranks", ranks] if ranks > 1 else [])], options.seconds)
    steps = [event for line in (work / "ranks/events.jsonl").open() if (event := json.loads(line))["kind"] == "step"]
    last = max((work / "ranks/checkpoints").glob("step-*"))
    weights = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(last.glob("model*.safetensors")))).hexdigest()
    speed = statistics.median(step["tokens_per_second"] for step in steps[len(steps) // 2:])
    common.keep("gpu-ranks.jsonl", device=options.device, ranks=ranks, sharding=sharding, precision=precision, steps=len(steps), first=steps[0]["loss"], last=steps[-1]["loss"], tokens_per_second=speed, weights=weights)
    print(f"{name:24} loss {steps[0]['loss']:.4f} to {steps[-1]['loss']:.4f}, {speed:,.0f} tokens/s", flush=True)
    return [step["loss"] for step in steps], weights


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=120, help="longest time of a run (120)")
    parser.add_argument("--work", type=pathlib.Path, default=common.ROOT / "artifacts/bench/gpu-ranks")
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    if options.tiny:
        options.steps, options.seconds = 6, 600
    if options.device != "cpu" and gpus() < options.ranks:
        print(f"ranks: not shown, {options.ranks} ranks need as many GPUs and here are {gpus()}")
        return 0
    alone, _ = trained(options, 1, "none", "fp32")
    together = {sharding: trained(options, options.ranks, sharding, "fp32") for sharding in ("none", "optimizer", "full")}
    difference = max(abs(a - b) / a for losses, _ in together.values() for a, b in zip(alone, losses))
    is_same = len({weights for _, weights in together.values()}) == 1
    if options.device != "cpu":
        for ranks in (1, options.ranks):
            trained(options, ranks, "none", "bf16")
    is_right = difference <= LOSS and is_same
    print(f"ranks: losses differ by at most {difference:.1e} from one rank's (at most {LOSS:.0e}), {'the same bits' if is_same else 'OTHER BITS'} in every way of sharding")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
