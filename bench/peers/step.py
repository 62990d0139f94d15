#!/usr/bin/env python3
"""Granary's training step against its peers: interleaved, one process per sample, medians and ratios.

    make bench-peers                                                          every case and peer that is here
    python3 bench/peers/step.py --case gpt2-124m:4x64 --peer 'pytorch-2.6*'   some of them
    python3 bench/peers/step.py --llm-c FOLDER                                llm.c's program as well, from a checkout of it

Peers: PyTorch of this system (`make setup-peers`) and of Debian 13 in a folder (`make libtorch2`), eager and, from 2 on, compiled;
in bf16 by autocast and with everything in bf16 where the CPU computes in bf16; llm.c at the one shape it is written for; and
Granary itself on the other libtorch, once `make test-libtorch2` has built it. Each sample is a line of
bench/results/step.jsonl. A ratio above 1 means that Granary is faster; each sample is divided by the one of the same round.
"""

import argparse
import fnmatch
import itertools
import os
import pathlib
import shlex
import statistics
import subprocess
import sys

import peers

# Timed steps in each process: enough for a median, few where a step takes seconds.
CASES = {"gpt2-124m:4x64": 5, "gpt2-124m:1x1024": 3, "llama-30m:8x512": 3, "llama-30m:1x4096": 2, "llama-5m:16x128": 20}
LLM_C_CASE = "gpt2-124m:4x64"
BENCH = peers.ROOT / "bench/peers"


def granary_programs(options):
    """{name: (command, arguments)}; every command but llm.c's gets the case behind it."""
    found = {}
    for suffix, wrapper in (("", []), ("-2.6", peers.LIBTORCH2)):
        if wrapper and not has_granary_2():
            peers.say("Granary on libtorch 2.6 is left out: 'make test-libtorch2' builds it.")
            continue
        for name, dtype in (("granary", "fp32"), ("granary-bf16", "bf16")):
            if dtype == "fp32" or options.bf16:
                found[name + suffix] = ([*wrapper, peers.GRANARY, "bench", "step"], ["--dtype", dtype, "--profile", "--json", *shlex.split(options.granary)])
    return found


def has_granary_2():
    library = peers.ROOT / "artifacts/libtorch2/native/libgranary.so"
    return library.exists() and subprocess.run([*peers.LIBTORCH2, "true"], stderr=subprocess.DEVNULL).returncode == 0


def pytorch_programs(options):
    found = {}
    for name, (python, version) in peers.pythons().items():
        peers.say(f"{name}: {version}")
        compiled = [False] if version.startswith("1.") else [False, True]
        for mode, is_compiled in itertools.product(["fp32", "autocast", "bf16"] if options.bf16 else ["fp32"], compiled):
            full = "-".join([name, *([mode] if mode != "fp32" else []), *(["compile"] if is_compiled else [])])
            found[full] = ([*python, BENCH / "step_pytorch.py"], ["--mode", mode, *(["--compile"] if is_compiled else [])])
    if not found:
        peers.say("No Python here has PyTorch; install it with 'make setup-peers'.")
    return found


def programs_of(case, options):
    preset, shape = case.split(":")
    batch, length = shape.split("x")
    steps = options.steps or CASES.get(case, 3)
    arguments = ["--preset", preset, "--batch", batch, "--length", length, "--steps", steps, "--threads", options.threads]
    found = {name: [*command, *arguments, *more] for name, (command, more) in options.programs.items()}
    if options.llm_c and case == LLM_C_CASE:
        found["llm.c"] = [sys.executable, BENCH / "step_llmc.py", "--source", options.llm_c, "--steps", min(steps, 4), "--threads", options.threads]
    return {name: command for name, command in found.items() if is_chosen(name, options)}


def is_chosen(name, options):
    return name == "granary" or not options.peer or any(fnmatch.fnmatch(name, pattern) for pattern in options.peer)


