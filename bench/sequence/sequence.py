#!/usr/bin/env python3
"""Sequence-parallel attention over shaped links: every schedule, forward and backward, interleaved; needs root.

    python3 bench/sequence/sequence.py                     mesh and switch, 4 and 8 ranks, with and without grouped heads: half an hour
    python3 bench/sequence/sequence.py --block-ms 40 160   with pretended devices alone
    python3 bench/sequence/sequence.py --tiny              whether it works at all
    python3 bench/sequence/sequence.py --table             the table of the lines that are there

Ranks are processes in network namespaces of this machine, joined by full-duplex links of a given rate (`network.py`). What is
sent is real. What is computed is not: eight devices do not fit into two cores, so a block takes the time that a device would
take, by sleeping (`--block-ms`; 0 shows the links alone). Each line says so. Bytes are counted by the program and, apart from
it, by the interfaces. Raw lines go to bench/results/sequence.jsonl, the picture to bench/results/sequence.svg.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import network

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
RESULTS = ROOT / "bench/results/sequence.jsonl"
SCHEDULES = ["ring", "bidirectional-ring", "token-ring", "burst", "pair", "ulysses", "all-gather", "auto"]
CELL = ("network", "ranks", "heads", "kv_heads", "block_milliseconds")
COLORS = ["#0072b2", "#56b4e9", "#d55e00", "#cc79a7", "#f0e442", "#009e73", "#e69f00", "#333333"]


def measure(arguments, kind, ranks, key_heads, block_ms):
    """One cell, in namespaces of its own: runs this program again inside them."""
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as lines:
        cell = [kind, str(ranks), str(key_heads), str(block_ms), lines.name]
        subprocess.run(["unshare", "--net", "--mount", sys.executable, __file__, "--cell", *cell, *options(arguments)], check=True)
        return [json.loads(line) for line in lines]


def options(arguments):
    return ["--rounds", str(arguments.rounds), "--length", str(arguments.length), "--heads", str(arguments.heads), "--head-dim", str(arguments.head_dim), "--budget", str(arguments.budget), "--schedules", *arguments.schedules]


def run_cell(arguments):
    """Inside the namespaces: builds the network, runs the ranks, and adds what the interfaces have counted."""
    kind, ranks, key_heads, block_ms, path = arguments.cell
    ranks, key_heads, block_ms = int(ranks), int(key_heads), float(block_ms)
    network.prepare()
    rate = arguments.budget // ranks
    net = network.Network(kind, ranks, f"{rate}mbit")
    command = [str(GRANARY), "bench", "sequence", "--heads", str(arguments.heads), "--kv-heads", str(key_heads), "--head-dim", str(arguments.head_dim), "--length", str(arguments.length)]
    command += ["--block-ms", str(block_ms), "--rounds", str(arguments.rounds), "--json", "--ranks", str(ranks), "--schedule", ",".join(name for name in arguments.schedules if serves(name, ranks, arguments.heads))]
    before = [net.bytes_sent(rank) for rank in range(ranks)]
    # The files of a rank's output are the ranks' own: a pipe that nobody reads would stop it.
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    processes = [net.start(rank, command, environment, stdout=subprocess.PIPE if rank == 0 else subprocess.DEVNULL, text=True) for rank in range(ranks)]
    output, _ = processes[0].communicate()
    codes = [process.wait() for process in processes]
    if any(codes):
        sys.exit(f"The ranks ended with {codes}.")
    interfaces = [net.bytes_sent(rank) - before[rank] for rank in range(ranks)]
    results = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    counted = [sum((arguments.rounds + 1) * (one["forward_bytes_sent"][rank] + one["backward_bytes_sent"][rank]) for one in results) for rank in range(ranks)]
    with open(path, "w") as lines:
        for one in results:
            print(json.dumps({"bench": "sequence", "network": kind, "megabits": rate, "congestion": network.congestion(), **one, "interface_over_counted": [round(i / c, 4) for i, c in zip(interfaces, counted)]}), file=lines)


def serves(name, ranks, heads):
    return name != "ulysses" or heads >= ranks


def cells(lines):
    """The last measurement of each schedule in each cell."""
    found = {}
    for line in lines:
        found.setdefault(tuple(line[key] for key in CELL), {})[line["schedule"]] = line
    return found


def table(lines):
    """Milliseconds by schedule, and in parts of the ring's time; the choice of `auto` beside the best."""
    for (kind, ranks, heads, key_heads, block), schedules in sorted(cells(lines).items()):
        ring = schedules["ring"]
        print(f"\n{kind}, {ranks} ranks, {heads} heads, {key_heads} key heads, {'links alone' if block == 0 else f'pretended block of {block:g} ms'}, {ring['megabits']} Mbit/s")
        print(f"{'':22}{'forward ms':>12}{'(min..max)':>18}{'ring is':>9}{'backward ms':>13}{'(min..max)':>18}{'ring is':>9}")
        for name, line in schedules.items():
            parts = []
            for direction in ("forward", "backward"):
                rounds = line[f"{direction}_rounds"]
                parts.append(f"{statistics.median(rounds):12.0f}{f'({min(rounds):.0f}..{max(rounds):.0f})':>18}{statistics.median(ring[f'{direction}_rounds']) / statistics.median(rounds):8.2f}x")
            print(f"{name:22}" + " ".join(parts))
        if "auto" in schedules:
            auto = schedules["auto"]
            behind = {direction: 100 * (statistics.median(auto[f"{direction}_rounds"]) / min(statistics.median(line[f"{direction}_rounds"]) for line in schedules.values()) - 1) for direction in ("forward", "backward")}
            both = {name: sum(statistics.median(line[f"{direction}_rounds"]) for direction in behind) for name, line in schedules.items()}
            print(f"auto takes {auto['taken']}: {100 * (both['auto'] / min(both.values()) - 1):.1f} % behind the best in both directions together, {behind['forward']:.1f} % forward, {behind['backward']:.1f} % backward; "
                  f"predicted {auto['predicted_forward_milliseconds']:.0f} and {auto['predicted_backward_milliseconds']:.0f} ms")


