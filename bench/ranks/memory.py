#!/usr/bin/env python3
"""What each rank holds at its fullest, beside what `granary plan` says; no speed is measured, so other load does no harm.

    python3 bench/ranks/memory.py                  every shape at 1, 2 and 4 ranks: an hour on two cores
    python3 bench/ranks/memory.py --tiny           whether it works at all
    python3 bench/ranks/memory.py --table          the table of the lines that are there

A checkpoint is begun behind every step, so that its copy is there in every part of one; where the disk is quick the first rank
holds less than is planned. Ranks are started one by one, as torchrun starts them, so that the operating system says of each what
its resident set was at its largest. Raw lines go to bench/results/ranks-memory.jsonl. Uses the standard library only.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
RESULTS = ROOT / "bench/results/ranks-memory.jsonl"
STEPS = 6
# name, the model, tokens of a step, tokens of a portion, the most ranks
DEMO = {"hidden_size": 128, "num_hidden_layers": 5}
MIDDLE = {"hidden_size": 256, "num_hidden_layers": 6}
LARGE = {"hidden_size": 512, "num_hidden_layers": 8, "num_attention_heads": 8, "num_key_value_heads": 4}
SHAPES = [
    ("128 x 5", DEMO, 2048, 4096, 4),
    ("128 x 5, long steps", DEMO, 16384, 16384, 2),
    ("256 x 6", MIDDLE, 2048, 4096, 4),
    ("256 x 6, portions", MIDDLE, 4096, 512, 2),
    ("512 x 8", LARGE, 2048, 4096, 4),
    ("512 x 8, portions", LARGE, 4096, 512, 2),
]
# ranks, how many of them share a row, what each keeps its part of
LAYOUTS = [(1, 1, "none"), *((2, 1, sharding) for sharding in ("none", "optimizer", "full")), *((4, 1, sharding) for sharding in ("none", "optimizer", "full")), (2, 2, "none"), (4, 2, "full")]
LENGTH = 512  # the demo's longest rows


def environment():
    # Debian's alternatives prefer OpenBLAS's pthread build, whose threads compete with libtorch's own.
    openmp = "/usr/lib/x86_64-linux-gnu/openblas-openmp"
    return {**os.environ, **({"LD_LIBRARY_PATH": openmp} if os.path.isdir(openmp) else {})}


def granary(*arguments):
    done = subprocess.run([str(GRANARY), *map(str, arguments)], env=environment(), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"'granary {' '.join(map(str, arguments))}' ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def settings(shape, ranks, sequence, sharding):
    _, model, tokens, portion, _ = shape
    training = {"steps": STEPS, "time_budget": "0s", "tokens_per_microbatch": portion, "threads": ranks, "checkpoint_every": "0s", "checkpoint_every_steps": 1}
    return {"model": model, "batching": {"tokens_per_step": tokens}, "training": training, "parallel": {"sharding": sharding, "sequence_ranks": sequence}}


def planned(shape, ranks, sequence, sharding):
    """What the plan says of a layout, in bytes."""
    overrides = [f"--set={section}.{key}={value}" for section, keys in settings(shape, ranks, sequence, sharding).items() for key, value in keys.items()]
    plan = json.loads(granary("plan", ROOT / "configs/demo.yaml", "--devices", ranks, "--json", "--cluster", "h200", *overrides))
    return next(layout for layout in plan["layouts"] if layout["sequence"] == sequence and layout["sharding"] == sharding)["bytes_per_rank"]


def configure(path, sections):
    """Sets keys of a resolved configuration, of which each section is a block of lines."""
    text = path.read_text()
    for section, keys in sections.items():
        for key, value in keys.items():
            text, count = re.subn(rf"(?ms)^({section}:\n(?:  [^\n]*\n)*?  {key}: )[^\n]*", rf"\g<1>{value}", text)
            assert count == 1, (section, key)
    path.write_text(text)


def measured(base, work, shape, ranks, sequence, sharding):
    """The largest resident set of each rank, in bytes."""
    runs = pathlib.Path(tempfile.mkdtemp(dir=work))
    shutil.copytree(base / "demo", runs / "demo")
    configure(runs / "demo/config.yaml", settings(shape, ranks, sequence, sharding))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(GRANARY), "train", str(runs / "demo/config.yaml"), "--runs", str(runs), "--json"]
    started = {}
    for rank in range(ranks):
        joined = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": ranks, "LOCAL_WORLD_SIZE": ranks, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port} if ranks > 1 else {}
        output = (runs / f"rank-{rank}.txt").open("w")
        process = subprocess.Popen(command, env={**environment(), **{name: str(value) for name, value in joined.items()}}, stdout=output, stderr=output)
        started[process.pid] = rank
    peaks = [0] * ranks
    for _ in range(ranks):
        pid, status, usage = os.wait3(0)
        if status:
            sys.exit(f"Rank {started[pid]} of {shape[0]}, {ranks} ranks, {sharding} ended with {status}: {(runs / f'rank-{started[pid]}.txt').read_text()[-2000:]}")
        peaks[started[pid]] = usage.ru_maxrss * 1024
    shutil.rmtree(runs)
    return peaks


def table(lines):
    """Megabytes of the first rank and of the largest of the others, measured and planned."""
    print(f"{'':22}{'data x sequence':>16} {'sharding':10}{'rank 0':>8}{'plan':>8}{'':>9}{'others':>9}{'plan':>8}")
    worst = 0
    for line in lines:
        cells = []
        for peak, plan in ((line["peaks"][0], line["plan"]["first_rank_total"]), (max(line["peaks"][1:], default=0), line["plan"]["total"])):
            if peak:
                worst = max(worst, abs(plan / peak - 1))
                cells.append(f"{peak / 1e6:8.0f}{plan / 1e6:8.0f}{plan / peak - 1:+9.1%}")
        grid = f"{line['ranks'] // line['sequence']} x {line['sequence']}"
        print(f"{line['shape']:22}{grid:>16} {line['sharding']:10}{' '.join(cells)}")
    print(f"the plan is at most {worst:.1%} off")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="+", help="names of shapes (all)")
    parser.add_argument("--ranks", nargs="+", type=int, default=[1, 2, 4], help="numbers of ranks (1 2 4)")
    parser.add_argument("--tiny", action="store_true", help="the demo on two ranks, no results kept")
    parser.add_argument("--table", action="store_true", help="measure nothing")
    options = parser.parse_args()
    if options.table:
        table([json.loads(line) for line in RESULTS.open()])
        return
    lines = []
    with tempfile.TemporaryDirectory(dir=ROOT / "artifacts") as folder:
        work = pathlib.Path(folder)
        granary("mix", ROOT / "configs/demo.yaml", "--runs", work / "base", "--json")
        for shape in SHAPES:
            for ranks, sequence, sharding in LAYOUTS:
                wanted = (not options.shapes or shape[0] in options.shapes) and ranks in options.ranks and ranks <= shape[4]
                if options.tiny:
                    wanted = shape is SHAPES[0] and (ranks, sequence, sharding) == (2, 1, "none")
                if wanted:
                    line = {"bench": "ranks-memory", "shape": shape[0], "ranks": ranks, "sequence": sequence, "sharding": sharding, "settings": settings(shape, ranks, sequence, sharding)}
                    line |= {"plan": planned(shape, ranks, sequence, sharding), "peaks": measured(work / "base", work, shape, ranks, sequence, sharding)}
                    lines.append(line)
                    print(json.dumps(line), file=sys.stderr)
    table(lines)
    if not options.tiny and not options.shapes:
        RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines))


if __name__ == "__main__":
    main()
