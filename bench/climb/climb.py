#!/usr/bin/env python3
"""CLIMB against uniform, natural, random and RegMix on real transformer proxies, and what models trained on each mixture are worth.

    python3 bench/climb/climb.py                            three searches of 56 proxies for each method and target, and final models: 3 to 6 hours on two cores
    python3 bench/climb/climb.py --target python-library    one target
    python3 bench/climb/climb.py --seeds 1                  one search
    python3 bench/climb/climb.py --tiny                     whether it works at all

The corpus is the demo's: .NET's own documentation and libtorch's headers, in ten clusters. A target is text that nothing is trained
on: ASP.NET's documentation, which one of the clusters nearly is, and Python's standard library, of a language that no cluster has.
Half of its documents, by a hash, judge proxies; final models are measured on the other half.
All methods have 56 proxies of 0.7 million parameters and 1 million tokens; one that two methods ask for is trained once, so RegMix
fits the runs of random search. A proxy's steps are of 1,024 tokens, a quarter of a final model's: it has as many, which brought it
nearer to what final models say of two mixtures (docs/log.md). Proxies and final models take their products in bf16 where the CPU has
AVX512-BF16, in fp32 elsewhere. Final models are trained on four times the tokens with seeds of their own, in turn. Raw lines go to
bench/results/climb.jsonl, the report of CLIMB's first search to bench/results/climb-TARGET.html. What is finished is not done again, so a
benchmark that was killed goes on.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "dataset-decomposition"))
import common

# What each is, as a source of the corpus, and the bytes of it that judge a proxy: more where documents are long.
TARGETS = {
    "aspnet-docs": ('type: xml-docs, paths: ["${dotnet}/packs/Microsoft.AspNetCore.App.Ref/*/ref/**/*.xml"]', 200_000),
    "python-library": (f"type: text, paths: [{json.dumps(str(pathlib.Path(os.__file__).parent / '*.py'))}]", 600_000),
}
FIXED = ("uniform", "natural")  # made without a proxy, so alike for all seeds of a search
SEARCHED = ("random", "regmix", "climb")


def sections(options, name, seed, mix, training):
    exponent = options.length.bit_length() - 1
    return f"""name: {name}
