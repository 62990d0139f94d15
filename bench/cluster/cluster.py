"""A coordinator and three workers as processes on machines of their own, and how they are hurt."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

from machines import COORDINATOR, WORKERS

PORT = 7420


def family(process):
    """A process and all that it has started, by their ids."""
    found = [process]
    for one in found:
        try:
            found += [int(child) for thread in os.listdir(f"/proc/{one}/task") for child in pathlib.Path(f"/proc/{one}/task/{thread}/children").read_text().split()]
        except OSError:
            pass  # it has ended
    return found


class Cluster:
    def __init__(self, machines, database, folder, granary, coordinator, lease):
        self.machines, self.folder, self.lease = machines, folder, lease
        self._granary, self._coordinator_program, self._database = granary, coordinator, database
        self.url = f"http://{machines.address(COORDINATOR)}:{PORT}"
        self.logs = folder / "campaign"
        self.logs.mkdir()
        self._started = []
        self.coordinator = self._serve()
        self._until(lambda: self._ask("GET", "/healthz") is not None)
        subprocess.run([granary, "token", "add", "worker", "--role", "worker", "--folder", folder, "--output", folder / "worker.token"], check=True, stdout=subprocess.DEVNULL)
        self.workers = {machine: self._work(machine) for machine in WORKERS}

    @property
    def worker_logs(self):
        return sorted(self.logs.glob("worker-*.log"))

    def submit(self, key, command, configuration):
        self._until(lambda: self._ask("POST", "/v1/jobs", {"key": key, "command": command, "configuration": configuration}) is not None)

    def status(self, key):
        """Where a job stands; None while nobody says it."""
        return (self._ask("GET", f"/v1/jobs/{key}") or {}).get("status")

    def kill_worker(self, machine):
        """A worker is gone as with its machine; what it has started ends with it. Another one takes its place."""
        self.workers[machine].kill()
        self.workers[machine].wait()
        self.workers[machine] = self._work(machine)

    def kill_coordinator(self):
        self.coordinator.kill()
        self.coordinator.wait()
        self.coordinator = self._serve()

    def freeze(self, machine, is_whole):
        """Stops a worker, with all it has started or alone; gives what wakes it."""
        frozen = family(self.workers[machine].pid) if is_whole else [self.workers[machine].pid]
        for process in frozen:
            send(process, signal.SIGSTOP)

        def wake():
            for process in frozen:
                send(process, signal.SIGCONT)
        return wake

    def restart_ended(self):
        """Starts those again that ended by themselves; says which did, as none should."""
        ended = [machine for machine, worker in self.workers.items() if worker.poll() is not None]
        for machine in ended:
            self.workers[machine] = self._work(machine)
        if self.coordinator.poll() is not None:
            ended.append(COORDINATOR)
            self.coordinator = self._serve()
        return ended

    def end(self):
        running = [process for process in self._started if process.poll() is None]
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _serve(self):
        return self._start(COORDINATOR, [*self._coordinator_program, "--folder", self.folder, "--url", self.url, "--lease-time", f"{self.lease}s", "--database", self._database.address, "--insecure-i-know"], "coordinator")

    def _work(self, machine):
        token, address = self.folder / "worker.token", self.machines.address(machine)
        return self._start(machine, [self._granary, "worker", "--coordinator", self.url, "--folder", self.folder, "--token-file", token, "--threads", 1, "--drivers", 1, "--address", address], "worker")

    def _start(self, machine, command, what):
        with open(self.logs / f"{what}-{len(self._started):03}.log", "wb") as log:
            self._started.append(self.machines.start(machine, command, cwd=self.folder, stdout=log, stderr=log))
        return self._started[-1]

    def _ask(self, method, path, body=None):
        """The coordinator's answer; None where there is none, or none yet."""
        token = self.folder / "admin.token"
        headers = {"Authorization": f"Bearer {token.read_text().strip()}" if token.exists() else "", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode() if body else None, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=3) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            if error.code in (400, 401, 403, 409):
                raise SystemExit(f"The coordinator refused '{method} {path}': {error.read().decode()}") from error
        except OSError:
            pass
        return None

    def _until(self, is_so):
        while not is_so():
            if self.coordinator.poll() is not None:
                raise SystemExit(f"The coordinator ended; see {self.logs}.")
            time.sleep(0.2)


def send(process, number):
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


def fatal_words(logs):
    """What coordinators said of faults that none expects: the first line of each."""
    pattern = re.compile(r"Unhandled exception|fail: |crit: ")
    return [line for path in sorted(logs.glob("coordinator-*.log")) for line in path.read_text(errors="replace").splitlines() if pattern.search(line)]
