"""Ranks in network namespaces of this machine, joined by shaped full-duplex links; needs root.

Each rank has an address 10.9.0.(rank + 1)/32 on a bridge `d0` of its own namespace. `mesh` joins every pair by a pair of
virtual Ethernet devices, so that each direction of each link has the rate for itself; `switch` joins every rank to one
bridge, so that a rank's port has the rate once out and once in. The rate is that of a token bucket at the sending end.
"""

import itertools
import os
import subprocess

SETTINGS = {"net.ipv4.tcp_slow_start_after_idle": "0", "net.ipv4.tcp_congestion_control": "cubic"}


def address(rank):
    return f"10.9.0.{rank + 1}"


def namespace(rank):
    return f"rank{rank}"


def _run(command):
    subprocess.run(command.split(), check=True)


class Network:
    """The namespaces and links; they go with the process that made them."""

    def __init__(self, kind, ranks, rate):
        self.ranks = ranks
        self.devices = {rank: [] for rank in range(ranks)}
        for rank in range(ranks):
            _run(f"ip netns add {namespace(rank)}")
            _run(f"ip -n {namespace(rank)} link set lo up")
            _run(f"ip -n {namespace(rank)} link add d0 type bridge")
            _run(f"ip -n {namespace(rank)} addr add {address(rank)}/32 dev d0")
            _run(f"ip -n {namespace(rank)} link set d0 up")
            for setting, value in SETTINGS.items():
                if subprocess.run(["ip", "netns", "exec", namespace(rank), "sysctl", "-qw", f"{setting}={value}"]).returncode:
                    raise SystemExit(f"'{setting}' cannot be '{value}' in a namespace of this machine. A namespace may choose the congestion "
                                     "controls that net.ipv4.tcp_allowed_congestion_control lists outside of it; add it there with sysctl.")
        {"mesh": self._mesh, "switch": self._switch}[kind](rate)

    def _mesh(self, rate):
        for one, other in itertools.combinations(range(self.ranks), 2):
            ends = (f"m{one}-{other}", f"m{other}-{one}")
            _run(f"ip link add {ends[0]} type veth peer name {ends[1]}")
            for rank, peer, device in ((one, other, ends[0]), (other, one, ends[1])):
                self._attach(rank, device, rate)
                _run(f"ip -n {namespace(rank)} route add {address(peer)}/32 dev {device} src {address(rank)}")

    def _switch(self, rate):
        _run("ip link add hub type bridge")
        _run("ip link set hub mtu 9000 up")
        for rank in range(self.ranks):
            _run(f"ip link add p{rank} type veth peer name s{rank}")
            _run(f"ip link set p{rank} mtu 9000 master hub up")
            _run(f"tc qdisc add dev p{rank} root tbf rate {rate} burst 64kb latency 10ms")
            self._attach(rank, f"s{rank}", rate)
            _run(f"ip -n {namespace(rank)} route add 10.9.0.0/24 dev s{rank} src {address(rank)}")

    def _attach(self, rank, device, rate):
        _run(f"ip link set {device} netns {namespace(rank)}")
        _run(f"ip -n {namespace(rank)} link set {device} mtu 9000 up")
        _run(f"ip netns exec {namespace(rank)} tc qdisc add dev {device} root tbf rate {rate} burst 64kb latency 10ms")
        self.devices[rank].append(device)

    def bytes_sent(self, rank):
        """What the interfaces of a rank say they have sent."""
        total = 0
        for device in self.devices[rank]:
            shown = subprocess.run(["ip", "netns", "exec", namespace(rank), "cat", f"/sys/class/net/{device}/statistics/tx_bytes"], check=True, capture_output=True, text=True)
            total += int(shown.stdout)
        return total

    def cut(self, rank, is_silent):
        """Cuts a rank's port of the switch: its device loses the carrier, or, silently, what is sent goes nowhere."""
        _run(f"ip link set p{rank} nomaster" if is_silent else f"ip link set p{rank} down")

    def mend(self, rank):
        """Joins a rank's port to the switch again, however it was cut."""
        _run(f"ip link set p{rank} master hub up")

    def spawn(self, rank, command, **options):
        """A process where a rank is; its process id is the command's own."""
        return subprocess.Popen(["ip", "netns", "exec", namespace(rank), *map(str, command)], **options)

    def start(self, rank, command, environment, **options):
        """A rank's process, told its place by the variables that torchrun sets."""
        place = {"RANK": rank, "WORLD_SIZE": self.ranks, "LOCAL_RANK": 0, "LOCAL_WORLD_SIZE": 1, "MASTER_ADDR": address(0), "MASTER_PORT": 29500, "GLOO_SOCKET_IFNAME": "d0"}
        return self.spawn(rank, command, env={**environment, **{key: str(value) for key, value in place.items()}}, **options)


def prepare():
    """A private folder for the namespaces' handles; this process must stand in namespaces of its own (`unshare --net --mount`)."""
    _run("mount -t tmpfs none /run")
    os.makedirs("/run/netns")


def congestion():
    """What decides how fast a sender goes: results hang a little on it."""
    with open("/proc/sys/net/ipv4/tcp_congestion_control") as setting:
        return setting.read().strip()