def losses(lines):
    """How far `auto` is behind the best of each cell, in per cent; and behind the row of the very schedules that it took, which is noise."""
    print(f"\n{'auto is behind the best by':48}{'both':>8}{'forward':>9}{'backward':>10}{'noise':>8}  taken")
    for (kind, ranks, heads, key_heads, block), schedules in sorted(cells(lines).items()):
        if "auto" not in schedules:
            continue
        times = {name: tuple(statistics.median(line[f"{direction}_rounds"]) for direction in ("forward", "backward")) for name, line in schedules.items()}
        auto = times.pop("auto")
        taken = schedules["auto"]["taken"]
        forward, _, backward = taken.partition("/")
        behind = [sum(auto) / min(map(sum, times.values())) - 1, *(auto[side] / min(pair[side] for pair in times.values()) - 1 for side in (0, 1))]
        # Two names in one: the backward row has other operands kept, so it says nothing of the pair.
        behind.append(sum(auto) / sum(times[forward]) - 1 if (backward or forward) == forward and forward in times else float("nan"))
        cell = f"{kind}, {ranks} ranks, {heads}/{key_heads} heads, {'links alone' if block == 0 else f'block {block:g} ms'}"
        print(f"{cell:48}" + "".join(f"{100 * share:{width}.1f}" for share, width in zip(behind, (8, 9, 10, 8))) + f"  {taken}")


def picture(lines, path):
    """A row of bars for each cell and direction, in parts of the ring's time."""
    found = sorted(cells(lines).items())
    height = 60 + 150 * len(found)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {height}" font-family="sans-serif" font-size="12"><rect width="900" height="{height}" fill="white"/>']
    parts += [f'<text x="{20 + 120 * index}" y="20" fill="{COLORS[index % len(COLORS)]}" font-weight="bold">{name}</text>' for index, name in enumerate(SCHEDULES)]
    for row, ((kind, ranks, heads, key_heads, block), schedules) in enumerate(found):
        base = 60 + 150 * row
        parts.append(f'<text x="20" y="{base}">{kind}, {ranks} ranks, {heads}/{key_heads} heads, {"links alone" if block == 0 else f"block {block:g} ms"}: time in parts of the ring&#8217;s; line = ring</text>')
        for side, direction in enumerate(("forward", "backward")):
            left = 20 + 440 * side
            ring = statistics.median(schedules["ring"][f"{direction}_rounds"])
            parts.append(f'<text x="{left + 330}" y="{base + 30}">{direction}</text><line x1="{left}" x2="{left + 320}" y1="{base + 40}" y2="{base + 40}" stroke="#999"/>')
            for index, name in enumerate(name for name in SCHEDULES if name in schedules):
                share = statistics.median(schedules[name][f"{direction}_rounds"]) / ring
                bar = min(110, 80 * share)
                parts.append(f'<rect x="{left + 45 * index}" y="{base + 120 - bar:.1f}" width="38" height="{bar:.1f}" fill="{COLORS[SCHEDULES.index(name)]}"/><text x="{left + 45 * index + 6}" y="{base + 116}" fill="white">{share:.2f}</text>')
    path.write_text("\n".join(parts + ["</svg>"]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="+", default=["mesh", "switch"], choices=["mesh", "switch"])
    parser.add_argument("--ranks", nargs="+", type=int, default=[4, 8])
    parser.add_argument("--groups", nargs="+", type=int, default=[1, 4], help="query heads of a key head (1 4)")
    parser.add_argument("--block-ms", nargs="+", type=float, default=[0, 160], help="what a pretended device needs for all pairs of a rank's queries and keys (0 160)")
    parser.add_argument("--heads", type=int, default=8, help="query heads (8)")
    parser.add_argument("--head-dim", type=int, default=64, help="dims of a head (64)")
    parser.add_argument("--length", type=int, default=8192, help="positions of a row (8,192)")
    parser.add_argument("--budget", type=int, default=1600, help="Mbit/s of all ranks' links of one direction together: a link has this by the number of ranks (1,600)")
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds (5)")
    parser.add_argument("--schedules", nargs="+", default=SCHEDULES)
    parser.add_argument("--tiny", action="store_true", help="one small cell, no results kept")
    parser.add_argument("--table", action="store_true", help="measure nothing")
    parser.add_argument("--cell", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.cell:
        run_cell(arguments)
        return
    if arguments.tiny:
        arguments.networks, arguments.ranks, arguments.groups, arguments.block_ms, arguments.length, arguments.rounds = ["mesh"], [4], [1], [0], 1024, 2
    lines = [] if arguments.tiny else [json.loads(line) for line in RESULTS.open()] if RESULTS.exists() else []
    if not arguments.table:
        for kind in arguments.networks:
            for ranks in arguments.ranks:
                for group in arguments.groups:
                    for block in arguments.block_ms:
                        print(f"{kind}, {ranks} ranks, groups of {group}, block {block:g} ms", file=sys.stderr)
                        measured = measure(arguments, kind, ranks, arguments.heads // group, block)
                        lines += measured
                        if not arguments.tiny:
                            with RESULTS.open("a") as results:
                                results.writelines(json.dumps(line) + "\n" for line in measured)
    table(lines)
    losses(lines)
    if not arguments.tiny:
        picture(lines, RESULTS.with_suffix(".svg"))
        print(f"\ndrawn in {RESULTS.with_suffix('.svg').relative_to(ROOT)}")


if __name__ == "__main__":
    main()
