"""The jobs of a campaign: each is handed in again and again, and what it made is compared with what one machine made undisturbed."""

import filecmp
import json
import random
import shutil
import subprocess
import time

import ledger

SYLLABLES = "ba ke li mo nu ra se ti vo zu".split()
DEMO = "configs/demo.yaml"

# The demo's text, all of it: how much of it the demo's own eight seconds reach hangs on the machine. Without the search for a
# mixture, which is no preparation.
DEMO_SETTINGS = ["--set", "mix=null", "--set", "corpus.time_budget=null"]
TRAINING = """name: train
seed: 7
corpus:
  sources:
    - {{name: words, type: jsonl, paths: ["{folder}/words.jsonl"], held_out_one_in: 20}}
tokenizer: {{type: bpe, vocab_size: 300}}
decomposition: {{min_exponent: 4, max_exponent: 6}}
batching: {{tokens_per_step: 256, cycles: 2, passes: {passes}}}
model: {{type: llama, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 64}}
optimizer: {{type: adamw, learning_rate: 0.003}}
training: {{steps: {steps}, threads: 1, tokens_per_microbatch: 128, checkpoint_every_steps: 10}}
evaluation: {{max_bytes: 20000}}
sample: {{prompts: ["ba"], tokens: 8}}
parallel: {{timeout: 20s}}
"""


class Job:
    """What one machine does undisturbed, in `alone` seconds, and then the cluster, as often as there are faults left."""

    # Whether links are cut for so long that a worker ends its work, and says so when another one has it.
    wants_late_commits = False
    longest_wait = 12

    def __init__(self, cluster, database, name, reference, alone):
        self.cluster, self.database, self.name, self.reference = cluster, database, name, reference
        self.runs, self.wrong, self.is_under_way = 0, [], False
        self.usual, self.alone = 60.0, alone
        self._progress, self._struck = None, time.monotonic()
        self._asked = self._looked = self._handed_in = 0.0

    @property
    def key(self):
        return f"{self.name}-{self.runs + 1}"

    @property
    def has_failed(self):
        return bool(self.wrong)

    @property
    def standing(self):
        return f"{self.runs} jobs compared"

    def begin(self):
        self.cluster.submit(self.key, self.command, self.configuration)
        self.is_under_way, self._handed_in = True, time.monotonic()

    def is_ready(self, _fault):
        """Whether something was done since the last fault. On a busy machine faults alone would be, one behind the other."""
        if time.monotonic() - self._asked < 1:
            return False
        self._asked, progress = time.monotonic(), self.progress()
        is_ready = progress != self._progress or time.monotonic() - self._struck > self.longest_wait
        if is_ready:
            self._progress, self._struck = progress, time.monotonic()
        return is_ready

    def look(self):
        """Asks once a second how the job stands, and compares what it made when it is over."""
        if not self.is_under_way or time.monotonic() - self._looked < 1:
            return
        self._looked, status = time.monotonic(), self.cluster.status(self.key)
        if status not in ("done", "failed", "cancelled"):
            return
        folder = self.cluster.folder / "jobs" / self.key
        self.wrong += self.differences(next((folder / "runs").iterdir())) if status == "done" else [f"the job '{self.key}' {status}; see {folder}"]
        self.is_under_way, self.usual = False, time.monotonic() - self._handed_in
        if not self.wrong:
            shutil.rmtree(folder)
            self.runs += 1


