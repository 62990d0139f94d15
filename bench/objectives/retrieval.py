#!/usr/bin/env python3
"""What an objective is good for: retrieval by position and facts forward and backward, at equal tokens.

    python3 bench/objectives/retrieval.py                      next-token and meap, three seeds
    python3 bench/objectives/retrieval.py --steps 4000         longer runs, the same table
    python3 bench/objectives/retrieval.py --tiny               whether it works at all

Trains each objective with one model, one optimizer, one tokenizer and one corpus: documents of a made-up world (source
type `retrieval`) and the reference documentation of the SDK; then asks each model with `granary eval --long`. Seeds take turns
on the outside, so what is cut short still compares. Raw lines, a cell each, go to bench/results/retrieval.jsonl, the
picture to bench/results/retrieval.svg. A run that exists is not trained again, and a run that was killed goes on.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "dataset-decomposition"))
import common

OBJECTIVES = {"next-token": "{{type: next-token}}", "meap": "{{type: meap, mask_share: {mask_share}}}"}
COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"]
DASHES = ["", "6 3", "2 3", "8 3 2 3"]


def configuration(name, objective, seed, tokenizer, options):
    return f"""name: {name}
seed: {seed}
corpus:
  sources:
    - {{name: world, type: retrieval, documents: {options.documents}, min_words: {options.min_words}, max_words: {options.max_words}, pairs: {options.pairs}}}
    - {{name: dotnet-docs, type: xml-docs, paths: ["${{dotnet}}/packs/*/*/ref/**/*.xml"], max_bytes: {options.text_bytes}}}
