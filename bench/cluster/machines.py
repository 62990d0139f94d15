"""The machines of a campaign: network namespaces with addresses of their own on one bridge, whose links can be cut."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "sequence"))
import network

WORKERS = (0, 1, 2)
COORDINATOR = 3
DATABASE = 4
NAMES = {0: "one", 1: "two", 2: "three", COORDINATOR: "coordinator", DATABASE: "database"}

# The campaign's own address on the bridge, from which it asks the coordinator; no machine of the cluster has it.
WATCHER = "10.9.0.200"
SUBNET = "10.9.0.0/24"


class Machines:
    """Three machines that work, one for the coordinator and one for the database; they go with the process that made them."""

    def __init__(self):
        network.prepare()
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self._network = network.Network("switch", len(NAMES), "1gbit")
        subprocess.run(["ip", "addr", "add", f"{WATCHER}/24", "dev", "hub"], check=True)
        self.cut_off = set()

    @staticmethod
    def address(machine):
        return network.address(machine)

    def start(self, machine, command, **options):
        return self._network.spawn(machine, command, stdin=subprocess.DEVNULL, **options)

    def cut(self, machine, is_silent):
        self.cut_off.add(machine)
        self._network.cut(machine, is_silent)

    def mend(self, machine):
        self._network.mend(machine)
        self.cut_off.discard(machine)

    def megabytes_sent(self):
        """What the workers' interfaces have sent: ranks on two machines meet nowhere else."""
        return {NAMES[machine]: self._network.bytes_sent(machine) // 1_000_000 for machine in WORKERS}
