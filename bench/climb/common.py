"""What the benchmarks of this folder share: calling `granary`, and keeping raw lines."""

import datetime
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"


def granary(*arguments):
    """Runs the program and gives its JSON object."""
    if not GRANARY.exists():
        sys.exit(f"'{GRANARY.relative_to(ROOT)}' is absent; build it with 'make build'.")
    command = [str(GRANARY), *map(str, arguments)]
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if process.returncode != 0:
        sys.exit(f"'{' '.join(command)}' ended with {process.returncode}.")
    return json.loads(process.stdout)


class Results:
    """Raw lines in bench/results; of a tiny run, which says nothing, in artifacts instead."""

    def __init__(self, name, is_tiny):
        folder = ROOT / ("artifacts/bench" if is_tiny else "bench/results")
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / name

    def add(self, **values):
        when = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        with self.path.open("a") as lines:
            lines.write(json.dumps({"when": when, **values}) + "\n")
