#!/usr/bin/env python3
"""MLM-U against next-token prediction on DFS mazes: full-path accuracy on unseen mazes against tokens seen.

    python3 bench/objectives/mazes.py                      4x4 and 5x5, three seeds: twelve runs of at most 40 minutes on two cores
    python3 bench/objectives/mazes.py --sizes 4 --seeds 1  one size, one seed
    python3 bench/objectives/mazes.py --tiny               whether it works at all

Both models have 0.4 million parameters, see the same mazes in the same order, a step of 64 mazes each, with one optimizer,
one learning rate and one spread of initial weights unless told otherwise: an encoder-decoder that fills hidden tokens of
the path, and a decoder with rotary positions whose loss is on the path alone. Both write whole paths greedily. Seeds take
turns on the outside, so a run that is cut short still compares. Raw lines go to bench/results/mazes.jsonl, the picture to
bench/results/mazes.svg. A run that exists is gone on with, and one that is finished is not trained again.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("common", ROOT / "bench/dataset-decomposition/common.py")
common = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(common)

STEPS = {4: 3000, 5: 2000}
COLORS = {"mlm-u": "#0072b2", "next-token": "#d55e00"}


def configuration(name, objective, size, seed, options):
    blocks, width = options.blocks, options.hidden
    # The same block parameters to 0.3 %: 24 n d^2 of an encoder-decoder, 12 n d^2 of a decoder with a gated feed-forward part.
    inner = round(8 / 3 * width / 2) * 2 + (4 if width > 32 else 0)
    model = {
        "mlm-u": f"{{type: past, hidden_size: {width}, num_hidden_layers: {blocks}, num_attention_heads: 4, initializer_range: {options.init[0]}, max_position_embeddings: 128}}",
        "next-token": f"{{type: llama, hidden_size: {width}, num_hidden_layers: {2 * blocks}, num_attention_heads: 4, intermediate_size: {inner}, initializer_range: {options.init[1]}, max_position_embeddings: 128, tie_word_embeddings: true}}",
    }[objective]
    steps = options.steps or STEPS.get(size, 2000)
    return f"""name: {name}
