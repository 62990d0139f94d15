#!/usr/bin/env python3
"""How busy a search keeps the places of its pool: the seconds in which they hold a proxy's process, of all that pass.

    python3 bench/climb/pool.py               24 proxies of configs/climb.yaml's size, and the demo's search: about twelve minutes on two cores
    python3 bench/climb/pool.py --tiny        whether it works at all, in half a minute

Says of each search what the rest of the time went into: places left over beside a round's last proxies, time between rounds in
which nothing runs, and processes that start and end, which is a part of what is busy. It counts whether places are held, not how
fast a proxy gets on in one. The aim is 0.9. Raw lines go to bench/results/climb-pool.jsonl. Needs `make build`.
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "dataset-decomposition"))
import common

# Rounds, tokens of a proxy, its width and its longest row.
SEARCHES = {
    "climb": ([12, 6, 4], 1_000_000, 128, 256),
    "demo": ([6, 4], 81_920, 64, 512),
    "odd rounds": ([7, 3], 81_920, 64, 512),
}
TINY = {"tiny": ([4, 2], 8_192, 32, 256)}


def configuration(name, rounds, tokens, width, length, options):
    model = f"{{type: llama, hidden_size: {width}, num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: {length}, tie_word_embeddings: true}}"
    final = "verified, verify: {finalists: 1, seeds: 2}" if len(rounds) > 2 else "best-observed"
    return f"""name: {name}
corpus:
  sources:
    - {{name: dotnet-docs, type: xml-docs, paths: ["${{dotnet}}/packs/*/*/ref/**/*.xml"], max_bytes: {options.bytes}, held_out_one_in: 50}}
    - {{name: torch-headers, type: text, paths: ["${{torch_include}}/ATen/**/*.h", "${{torch_include}}/c10/**/*.h", "${{torch_include}}/torch/**/*.h"], max_bytes: {options.bytes}, held_out_one_in: 50}}
tokenizer: {{type: bpe, vocab_size: 2048}}
decomposition: {{min_exponent: 5, max_exponent: {length.bit_length() - 1}}}
batching: {{tokens_per_step: 2048, cycles: 2}}
mix:
  components: clusters
  clusters: {{initial: 24, merge: {{target_k: 6}}}}
  search: {{type: climb, rounds: {rounds}, anchors: 0, final: {final}, predictors: [{{type: gaussian-process}}], caps: {{target_tokens: 4000000}}}}
  objective: {{metrics: [{{name: heldout.dotnet-docs}}, {{name: heldout.torch-headers}}], max_bytes: 60000}}
  proxy: {{model: {model}, tokens: {tokens}, tokens_per_step: 1024, places: {options.places}}}
model: {model}
training: {{steps: 500, threads: {options.threads}}}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, default=0, help="proxies at once (0: one a thread)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--bytes", type=int, default=6_000_000, help="bytes of each source (6,000,000)")
    parser.add_argument("--only", default="", help="one search by its name")
    parser.add_argument("--tiny", action="store_true", help="a search of seconds, no results written")
    options = parser.parse_args()
    searches = TINY if options.tiny else {name: search for name, search in SEARCHES.items() if options.only in ("", name)}
    results = common.Results("climb-pool.jsonl", options.tiny)
    print(f"{'search':12}{'proxies':>9}{'seconds':>9}{'busy':>8}{'beside':>8}{'between':>9}{'starts':>8}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for name, search in searches.items():
            run = name.replace(" ", "-")
            path = folder / f"{run}.yaml"
            path.write_text(configuration(run, *search, options))
            common.granary("mix", path, "--runs", folder, "--json", threads=options.threads)
            (pool,) = [json.loads(line) for line in (folder / run / "events.jsonl").open() if '"search_pool"' in line]
            numbers = pool["numbers"] if "numbers" in pool else pool
            results.add(search=name, rounds=search[0], tokens=search[1], **{key: value for key, value in numbers.items() if key not in ("time", "kind")})
            whole = numbers["places"] * numbers["seconds"]
            shares = [numbers[key] / whole for key in ("busy_seconds", "beside_seconds", "empty_seconds", "start_seconds")]
            print(f"{name:12}{numbers['proxies']:9.0f}{numbers['seconds']:9.1f}{shares[0]:8.3f}{shares[1]:8.3f}{shares[2]:9.3f}{shares[3]:8.3f}", flush=True)


if __name__ == "__main__":
    main()
