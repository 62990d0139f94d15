#!/usr/bin/env python3
"""The time and the steps to a given loss with Muon against AdamW, on the demo's text and model, three seeds in turns.

    python3 bench/optimizers/muon.py                     800 steps each, rates around the demo's: about half an hour on two cores
    python3 bench/optimizers/muon.py --steps 40 --seeds 1 --rates 0.003      whether it works at all

The aim of a seed is the loss that AdamW ends with at its best rate: the mean of its last 40 steps. What is told is when the mean of
40 steps falls below it, in steps and in seconds of steps, each optimizer with its best rate, and the held-out loss at the end.
Raw lines go to bench/results/muon.jsonl. Needs `make build`; uses the standard library only.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
RESULTS = ROOT / "bench/results/muon.jsonl"
WORK = ROOT / "artifacts/bench/muon"
WINDOW = 40
OPTIMIZERS = ["adamw", "muon"]


def train(optimizer, rate, seed, options):
    name = f"{optimizer}-{rate}-{seed}"
    shutil.rmtree(WORK / name, ignore_errors=True)
    settings = {
        "name": name, "seed": seed, "mix": "null", "corpus.time_budget": "null", "objective": "{type: next-token}", "sample.draft": "none",
        "optimizer": f"{{type: {optimizer}, learning_rate: {rate}, beta2: 0.98, weight_decay: 0.01, schedule: {{type: cosine, warmup_share: 0.1, final_share: 0.05}}}}",
        "training.steps": options.steps,
    }
    # Steps are given here, and a run has either steps or a time.
    file = WORK / "demo.yaml"
    file.write_text((ROOT / "configs/demo.yaml").read_text().replace("  time_budget: 100s\n", ""))
    command = [GRANARY, "run", file, "--runs", WORK, "--json"]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    events = [json.loads(line) for line in (WORK / name / "events.jsonl").open()]
    steps = [event for event in events if event["kind"] == "step"]
    held_out = [event for event in events if event["kind"] == "evaluation"]
    losses, seconds = [event["loss"] for event in steps], [event["tokens"] / event["tokens_per_second"] for event in steps]
    line = {"bench": "muon", "optimizer": optimizer, "rate": rate, "seed": seed, "losses": losses, "seconds": seconds, "held_out": held_out[-1] if held_out else None}
    with RESULTS.open("a") as results:
        print(json.dumps(line), file=results, flush=True)
    print(f"{name}: last {WINDOW} steps {statistics.fmean(losses[-WINDOW:]):.4f}, {sum(seconds):.1f} s", flush=True)
    return line


def reaches(line, aim):
    """(step, seconds) at which the running mean falls to the aim; None where it does not."""
    for step in range(WINDOW, len(line["losses"]) + 1):
        if statistics.fmean(line["losses"][step - WINDOW : step]) <= aim:
            return step, sum(line["seconds"][:step])
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--rates", type=float, nargs="+", default=[0.0015, 0.003, 0.006])
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    # Rates are chosen on the first seed; the others then take turns at the best of each.
    lines, best = [], {}
    for rate in options.rates:
        lines += [train(optimizer, rate, options.seeds[0], options) for optimizer in OPTIMIZERS]
    for optimizer in OPTIMIZERS:
        best[optimizer] = min((line for line in lines if line["optimizer"] == optimizer), key=lambda line: statistics.fmean(line["losses"][-WINDOW:]))["rate"]
    for seed in options.seeds[1:]:
        lines += [train(optimizer, best[optimizer], seed, options) for optimizer in OPTIMIZERS]
    print(f"best rates: {best}")
    for seed in options.seeds:
        adamw, muon = (next(line for line in lines if line["seed"] == seed and line["optimizer"] == name and line["rate"] == best[name]) for name in OPTIMIZERS)
        aim = statistics.fmean(adamw["losses"][-WINDOW:])
        first, second = reaches(adamw, aim) or (len(adamw["losses"]), sum(adamw["seconds"])), reaches(muon, aim)
        told = f"Muon {second[0]} steps and {second[1]:.1f} s ({second[0] / first[0]:.2f} and {second[1] / first[1]:.2f} of AdamW's)" if second else "Muon does not reach it"
        print(f"seed {seed}: loss {aim:.4f} after {first[0]} steps and {first[1]:.1f} s of AdamW; {told}")


if __name__ == "__main__":
    main()