seed: {seed}
corpus:
  sources:
    - {{name: dotnet-docs, type: xml-docs, paths: ["${{dotnet}}/packs/Microsoft.NETCore.App.Ref/*/ref/**/*.xml"], max_bytes: {options.bytes}, held_out_one_in: 50}}
    - {{name: torch-headers, type: text, paths: ["${{torch_include}}/ATen/**/*.h", "${{torch_include}}/c10/**/*.h", "${{torch_include}}/torch/**/*.h"], max_bytes: {options.bytes}, held_out_one_in: 50}}
    - {{name: {options.target}, {TARGETS[options.target][0]}, max_bytes: {options.bytes // 4}, held_out_one_in: 1}}
tokenizer: {{type: bpe, vocab_size: {options.vocabulary}}}
decomposition: {{min_exponent: 5, max_exponent: {exponent}}}
batching: {{tokens_per_step: {options.tokens_per_step}, cycles: 2}}
mix: {mix}
model: {model(options)}
optimizer: {optimizer("cosine, warmup_share: 0.05, final_share: 0.05")}
training: {training}
"""


def model(options):
    return f"{{type: llama, hidden_size: {options.hidden}, num_hidden_layers: 2, num_attention_heads: {options.hidden // 32}, max_position_embeddings: {options.length}, tie_word_embeddings: true}}"


def optimizer(schedule):
    return f"{{type: adamw, learning_rate: 0.003, beta2: 0.98, schedule: {{type: {schedule}}}}}"


def method(name, options):
    first = options.trials // 2
    searches = {
        "uniform": "{type: uniform",
        "natural": "{type: natural",
        "random": f"{{type: random, trials: {options.trials}",
        "regmix": f"{{type: regmix, trials: {options.trials}",
        # Half, a quarter and an eighth in rounds, the rest for the finalists.
        "climb": f"{{type: climb, preset: robust, rounds: [{first}, {first // 2}, {options.trials - first - first // 2 - options.finalists * 2}], verify: {{finalists: {options.finalists}, seeds: 2}}",
    }
    return f"{searches[name]}, caps: {{max_epochs: 4, target_tokens: {4 * options.tokens}}}}}"


def searched(name, seed, options, results):
    """Runs a search unless it has been, and gives the mixture's file."""
    run = f"{name}-{seed}"
    mixture = options.work / run / "stages/mix/mixture.yaml"
    path = options.work / f"{run}.yaml"
    mix = (
        f"{{components: clusters, seed: {seed}, clusters: {{initial: {options.clusters * 6}, merge: {{target_k: {options.clusters}}}}}, search: {method(name, options)}, "
        f"objective: {{metrics: [{{name: heldout.{options.target}}}], max_bytes: {options.judged or TARGETS[options.target][1]}}}, "
        f"proxy: {{model: {model(options)}, tokens: {options.tokens}, tokens_per_step: {options.proxy_tokens_per_step}, optimizer: {optimizer('warmup-stable-decay')}, precision: {options.precision}, store: {json.dumps(str(options.work / 'proxies'))}}}}}")
    path.write_text(sections(options, run, 1, mix, f"{{steps: {4 * options.tokens // options.tokens_per_step}, threads: {options.threads}, precision: {options.precision}}}"))
    is_new = not mixture.exists()
    begun = time.monotonic()
    lines = common.granary("mix", path, "--runs", options.work, "--json", threads=options.threads)
    if is_new:
        pool = next((re.search(r"(\d+) proxies in (\d+) places, which were busy (\d+) %", line["text"]) for line in lines if "busy" in line.get("text", "")), None)
        results.add(
            kind="search", target=options.target, precision=options.precision, proxy_tokens_per_step=options.proxy_tokens_per_step, method=name, seed=seed, seconds=round(time.monotonic() - begun, 1), mixture=weights(mixture), measured=number(mixture, "measured"),
            predicted=number(mixture, "predicted"), proxies_trained=int(pool[1]) if pool else 0, pool_efficiency=int(pool[3]) / 100 if pool else None)
    return mixture


def weights(path):
    """The section 'weights' of a mixture.yaml."""
    text = path.read_text().split("\nweights:\n")[1]
    lines = [line for line in text.split("\n")]
    taken = [line for i, line in enumerate(lines) if all(other.startswith("  ") for other in lines[: i + 1])]
    return {key.strip().strip('"'): float(value) for key, value in (line.rsplit(":", 1) for line in taken)}


def number(path, key):
    value = re.search(rf"^{key}: (.*)$", path.read_text(), re.MULTILINE)[1]
    return None if value == "null" else float(value)


def is_for_search(document):
    """As HeldOutSplit has it, with half of the documents for the search."""
    return int.from_bytes(hashlib.sha256(f"mix {document}".encode()).digest()[:8], "little") < 0.5 * (2**64 - 1)


def test_documents(run, options):
    """The target's documents that no proxy was measured on."""
    path = options.work / "test.jsonl"
    held_out = [json.loads(line) for line in (run / "stages/corpus/held-out.jsonl").open()]
    seen = {json.loads(line)["id"] for line in (run / "stages/mix/documents.jsonl").open()}
    test = [document for document in held_out if document["source"] == options.target and not is_for_search(document["id"])]
    if seen & {document["id"] for document in test}:
        sys.exit("A test document was used in the search.")
    path.write_text("".join(json.dumps(document) + "\n" for document in sorted(test, key=lambda document: document["id"])))
    return path


def final(name, search, seed, mixture, test, options, results, known):
    """Trains a model on a mixture unless it is there, and measures it."""
    run = f"final-{name}-{search}-{seed}"
    if (name, search, seed) not in known:
        path = options.work / f"{run}.yaml"
        steps = 4 * options.tokens // options.tokens_per_step
        path.write_text(sections(options, run, 100 + seed, f"{{file: {json.dumps(str(mixture))}}}", f"{{steps: {steps}, threads: {options.threads}, precision: {options.precision}, checkpoint_every: 10m, keep_checkpoints: 1}}"))
        common.granary("train", path, "--runs", options.work, "--json", threads=options.threads)
        (measured,) = common.granary("eval", "--model", options.work / run, "--input", test, "--jsonl", "--threads", options.threads, "--json", threads=options.threads)
        results.add(kind="final", target=options.target, precision=options.precision, proxy_tokens_per_step=options.proxy_tokens_per_step, method=name, search=search, seed=seed, bits_per_byte=measured["bits_per_byte"], loss=measured["loss"], tokens=steps * options.tokens_per_step, documents=measured["documents"])
        known[name, search, seed] = measured["bits_per_byte"]
    return known[name, search, seed]


def table(target, finals):
    """Means by method, and how CLIMB differs from each on the same seeds."""
    climb = {key[1:]: value for key, value in finals.items() if key[0] == "climb"}
    print(f"\n{target}\n{'test bits a byte':18}{'mean':>10}{'sd':>9}{'climb less':>13}{'wins':>8}")
    for name in (*FIXED, *SEARCHED):
        own = {key[1:]: value for key, value in finals.items() if key[0] == name}
        # What is made without a proxy is one mixture for all searches.
        pairs = [(value, own.get(at, own.get((0, at[1])))) for at, value in climb.items()]
        differences = [value - other for value, other in pairs if other is not None]
        spread = statistics.stdev(own.values()) if len(own) > 1 else 0.0
        versus = f"{statistics.fmean(differences):+13.4f}{sum(difference < 0 for difference in differences):5d}/{len(differences)}" if name != "climb" and differences else ""
        print(f"{name:18}{statistics.fmean(own.values()):10.4f}{spread:9.4f}{versus}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="searches of each method (3)")
    parser.add_argument("--finals", type=int, default=2, help="final models of each mixture (2)")
    parser.add_argument("--trials", type=int, default=56, help="proxies of each search (56)")
    parser.add_argument("--finalists", type=int, default=4, help="of CLIMB's, mixtures that are trained twice more at its end (4)")
    parser.add_argument("--tokens", type=int, default=1_000_000, help="tokens of a proxy (1,000,000)")
    parser.add_argument("--tokens-per-step", type=int, default=4096, help="tokens of a final model's step (4,096)")
    parser.add_argument("--proxy-tokens-per-step", type=int, default=1024, help="tokens of a proxy's step (1,024)")
    parser.add_argument("--length", type=int, default=256, help="the longest row (256)")
    parser.add_argument("--hidden", type=int, default=128, help="the models' width (128)")
    parser.add_argument("--vocabulary", type=int, default=2048, help="entries of the tokenizer (2,048)")
    parser.add_argument("--clusters", type=int, default=10, help="clusters that are mixed (10)")
    parser.add_argument("--bytes", type=int, default=12_000_000, help="bytes of each source (12,000,000)")
    parser.add_argument("--judged", type=int, help="bytes of the target that judge a proxy (200,000, or 600,000 of the library)")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="bf16" if "avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text() else "fp32", help="of products (bf16 where the CPU has AVX512-BF16)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--target", dest="targets", choices=TARGETS, action="append", help="what mixtures are judged by, may be given more than once (each)")
    parser.add_argument("--work", type=pathlib.Path, default=common.ROOT / "artifacts/climb", help="the folder of runs, kept, with one for each target")
    parser.add_argument("--tiny", action="store_true", help="one search of a few proxies of a few steps")
    options = parser.parse_args()
    if options.tiny:
        options.seeds, options.finals, options.trials, options.finalists, options.tokens, options.tokens_per_step, options.proxy_tokens_per_step = 1, 1, 12, 1, 8192, 512, 256
        options.hidden, options.vocabulary, options.clusters, options.bytes, options.judged = 32, 320, 8, 400_000, 8_000
        options.work = common.ROOT / "artifacts/climb-tiny"
    results = common.Results("climb.jsonl", options.tiny)
    work = options.work.resolve()
    for target in options.targets or TARGETS:
        options.target, options.work = target, work / target
        options.work.mkdir(parents=True, exist_ok=True)
        compare(options, results)


def compare(options, results):
    """All searches and final models of one target."""
    known = {}
    if results.path.exists() and not options.tiny:
        for line in map(json.loads, results.path.open()):
            if line["kind"] != "final" or line["target"] != options.target:
                continue

            # Earlier lines do not tell the steps of proxies, which were of 4,096 tokens; what is made without a proxy has none.
            if line["method"] in FIXED or line.get("proxy_tokens_per_step", 4096) == options.proxy_tokens_per_step:
                known[line["method"], line["search"], line["seed"]] = line["bits_per_byte"]

    mixtures = {(name, 0): searched(name, 0, options, results) for name in FIXED}
    test = test_documents(options.work / "uniform-0", options)
    finals = {}
    for search in range(1, options.seeds + 1):
        mixtures |= {(name, search): searched(name, search, options, results) for name in SEARCHED}
        if search == 1:
            report = (options.work / "climb-1/stages/mix/report.html").read_text()
            results.path.with_name(f"climb-{options.target}.html").write_text(report.replace(f"{common.ROOT}/", ""))
        for seed in range(1, options.finals + 1):
            # Each mixture in turn, so that a benchmark that is cut short still compares.
            for (name, of), mixture in mixtures.items():
                if of in (0, search):
                    finals[name, of, seed] = final(name, of, seed, mixture, test, options, results, known)
        table(options.target, finals)


if __name__ == "__main__":
    main()
