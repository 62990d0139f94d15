#!/usr/bin/env python3
"""How well clusters of the built-in embedding find the sources again that documents came from: the adjusted Rand index.

    python3 bench/climb/rand_index.py             the demo's two sources, and with ../shared/data its two texts too: four minutes
    python3 bench/climb/rand_index.py --tiny      a part of each, which writes no results

The label of a document is its source. Of each mixture of sources `granary mix` makes as many clusters as there are labels: 24 by
k-means (as configs/demo.yaml) or 64 (the default), merged by `ward` or by `average`, with three seeds each. 1 is the labels
themselves, 0 what chance gives; the aim is 0.9. Raw lines go to bench/results/rand-index.jsonl. Needs `make build`.
"""

import argparse
import json
import math
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "dataset-decomposition"))
import common

SHARED = common.ROOT.parent / "shared/data/text"
PASSAGE_BYTES = 1_500  # of a text that has no documents of its own
SHORTEST = 200         # bytes; a heading alone is no document

DEMO = {
    "dotnet-docs": 'type: xml-docs, paths: ["${dotnet}/packs/*/*/ref/**/*.xml"]',
    "torch-headers": 'type: text, paths: ["${torch_include}/ATen/**/*.h", "${torch_include}/c10/**/*.h", "${torch_include}/torch/**/*.h"]',
}
TEXTS = {"wikitext": ["wikitext2.valid.txt", "wikitext2.test.txt"], "shakespeare": ["tinyshakespeare.txt"]}


def passages(text):
    """Paragraphs, those that follow one another together up to so many bytes."""
    passage = ""
    for paragraph in re.split(r"\n\s*\n", text):
        passage = f"{passage}\n\n{paragraph.strip()}".strip()
        if len(passage) >= PASSAGE_BYTES:
            yield passage
            passage = ""
    yield passage


def texts(folder):
    """The sources of ../shared/data, as files of the run's folder; none where there are none."""
    sources = {}
    for name, files in TEXTS.items():
        found = [SHARED / file for file in files if (SHARED / file).exists()]
        if len(found) < len(files):
            return {}
        path = folder / f"{name}.jsonl"
        with path.open("w") as lines:
            for file in found:
                for passage in passages(file.read_text()):
                    if len(passage) >= SHORTEST:
                        lines.write(json.dumps({"text": passage}) + "\n")
        sources[name] = f"type: jsonl, paths: [{json.dumps(str(path))}]"
    return sources


def clusters(folder, name, sources, seed, settings, options):
    """The report of the clusters that a run makes of some sources."""
    listed = "\n".join(f"    - {{name: {source}, {rest}, max_bytes: {options.bytes}, held_out_one_in: 50}}" for source, rest in sources.items())
    path = folder / f"{name}.yaml"
    path.write_text(f"""name: {name}
seed: {seed}
corpus:
  sources:
{listed}
tokenizer: {{type: bytes}}
mix:
  components: clusters
  clusters: {settings}
  search: {{type: uniform}}
  objective: {{metrics: [{{name: heldout.dotnet-docs}}]}}
model: {{type: llama, hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 1}}
""")
    common.granary("mix", path, "--runs", folder, "--json", threads=options.threads)
    (report,) = common.granary("mix", "clusters", folder / name, "--json", threads=options.threads)
    return report


def adjusted_rand_index(table):
    """Of a table of counts, a row a cluster and a column a label (Hubert and Arabie 1985)."""
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table)]
    together = sum(math.comb(count, 2) for row in table for count in row)
    of_rows, of_columns = sum(math.comb(count, 2) for count in rows), sum(math.comb(count, 2) for count in columns)
    expected = of_rows * of_columns / math.comb(sum(rows), 2)
    most = (of_rows + of_columns) / 2
    return 1.0 if most == expected else (together - expected) / (most - expected)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="seeds of each (3)")
    parser.add_argument("--bytes", type=int, default=12_000_000, help="bytes of each source at most (12,000,000; 0: all)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--tiny", action="store_true", help="400,000 bytes of each source, one seed, no results written")
    options = parser.parse_args()
    if options.tiny:
        options.seeds, options.bytes = 1, 400_000
    results = common.Results("rand-index.jsonl", options.tiny)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        shared = texts(folder)
        mixtures = {"demo": DEMO} | ({"demo-and-texts": DEMO | shared} if shared else {})
        if not shared:
            print(f"without the texts of '{SHARED}', which are not there")
        for mixture, sources in mixtures.items():
            for initial, method in ((24, "ward"), (64, "ward"), (24, "average"), (64, "average")):
                settings = f"{{initial: {initial}, merge: {{method: {method}, target_k: {len(sources)}}}}}"
                for seed in range(1, options.seeds + 1):
                    report = clusters(folder, f"{mixture}-{method}-{initial}-{seed}", sources, seed, settings, options)
                    table = [[card["sources"].get(source, 0) for source in sources] for card in report["clusters"]]
                    index = adjusted_rand_index(table)
                    results.add(mixture=mixture, initial=initial, merge=method, seed=seed, index=index, labels=list(sources), table=table)
                    print(f"{mixture:16}{initial:3} by {method:9}seed {seed}   adjusted Rand index {index:.4f}   {table}", flush=True)


if __name__ == "__main__":
    main()
