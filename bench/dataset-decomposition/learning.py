#!/usr/bin/env python3
"""What a model learns with each batching type from the same number of tokens: loss by position on held-out documents.

    python3 bench/dataset-decomposition/learning.py                            about 45 minutes on two cores
    python3 bench/dataset-decomposition/learning.py --steps 5000 --seeds 3     longer
    python3 bench/dataset-decomposition/learning.py --tiny                     whether it works at all

Trains dataset decomposition (grow-p2, 8 cycles), concat-and-chunk, document masking, best-fit packing and SkyLadder with
one model, one optimizer and one tokenizer on the reference documentation of the SDK and the headers of libtorch; another
corpus is given by --text FILE..., a document each. Measures whole held-out documents, each token by its position in its
window. Seeds take turns on the outside, so a run that is cut short still compares. Raw lines go to
bench/results/dd-learning.jsonl, the picture to bench/results/dd-learning.svg. A run that exists is not trained again.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys

import common

TYPES = {
    "dataset-decomposition": "curriculum: grow-p2, cycles: 8",
    "concat-and-chunk": "row_length: {length}",
    "document-masking": "row_length: {length}",
    "best-fit": "row_length: {length}",
    "skyladder": "row_length: {length}",
}
COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"]
DOCS = """
    - {{name: dotnet-docs, type: xml-docs, paths: ["${{dotnet}}/packs/*/*/ref/**/*.xml"], max_bytes: {bytes}, held_out_one_in: 50}}
    - {{name: torch-headers, type: text, paths: ["${{torch_include}}/ATen/**/*.h", "${{torch_include}}/c10/**/*.h", "${{torch_include}}/torch/**/*.h"], max_bytes: {bytes}, held_out_one_in: 50}}"""
TEXT = """
    - {{name: text, type: text, paths: {paths}, split: blank_line, max_bytes: {bytes}, held_out_one_in: 20}}"""


def configuration(name, kind, seed, tokenizer, options):
    sources = TEXT.format(paths=json.dumps(options.text), bytes=options.bytes) if options.text else DOCS.format(bytes=options.bytes)
    exponent = options.length.bit_length() - 1
    decomposition = f"decomposition: {{min_exponent: {options.min}, max_exponent: {exponent}}}\n" if kind == "dataset-decomposition" else ""
    return f"""name: {name}
seed: {seed}
corpus:
  sources:{sources}
