#!/usr/bin/env python3
"""`granary corpus` reading Parquet against DuckDB scanning the same files: interleaved, a process a sample.

    python3 bench/corpus/parquet.py                      200 MB of text as zstd, snappy and plain, 7 rounds
    python3 bench/corpus/parquet.py --megabytes 8 --rounds 1     a trial

Writes each sample to bench/results/parquet.jsonl and a table of medians to the terminal. The measure is bytes of text
per second of CPU time, user and system, of the process beyond what the same process takes for a single document, which
is sampled in each round as "start". Granary does more: it checks UTF-8, hashes
file and documents, drops duplicates and writes a manifest, while DuckDB adds up lengths; a ratio above 0.6 is the aim.
Needs `make build` with DuckDB's library (`make setup`); uses the standard library only.
"""

import argparse
import ctypes
import datetime
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"
VERSION = "1.5.6"
STORED = {"zstd": "zstd", "snappy": "snappy", "plain": "uncompressed"}
START = "start"  # one document
ROWS_PER_GROUP = 4096

# Documents of about 2.4 KB from 5,000 words, a function of the row alone.
DOCUMENTS = """
    SELECT id, string_agg(word, ' ' ORDER BY place) AS text
    FROM (SELECT t.i // 400 AS id, t.i AS place, words.word
          FROM range({words}) t(i)
          JOIN (SELECT i, lower(md5(i::VARCHAR))[1:2 + (hash(i) % 7)::INTEGER] AS word FROM range(5000) w(i)) words
          ON words.i = hash(t.i) % 5000)
    GROUP BY id ORDER BY id"""


class Result(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in "abcdef"]


class DuckDb:
    """A connection to DuckDB's C library."""

    def __init__(self, threads):
        home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
        path = os.environ.get("GRANARY_DUCKDB") or f"{home}/granary/lib/duckdb-{VERSION}/libduckdb.so"
        if not os.path.exists(path):
            sys.exit(f"DuckDB's library is not at '{path}'; fetch it with 'make setup'.")
        self.library = ctypes.CDLL(path)
        self.library.duckdb_result_error.restype = ctypes.c_char_p
        self.library.duckdb_value_int64.restype = ctypes.c_int64
        self.library.duckdb_value_int64.argtypes = [ctypes.POINTER(Result), ctypes.c_uint64, ctypes.c_uint64]
        database, self.connection = ctypes.c_void_p(), ctypes.c_void_p()
        self.library.duckdb_open(None, ctypes.byref(database))
        self.library.duckdb_connect(database, ctypes.byref(self.connection))
        self.query(f"SET threads = {threads}")

    def query(self, sql):
        """Runs a statement; the first value as a number."""
        result = Result()
        if self.library.duckdb_query(self.connection, sql.encode(), ctypes.byref(result)) != 0:
            sys.exit(f"DuckDB refuses '{sql}': {self.library.duckdb_result_error(ctypes.byref(result)).decode()}")
        value = self.library.duckdb_value_int64(ctypes.byref(result), 0, 0)
        self.library.duckdb_destroy_result(ctypes.byref(result))
        return value


def measure(command, folder):
    """Runs a process to its end: seconds, seconds of CPU, output."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.returncode != 0:
        sys.exit(f"'{' '.join(map(str, command))}' ended with {result.returncode}:\n{result.stdout[-1000:]}{result.stderr[-1000:]}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, result.stdout


def write_files(folder, megabytes):
    duckdb = DuckDb(threads=os.cpu_count())
    for name, codec in {**STORED, START: "uncompressed"}.items():
        source = f"SELECT * FROM '{folder}/zstd.parquet' LIMIT 1" if name == START else DOCUMENTS.format(words=megabytes * 167_000) if name == "zstd" else f"SELECT * FROM '{folder}/zstd.parquet'"
        duckdb.query(f"COPY ({source}) TO '{folder}/{name}.parquet' (FORMAT parquet, COMPRESSION {codec}, ROW_GROUP_SIZE {ROWS_PER_GROUP})")
        (folder / f"{name}.yaml").write_text(
            f"name: {name}\ncorpus:\n  sources:\n    - {{name: table, type: parquet, paths: [{name}.parquet], id_field: id, held_out_one_in: 0}}\n")
    return {name: duckdb.query(f"SELECT sum(strlen(text)) FROM '{folder}/{name}.parquet'") for name in (START, *STORED)}


def sample_granary(folder, name, bytes_of_text):
    run = f"{name}-{time.monotonic_ns()}"  # a run is read once
    seconds, cpu, output = measure([GRANARY, "corpus", f"{name}.yaml", "--set", f"name={run}"], folder)
    read = json.loads((folder / "runs" / run / "stages/corpus/corpus.json").read_text())["report"]["bytes"]
    if read != bytes_of_text:
        sys.exit(f"granary read {read} bytes in place of {bytes_of_text}:\n{output}")
    return seconds, cpu


def sample_duckdb(folder, name, bytes_of_text, threads):
    seconds, cpu, output = measure([sys.executable, __file__, "--scan", f"{name}.parquet", "--threads", str(threads)], folder)
    if int(output) != bytes_of_text:
        sys.exit(f"DuckDB found {output} bytes in place of {bytes_of_text}.")
    return seconds, cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=200, help="text in each file (200)")
    parser.add_argument("--rounds", type=int, default=7, help="samples of each (7)")
    parser.add_argument("--threads", type=int, default=2, help="threads of DuckDB (2); granary takes all cores")
    parser.add_argument("--scan", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.scan:
        print(DuckDb(options.threads).query(f"SELECT sum(strlen(text)) FROM '{options.scan}'"))
        return
    if not GRANARY.exists():
        sys.exit(f"'{GRANARY.relative_to(ROOT)}' is absent; build it with 'make build'.")

    results = ROOT / "bench/results/parquet.jsonl"
    results.parent.mkdir(exist_ok=True)
    used = {}
    with tempfile.TemporaryDirectory(prefix="granary-bench-") as temporary:
        folder = pathlib.Path(temporary)
        texts = write_files(folder, options.megabytes)
        for round_ in range(options.rounds):
            for name, bytes_of_text in texts.items():
                for program in ("granary", "duckdb"):
                    seconds, cpu = sample_granary(folder, name, bytes_of_text) if program == "granary" else sample_duckdb(folder, name, bytes_of_text, options.threads)
                    used.setdefault((name, program), []).append(cpu)
                    when = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
                    line = {
                        "when": when, "stored": name, "program": program, "round": round_, "bytes_of_text": bytes_of_text,
                        "file_bytes": (folder / f"{name}.parquet").stat().st_size, "seconds": seconds, "cpu_seconds": cpu, "threads": options.threads if program == "duckdb" else os.cpu_count(),
                        "load": os.getloadavg()[0],
                    }
                    with results.open("a") as lines:
                        lines.write(json.dumps(line) + "\n")

    def rates(name, program):
        bytes_of_text = texts[name] - texts[START]
        return [bytes_of_text / 1e6 / max(1e-3, cpu - start) for cpu, start in zip(used[name, program], used[START, program])]

    print(f"{'stored':8} {'granary':>10} {'duckdb':>10}   MB of text per CPU second; {'ratio':>6}")
    for name in STORED:
        granary, duckdb = rates(name, "granary"), rates(name, "duckdb")
        ratio = statistics.median(ours / theirs for ours, theirs in zip(granary, duckdb))
        print(f"{name:8} {statistics.median(granary):10.0f} {statistics.median(duckdb):10.0f} {ratio:34.2f}")


if __name__ == "__main__":
    main()