tokenizer: {tokenizer}
batching: {{type: best-fit, row_length: {options.length}, tokens_per_step: {options.tokens_per_step}, passes: {options.passes}}}
model: {{type: llama, hidden_size: {options.hidden}, num_hidden_layers: {options.layers}, num_attention_heads: {options.hidden // 32}, max_position_embeddings: {options.length}, tie_word_embeddings: true}}
objective: {OBJECTIVES[objective].format(mask_share=options.mask_share)}
optimizer: {{type: adamw, learning_rate: {options.rate}, beta2: 0.98, weight_decay: 0.01, schedule: {{type: cosine, warmup_share: 0.1, final_share: 0.05}}}}
training: {{steps: {options.steps}, threads: {options.threads}, tokens_per_microbatch: 4096, checkpoint_every: 2m, keep_checkpoints: 1}}
"""


def trained(objective, seed, options):
    """Trains a run unless it is there, and asks the model."""
    name = f"{objective}-{seed}"
    folder = options.work / name
    # The first run learns the tokenizer; the others take it.
    shared = options.work / "tokenizer.json"
    tokenizer = f"{{type: file, file: {json.dumps(str(shared))}}}" if shared.exists() else f"{{type: bpe, vocab_size: {options.vocabulary}}}"
    path = options.work / f"{name}.yaml"
    if not path.exists():
        path.write_text(configuration(name, objective, seed, tokenizer, options))
    common.granary("train", path, "--runs", options.work, "--json", threads=options.threads)
    if not shared.exists():
        shared.write_bytes((folder / "stages/tokenizer/tokenizer.json").read_bytes())
    (asked,) = common.granary(
        "eval", "--long", "--model", folder, "--lengths", ",".join(map(str, options.lengths)), "--depths", options.depths, "--items", options.items,
        "--pairs", options.pairs, "--plot", options.work / f"{name}.svg", "--threads", options.threads, "--json", threads=options.threads)
    steps = [event for event in map(json.loads, (folder / "events.jsonl").open()) if event["kind"] == "step"]
    return {
        "cells": asked["cells"], "loss": statistics.fmean(step["loss"] for step in steps[-10:]), "train_tokens": sum(step["tokens"] for step in steps),
        "train_seconds": sum(step["tokens"] / step["tokens_per_second"] for step in steps)}


def rows_of(run):
    """The mean accuracy of each row of the table: a task and length over all depths, or a way to ask for facts."""
    rows = {}
    for cell in run["cells"]:
        title = ", ".join(part for part in (cell["task"], cell["variant"], f"{cell['length']} tokens" if cell["length"] else "") if part)
        rows.setdefault(title, []).append((cell["accuracy"], cell["ranking_accuracy"]))
    return {title: tuple(100 * statistics.fmean(value[i] for value in values) for i in range(2)) for title, values in rows.items()}


def spread(values, sign=""):
    return f"{statistics.fmean(values):{sign}.1f} ({min(values):{sign}.1f}..{max(values):{sign}.1f})"


def table(results):
    """Right answers in percent by objective, and each objective's difference from the first, seed by seed."""
    rows = {objective: [rows_of(run) for run in runs] for objective, runs in results.items()}
    first = next(iter(rows))
    others = [objective for objective in rows if objective != first]
    print(f"\n{'right answers in %':48}" + "".join(f"{objective:>24}" for objective in rows) + "".join(f"{objective + ' - ' + first:>28}" for objective in others))
    for title in rows[first][0]:
        for kind, index in (("exact", 0), ("ranked", 1)):
            columns = [f"{spread([run[title][index] for run in runs]):>24}" for runs in rows.values()]
            columns += [f"{spread([one[title][index] - base[title][index] for one, base in zip(rows[other], rows[first])], '+'):>28}" for other in others]
            print(f"{title if index == 0 else '':40}{kind:8}" + "".join(columns))
    print("mean over the seeds (least..most); differences seed by seed")
    for objective, runs in results.items():
        print(f"{objective}: loss {spread([run['loss'] for run in runs])} nats a token at the end, {runs[0]['train_tokens']:,} tokens in {statistics.fmean(run['train_seconds'] for run in runs):.0f} s")


def line_panel(parts, cells_of, depths, lengths):
    """Accuracy by depth: a color for each objective, dashes for each length, a bar from the worst seed to the best."""
    for index, (objective, runs) in enumerate(cells_of.items()):
        for dash, length in enumerate(lengths):
            points = []
            for depth in depths:
                values = [cell["accuracy"] for run in runs for cell in run if cell["length"] == length and cell["depth"] == depth]
                x, y = 50 + depth * 230 + 3 * index, lambda value: 210 - 170 * value
                points.append(f"{x:.1f},{y(statistics.fmean(values)):.1f}")
                parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y(min(values)):.1f}" y2="{y(max(values)):.1f}" stroke="{COLORS[index]}"/>')
            parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{COLORS[index]}" stroke-width="2" stroke-dasharray="{DASHES[dash % len(DASHES)]}"/>')
    parts.extend(f'<text x="{50 + depth * 230:.1f}" y="228" text-anchor="middle">{100 * depth:.0f}</text>' for depth in depths)
    parts.append('<text x="165" y="243" text-anchor="middle">% depth</text>')


def bar_panel(parts, cells_of):
    """Facts by heart: a bar for each objective and way to ask."""
    variants = list(dict.fromkeys(cell["variant"] for cell in next(iter(cells_of.values()))[0]))
    step = 230 / (len(variants) * (len(cells_of) + 1))
    for group, variant in enumerate(variants):
        left = 50 + group * step * (len(cells_of) + 1)
        for index, runs in enumerate(cells_of.values()):
            values = [cell["accuracy"] for run in runs for cell in run if cell["variant"] == variant]
            x, height = left + (index + 0.5) * step, 170 * statistics.fmean(values)
            parts.append(f'<rect x="{x:.1f}" y="{210 - height:.1f}" width="{step:.1f}" height="{height:.1f}" fill="{COLORS[index]}"/>')
            parts.append(f'<line x1="{x + step / 2:.1f}" x2="{x + step / 2:.1f}" y1="{210 - 170 * min(values):.1f}" y2="{210 - 170 * max(values):.1f}" stroke="black"/>')
        for line, word in enumerate(variant.split(", ")):
            parts.append(f'<text x="{left + step * (len(cells_of) + 1) / 2:.1f}" y="{224 + 11 * line}" text-anchor="middle" font-size="8">{word}</text>')


def picture(results, path, options):
    first = next(iter(results.values()))[0]["cells"]
    panels = list(dict.fromkeys((cell["task"], cell["variant"] if cell["depth"] is not None else "") for cell in first))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="{20 + 260 * ((len(panels) + 2) // 3)}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>']
    for index, (task, variant) in enumerate(panels):
        cells_of = {objective: [[cell for cell in run["cells"] if cell["task"] == task and (not variant or cell["variant"] == variant)] for run in runs] for objective, runs in results.items()}
        parts.append(f'<g transform="translate({330 * (index % 3)},{10 + 260 * (index // 3)})"><text x="50" y="24" font-weight="bold">{", ".join(filter(None, (task, variant)))}</text>')
        for percent in range(0, 101, 25):
            y = 210 - 1.7 * percent
            parts.append(f'<line x1="50" x2="286" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/><text x="44" y="{y + 4:.1f}" text-anchor="end">{percent} %</text>')
        depths = sorted({cell["depth"] for run in next(iter(cells_of.values())) for cell in run if cell["depth"] is not None})
        if depths:
            line_panel(parts, cells_of, depths, options.lengths)
        else:
            bar_panel(parts, cells_of)
        parts.append("</g>")
    legend = [f'<tspan fill="{COLORS[index]}">{objective}</tspan>' for index, objective in enumerate(results)]
    lines = [f"{length} tokens: {'solid' if not DASHES[i % len(DASHES)] else 'dashes ' + DASHES[i % len(DASHES)]}" for i, length in enumerate(options.lengths)]
    parts.append(f'<text x="50" y="14">{" ".join(legend)}; {"; ".join(lines)}; bars from the worst seed to the best</text></svg>')
    path.write_text("\n".join(parts) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objectives", nargs="+", default=list(OBJECTIVES), choices=list(OBJECTIVES), help="what is compared, the first with the others (next-token meap)")
    parser.add_argument("--mask-share", type=float, default=0.15, help="share of the inputs that meap masks (0.15)")
    parser.add_argument("--steps", type=int, default=5000, help="optimizer steps of each run (5,000)")
    parser.add_argument("--tokens-per-step", type=int, default=4096, help="tokens of a step (4,096)")
    parser.add_argument("--length", type=int, default=128, help="tokens of a row, and the longest context (128)")
    parser.add_argument("--lengths", type=int, nargs="+", default=[48, 80, 128], help="contexts that are asked about (48 80 128)")
    parser.add_argument("--depths", type=int, default=5, help="places in a context (5)")
    parser.add_argument("--items", type=int, default=50, help="questions of each length and place (50)")
    parser.add_argument("--pairs", type=int, default=8, help="keys of a multi-key context at most (8)")
    parser.add_argument("--seeds", type=int, default=3, help="seeds (3)")
    parser.add_argument("--hidden", type=int, default=64, help="the model's width, a multiple of 32 (64)")
    parser.add_argument("--layers", type=int, default=2, help="the model's blocks (2)")
    parser.add_argument("--vocabulary", type=int, default=1024, help="entries of the tokenizer (1,024)")
    parser.add_argument("--rate", type=float, default=0.003, help="the learning rate (0.003)")
    parser.add_argument("--documents", type=int, default=200_000, help="documents of the made-up world (200,000)")
    parser.add_argument("--min-words", type=int, default=8, help="words of its shortest document (8)")
    parser.add_argument("--max-words", type=int, default=40, help="words of its longest document (40)")
    parser.add_argument("--text-bytes", type=int, default=200_000, help="bytes of documentation beside it (200,000)")
    parser.add_argument("--passes", type=int, default=2, help="passes over the corpus at most (2)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads (all cores)")
    parser.add_argument("--work", type=pathlib.Path, default=common.ROOT / "artifacts/bench/retrieval", help="where the runs go; another setting needs another folder")
    parser.add_argument("--tiny", action="store_true", help="one seed, 6 steps of a tiny model")
    options = parser.parse_args()
    if options.tiny:
        options.steps, options.tokens_per_step, options.length, options.lengths, options.seeds, options.hidden, options.layers = 6, 512, 128, [96, 128], 1, 32, 1
        options.vocabulary, options.documents, options.max_words, options.text_bytes, options.items, options.depths = 600, 400, 70, 150_000, 5, 2
        options.work = options.work.with_name("retrieval-tiny")
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    raw = common.Results("retrieval.jsonl", options.tiny)
    results = {objective: [] for objective in options.objectives}
    settings = {"row_length": options.length} | {key: getattr(options, key) for key in ("steps", "tokens_per_step", "hidden", "layers", "rate", "documents", "max_words", "text_bytes", "mask_share")}
    for seed in range(1, options.seeds + 1):
        for objective in options.objectives:
            run = trained(objective, seed, options)
            results[objective].append(run)
            shared = {key: run[key] for key in ("loss", "train_tokens", "train_seconds")}
            for cell in run["cells"]:
                raw.add(objective=objective, seed=seed, **settings, **shared, **cell)
            print(f"{objective}, seed {seed}: loss {run['loss']:.4f}, trained in {run['train_seconds']:.0f} s", file=sys.stderr)
    table(results)
    picture(results, raw.path.with_suffix(".svg"), options)
    print(f"drawn in {raw.path.with_suffix('.svg').relative_to(common.ROOT)}")


if __name__ == "__main__":
    main()