tokenizer: {tokenizer}
{decomposition}batching: {{type: {kind}, tokens_per_step: {options.tokens_per_step}, passes: {options.passes}, {TYPES[kind].format(length=options.length)}}}
model: {{type: llama, hidden_size: {options.hidden}, num_hidden_layers: {options.layers}, num_attention_heads: {options.hidden // 32}, max_position_embeddings: {options.length}, tie_word_embeddings: true}}
optimizer: {{type: adamw, learning_rate: {options.rate}, beta2: 0.98, weight_decay: 0.01, schedule: {{type: cosine, warmup_share: 0.1, final_share: 0.05}}}}
training: {{steps: {options.steps}, threads: {options.threads}, tokens_per_microbatch: 4096, checkpoint_every: 10m, keep_checkpoints: 1}}
"""


def trained(kind, seed, options):
    """Trains a run unless it is there, and measures it."""
    name = f"{kind}-{seed}"
    folder = options.work / name
    # The first run learns the tokenizer; the others take it.
    shared = options.work / "tokenizer.json"
    tokenizer = f"{{type: file, file: {json.dumps(str(shared))}}}" if shared.exists() else f"{{type: bpe, vocab_size: {options.vocabulary}}}"
    path = options.work / f"{name}.yaml"
    if not path.exists():
        path.write_text(configuration(name, kind, seed, tokenizer, options))
    common.granary("train", path, "--runs", options.work, "--json", threads=options.threads)
    if not shared.exists():
        shared.write_bytes((folder / "stages/tokenizer/tokenizer.json").read_bytes())
    (measured,) = common.granary(
        "eval", "--model", folder, "--input", folder / "stages/corpus/held-out.jsonl", "--jsonl", "--bands", *options.bands,
        "--threads", options.threads, "--json", threads=options.threads)
    steps = [event for event in map(json.loads, (folder / "events.jsonl").open()) if event["kind"] == "step"]
    return {**measured, "train_seconds": sum(step["tokens"] / step["tokens_per_second"] for step in steps), "train_tokens": sum(step["tokens"] for step in steps)}


def spread(values):
    return f"{statistics.fmean(values):.4f} +-{(max(values) - min(values)) / 2:.4f}"


def table(results):
    bands = [f"{band['from']}-{band['to'] - 1}" for band in next(iter(results.values()))[0]["bands"]]
    print(f"\n{'loss in nats a token':24}{'all':>18}" + "".join(f"{band:>18}" for band in bands) + f"{'bits a byte':>18}{'seconds':>10}")
    for kind, runs in results.items():
        columns = [spread([run["loss"] for run in runs])]
        columns += [spread([run["bands"][i]["loss"] for run in runs]) for i in range(len(bands))]
        columns += [spread([run["bits_per_byte"] for run in runs])]
        print(f"{kind:24}" + "".join(f"{column:>18}" for column in columns) + f"{statistics.fmean(run['train_seconds'] for run in runs):10.0f}")
    print("mean over the seeds, +- half of the range")


def picture(results, path):
    """Loss by band, a line for each type, a bar from the best seed to the worst."""
    width, height, left, bottom = 720, 420, 70, 360
    bands = next(iter(results.values()))[0]["bands"]
    losses = [run["bands"][i]["loss"] for runs in results.values() for run in runs for i in range(len(bands))]
    low, high = min(losses) - 0.02, max(losses) + 0.02
    x = lambda i: left + 60 + i * (width - left - 320) / max(1, len(bands) - 1)
    y = lambda loss: bottom - (loss - low) / (high - low) * (bottom - 30)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="13">', f'<rect width="{width}" height="{height}" fill="white"/>']
    for tick in range(6):
        loss = low + tick * (high - low) / 5
        parts.append(f'<line x1="{left}" x2="{width - 210}" y1="{y(loss):.1f}" y2="{y(loss):.1f}" stroke="#ddd"/><text x="{left - 8}" y="{y(loss) + 4:.1f}" text-anchor="end">{loss:.2f}</text>')
    for i, band in enumerate(bands):
        parts.append(f'<text x="{x(i):.1f}" y="{bottom + 20}" text-anchor="middle">{band["from"]}-{band["to"] - 1}</text>')
    for index, (kind, runs) in enumerate(results.items()):
        shift, color = 5 * (index - 2), COLORS[index]
        values = [[run["bands"][i]["loss"] for run in runs] for i in range(len(bands))]
        line = " ".join(f"{x(i) + shift:.1f},{y(statistics.fmean(value)):.1f}" for i, value in enumerate(values))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        for i, value in enumerate(values):
            parts.append(f'<line x1="{x(i) + shift:.1f}" x2="{x(i) + shift:.1f}" y1="{y(min(value)):.1f}" y2="{y(max(value)):.1f}" stroke="{color}" stroke-width="2"/><circle cx="{x(i) + shift:.1f}" cy="{y(statistics.fmean(value)):.1f}" r="3" fill="{color}"/>')
        parts.append(f'<text x="{width - 200}" y="{60 + 22 * index}" fill="{color}">{kind}</text>')
    parts.append(f'<text x="{left}" y="18">nats a token on held-out documents, by position in the window</text><text x="{left}" y="{bottom + 45}">position; mean of {len(next(iter(results.values())))} seeds, bars from best to worst</text></svg>')
    path.write_text("\n".join(parts) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=550, help="optimizer steps of each run (550)")
    parser.add_argument("--tokens-per-step", type=int, default=2048, help="tokens of a step (2,048)")
    parser.add_argument("--length", type=int, default=512, help="the longest row, and the window (512)")
    parser.add_argument("--min", type=int, default=5, help="exponent of the shortest piece (5)")
    parser.add_argument("--seeds", type=int, default=3, help="seeds (3)")
    parser.add_argument("--hidden", type=int, default=128, help="the model's width, a multiple of 32 (128)")
    parser.add_argument("--layers", type=int, default=5, help="the model's blocks (5)")
    parser.add_argument("--vocabulary", type=int, default=2048, help="entries of the tokenizer (2,048)")
    parser.add_argument("--rate", type=float, default=0.003, help="the learning rate (0.003)")
    parser.add_argument("--passes", type=int, default=1, help="passes over the data (1)")
    parser.add_argument("--bytes", type=int, default=8_000_000, help="text of each source at most (8,000,000)")
    parser.add_argument("--text", nargs="+", help="text files instead of the SDK's documentation; documents end at blank lines")
    parser.add_argument("--bands", type=int, nargs="+", default=[64, 256], help="positions that end a band (64 256)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads (all cores)")
    parser.add_argument("--work", type=pathlib.Path, default=common.ROOT / "artifacts/bench/learning", help="where the runs go; another setting needs another folder")
    parser.add_argument("--tiny", action="store_true", help="one seed, 6 steps of a tiny model")
    options = parser.parse_args()
    if options.tiny:
        options.steps, options.tokens_per_step, options.length, options.seeds, options.hidden, options.layers = 6, 256, 64, 1, 32, 1
        options.vocabulary, options.bytes, options.bands, options.min = 300, 150_000, [8, 32], 4
        options.work = options.work.with_name("learning-tiny")
    options.text = [str(pathlib.Path(file).resolve()) for file in options.text or []]
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    raw = common.Results("dd-learning.jsonl", options.tiny)
    results = {kind: [] for kind in TYPES}
    for seed in range(1, options.seeds + 1):
        for kind in TYPES:
            measured = trained(kind, seed, options)
            results[kind].append(measured)
            raw.add(type=kind, seed=seed, steps=options.steps, tokens_per_step=options.tokens_per_step, length=options.length, hidden=options.hidden, layers=options.layers, **measured)
            print(f"{kind}, seed {seed}: loss {measured['loss']:.4f}, trained in {measured['train_seconds']:.0f} s", file=sys.stderr)
    table(results)
    picture(results, raw.path.with_suffix(".svg"))
    print(f"drawn in {raw.path.with_suffix('.svg').relative_to(common.ROOT)}")


if __name__ == "__main__":
    main()