def measure(cases, options):
    """{case: {program: [its samples]}}, round by round through a case's programs, forth and back by turns."""
    variables = peers.environment(options.threads)
    progress, rows = peers.Progress(), {}
    todo = {case: programs_of(case, options) for case in cases}
    for case, programs in todo.items():
        for name in programs:
            progress.expect((case, name), options.samples)
    for case, programs in todo.items():
        rows[case] = {name: [] for name in programs}
        for index in range(options.samples):
            for name in list(programs) if index % 2 == 0 else list(reversed(programs)):
                progress.begin()
                try:
                    measured = peers.sample(programs[name], variables)[-1]
                except peers.Failed as failure:
                    if name == "granary":
                        sys.exit(f"{case}: granary could not be measured: {failure}")
                    peers.say(f"{case}: {name} is left out: {failure}")
                    progress.drop((case, name))
                    del programs[name], rows[case][name]
                    continue
                progress.end((case, name))
                rows[case][name].append(measured)
                peers.keep("step.jsonl", {"case": case, "sample": index, **slim(measured), "program": name})
                peers.say(f"{case} {index + 1}/{options.samples} {name}: {measured['milliseconds']:.0f} ms, {measured['peak_memory_bytes'] / 2**20:.0f} MiB; {progress}")
        table(case, rows[case])
    return rows


def slim(measured):
    """Without the profile's rows, of which one run has hundreds."""
    profile = measured.get("profile")
    return measured if profile is None else {**measured, "profile": {key: value for key, value in profile.items() if key != "rows"}}


def median(samples, key):
    return statistics.median(sample[key] for sample in samples)


def quartiles(values):
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def against(own, other, key):
    """Each sample against the one of the same round, on which falls what else the machine did."""
    return [theirs[key] / ours[key] for ours, theirs in zip(own, other)]


def limit_share(sample):
    """How much of the limit that the profile computes the steps before it have reached, all in one process."""
    return sample["profile"]["limit_milliseconds"] / sample["milliseconds"]


def table(case, samples):
    """A case's programs, and of the peers the fastest, beside each of Granary's own precisions."""
    own = [name for name in ("granary", "granary-bf16") if name in samples]
    print(f"\n{case:26} {'ms':>8} {'tokens/s':>9} {'MiB':>6}" + "".join(f" {'speed of ' + name + ' to it':>31} {'memory':>7}" for name in own))
    for name, measured in samples.items():
        print(f"  {name:24} {median(measured, 'milliseconds'):8.1f} {median(measured, 'tokens_per_second'):9.0f} {median(measured, 'peak_memory_bytes') / 2**20:6.0f}" + beside(own, samples, measured))
    strangers = {name: measured for name, measured in samples.items() if not name.startswith("granary")}
    if strangers:
        best = min(strangers, key=lambda name: median(strangers[name], "milliseconds"))
        print(f"  {'best peer':24} {best:>25}" + beside(own, samples, strangers[best]))
    for name in own:
        shares = [limit_share(sample) for sample in samples[name]]
        profile = samples[name][-1]["profile"]
        print(f"  {name} reaches {quartiles(shares)} of its limit; {profile['matrix_flops'] / 1e9:.0f} GFLOP/s and {profile['memory_bytes_per_second'] / 1e9:.1f} GB/s in the last sample")
    sys.stdout.flush()


def beside(own, samples, measured):
    columns = ""
    for name in own:
        memory = statistics.median(1 / ratio for ratio in against(samples[name], measured, "peak_memory_bytes"))
        columns += f" {quartiles(against(samples[name], measured, 'milliseconds')):>31} {memory:7.2f}"
    return columns


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", action="append", help=f"PRESET:BATCHxLENGTH, may be given more than once ({' '.join(CASES)})")
    parser.add_argument("--peer", action="append", help="a peer's name or a pattern such as 'pytorch-2.6*', may be given more than once (all)")
    parser.add_argument("--samples", type=int, default=7, help="processes per program (7)")
    parser.add_argument("--steps", type=int, help="timed steps in each (by case, 2 to 20)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads for all (all cores)")
    parser.add_argument("--granary", default="", metavar="OPTIONS", help="further options of `granary bench step`, as one word")
    parser.add_argument("--llm-c", type=pathlib.Path, metavar="FOLDER", help="a checkout of llm.c, whose CPU program is a peer")
    options = parser.parse_args()
    if not peers.GRANARY.exists():
        sys.exit(f"'{peers.GRANARY.relative_to(peers.ROOT)}' is absent; build it with 'make build'.")
    if options.llm_c:
        options.llm_c = options.llm_c.resolve()
    options.bf16 = peers.has_bf16()
    if not options.bf16:
        peers.say(f"Modes in bf16 are left out: this CPU has none of {', '.join(sorted(peers.BF16_FLAGS))} and would compute them by way of fp32.")
    options.programs = {**granary_programs(options), **pytorch_programs(options)}
    rows = measure(options.case or list(CASES), options)
    print("\nAll cases again:")
    for case, samples in rows.items():
        table(case, samples)


if __name__ == "__main__":
    main()