class Preparation(Job):
    """
    Text into shards. One machine counts the text and learns the tokenizer, and all jobs begin behind that: with what the
    cluster hands out. Their own processes are killed with the workers that have them, too.
    """

    command = "decompose"

    def __init__(self, cluster, database, granary, split_bytes, wants_late_commits=False):
        folder, begun = cluster.folder, time.monotonic()
        subprocess.run([granary, "decompose", folder / "demo.yaml", *DEMO_SETTINGS, "--runs", folder / "alone"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        super().__init__(cluster, database, "prepare", next((folder / "alone").iterdir()), time.monotonic() - begun)
        self.configuration = (self.reference / "config.yaml").read_text() + f"\ncluster:\n  split_bytes: {split_bytes}\n"
        self.wants_late_commits, self._splits = wants_late_commits, None

    def begin(self):
        run = self.cluster.folder / "jobs" / self.key / "runs" / self.reference.name
        for part in ("stages/corpus", "stages/tokenizer"):
            shutil.copytree(self.reference / part, run / part)
        shutil.copy(self.reference / "config.yaml", run)
        super().begin()

    def progress(self):
        return self.database.execute("SELECT count(*) FROM granary.ledger")

    def differences(self, run):
        """Files of the shards and their manifest that are not those of one machine; and splits that two jobs made differently."""
        expected, actual = self.reference / "stages/decompose", run / "stages/decompose"
        names = files_of(expected)
        faults = [f"only on one side: {name}" for name in names ^ files_of(actual)]
        faults += [f"other bytes: {name}" for name in names & files_of(actual) if not filecmp.cmp(expected / name, actual / name, shallow=False)]
        splits = ledger.outputs_of(self.database, self.key)
        self._splits = self._splits or splits
        return faults + ([] if splits == self._splits else ["splits with other hashes than in the job before"])

    def holds(self):
        files = files_of(self.reference / "stages/decompose")
        return {"files_compared": len(files), "bytes_compared": sum((self.reference / "stages/decompose" / name).stat().st_size for name in files), "splits": len(self._splits or {})}


class Training(Job):
    """Two ranks on two of the machines. What ends a generation waits until one has saved something since the last time."""

    command = "run"

    def __init__(self, cluster, database, granary, steps):
        folder = cluster.folder
        write_words(folder / "words.jsonl")
        text = TRAINING.format(folder=folder, steps=steps, passes=max(1, steps // 80))
        (folder / "train.yaml").write_text(text)
        begun = time.monotonic()
        subprocess.run([granary, "run", folder / "train.yaml", "--ranks", "2", "--runs", folder / "alone"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        super().__init__(cluster, database, "train", folder / "alone/train", time.monotonic() - begun)
        self.configuration, self.generations = text + "cluster: {ranks: 2}\n", 0

    @property
    def _run(self):
        return self.cluster.folder / "jobs" / self.key / "runs/train"

    @property
    def standing(self):
        return f"{self.runs} jobs compared, {text_of(self._run / 'latest') or 'nothing saved yet'}"

    def is_ready(self, fault):
        return fault in ("coordinator killed", "database restarted") or super().is_ready(fault)

    def progress(self):
        return text_of(self._run / "latest")

    def differences(self, run):
        """Losses of all steps and tensors of the last checkpoint, bit for bit."""
        self.generations += json.loads((run / "generation.json").read_text())["number"]
        expected, actual = losses(self.reference), losses(run)
        faults = [] if expected == actual else [f"{len(actual)} steps with other losses than the {len(expected)} of one machine"]
        left, right = newest(self.reference), newest(run)
        names = {path.name for path in left.glob("*.safetensors")} | {path.name for path in right.glob("*.safetensors")}
        return faults + [f"other bytes: {name}" for name in names if not (right / name).exists() or not (left / name).exists() or not filecmp.cmp(left / name, right / name, shallow=False)]

    def holds(self):
        files = list(newest(self.reference).glob("*.safetensors"))
        return {"files_compared": len(files), "bytes_compared": sum(path.stat().st_size for path in files), "steps": len(losses(self.reference)), "generations": self.generations}


def files_of(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and not path.name.startswith("stage")}


def text_of(path):
    try:
        return path.read_text().strip()
    except OSError:
        return None


def losses(run):
    events = map(json.loads, (run / "events.jsonl").read_text().splitlines())
    return [(event["step"], event["loss"]) for event in events if event["kind"] == "step"]


def newest(run):
    return run / (run / "latest").read_text().strip()


def write_words(path, documents=400):
    chance = random.Random(5)
    with open(path, "w") as out:
        for _ in range(documents):
            words = ("".join(chance.choice(SYLLABLES) for _ in range(chance.randint(1, 3))) for _ in range(chance.randint(20, 200)))
            out.write(json.dumps({"text": " ".join(words)}) + "\n")
