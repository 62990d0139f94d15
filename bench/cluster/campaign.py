"""Hurts a cluster by a schedule that follows from a seed, while jobs run on it one behind the other, until all faults are spent."""

import collections
import random
import sys
import time

from database import KINDS
from machines import COORDINATOR, DATABASE, NAMES, WORKERS

# Behind the last fault a job must end within so many seconds, and so many times what one machine needs, or something is lost.
PATIENCE = 120
SLOWNESS = 15
FAULTS = ("worker killed", "coordinator killed", "database restarted", "link cut", "worker frozen")


class Campaign:
    """One campaign: what is to happen, and what has."""

    def __init__(self, name, cluster, database, job, faults, pause, seed):
        self.name, self.cluster, self.database, self.job, self.pause = name, cluster, database, job, pause
        self._chance = random.Random(seed)
        self._left = [fault for fault, times in faults.items() for _ in range(times)]
        self._chance.shuffle(self._left)
        self._total, self._count = len(self._left), collections.Counter()
        self._pending = []  # what ends a fault, and when
        self._begun = self._last_fault = self._shown = time.monotonic()
        self.lines, self.ended = [], []

    @property
    def seconds(self):
        return time.monotonic() - self._begun

    def run(self):
        """Until all faults are spent and the last job is over; gives whether it came to that."""
        due = time.monotonic() + self.pause
        while self._left or self.job.is_under_way:
            self._end_faults(time.monotonic())
            self.ended += [NAMES[machine] for machine in self.cluster.restart_ended()]
            if not self.job.is_under_way:
                self.job.begin()
            if self._left and time.monotonic() >= due and self.job.is_ready(self._left[-1]):
                self._strike(self._left.pop())
                self._last_fault = time.monotonic()
                due = self._last_fault + self._chance.uniform(0.2, 1.8) * self.pause
            self.job.look()
            if self.job.has_failed or (not self._left and time.monotonic() - self._last_fault > PATIENCE + SLOWNESS * self.job.alone):
                break
            self._show()
            time.sleep(0.1)
        self._end_faults(float("inf"))
        return not self._left and not self.job.is_under_way

    def _strike(self, fault):
        note = {"worker killed": self._kill_worker, "coordinator killed": self._kill_coordinator, "database restarted": self._restart_database, "link cut": self._cut, "worker frozen": self._freeze}[fault]()
        self._count[fault] += 1
        self.lines.append({"campaign": self.name, "seconds": round(self.seconds, 2), "fault": fault, **note})

    def _kill_worker(self):
        machine = self._chance.choice(WORKERS)
        self.cluster.kill_worker(machine)
        return {"machine": NAMES[machine]}

    def _kill_coordinator(self):
        self.cluster.kill_coordinator()
        return {}

    def _restart_database(self):
        kind = KINDS[self._count["database restarted"] % len(KINDS)]
        self.database.restart(kind)
        return {"how": kind}

    def _cut(self):
        """Every other cut outlasts a lease; every other one is silent, as where a cable between two switches is cut."""
        number, machines = self._count["link cut"], self.cluster.machines
        exposed = WORKERS if self.job.wants_late_commits else 3 * WORKERS + (COORDINATOR, DATABASE)
        machine = self._chance.choice([machine for machine in exposed if machine not in machines.cut_off] or [None])
        if machine is None:
            return {"machine": "all were cut"}
        is_long, is_silent = self.job.wants_late_commits or number % 2 == 0, number // 2 % 2 == 0
        lasts = self.cluster.lease * (self._chance.uniform(1.3, 1.8) if is_long else self._chance.uniform(0.2, 0.6))
        machines.cut(machine, is_silent)
        self._pending.append((time.monotonic() + lasts, lambda: machines.mend(machine)))
        return {"machine": NAMES[machine], "lasts": round(lasts, 2), "is_longer_than_lease": is_long, "is_silent": is_silent}

    def _freeze(self):
        """Past the lease, so that it wakes when others have its work; with what it has started, or without."""
        machine, is_whole = self._chance.choice(WORKERS), self._count["worker frozen"] % 2 == 0
        lasts = self.cluster.lease * self._chance.uniform(1.3, 1.8)
        self._pending.append((time.monotonic() + lasts, self.cluster.freeze(machine, is_whole)))
        return {"machine": NAMES[machine], "lasts": round(lasts, 2), "with_children": is_whole}

    def _end_faults(self, now):
        for fault in [fault for fault in self._pending if fault[0] <= now]:
            self._pending.remove(fault)
            fault[1]()

    def _show(self):
        """How far it is: in place at a terminal, else a line every 15 s."""
        now, is_terminal = time.monotonic(), sys.stderr.isatty()
        if now - self._shown < (0.5 if is_terminal else 15):
            return
        self._shown = now
        pace = max(self.pause, self.seconds / (self._total - len(self._left))) if self._total > len(self._left) else self.pause
        text = f"{self.name}: {self._total - len(self._left)} of {self._total} faults, {self.job.standing}, {self.seconds:.0f} s, about {len(self._left) * pace + self.job.usual:.0f} s left"
        print(f"\r{text:100}" if is_terminal else text, end="" if is_terminal else "\n", file=sys.stderr, flush=True)

    def summary(self):
        """What happened, in numbers."""
        cuts = [line for line in self.lines if line["fault"] == "link cut" and "lasts" in line]
        return {
            **{fault.replace(" ", "_"): self._count[fault] for fault in FAULTS},
            "cuts_longer_than_lease": sum(line["is_longer_than_lease"] for line in cuts),
            "ended_by_themselves": dict(collections.Counter(self.ended)),
        }