seed: {seed}
mazes: {{kind: dfs, size: {size}, training_mazes: {options.mazes}, validation_mazes: {options.measured}, rows_per_step: {options.rows}}}
model: {model}
objective: {{type: {objective}}}
optimizer: {{type: adamw, learning_rate: {options.rate[list(COLORS).index(objective)]}, beta2: 0.98, weight_decay: 0.0001, schedule: {{type: cosine, warmup_share: 0.05, final_share: 0.01}}}}
training: {{steps: {steps}, threads: {options.threads}, tokens_per_microbatch: 8192, evaluate_every_steps: {max(1, steps // 12)}, checkpoint_every: 5m, keep_checkpoints: 1}}
evaluation: {{mazes: {min(500, options.measured)}, final_mazes: {options.measured}}}
"""


def trained(objective, size, seed, options):
    """Trains a run unless it is there; the points of its curve and its last measurement."""
    name = f"{objective}-{size}x{size}-{seed}"
    path = options.work / f"{name}.yaml"
    if not path.exists():
        path.write_text(configuration(name, objective, size, seed, options))
    common.granary("mazes", "train", path, "--runs", options.work, "--json", threads=options.threads)
    events = [json.loads(line) for line in (options.work / name / "events.jsonl").open()]
    curve = [{key: event[key] for key in ("tokens_seen", "exact", "token_accuracy", "exact_low", "exact_high", "mazes")} for event in events if event["kind"] == "mazes"]
    steps = [event for event in events if event["kind"] == "step"]
    seconds = sum(step["tokens"] / step["tokens_per_second"] for step in steps)
    return {"curve": curve, "exact": curve[-1]["exact"], "token_accuracy": curve[-1]["token_accuracy"], "tokens": curve[-1]["tokens_seen"], "steps": len(steps), "train_seconds": seconds}


def spread(values):
    return f"{100 * statistics.fmean(values):.1f} ({100 * min(values):.1f}-{100 * max(values):.1f})"


def table(results):
    print(f"\n{'':24}{'paths right %':>22}{'tokens right %':>22}{'Mtokens seen':>14}{'seconds':>10}")
    for (size, objective), runs in results.items():
        print(f"{f'{size}x{size} {objective}':24}{spread([run['exact'] for run in runs]):>22}{spread([run['token_accuracy'] for run in runs]):>22}"
              f"{statistics.fmean(run['tokens'] for run in runs) / 1e6:14.1f}{statistics.fmean(run['train_seconds'] for run in runs):10.0f}")
    print("mean over the seeds, and the range")


def picture(results, path):
    """A panel for each size: accuracy against tokens, a line for each seed."""
    sizes = sorted({size for size, _ in results})
    width, height, panel, left, bottom = 70 + 380 * len(sizes), 380, 380, 60, 320
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="13">', f'<rect width="{width}" height="{height}" fill="white"/>']
    for index, size in enumerate(sizes):
        begin, end = left + index * panel, left + index * panel + panel - 60
        most = max(point["tokens_seen"] for (of, _), runs in results.items() if of == size for run in runs for point in run["curve"])
        x = lambda tokens: begin + tokens / most * (end - begin)
        y = lambda share: bottom - share * (bottom - 40)
        for tick in range(6):
            parts.append(f'<line x1="{begin}" x2="{end}" y1="{y(tick / 5):.1f}" y2="{y(tick / 5):.1f}" stroke="#ddd"/><text x="{begin - 6}" y="{y(tick / 5) + 4:.1f}" text-anchor="end">{20 * tick}</text>')
        parts.append(f'<text x="{begin}" y="24">{size}x{size}: % of unseen mazes solved</text><text x="{end}" y="{bottom + 20}" text-anchor="end">{most / 1e6:.1f} million tokens seen</text>')
        for row, objective in enumerate(COLORS):
            for run in results.get((size, objective), []):
                line = " ".join(f"{x(point['tokens_seen']):.1f},{y(point['exact']):.1f}" for point in run["curve"])
                parts.append(f'<polyline points="{line}" fill="none" stroke="{COLORS[objective]}" stroke-width="2" opacity="0.8"/>')
            parts.append(f'<text x="{begin + 130 * row}" y="{bottom + 42}" fill="{COLORS[objective]}">{objective}</text>')
    path.write_text("\n".join(parts + ["</svg>"]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[4, 5], help="cells in a row (4 5)")
    parser.add_argument("--seeds", type=int, default=3, help="seeds (3)")
    parser.add_argument("--steps", type=int, default=0, help="optimizer steps of each run (3,000 for 4x4, 2,000 for others)")
    parser.add_argument("--rows", type=int, default=64, help="mazes in a step (64)")
    parser.add_argument("--mazes", type=int, default=98000, help="mazes to learn from (98,000)")
    parser.add_argument("--measured", type=int, default=2000, help="unseen mazes measured at the end (2,000)")
    parser.add_argument("--hidden", type=int, default=64, help="the models' width (64)")
    parser.add_argument("--blocks", type=int, default=4, help="blocks of each stack of the encoder-decoder; the decoder has twice as many (4)")
    parser.add_argument("--rate", type=float, nargs=2, default=[0.001, 0.001], help="the learning rates of mlm-u and of next-token (0.001 0.001)")
    parser.add_argument("--init", type=float, nargs=2, default=[0.1, 0.1], help="the standard deviations of their initial weights (0.1 0.1)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads (all cores)")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "artifacts/bench/mazes", help="where the runs go; another setting needs another folder")
    parser.add_argument("--tiny", action="store_true", help="one seed, 6 steps of a tiny model")
    options = parser.parse_args()
    if options.tiny:
        options.seeds, options.steps, options.rows, options.mazes, options.measured, options.hidden, options.blocks = 1, 6, 8, 200, 40, 16, 1
        options.work = options.work.with_name("mazes-tiny")
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    raw = common.Results("mazes.jsonl", options.tiny)
    results = {}
    for seed in range(1, options.seeds + 1):
        for size in options.sizes:
            for objective in COLORS:
                measured = trained(objective, size, seed, options)
                results.setdefault((size, objective), []).append(measured)
                raw.add(objective=objective, size=size, seed=seed, rows=options.rows, hidden=options.hidden, blocks=options.blocks, rate=options.rate, init=options.init, **measured)
                print(f"{objective}, {size}x{size}, seed {seed}: {100 * measured['exact']:.1f} % of paths, trained in {measured['train_seconds']:.0f} s", file=sys.stderr)
    table(results)
    picture(results, raw.path.with_suffix(".svg"))
    print(f"drawn in {raw.path.with_suffix('.svg').relative_to(ROOT)}")


if __name__ == "__main__":
    main()
