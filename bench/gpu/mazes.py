#!/usr/bin/env python3
"""MLM-U and next token on 10x10 mazes with models of 8 million parameters, as far as a time goes: paths found against mazes seen.

    python3 bench/gpu/mazes.py --seconds 300
    python3 bench/gpu/mazes.py --tiny --device cpu      whether it works at all

Both take the settings of configs/mazes/dfs-10x10-*.yaml but for the steps, which are as many as fit, and the mazes of a step.
The maze paper (arXiv 2412.05117) reports 100 % for MLM-U and 46 % for next token after 98 million mazes seen. Raw lines go to
gpu-mazes.jsonl; a run's curve is in its folder.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import sys

import common

OBJECTIVES = ["mlm-u", "next-token"]
PAPER = {"mlm-u": 100, "next-token": 46}


def events_of(folder):
    file = folder / "events.jsonl"
    return [json.loads(line) for line in file.open()] if file.exists() else []


def train(objective, name, steps, mazes, options, seconds):
    folder = options.work / name
    shutil.rmtree(folder, ignore_errors=True)
    settings = {
        "name": name, "mazes.rows_per_step": options.rows, "mazes.training_mazes": mazes, "mazes.validation_mazes": 2 * options.measured, "training.steps": steps,
        "training.device": options.device, "training.precision": options.dtype, "training.evaluate_every_steps": max(1, steps // options.points),
        "training.checkpoint_every": "1h", "evaluation.mazes": options.measured, "evaluation.final_mazes": 2 * options.measured, **options.settings,
    }
    command = [common.GRANARY, "mazes", "train", f"configs/mazes/dfs-10x10-{objective}.yaml", "--runs", options.work, "--json"]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    try:
        common.run(command, seconds)
    except common.Failed as failure:
        print(f"{name}: {str(failure)[-300:]}")
    return events_of(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=300, help="for all runs together (300)")
    parser.add_argument("--rows", type=int, default=128, help="mazes of a step (128; the paper takes 16)")
    parser.add_argument("--measured", type=int, default=100, help="unseen mazes measured on the way; twice as many at the end (100)")
    parser.add_argument("--mazes", type=int, default=98000, help="mazes to learn from (98,000)")
    parser.add_argument("--objectives", nargs="+", choices=OBJECTIVES, default=OBJECTIVES, help="those to train, one after the other (both)")
    parser.add_argument("--points", type=int, default=4, help="measurements on the way (4)")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--dtype", default="bf16")
    parser.add_argument("--work", type=pathlib.Path, default=common.ROOT / "artifacts/bench/gpu-mazes")
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    options.settings = {}
    if options.tiny:
        options.rows, options.measured, options.mazes, options.dtype, options.seconds = 2, 2, 20, "fp32", 400
        options.settings = {"model.num_hidden_layers": 1, "model.hidden_size": 32}
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    rows = []
    for objective in options.objectives:
        share = options.seconds / len(options.objectives)
        # A short run on few mazes tells how long a step takes, once it is recorded.
        probe = [event for event in train(objective, f"probe-{objective}", 4 if options.tiny else 30, min(2000, options.mazes), options, share) if event["kind"] == "step"]
        if not probe:
            continue
        step = statistics.median(event["tokens"] / event["tokens_per_second"] for event in probe[len(probe) // 2 :])
        steps = 4 if options.tiny else max(20, int(0.6 * share / step))
        events = train(objective, f"10x10-{objective}", steps, options.mazes, options, share)
        taken = [event for event in events if event["kind"] == "step"]
        curve = [{key: event.get(key) for key in ("tokens_seen", "exact", "token_accuracy", "mazes")} | {"step": event["step"]} for event in events if event["kind"] == "mazes"]
        if not taken:
            continue
        row = {
            "objective": objective, "steps": len(taken), "planned": steps, "rows": options.rows, "milliseconds": 1e3 * step, "first_loss": taken[0]["loss"], "last_loss": taken[-1]["loss"],
            "tokens_per_second": statistics.median(event["tokens_per_second"] for event in taken), "curve": curve,
        }
        common.keep("gpu-mazes.jsonl", device=options.device, dtype=options.dtype, **row)
        rows.append(row)
    for row in rows:
        points = ", ".join(f"step {point['step']}: {100 * point['exact']:.0f} % of paths, {100 * point['token_accuracy']:.0f} % of tokens" for point in row["curve"])
        print(f"{row['objective']:10} {row['steps']} steps of {row['rows']} mazes, {row['tokens_per_second']:,.0f} tokens/s, {row['milliseconds']:.1f} ms a step, "
              f"loss {row['first_loss']:.3f} to {row['last_loss']:.3f}; {points}; the paper after 98 M mazes: {PAPER[row['objective']]} %")
    return 0 if len(rows) == len(options.objectives) else 1


if __name__ == "__main__":
    sys.exit(main())
