"""What the benchmarks and checks of this folder share: the programs, raw lines, and processes with a time limit."""

import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRANARY = ROOT / "artifacts/bin/Granary.Cli/release/granary"


_running = set()


def _end(number, _):
    """A part whose time is over leaves no process behind that would keep the GPU."""
    for process in _running:
        os.killpg(process.pid, signal.SIGKILL)
    sys.exit(128 + number)


signal.signal(signal.SIGTERM, _end)


class Failed(Exception):
    """A process that failed or took too long; the message says which and why."""


def results_folder():
    """Where raw lines go: $OUT, or bench/results."""
    folder = pathlib.Path(os.environ.get("OUT") or ROOT / "bench/results")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep(file, /, **values):
    """Adds a raw line."""
    when = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    with (results_folder() / file).open("a") as lines:
        lines.write(json.dumps({"when": when, **values}) + "\n")


def run(command, seconds, environment=None):
    """The standard output of a process, which is ended with its children when its time is over."""
    command = [str(part) for part in command]
    shown = " ".join(command)
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    _running.add(process)
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        raise Failed(f"'{shown}' took more than {seconds} s") from None
    finally:
        _running.discard(process)
    if process.returncode != 0:
        raise Failed(f"'{shown}' ended with {process.returncode}: {(errors or output)[-1500:].strip()}")
    return output


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def granary(*arguments, seconds=120, environment=None):
    """The program's JSON lines."""
    if not GRANARY.exists():
        sys.exit(f"'{GRANARY.relative_to(ROOT)}' is absent; build it with 'make build', or unpack the bundle.")
    return json_lines(run([GRANARY, *arguments], seconds, environment))


def say(text):
    print(text, file=sys.stderr, flush=True)
